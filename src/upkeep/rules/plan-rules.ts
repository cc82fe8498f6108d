/** What saving other rules would do, without doing it: rules, open runs, attributes, and whom expressions and dates would meet. */
import type { RulePlanLine, RulesPlan } from "../../../contract/rules-api.ts";
import type { Pool } from "../../db/pool.ts";
import { compareRules, type ComparedRule } from "../../rules/compare-rules.ts";
import type { CompiledRules } from "../../rules/program.ts";
import { reachOf, type Reaching } from "./reach.ts";
import { countRuleAttributes, countRuns, countsOf } from "./run-rows.ts";

export type Versions = {
  /** In force. */
  readonly before: CompiledRules;
  readonly after: CompiledRules;
};

/** Holds rules against those in force. */
export async function planRules(pool: Pool, { before, after }: Versions, reaching: Reaching): Promise<RulesPlan> {
  const compared = compareRules(before, after);
  const fresh = new Set(compared.rules.filter(isFresh).map(({ name }) => name));
  const watched = after.rules.filter(({ rule }) => fresh.has(rule.name));
  const [counts, shown, reached] = await Promise.all([
    countRuns(pool, reaching.nowS),
    countRuleAttributes(pool, compared.attributesRemoved),
    reachOf(watched, after.document.timeZone, reaching),
  ]);
  const rules = compared.rules.map((rule): RulePlanLine => {
    const { matched, running } = countsOf(counts, rule.name);
    return { ...rule, running: matched + running, reach: reached.byRule.get(rule.name) ?? null };
  });
  return {
    version: before.version,
    rules,
    settings: [...compared.settings],
    attributes: {
      added: [...compared.attributesAdded],
      removed: compared.attributesRemoved.map((name) => ({ name, contacts: shown.get(name) ?? 0 })),
    },
    looked: reached.looked,
    isComplete: reached.isComplete,
  };
}

/** It looks at customers as it did not before. */
function isFresh({ change, before, after }: ComparedRule): boolean {
  if (change === "added" || change === "changed") return true;
  return change === "mode" && isResting(before?.mode) && !isResting(after?.mode);
}

function isResting(mode: string | undefined): boolean {
  return mode === "draft" || mode === "paused";
}
