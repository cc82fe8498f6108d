/** What differs between two versions of the rules: for those who are about to put one of them in force. */
import type { RulePlanLine } from "../../contract/rules-api.ts";
import type { Rule, RulesDocument } from "../../contract/rule.ts";
import { sameJson } from "../lib/json.ts";
import type { AttributeType } from "../model/attribute.ts";
import type { CompiledRule, CompiledRules } from "./program.ts";

export type ComparedRule = Pick<RulePlanLine, "name" | "change" | "before" | "after" | "parts">;

export type RulesComparison = {
  /** In the order of the document that is compared; those that are removed come last. */
  readonly rules: readonly ComparedRule[];
  /** Parts of the document beside rules and texts that differ. */
  readonly settings: readonly string[];
  readonly attributesAdded: readonly { readonly name: string; readonly type: AttributeType }[];
  /** No rule sets them any more. */
  readonly attributesRemoved: readonly string[];
};

/** Compares the rules in force with others. A rule is known by its name: one with another name is another rule. */
export function compareRules(before: CompiledRules, after: CompiledRules): RulesComparison {
  const kept = after.rules.map((rule) => compareRule({ before, after }, rule));
  const removed = before.rules.filter(({ rule }) => !after.byName.has(rule.name));
  return {
    rules: [...kept, ...removed.map(removedRule)],
    settings: differingKeys(settingsOf(before.document), settingsOf(after.document)),
    attributesAdded: [...after.attributes]
      .filter(([name, type]) => before.attributes.get(name) !== type)
      .map(([name, type]) => ({ name, type })),
    attributesRemoved: [...before.attributes.keys()].filter((name) => !after.attributes.has(name)),
  };
}

type Versions = { readonly before: CompiledRules; readonly after: CompiledRules };

function compareRule(versions: Versions, next: CompiledRule): ComparedRule {
  const { name } = next.rule;
  const former = versions.before.byName.get(name);
  const after = placementOf(next);
  if (!former) return { name, change: "added", before: null, after, parts: [] };
  const before = placementOf(former);
  const isMoved = before.mode !== after.mode || before.share !== after.share;
  const parts = [...differingParts(versions, former, next)];
  const change = former.fingerprint === next.fingerprint ? (isMoved ? "mode" : "same") : "changed";
  return { name, change, before, after, parts };
}

function removedRule(former: CompiledRule): ComparedRule {
  return { name: former.rule.name, change: "removed", before: placementOf(former), after: null, parts: [] };
}

function placementOf({ rule: { mode, share } }: CompiledRule): NonNullable<ComparedRule["after"]> {
  return { mode, share };
}

/** Its own parts, its texts, and what it takes from the document as a whole. */
function differingParts({ before, after }: Versions, former: CompiledRule, next: CompiledRule): readonly string[] {
  const own = differingKeys(partsOf(former.rule), partsOf(next.rule));
  const textsDiffer = [...next.texts].some(
    (name) => !sameJson(before.document.texts[name], after.document.texts[name]),
  );
  const inherited = (["quietHours", "caps"] as const).filter(
    (part) => !own.includes(part) && !sameJson(former[part], next[part]),
  );
  return [...own, ...inherited, ...(textsDiffer ? ["texts"] : [])];
}

function partsOf({ name: _name, mode: _mode, share: _share, ...parts }: Rule): Readonly<Record<string, unknown>> {
  return parts;
}

function settingsOf({ rules: _rules, texts: _texts, ...settings }: RulesDocument): Readonly<Record<string, unknown>> {
  return settings;
}

function differingKeys(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => !sameJson(a[key], b[key]));
}
