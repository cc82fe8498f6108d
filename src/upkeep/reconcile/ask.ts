/** Asking for a run of reconcile: the request and the job that works on it are committed together. */
import type { Pool } from "../../db/pool.ts";
import { transaction } from "../../db/transaction.ts";
import { addSlowJob } from "../../queue/slow-jobs.ts";
import { hasOpenRun, queueRun, ReconcileQueued, type AskedBy, type RunOptions } from "./runs.ts";

/**
 * Reads of Stripe in one run, unless it is told otherwise. Stripe allows every account 10,000 reads a month, and 500 more
 * for each payment (docs.stripe.com/rate-limits). A thousand a night compare 100,000 objects and are paid for by two
 * payments a day; who has so many objects has more payments than that.
 */
export const callsDefault = 1_000;

/** Deliveries take seconds; a minute is what a busy hour or a short restart may make of them. */
export const graceMsDefault = 60_000;

export const fullRun: RunOptions = { check: false, calls: callsDefault, account: null, graceMs: graceMsDefault };

/** Queues a run and answers its id; any worker takes it. Throws ReconcileQueued when another one waits already. */
export async function askForRun(pool: Pool, options: RunOptions, askedBy: AskedBy): Promise<number> {
  return transaction(pool, async (tx) => {
    const id = await queueRun(tx, { options, askedBy });
    await addSlowJob(tx, { task: "reconcile", payload: { nightly: false }, key: "reconcile" });
    return id;
  });
}

/** The nightly run. One that was broken off is gone on with, and another one that waits to begin will do. */
export async function askForNightly(pool: Pool): Promise<void> {
  if (await hasOpenRun(pool, "schedule")) return;
  try {
    await queueRun(pool, { options: fullRun, askedBy: "schedule" });
  } catch (error) {
    if (!(error instanceof ReconcileQueued)) throw error;
  }
}
