/** How `dunlin plan`, `dunlin apply` and `dunlin rollback` print what changes. Pure. */
import type { MappingDiff } from "../../contract/mapping.ts";
import type { RulesPlan } from "../../contract/rules-api.ts";
import type { Changed } from "../upkeep/change/change.ts";
import type { Rollback } from "../upkeep/change/rollback.ts";
import { diffLines } from "./mapping-text.ts";
import { planLines } from "./rules-text.ts";

/** What a change would do, by document; null for one that is not changed. */
export type ChangePlan = {
  readonly mapping: (MappingDiff & { readonly version: number }) | null;
  readonly rules: RulesPlan | null;
};

/** Each document under its heading, with the version that would be saved. */
export function changeLines({ mapping, rules }: ChangePlan): readonly string[] {
  const parts = [
    ...(mapping ? [[`Mapping, version ${mapping.version + 1}`, ...diffLines(mapping).map(indent)]] : []),
    ...(rules ? [[`Rules, version ${rules.version + 1}`, ...planLines(rules).map(indent)]] : []),
  ];
  if (parts.length === 0) return ["Nothing differs from what is in force."];
  return parts.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

function indent(line: string): string {
  return line === "" ? "" : `  ${line}`;
}

/** From which version to which. */
export function rollbackLines(steps: Rollback["steps"]): readonly string[] {
  const beginning = { mapping: "the preset", rules: "no rules" } as const;
  return steps.map(
    ({ kind, from, to }) =>
      `Back from version ${from} of the ${kind} to ${to === 0 ? beginning[kind] : `version ${to}`}.`,
  );
}

/** What is in force now. */
export function appliedLines({ mapping, rules }: Changed): readonly string[] {
  return [
    ...(mapping === null ? [] : [`✓ Version ${mapping} of the mapping is saved; it is brought to the contacts.`]),
    ...(rules === null ? [] : [`✓ Version ${rules} of the rules is in force.`]),
  ];
}
