/** Commits a batch together with the slow work that it causes. */
import { commitBatch, type Batch } from "../billing/store.ts";
import type { Pool } from "../db/pool.ts";
import { transaction } from "../db/transaction.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import { addSlowJob } from "../queue/slow-jobs.ts";

/** Products of the batch that were known before: their names stand on contacts. */
export function changedProducts(copies: readonly ObjectCopy[]): readonly string[] {
  return copies.filter(({ kind, rev }) => kind === "product" && rev > 0).map(({ id }) => id);
}

/** Commits the batch; a changed product touches all its subscribers, and that slow job is committed with it. */
export function commitWithFanOut(pool: Pool, batch: Batch): Promise<ReadonlySet<string>> {
  const products = changedProducts(batch.copies);
  if (products.length === 0) return commitBatch(pool, batch);
  const { account } = batch;
  return transaction(pool, async (tx) => {
    for (const productId of products) {
      await addSlowJob(tx, { task: "fan-out-product", payload: { account, productId }, key: `fan-out:${productId}` });
    }
    return commitBatch(tx, batch);
  });
}
