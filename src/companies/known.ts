/**
 * Station companies: what Intercom shows of a company, as far as we know, and what has to be written to make it right.
 *
 * | field | whose it is |
 * | --- | --- |
 * | name | filled when empty, kept up to date while Intercom shows what we wrote; once somebody changed it, theirs |
 * | plan, monthly spend, attributes of the mapping | ours; those marked `shared` are left as people put them until billing changes |
 * | everything else | never read, never written |
 */
import type { Company, CompanyPatch } from "../model/company.ts";
import type { AttributeValue } from "../model/contact.ts";
import type { DesiredCompany } from "./desired.ts";

/** Intercom has no way to empty the field “plan” of a company, so that a plan which has ended reads like this. */
export const noPlan = "No plan";

/** A field that cannot be emptied: what was never ours is never taken back. */
type KnownField<T> = { readonly shown: T; readonly isOurs: boolean };

/** What Intercom last accepted or showed. Stored with the company. */
export type KnownCompany = {
  readonly name: {
    readonly shown: string | null;
    /** Names that came from us: the last one, and while a write is under way the next one. */
    readonly wrote: readonly string[];
  };
  readonly plan: KnownField<string | null>;
  readonly monthlySpend: KnownField<number>;
  readonly custom: Readonly<Record<string, AttributeValue>>;
};

/** Of a company that does not exist yet, or that we have never read. */
export const nothingKnown: KnownCompany = {
  name: { shown: null, wrote: [] },
  plan: { shown: null, isOurs: false },
  monthlySpend: { shown: 0, isOurs: false },
  custom: {},
};

/** What is known once the company was read. What agrees with the mapping counts as ours, whoever wrote it. */
export function knownAfterReading(known: KnownCompany, shown: Company, desired: DesiredCompany): KnownCompany {
  const custom = Object.keys(desired.custom).map((name): [string, AttributeValue] => [
    name,
    shown.customAttributes[name] ?? null,
  ]);
  const { wrote } = known.name;
  const isNameOurs = shown.name !== null && (shown.name === desired.name || wrote.includes(shown.name));
  return {
    name: { shown: shown.name, wrote: isNameOurs && shown.name !== null ? [shown.name] : [] },
    plan: {
      shown: shown.plan,
      isOurs: shown.plan !== null && (known.plan.isOurs || shown.plan === (desired.plan ?? noPlan)),
    },
    monthlySpend: {
      shown: shown.monthlySpend,
      isOurs: known.monthlySpend.isOurs || shown.monthlySpend === desired.monthlySpend,
    },
    custom: Object.fromEntries(custom),
  };
}

/** The smallest update that makes the company what the mapping asks for; null when there is nothing to write. */
export function diffCompany(known: KnownCompany, desired: DesiredCompany): CompanyPatch | null {
  const plan = nextValue(known.plan, { wanted: desired.plan, none: noPlan });
  const monthlySpend = nextValue<number>(known.monthlySpend, { wanted: desired.monthlySpend, none: 0 });
  const patch: CompanyPatch = {
    ...namePatch(known.name, desired.name),
    ...(plan === undefined ? {} : { plan }),
    ...(monthlySpend === undefined ? {} : { monthlySpend }),
    ...customPatch(known, desired),
  };
  return Object.keys(patch).length === 0 ? null : patch;
}

function namePatch({ shown, wrote }: KnownCompany["name"], desired: string | null): Pick<CompanyPatch, "name"> {
  if (desired === null || desired === shown) return {};
  return shown === null || wrote.includes(shown) ? { name: desired } : {};
}

/** What is not known is not written. What we said before is taken back, as far as Intercom lets us. */
function nextValue<T>(
  { shown, isOurs }: KnownField<T | null>,
  { wanted, none }: { readonly wanted: T | null | undefined; readonly none: T },
): T | undefined {
  if (wanted === undefined || (wanted === null && !isOurs)) return undefined;
  const next = wanted ?? none;
  return next === shown ? undefined : next;
}

function customPatch({ custom }: KnownCompany, desired: DesiredCompany): Pick<CompanyPatch, "customAttributes"> {
  const changed = Object.entries(desired.custom).filter(([name, value]) => (custom[name] ?? null) !== value);
  return changed.length === 0 ? {} : { customAttributes: Object.fromEntries(changed) };
}

