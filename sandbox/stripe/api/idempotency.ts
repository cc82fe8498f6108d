/** Idempotency keys: the second request with the same key gets the first one's answer. */
import type { SandboxResponse } from "../../kernel/types.ts";
import { StripeError } from "./errors.ts";

const KEPT_S = 86_400;
const SWEEP_EVERY = 1000;

type Remembered = { readonly fingerprint: string; readonly response: SandboxResponse; readonly at: number };

/** Answers by key, for a day of the sandbox's time. */
export class IdempotencyKeys {
  readonly #answers = new Map<string, Remembered>();

  /** The remembered answer, marked as a replay; throws when the key was used for something else. */
  replay(key: string, request: { readonly fingerprint: string; readonly now: number }): SandboxResponse | undefined {
    if (key.length > 255) throw StripeError.invalid("Idempotency keys can be at most 255 characters long.");
    const known = this.#answers.get(key);
    if (known === undefined || request.now - known.at > KEPT_S) return undefined;
    if (known.fingerprint !== request.fingerprint) {
      const shown = key.split(" ").at(-1) ?? key;
      throw new StripeError(
        400,
        "idempotency_error",
        "Keys for idempotent requests can only be used with the same parameters they were first used with. " +
          `Try using a key other than '${shown}' if you meant to execute a different request.`,
      );
    }
    return { ...known.response, headers: { ...known.response.headers, "idempotent-replayed": "true" } };
  }

  /** Keeps an answer; requests that never began (bad parameters, no permission, too many) leave no trace. */
  remember(key: string, answer: Remembered): void {
    const { status } = answer.response;
    if (status === 400 || status === 401 || status === 403 || status === 409 || status === 429) return;
    this.#answers.set(key, answer);
    if (this.#answers.size % SWEEP_EVERY === 0) this.#sweep(answer.at);
  }

  #sweep(now: number): void {
    for (const [key, { at }] of this.#answers) if (now - at > KEPT_S) this.#answers.delete(key);
  }
}
