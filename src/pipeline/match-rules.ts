/** From what happened to the runs that it may begin: which rules look at it. Whether they act is judged when the run is looked at. */
import type { Moment } from "../billing/moments/moment.ts";
import { isRecord } from "../lib/json.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import { isKnownCurrency, toMajor, type Money } from "../model/money.ts";
import type { StripeEvent } from "../model/stripe-event.ts";
import type { CompiledRule, CompiledTrigger } from "../rules/program.ts";
import type { Trigger, TriggerFacts } from "../rules/run.ts";
import type { Match } from "../rules/store.ts";
import type { RulesNow } from "./rules-now.ts";

/** The runs that moments may begin. */
export function momentMatches(
  now: RulesNow,
  moments: readonly Moment[],
  { account, nowS }: { readonly account: string; readonly nowS: number },
): readonly Match[] {
  return moments.flatMap((moment) => {
    const { customerId } = moment;
    const isWanted = (trigger: CompiledTrigger): boolean => trigger.kind === "moment" && trigger.name === moment.name;
    return rulesFor(now, isWanted, triggerOfMoment(moment)).map((match) => ({ ...match, account, customerId, nowS }));
  });
}

/** A moment as what triggers a rule. */
export function triggerOfMoment({ name, key, objectId, occurredAtS, facts }: Moment): Trigger {
  return { kind: "moment", key: `moment:${key}`, name, objectId, occurredAtS, facts: plainFacts(facts) };
}

/** Links into Stripe's Dashboard are for data events only. */
function plainFacts(facts: Moment["facts"]): TriggerFacts {
  const plain = Object.entries(facts).filter(
    (entry): entry is [string, TriggerFacts[string]] => !(isRecord(entry[1]) && "page" in entry[1]),
  );
  return Object.fromEntries(plain);
}

/** The runs that an event of Stripe's may begin, for a rule that goes by its type. */
export function eventMatches(
  now: RulesNow,
  event: StripeEvent,
  { account, customerId, nowS }: CustomerKey & { readonly nowS: number },
): readonly Match[] {
  const isWanted = (trigger: CompiledTrigger): boolean => trigger.kind === "stripe" && trigger.type === event.type;
  return rulesFor(now, isWanted, triggerOfEvent(event)).map((match) => ({ ...match, account, customerId, nowS }));
}

/** What of an event triggers a rule. */
export type TriggeringEvent = Pick<StripeEvent, "id" | "type" | "createdS" | "object">;

/** An event as what triggers a rule; of its object only what no person is known by. */
export function triggerOfEvent({ id, type, createdS, object }: TriggeringEvent): Trigger {
  const objectId = textOf(object["id"]);
  const currency = textOf(object["currency"]);
  const minor = object["amount"] ?? object["amount_total"] ?? object["amount_due"];
  const amount: Money | null =
    typeof minor === "number" && currency !== null && isKnownCurrency(currency)
      ? { amountMinor: minor, currency }
      : null;
  const facts: TriggerFacts = {
    type,
    ...(objectId === null ? {} : { object_id: objectId }),
    ...(amount === null ? {} : { amount: toMajor(amount), currency: amount.currency.toUpperCase(), money: amount }),
    ...textFact("status", object["status"]),
    ...textFact("mode", object["mode"]),
  };
  return { kind: "stripe", key: `stripe:${id}`, name: type, objectId, occurredAtS: createdS, facts };
}

function textFact(name: string, value: unknown): TriggerFacts {
  const text = textOf(value);
  return text === null ? {} : { [name]: text };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** What happened in Intercom, for a rule that goes by it. */
export type KeptSignal = {
  readonly id: string;
  readonly kind: string;
  readonly contactId: string;
  readonly conversationId: string | null;
  readonly tag: string | null;
  readonly atS: number;
};

/** The runs that a signal may begin, for the customer whose contact it is about. */
export function signalMatches(
  now: RulesNow,
  signal: KeptSignal,
  person: CustomerKey & { readonly nowS: number },
): readonly Match[] {
  const isWanted = (trigger: CompiledTrigger): boolean =>
    trigger.kind === "signal" && trigger.signal === signal.kind && (trigger.tag === null || trigger.tag === signal.tag);
  const { account, customerId, nowS } = person;
  return rulesFor(now, isWanted, triggerOfSignal(signal)).map((match) => ({ ...match, account, customerId, nowS }));
}

/** A signal as what triggers a rule. */
export function triggerOfSignal({ id, kind, conversationId, tag, atS }: KeptSignal): Trigger {
  const facts = {
    ...(conversationId === null ? {} : { conversation_id: conversationId }),
    ...(tag === null ? {} : { tag }),
  };
  return { kind: "signal", key: `signal:${id}`, name: kind, objectId: conversationId, occurredAtS: atS, facts };
}

function rulesFor(
  { active }: RulesNow,
  isWanted: (trigger: CompiledTrigger) => boolean,
  trigger: Trigger,
): readonly Pick<Match, "rule" | "version" | "mode" | "trigger">[] {
  return active.filter((rule) => isWanted(rule.trigger)).map((rule) => ({ ...headOf(rule), trigger }));
}

/** What a match says of its rule. */
export function headOf({ rule: { name, mode }, version }: CompiledRule): Pick<Match, "rule" | "version" | "mode"> {
  return { rule: name, version, mode: mode === "live" ? "live" : "shadow" };
}
