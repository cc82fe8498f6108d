/** Runs and drifts in the shape in which the API and `--json` show them. */
import type { DriftView, ReconcileRunView } from "../../../contract/reconcile.ts";
import type { StoredDrift } from "./drift-rows.ts";
import type { Run } from "./runs.ts";

export function viewOfRun(run: Run): ReconcileRunView {
  const { phase, objects, stoppedIn, contacts, contactsTotal, busy } = run.progress;
  return {
    id: run.id,
    state: run.state,
    askedBy: run.askedBy,
    check: run.options.check,
    calls: run.options.calls,
    account: run.options.account,
    askedAt: run.askedAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    endedAt: run.endedAt?.toISOString() ?? null,
    progress: { phase, objects, stoppedIn, contacts, contactsTotal, busy },
    stripeCalls: run.calls.stripe,
    intercomCalls: run.calls.intercom,
    counts: run.counts,
    error: run.error,
  };
}

export function viewOfDrift({ differences, at, ...drift }: StoredDrift): DriftView {
  return {
    ...drift,
    at: at.toISOString(),
    differences: differences.map(([field, expected, found]) => ({ field, expected, found })),
  };
}
