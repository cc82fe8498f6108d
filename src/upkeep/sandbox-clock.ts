/** Follows the time of a sandbox, which people move forward to see what waits for days. Never with real accounts. */
import { z } from "zod";
import { MovedClock, systemClock, type Clock } from "../lib/clock.ts";
import { pause } from "../lib/pause.ts";
import { AppError, messageOf } from "../model/error.ts";

/** Time was to be taken from something that is not a sandbox on this machine. */
export class SandboxClockRefused extends AppError {
  readonly code = "SANDBOX_CLOCK_REFUSED";
  readonly kind = "invalid";
}

export type SandboxClockSettings = {
  /** SANDBOX_CLOCK */
  readonly wanted: "off" | "follow";
  readonly stripeApiBase: string;
  readonly intercomApiBase: string | undefined;
  readonly log: { warn(o: object, m: string): void };
  /** How often it is asked; every second unless this says otherwise. */
  readonly everyMs?: number;
  /** Ends the following. */
  readonly signal: AbortSignal;
};

/** The clock, and what ends when nobody follows any more. */
export type Following = { readonly clock: Clock; readonly done: Promise<void> };

const usuallyEveryMs = 1_000;
const timeoutMs = 5_000;

/**
 * The clock for decisions: this machine's, or the sandbox's, asked for once now and then every second. Throws
 * SandboxClockRefused unless both vendors are a sandbox on this machine that says what time it is.
 */
export async function followClock(settings: SandboxClockSettings): Promise<Following> {
  if (settings.wanted === "off") return { clock: systemClock, done: Promise.resolve() };
  const url = sandboxOf(settings);
  const clock = new MovedClock();
  try {
    clock.follow(await readSandboxTime(url));
  } catch (error) {
    const message = `SANDBOX_CLOCK is follow, but ${url} does not say what time it is: ${messageOf(error)}.`;
    throw new SandboxClockRefused(message, { cause: error });
  }
  return { clock, done: keepFollowing(clock, url, settings) };
}

/** Both vendors have to be the same sandbox, on this machine. */
function sandboxOf({ stripeApiBase, intercomApiBase }: SandboxClockSettings): string {
  const bases = [stripeApiBase, intercomApiBase ?? ""];
  if (!bases.every(isLoopback) || new Set(bases.map((base) => new URL(base).port)).size > 1)
    throw new SandboxClockRefused(
      "SANDBOX_CLOCK is follow, but STRIPE_API_BASE and INTERCOM_API_BASE are not one sandbox on this machine. Leave SANDBOX_CLOCK out with real accounts.",
    );
  return stripeApiBase;
}

function isLoopback(base: string): boolean {
  return URL.canParse(base) && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(base).hostname);
}

const clockBody = z.object({ nowMs: z.number().positive() });

async function readSandboxTime(url: string): Promise<number> {
  const answer = await fetch(new URL("/control/clock", url), { signal: AbortSignal.timeout(timeoutMs) });
  return clockBody.parse(await answer.json()).nowMs;
}

async function keepFollowing(clock: MovedClock, url: string, settings: SandboxClockSettings): Promise<void> {
  const { log, signal, everyMs = usuallyEveryMs } = settings;
  let isSilent = false;
  while (!signal.aborted) {
    await pause(everyMs, signal);
    if (signal.aborted) return;
    try {
      clock.follow(await readSandboxTime(url));
      isSilent = false;
    } catch (error) {
      if (!isSilent) log.warn({ url }, `the sandbox does not say what time it is: ${messageOf(error)}`);
      isSilent = true;
    }
  }
}
