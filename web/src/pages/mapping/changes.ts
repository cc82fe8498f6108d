/** What a draft changes of the mapping that is in force, as people would list it. */
import type { MappedAttribute, MappingDocument } from "../../../../contract/mapping.ts";
import { isSame } from "../../draft/same.ts";
import type { Holder } from "./mapping-draft.ts";

/** The parts of the document outside of its attributes. */
export type Setting =
  | "primarySubscription"
  | "planName"
  | "metadataKeys"
  | "companies"
  | "usageLimits"
  | "usageThresholds"
  | "usageLimitKey";

export type Change =
  | {
      readonly kind: "added" | "removed" | "changed" | "switchedOn" | "switchedOff";
      readonly what: "attribute";
      readonly holder: Holder;
      readonly name: string;
    }
  | { readonly kind: "retired" | "kept"; readonly what: "name"; readonly name: string }
  | { readonly kind: "switchedOn" | "switchedOff" | "changed"; readonly what: "event"; readonly name: string }
  | { readonly kind: "changed"; readonly what: "setting"; readonly setting: Setting };

/** Every change, attributes first. None: both documents ask for the same. */
export function changesOf(before: MappingDocument, after: MappingDocument): readonly Change[] {
  return [
    ...attributeChanges(before.attributes, after.attributes, "people"),
    ...nameChanges(before, after),
    ...attributeChanges(before.companies?.attributes ?? [], after.companies?.attributes ?? [], "companies"),
    ...eventChanges(before, after),
    ...settingChanges(before, after),
  ];
}

/** An attribute is known by its name: under another one it is another attribute in Intercom too. */
function attributeChanges(
  before: readonly MappedAttribute[],
  after: readonly MappedAttribute[],
  holder: Holder,
): readonly Change[] {
  const known = new Map(before.map((attribute) => [attribute.name, attribute]));
  const names = new Set(after.map(({ name }) => name));
  const here = after.flatMap((attribute): readonly Change[] => {
    const kind = kindOf(known.get(attribute.name), attribute);
    return kind ? [{ kind, what: "attribute", holder, name: attribute.name }] : [];
  });
  const gone = before.filter(({ name }) => !names.has(name));
  return [...here, ...gone.map(({ name }): Change => ({ kind: "removed", what: "attribute", holder, name }))];
}

function kindOf(
  before: MappedAttribute | undefined,
  after: MappedAttribute,
): "added" | "changed" | "switchedOn" | "switchedOff" | null {
  if (!before) return "added";
  if (isSame(before, after)) return null;
  if (!isSame({ ...before, on: after.on }, after)) return "changed";
  return after.on ? "switchedOn" : "switchedOff";
}

function nameChanges(before: MappingDocument, after: MappingDocument): readonly Change[] {
  const retired = after.retired.filter((name) => !before.retired.includes(name));
  const kept = before.retired.filter((name) => !after.retired.includes(name));
  return [
    ...retired.map((name): Change => ({ kind: "retired", what: "name", name })),
    ...kept.map((name): Change => ({ kind: "kept", what: "name", name })),
  ];
}

function eventChanges({ events: before }: MappingDocument, { events: after }: MappingDocument): readonly Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name): readonly Change[] => {
    const wasOn = before[name]?.on ?? false;
    const isOn = after[name]?.on ?? false;
    if (wasOn !== isOn) return [{ kind: isOn ? "switchedOn" : "switchedOff", what: "event", name }];
    return isSame(withoutSwitch(before[name]), withoutSwitch(after[name]))
      ? []
      : [{ kind: "changed", what: "event", name }];
  });
}

function withoutSwitch(event: MappingDocument["events"][string] | undefined): object {
  return { name: event?.name, metadata: event?.metadata };
}

function settingChanges(before: MappingDocument, after: MappingDocument): readonly Change[] {
  const pairs: readonly (readonly [Setting, unknown, unknown])[] = [
    ["primarySubscription", before.primarySubscription, after.primarySubscription],
    ["planName", before.planName, after.planName],
    ["metadataKeys", before.metadataKeys, after.metadataKeys],
    ["companies", companySettings(before), companySettings(after)],
    ["usageLimits", before.usage.limits, after.usage.limits],
    ["usageThresholds", before.usage.thresholds, after.usage.thresholds],
    ["usageLimitKey", before.usage.limitKey, after.usage.limitKey],
  ];
  return pairs
    .filter(([, was, is]) => !isSame(was, is))
    .map(([setting]) => ({ kind: "changed", what: "setting", setting }));
}

function companySettings({ companies }: MappingDocument): unknown {
  return companies && { ...companies, attributes: [] };
}
