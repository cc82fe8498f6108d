/** Runs as they are shown: by the API, and by the command line. */
import type { BackfillAnswer, BackfillGroup, BackfillPlan, BackfillRun } from "../../../contract/backfill.ts";
import { listCustomerLabels } from "../../billing/store.ts";
import type { Pool } from "../../db/pool.ts";
import { findLatestRun, type Run } from "./run-rows.ts";

/** The latest run of each kind of these accounts. */
export async function readBackfills(pool: Pool, accounts: readonly string[]): Promise<BackfillAnswer> {
  const shown = accounts.map(async (account) => {
    const [real, dry] = await Promise.all([findLatestRun(pool, account, "real"), findLatestRun(pool, account, "dry")]);
    return { account, real: real ? await viewOf(pool, real) : null, dry: dry ? await viewOf(pool, dry) : null };
  });
  return { accounts: await Promise.all(shown) };
}

/** One run, with the names of the customers that its plan gives as examples. */
export async function viewOf(pool: Pool, run: Run): Promise<BackfillRun> {
  const { id, account, kind, phase, progress, createdAt, doneAt, plan } = run;
  return {
    id,
    account,
    kind,
    phase,
    startedAt: createdAt.toISOString(),
    finishedAt: doneAt?.toISOString() ?? null,
    progress,
    plan: plan && (await withLabels(pool, account, plan)),
  };
}

/** Names are not stored with the plan, so that nobody's name outlives the customer. */
async function withLabels(pool: Pool, account: string, plan: BackfillPlan): Promise<BackfillPlan> {
  const parts = ["matched", "grouped", "created", "skipped", "quarantined"] as const;
  const ids = parts.flatMap((part) => plan[part].flatMap(({ examples }) => examples.map((one) => one.customerId)));
  const labels = await listCustomerLabels(pool, account, [...new Set(ids)]);
  const named = (groups: readonly BackfillGroup[]): BackfillGroup[] =>
    groups.map((group) => ({
      ...group,
      examples: group.examples.map((one) => ({ ...one, label: labels.get(one.customerId) ?? null })),
    }));
  return { ...plan, ...Object.fromEntries(parts.map((part) => [part, named(plan[part])])) };
}
