/** What a set of rules looks at, so that nothing else is worked out. */
import { momentNames, type MomentName } from "../../../contract/moment.ts";
import type { SimulationHistory } from "../../../contract/simulation.ts";
import { subscribedTypes, useOf } from "../../events/catalogue.ts";
import type { CelExpression } from "../../lib/cel.ts";
import type { ObjectKind } from "../../model/stripe-object.ts";
import type { Act, CompiledRule, CompiledTrigger, Instruction, ProgramValue } from "../../rules/program.ts";
import type { WantedFacts } from "../rule-facts.ts";
import { typesOfPast } from "./reconstruct.ts";

export type Interest = {
  /** Names of moments. */
  readonly moments: ReadonlySet<string>;
  /** Kinds of objects whose changes may be such moments. */
  readonly tellingKinds: ReadonlySet<ObjectKind>;
  /** Types of Stripe's events that trigger by themselves. */
  readonly stripeTypes: ReadonlySet<string>;
  readonly facts: WantedFacts;
  readonly hasDunning: boolean;
  readonly hearsSignals: boolean;
  readonly hearsUsage: boolean;
  /** Types of events that can tell anything; the others need not be read. */
  readonly eventTypes: readonly string[];
};

const ofSubscription = ["subscription"] as const;

/** The kinds of objects whose changes tell a moment. */
const kindsOfMoments: Readonly<Record<MomentName, readonly ObjectKind[]>> = {
  subscription_started: ofSubscription,
  trial_started: ofSubscription,
  trial_ending: ofSubscription,
  trial_ended: ofSubscription,
  payment_succeeded: ["charge"],
  first_payment: ["charge"],
  payment_failed: ["charge"],
  payment_action_required: ["invoice"],
  debit_submitted: ["charge"],
  debit_returned: ["charge", "dispute"],
  payment_refunded: ["refund"],
  refund_failed: ["refund"],
  dispute_opened: ["dispute"],
  dispute_won: ["dispute"],
  dispute_lost: ["dispute"],
  invoice_opened: ["invoice"],
  invoice_paid: ["invoice"],
  subscription_past_due: ofSubscription,
  subscription_recovered: ofSubscription,
  plan_changed: ofSubscription,
  quantity_changed: ofSubscription,
  cancellation_scheduled: ofSubscription,
  cancellation_withdrawn: ofSubscription,
  subscription_paused: ofSubscription,
  subscription_resumed: ofSubscription,
  subscription_ended: ofSubscription,
  payment_method_changed: ["customer", "payment_method", "subscription"],
  usage_crossed: [],
};

/** Moments that the reconstructed past tells. */
export const momentsOfPast: ReadonlySet<string> = new Set<MomentName>([
  "subscription_started",
  "trial_started",
  "trial_ended",
  "payment_succeeded",
  "first_payment",
  "payment_failed",
  "payment_refunded",
  "dispute_opened",
  "invoice_opened",
  "invoice_paid",
  "subscription_past_due",
  "subscription_recovered",
  "cancellation_scheduled",
  "subscription_ended",
]);

/** How far back what starts a rule is known. */
export function historyOf(trigger: CompiledTrigger): SimulationHistory {
  switch (trigger.kind) {
    case "becomes":
    case "date":
      return "all";
    case "moment":
      return momentsOfPast.has(trigger.name) ? "all" : "journal";
    case "stripe":
      return typesOfPast.has(trigger.type) ? "all" : "journal";
    case "signal":
      return "journal";
    case "manual":
      return "none";
  }
}

/** What these rules look at together. */
export function interestOf(rules: readonly CompiledRule[]): Interest {
  const stripeTypes = new Set(rules.flatMap(({ trigger }) => (trigger.kind === "stripe" ? [trigger.type] : [])));
  const paths = new Set(rules.flatMap((rule) => expressionsOf(rule).flatMap((expression) => expression.paths)));
  const fields = paths.has("profile") ? undefined : [...paths].flatMap(fieldOf);
  const hasAges = [...paths].some((path) => /^ages\b/.test(path));
  const moments = new Set(rules.flatMap(({ trigger }) => (trigger.kind === "moment" ? [trigger.name] : [])));
  return {
    moments,
    tellingKinds: new Set(momentNames.flatMap((name) => (moments.has(name) ? kindsOfMoments[name] : []))),
    stripeTypes,
    facts: { fields, hasAges, dates: new Set(rules.flatMap(datesOf)) },
    hasDunning: rules.some(({ rule }) => rule.dunning),
    hearsSignals: rules.some(hearsSignals),
    hearsUsage: rules.some(goesByUsage) || fields === undefined || fields.some((field) => field.startsWith("usage")),
    eventTypes: [...new Set([...subscribedTypes.filter(isFolded), ...stripeTypes])],
  };
}

/** Payments in progress are in no profile, and the catalogue is taken as it is now. */
function isFolded(type: string): boolean {
  const use = useOf(type);
  if (use?.how !== "copy") return false;
  return !["payment_intent", "product", "price", "coupon"].includes(use.kind);
}

function fieldOf(path: string): readonly string[] {
  return path.startsWith("profile.") ? [path.slice("profile.".length)] : [];
}

function datesOf({ trigger, program }: CompiledRule): readonly string[] {
  const waits = program.flatMap((one) => (one.op === "wait" && one.until !== null ? [one.until.field] : []));
  return trigger.kind === "date" ? [trigger.date.field, ...waits] : waits;
}

function goesByUsage({ trigger }: CompiledRule): boolean {
  return trigger.kind === "moment" && trigger.name === "usage_crossed";
}

function hearsSignals({ trigger, program, rule }: CompiledRule): boolean {
  return (
    trigger.kind === "signal" ||
    rule.dunning ||
    program.some((one) => one.op === "wait" || (one.op === "act" && one.act.kind === "message"))
  );
}

/** Every expression of a rule. */
export function expressionsOf({ trigger, if: start, while: reason, program }: CompiledRule): readonly CelExpression[] {
  const conditions = [trigger.kind === "becomes" ? trigger.expression : null, start, reason];
  return [...conditions.filter((one) => one !== null), ...program.flatMap(expressionsIn)];
}

function expressionsIn(instruction: Instruction): readonly CelExpression[] {
  switch (instruction.op) {
    case "wait":
      return instruction.orUntil === null ? [] : [instruction.orUntil];
    case "branch":
      return instruction.cases.map((one) => one.if);
    case "act":
      return valuesIn(instruction.act).flatMap((value) => ("cel" in value ? [value.cel] : []));
    default:
      return [];
  }
}

function valuesIn(act: Act): readonly ProgramValue[] {
  switch (act.kind) {
    case "set":
      return [act.value];
    case "ticket":
      return Object.values(act.attributes);
    case "data_event":
      return Object.values(act.metadata);
    case "webhook":
      return Object.values(act.facts);
    default:
      return [];
  }
}
