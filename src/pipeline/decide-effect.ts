/** A person decides what became of an effect, and the run that waits for it hears of that. */
import type { EffectDetails } from "../../contract/effect.ts";
import type { Pool } from "../db/pool.ts";
import { transaction } from "../db/transaction.ts";
import { runOfKey } from "../effects/effect.ts";
import { getEntry, settleEffect } from "../effects/store.ts";
import { wakeTurnOf } from "../rules/store.ts";

/** Settles an effect, and has its run looked at, in one commit. Throws as `settleEffect`. */
export function decideEffect(pool: Pool, id: string, as: "confirmed" | "failed"): Promise<EffectDetails> {
  return transaction(pool, async (tx) => {
    const runId = runOfKey((await getEntry(tx, id)).key);
    if (runId !== null) await wakeTurnOf(tx, runId);
    return settleEffect(tx, id, as);
  });
}
