/** Queues every customer for another look, slowly: for rules and companies that are about anybody. */
import { listCustomerIds } from "../billing/store.ts";
import type { Contexts } from "../pipeline/context.ts";
import { queueCustomers } from "../queue/sync-jobs.ts";

/** Queues the customers of all accounts, those without a contact too. */
export async function queueEverybody(
  { contexts, onQueued }: { readonly contexts: Contexts; readonly onQueued: () => void },
  signal: AbortSignal,
): Promise<void> {
  for (const { pool, account } of contexts.all) {
    for (let after = ""; ;) {
      signal.throwIfAborted();
      const customerIds = await listCustomerIds(pool, account, { after, limit: 500 });
      const last = customerIds.at(-1);
      if (last === undefined) break;
      await queueCustomers(pool, { account, customerIds, lane: "backfill" });
      onQueued();
      after = last;
    }
  }
}
