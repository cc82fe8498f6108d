/** Saves rules: the version, and what is taken back with it, come with one commit. */
import type { RuleProblem } from "../../../contract/rule-problem.ts";
import type { Pool, Tx } from "../../db/pool.ts";
import { transaction } from "../../db/transaction.ts";
import { findDocument, saveDocument } from "../../documents/store.ts";
import type { Mapping } from "../../mapping/mapping.ts";
import { ruleVocabulary } from "../../pipeline/rule-vocabulary.ts";
import { addSlowJob } from "../../queue/slow-jobs.ts";
import { queuePeople } from "../../queue/sync-jobs.ts";
import { checkRules } from "../../rules/check-document.ts";
import { compileRules } from "../../rules/compile.ts";
import type { CompiledRules } from "../../rules/program.ts";
import { retireRuleAttributes } from "../../rules/store.ts";
import { forgetRules } from "../../watches/store.ts";
import { RulesInvalid } from "./errors.ts";

/** Rules that are only tried, and what is to be said about them; null when they cannot be saved. */
export type TriedRules = { readonly rules: CompiledRules | null; readonly problems: readonly RuleProblem[] };

/** What is allowed beyond the usual: webhooks to addresses in private networks. */
export type Leave = { readonly allowsPrivateHosts?: boolean | undefined };

/** What the settings allow. */
export function leaveOf({ webhooksPrivate }: { readonly webhooksPrivate: "allow" | "refuse" }): Leave {
  return { allowsPrivateHosts: webhooksPrivate === "allow" };
}

/** The attributes that a mapping writes, which are not for rules. */
export function mappedNames({ definitions }: Mapping): ReadonlySet<string> {
  return new Set(definitions.map(({ name }) => name));
}

/** Checks a document by itself, and against the attributes that the mapping writes: each attribute has one author. */
export function tryRules(
  input: unknown,
  mapped: ReadonlySet<string>,
  { allowsPrivateHosts = false }: Leave = {},
): TriedRules {
  const { document, problems } = checkRules(input, ruleVocabulary, { mappedNames: mapped, allowsPrivateHosts });
  return { rules: document && compileRules(document, ruleVocabulary, 0), problems };
}

/** The document as rules that are only tried. Throws RulesInvalid. */
export function readRules(input: unknown, mapped: ReadonlySet<string>, leave: Leave = {}): CompiledRules {
  const { rules, problems } = tryRules(input, mapped, leave);
  if (!rules) throw new RulesInvalid(problems);
  return rules;
}

export type RulesToSave = {
  readonly rules: CompiledRules;
  /** The version that the author saw; 0 while none was saved. */
  readonly basedOn: number;
  readonly by: string;
  readonly note?: string | undefined;
};

/** Saves the next version and answers its number. Throws DocumentChanged when somebody else was faster. */
export function saveRules(pool: Pool, order: RulesToSave): Promise<number> {
  return transaction(pool, (tx) => enterRules(tx, order));
}

/** Saves the next version inside the caller's transaction. Throws DocumentChanged. */
export async function enterRules(tx: Tx, { rules, basedOn, by, note }: RulesToSave): Promise<number> {
  await forgetRules(tx, [...rules.byName.keys()]);
  const version = await saveDocument(tx, { kind: "rules", body: rules.document, basedOn, by, note });
  await queuePeople(tx, { customers: await retireRuleAttributes(tx, attributesSetBy(rules)), lane: "calm" });
  if (await watchesAnew(tx, rules, basedOn))
    await addSlowJob(tx, { task: "rules", payload: { daily: false }, key: "rules" });
  return version;
}

/** Whether rules look at profiles that did not look before, or look in another way: then they have to see everybody. */
async function watchesAnew(tx: Tx, rules: CompiledRules, basedOn: number): Promise<boolean> {
  const before = basedOn === 0 ? undefined : await findDocument(tx, "rules", basedOn);
  const checked = before && checkRules(before.body, ruleVocabulary, { allowsPrivateHosts: true }).document;
  const former = checked ? compileRules(checked, ruleVocabulary, basedOn) : undefined;
  const known = new Set(former ? watchesOf(former) : []);
  return watchesOf(rules).some((watch) => !known.has(watch));
}

function watchesOf({ rules }: CompiledRules): readonly string[] {
  return rules
    .filter(({ trigger: { kind }, rule: { mode } }) => (kind === "becomes" || kind === "date") && mode !== "draft")
    .map(({ rule }) => `${rule.name} ${JSON.stringify(rule.on)}`);
}

/** What each rule sets, and which control group it shows; what no rule sets any more is taken back. */
export function attributesSetBy({ rules, document }: CompiledRules): readonly SetBy[] {
  return rules.flatMap(({ rule, program }) => {
    const set = program.flatMap((instruction) =>
      instruction.op === "act" && instruction.act.kind === "set" ? [instruction.act.attribute] : [],
    );
    const group = typeof rule.holdout === "object" ? document.holdouts[rule.holdout.group]?.attribute : undefined;
    return [...set, ...(group === undefined ? [] : [group])].map((name) => ({ rule: rule.name, name }));
  });
}

type SetBy = { readonly rule: string; readonly name: string };
