/** Long work waits while a vendor is paused, instead of failing and being tried again. */
import type { Openings } from "../connections/pause.ts";
import { IntercomForbidden } from "../intercom/failure.ts";
import { pause } from "../lib/pause.ts";
import { kindOf } from "../model/error.ts";
import { StripeForbidden } from "../stripe/failure.ts";

/** What may go on at present, and whom to tell when nothing can. */
export type Doors = {
  readonly openings: () => Openings;
  /** Nothing on this connection can work: Intercom, or this Stripe account. */
  readonly onBlocked: (error: unknown, account: string) => Promise<void>;
};

/** Calls to a vendor: to this Stripe account, or to Intercom. */
export type Calls = {
  /** Without doors nobody else pauses anything, and whatever fails is thrown. */
  readonly doors: Doors | undefined;
  readonly vendor: "stripe" | "intercom";
  readonly account: string;
  readonly signal: AbortSignal;
};

const lookMs = 500;

/** Resolves when these calls may be made. Throws when the work is to end. */
export async function untilOpen(
  { openings }: Pick<Doors, "openings">,
  isOpen: (now: Openings) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if (isOpen(openings())) return;
    await pause(lookMs, signal);
  }
}

/** Makes a call once it may be made; see `onceUnblocked` for what may happen meanwhile. */
export async function onceOpen<T>(calls: Calls, call: () => Promise<T>): Promise<T> {
  return onceUnblocked(calls, async () => {
    if (calls.doors) await untilOpen(calls.doors, isOpenFor(calls), calls.signal);
    return call();
  });
}

/**
 * Makes a call that may well do without the vendor. When it meets a pause, or when the vendor refuses everything, that is
 * told, and the call is made again once the vendor is open. Throws when the work is to end.
 */
export async function onceUnblocked<T>(calls: Calls, call: () => Promise<T>): Promise<T> {
  const { doors, account, signal } = calls;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!doors || !stopsAll(error)) throw error;
      signal.throwIfAborted();
      await doors.onBlocked(error, account);
      await pause(lookMs, signal);
      await untilOpen(doors, isOpenFor(calls), signal);
    }
  }
}

/** A permission that is missing concerns this call, not its vendor. */
function stopsAll(error: unknown): boolean {
  return kindOf(error) === "blocked" && !(error instanceof StripeForbidden || error instanceof IntercomForbidden);
}

function isOpenFor({ vendor, account }: Calls): (now: Openings) => boolean {
  return (now) => (vendor === "intercom" ? now.intercom : now.stripe(account));
}
