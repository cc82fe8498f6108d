/** Changes the mode of one rule: the next version of the rules, in which nothing else differs. */
import type { RuleMode, RulesDocument } from "../../../contract/rule.ts";
import type { Pool } from "../../db/pool.ts";
import { transaction } from "../../db/transaction.ts";
import { ruleVocabulary } from "../../pipeline/rule-vocabulary.ts";
import { loadRules } from "../../pipeline/rules-in-force.ts";
import { compileRules } from "../../rules/compile.ts";
import type { CompiledRule, CompiledRules } from "../../rules/program.ts";
import { resumeRule, stopRule } from "../../rules/store.ts";
import { RuleUnknown } from "./errors.ts";
import { enterRules } from "./save-rules.ts";

export type Switch = {
  readonly rule: string;
  readonly mode: RuleMode;
  /** In percent; left out, it stays as it is. */
  readonly share?: number | undefined;
  readonly by: string;
  readonly note?: string | undefined;
};

/** Saves it and answers the version in force then. Throws RuleUnknown, or DocumentChanged when somebody else was faster. */
export async function switchRule(pool: Pool, { rule: name, mode, share, by, note }: Switch): Promise<number> {
  const inForce = await loadRules(pool);
  const { rule } = getRule(inForce, name);
  const wanted = { ...rule, mode, share: share ?? rule.share };
  if (wanted.mode === rule.mode && wanted.share === rule.share) return inForce.version;
  const document: RulesDocument = {
    ...inForce.document,
    rules: inForce.document.rules.map((one) => (one.name === name ? wanted : one)),
  };
  const rules = compileRules(document, ruleVocabulary, 0);
  const why = note ?? `${name}: ${placementText(rule)} → ${placementText(wanted)}`;
  return transaction(pool, (tx) => enterRules(tx, { rules, basedOn: inForce.version, by, note: why }));
}

/** `live 10 %`, `shadow`. */
export function placementText({ mode, share }: { readonly mode: RuleMode; readonly share: number }): string {
  return mode === "live" || share < 100 ? `${mode} ${share} %` : mode;
}

/** The rule of this name. Throws RuleUnknown. */
export function getRule({ byName }: CompiledRules, name: string): CompiledRule {
  const found = byName.get(name);
  if (!found) throw new RuleUnknown(name, [...byName.keys()]);
  return found;
}

/** Lets a rule stand still at once, whatever the document says. False when it did already. Throws RuleUnknown. */
export async function pauseRule(
  pool: Pool,
  { rule, reason }: { readonly rule: string; readonly reason: string },
): Promise<boolean> {
  getRule(await loadRules(pool), rule);
  return stopRule(pool, { rule, by: "person", reason });
}

/** Lets a rule go on from this second on. False when it did not stand still. Throws RuleUnknown. */
export async function unpauseRule(pool: Pool, rule: string, nowS: number): Promise<boolean> {
  getRule(await loadRules(pool), rule);
  return transaction(pool, (tx) => resumeRule(tx, rule, nowS));
}
