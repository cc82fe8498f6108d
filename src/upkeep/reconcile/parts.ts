/** What a run of reconcile is given from outside. */
import type { Openings } from "../../connections/pause.ts";
import { pause } from "../../lib/pause.ts";
import type { Contexts } from "../../pipeline/context.ts";
import type { ProductCache } from "../../pipeline/load-customer.ts";
import type { RunInHand } from "./run-in-hand.ts";

export type ReconcileParts = {
  readonly contexts: Contexts;
  readonly products: ProductCache;
  /** Whether an account's history is loaded: before that everything would seem to be missing. */
  readonly isLoaded: (account: string) => Promise<boolean>;
  /** What may go on: a pause of a vendor makes the run wait. */
  readonly openings: () => Openings;
  /** Nothing on this connection can work: Intercom, or this Stripe account. */
  readonly onBlocked: (error: unknown, account: string) => Promise<void>;
  /** Customers were queued: the workers have something to do. */
  readonly onQueued: () => void;
  readonly onProgress?: (run: RunInHand) => void;
};

const lookMs = 500;

/** Resolves when these calls may be made. Throws when the run is to end. */
export async function untilOpen(
  { openings }: Pick<ReconcileParts, "openings">,
  isOpen: (now: Openings) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if (isOpen(openings())) return;
    await pause(lookMs, signal);
  }
}
