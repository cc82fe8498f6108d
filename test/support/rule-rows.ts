/** Rows of runs for tests of the rules' store: two customers, reasons to look at them, and results of steps. */
import type { Match, StepRow } from "../../src/rules/store.ts";
import { aTrigger, mondayS } from "./rules.ts";

export const ada = { account: "main", customerId: "cus_ada" };
export const bob = { account: "main", customerId: "cus_bob" };

export type MatchParts = Partial<Omit<Match, "trigger">> & { readonly key?: string };

/** A reason for the rule “one” to look at Ada. */
export function aMatch({ key = "k1", ...parts }: MatchParts = {}): Match {
  const rule = { rule: "one", version: 1, mode: "live" } as const;
  return { ...ada, ...rule, trigger: aTrigger({ key }), nowS: mondayS, ...parts };
}

/** A chat message of one of Ada's runs that has left. */
export function aStep(runId: number, parts: Partial<StepRow> = {}): StepRow {
  const what = { at: 0, path: "steps[0]", kind: "message", result: "done", detail: null, channel: "chat" } as const;
  return { ...ada, ...what, runId, atS: mondayS, ...parts };
}

/** All that these tests write to. */
export const emptyRuns =
  "truncate rule_runs, rule_steps, rule_turns, rule_attributes, rule_stops, rule_dates, rule_truths restart identity";
