/** Waiting for something to become true, with a deadline instead of a sleep. */
import { setTimeout as delay } from "node:timers/promises";

export type Patience = {
  /** How long it may take. */
  readonly withinMs: number;
  /** How often to look. */
  readonly everyMs?: number;
};

/**
 * Tries until the condition neither throws nor answers `false`, and returns its answer. After the deadline it throws
 * what the last try threw, so that a failed expectation reads like one.
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  { withinMs, everyMs = 25 }: Patience,
): Promise<Exclude<T, false>> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const outcome = await attempt(condition);
    if (outcome.kind === "done") return outcome.value;
    if (performance.now() >= deadlineMs) throw asError(outcome.error, withinMs);
    await delay(everyMs);
  }
}

function asError(error: unknown, withinMs: number): Error {
  return error instanceof Error ? error : new Error(`Not true within ${withinMs} ms.`, { cause: error });
}

type Outcome<T> =
  | { readonly kind: "done"; readonly value: Exclude<T, false> }
  | { readonly kind: "not yet"; readonly error: unknown };

async function attempt<T>(condition: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    const value = await condition();
    return isTrue(value) ? { kind: "done", value } : { kind: "not yet", error: undefined };
  } catch (error) {
    return { kind: "not yet", error };
  }
}

function isTrue<T>(value: T): value is Exclude<T, false> {
  return value !== false;
}
