/** Runs of reconcile for tests: asks a running server for one and reads what it found. */
import { askForRun, fullRun } from "../../src/upkeep/reconcile/ask.ts";
import { listDrifts, type StoredDrift } from "../../src/upkeep/reconcile/drift-rows.ts";
import { getRun, type Run, type RunOptions } from "../../src/upkeep/reconcile/runs.ts";
import type { Home } from "./home.ts";
import { eventually } from "./wait.ts";

export type Findings = { readonly run: Run; readonly drifts: readonly StoredDrift[] };

/** Events arrive within milliseconds here. */
export const quick: RunOptions = { ...fullRun, graceMs: 1_500 };

/** Asks for a run and resolves when it has ended. */
export async function reconcile({ pool }: Pick<Home, "pool">, options: Partial<RunOptions> = {}): Promise<Findings> {
  const id = await askForRun(pool, { ...quick, ...options }, "api");
  return findingsOf({ pool }, id);
}

/** What a run found, once it has ended. */
export async function findingsOf({ pool }: Pick<Home, "pool">, id: number): Promise<Findings> {
  const run = await eventually(
    async () => {
      const now = await getRun(pool, id);
      if (now.error) throw new Error(`The run failed: ${now.error.code} ${now.error.message}`);
      return now.state === "done" && now;
    },
    { withinMs: 60_000, everyMs: 100 },
  );
  return { run, drifts: await listDrifts(pool, id, { after: 0, limit: 500 }) };
}

/** Findings as short lines: class and whom they are about. */
export function linesOf({ drifts }: Findings): readonly string[] {
  return drifts.map((drift) => `${drift.class} ${drift.customerId ?? drift.objectId ?? ""}`).toSorted();
}
