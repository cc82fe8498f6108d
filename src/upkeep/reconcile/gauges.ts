/** What the metrics say about reconcile: how long ago the last run ended, and what it found. */
import type { Queryable } from "../../db/pool.ts";
import { driftClasses } from "./drift.ts";
import { findLastRun } from "./runs.ts";

export type ReconcileGauges = {
  /** Since the last run came to its end; null before the first. */
  readonly ageS: number | null;
  /** Findings of that run, every class named. */
  readonly findings: Readonly<Record<string, number>>;
};

/** Reads them; one row and a count over its findings. */
export async function readReconcileGauges(db: Queryable, nowMs: number): Promise<ReconcileGauges> {
  const last = await findLastRun(db);
  const findings = Object.fromEntries(driftClasses.map((name) => [name, last?.counts[name] ?? 0]));
  return { ageS: last?.endedAt ? Math.max(0, (nowMs - last.endedAt.getTime()) / 1000) : null, findings };
}