/**
 * The same, having said what we are about to write: should we die in the middle, it must not pass for somebody else's.
 * Null when that is known already.
 */
export function knownBeforeSending(
  known: KnownCompany,
  { name, plan, monthlySpend }: CompanyPatch,
): KnownCompany | null {
  const isPlanNews = plan !== undefined && !known.plan.isOurs;
  const isSpendNews = monthlySpend !== undefined && !known.monthlySpend.isOurs;
  if (name === undefined && !isPlanNews && !isSpendNews) return null;
  const { shown, wrote } = known.name;
  return {
    ...known,
    name: name === undefined ? known.name : { shown, wrote: [...wrote.filter((text) => text === shown), name] },
    plan: { ...known.plan, isOurs: known.plan.isOurs || isPlanNews },
    monthlySpend: { ...known.monthlySpend, isOurs: known.monthlySpend.isOurs || isSpendNews },
  };
}

/** What is known after Intercom has accepted the patch; the name is taken from its answer. */
export function knownAfter(known: KnownCompany, patch: CompanyPatch, shown: Company): KnownCompany {
  const { name, plan, monthlySpend, customAttributes } = patch;
  const wrote = name === undefined ? known.name.wrote : [name];
  return {
    name: { shown: shown.name, wrote: wrote.filter((text) => text === shown.name) },
    plan: plan === undefined ? known.plan : { shown: plan, isOurs: plan !== noPlan },
    monthlySpend: monthlySpend === undefined ? known.monthlySpend : { shown: monthlySpend, isOurs: true },
    custom: { ...known.custom, ...customAttributes },
  };
}

/** What a patch changes, for the record: name in Intercom, value before, value after. */
export function describeCompanyPatch(
  known: KnownCompany,
  { name, plan, monthlySpend, customAttributes = {} }: CompanyPatch,
): readonly (readonly [string, AttributeValue, AttributeValue])[] {
  return [
    ...(name === undefined ? [] : [["name", known.name.shown, name] as const]),
    ...(plan === undefined ? [] : [["plan", known.plan.shown, plan] as const]),
    ...(monthlySpend === undefined ? [] : [["monthly_spend", known.monthlySpend.shown, monthlySpend] as const]),
    ...Object.entries(customAttributes).map(([key, value]) => [key, known.custom[key] ?? null, value] as const),
  ];
}

/** How what is shown is compared with what was written. */
export type Comparison = {
  /** People may write this attribute. */
  readonly isShared: (attribute: string) => boolean;
  /** Intercom may spell a value in its own way. */
  readonly isSame: (written: AttributeValue, shown: AttributeValue) => boolean;
};

type Edit = readonly [name: string, written: AttributeValue, found: AttributeValue];

/** What others changed of what is ours, as a list of Intercom's has shown it, by the names that Intercom uses. */
export function foreignEdits(known: KnownCompany, shown: Company, { isShared, isSame }: Comparison): readonly Edit[] {
  const { plan, monthlySpend, custom } = known;
  const ours: readonly Edit[] = [
    ...(plan.isOurs ? [["plan", plan.shown, shown.plan] as const] : []),
    ...(monthlySpend.isOurs ? [["monthly_spend", monthlySpend.shown, shown.monthlySpend] as const] : []),
    ...Object.entries(custom)
      .filter(([name]) => !isShared(name))
      .map(([name, value]) => [name, value, shown.customAttributes[name] ?? null] as const),
  ];
  return ours.filter(([, written, found]) => !isSame(written, found));
}

/** What is known after a list has shown other values of what is ours: only they differ, so only they are written again. */
export function knownAfterEdits(known: KnownCompany, shown: Company, { isShared, isSame }: Comparison): KnownCompany {
  const { plan, monthlySpend } = known;
  const custom = Object.entries(known.custom).map(([name, value]): [string, AttributeValue] => {
    const found = shown.customAttributes[name] ?? null;
    return [name, isShared(name) || isSame(value, found) ? value : found];
  });
  return {
    ...known,
    plan: plan.isOurs && !isSame(plan.shown, shown.plan) ? { ...plan, shown: shown.plan } : plan,
    monthlySpend: monthlySpend.isOurs ? { ...monthlySpend, shown: shown.monthlySpend } : monthlySpend,
    custom: Object.fromEntries(custom),
  };
}
