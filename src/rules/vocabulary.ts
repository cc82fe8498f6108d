/** Station rules: what expressions and texts can speak of, by the rule's trigger and the place in the rule. */
import type { FactType } from "../../contract/moment-fact.ts";
import type { RuleTrigger } from "../../contract/rule.ts";
import { CelReader, type CelSchema, type CelType } from "../lib/cel.ts";

/** Put together from the profile's catalogue, its ages and the moments; fields by name. */
export type RuleVocabulary = {
  /** As in docs/reference/profile.md, and `metadata` as a map. */
  readonly profile: Readonly<Record<string, CelType>>;
  /** Whole days, such as `days_to_trial_end`. */
  readonly ages: Readonly<Record<string, CelType>>;
  /** Fields of the profile that are dates. */
  readonly dates: readonly string[];
  /** By an amount's field, the field that says its currency. */
  readonly amounts: Readonly<Record<string, string>>;
  /** By the moment's name, its facts. */
  readonly moments: Readonly<Record<string, Readonly<Record<string, FactType>>>>;
};

/**
 * - crossing: `becomes`, which is looked at whenever a customer changes, whatever happened
 * - start: `if`, which is looked at when the rule was triggered; there is no run yet
 * - run: everything else
 */
export type Place = "crossing" | "start" | "run";

/** What expressions of one place can speak of, and their reader. */
export type ExpressionScope = {
  readonly reader: CelReader;
  readonly schema: CelSchema;
  readonly place: Place;
  /** By an amount's path, such as `profile.mrr`, the path of its currency. */
  readonly amounts: ReadonlyMap<string, string>;
};

type Fields = Readonly<Record<string, CelType>>;
type Facts = Readonly<Record<string, FactType>>;

/** Facts of a trigger `stripe`; `amount` is in whole units of the currency. */
const stripeFacts: Facts = {
  type: "text",
  object_id: "text",
  amount: "number",
  currency: "text",
  money: "money",
  status: "text",
  mode: "text",
};

/** Facts of a trigger `signal`. */
const signalFacts: Facts = { conversation_id: "text", tag: "text" };

/** What a run knows of itself. */
const runFields = {
  now: "timestamp",
  started_at: "timestamp",
  last_wait: "string",
  messages: "int",
  replied: "bool",
} as const satisfies Fields;

/** The values of `run.last_wait`. */
export const lastWaits = ["none", "time", "reply", "condition"] as const;

/** Money is no plain value; `amount` and `currency` beside it are. */
const factTypes: Readonly<Record<Exclude<FactType, "link">, CelType | null>> = {
  text: "string",
  number: "double",
  flag: "bool",
  date: "timestamp",
  money: null,
};

/**
 * The facts that a trigger brings along; null when it brings none, or is a moment that there is not. Links of moments lead
 * into Stripe's Dashboard: they are for data events only.
 */
export function momentFacts(vocabulary: RuleVocabulary, trigger: RuleTrigger): Facts | null {
  if ("stripe" in trigger) return stripeFacts;
  if ("signal" in trigger) return signalFacts;
  if (!("moment" in trigger) || !Object.hasOwn(vocabulary.moments, trigger.moment)) return null;
  const facts = Object.entries(vocabulary.moments[trigger.moment] ?? {});
  return Object.fromEntries(facts.filter(([, type]) => type !== "link"));
}

function fieldsOf(facts: Facts): Fields {
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, type]) => {
      const celType = type === "link" ? null : factTypes[type];
      return celType === null ? [] : [[name, celType]];
    }),
  );
}

/** Readers are costly to make and the same for each vocabulary; one is made per kind of trigger or moment, and place. */
const scopes = new WeakMap<RuleVocabulary, Map<string, ExpressionScope>>();

/** What expressions at this place of a rule with this trigger can speak of. */
export function expressionScope(vocabulary: RuleVocabulary, trigger: RuleTrigger, place: Place): ExpressionScope {
  const known = scopes.get(vocabulary) ?? new Map<string, ExpressionScope>();
  scopes.set(vocabulary, known);
  const facts = place === "crossing" ? null : momentFacts(vocabulary, trigger);
  const key = `${place} ${facts === null ? "none" : factsKey(vocabulary, trigger)}`;
  const scope = known.get(key) ?? makeScope(vocabulary, facts && fieldsOf(facts), place);
  known.set(key, scope);
  return scope;
}

/** The same for all triggers that bring the same facts along. */
export function factsKey(vocabulary: RuleVocabulary, trigger: RuleTrigger): string {
  if ("stripe" in trigger) return "stripe";
  if ("signal" in trigger) return "signal";
  return momentFacts(vocabulary, trigger) !== null && "moment" in trigger ? `moment ${trigger.moment}` : "none";
}

function makeScope(vocabulary: RuleVocabulary, moment: Fields | null, place: Place): ExpressionScope {
  const schema: CelSchema = {
    profile: vocabulary.profile,
    ages: vocabulary.ages,
    ...(moment === null ? {} : { moment }),
    ...runSchema(place),
  };
  const amounts = Object.entries(vocabulary.amounts).map(
    ([field, currency]) => [`profile.${field}`, `profile.${currency}`] as const,
  );
  const ofMoment = moment !== null && "amount" in moment ? [["moment.amount", "moment.currency"] as const] : [];
  return { reader: new CelReader(schema), schema, place, amounts: new Map([...amounts, ...ofMoment]) };
}

/** A crossing has no run and no clock of its own; before a run begins only the clock is there. */
function runSchema(place: Place): CelSchema {
  if (place === "crossing") return {};
  return { run: place === "start" ? { now: runFields.now } : runFields };
}
