/** What rules are told of a customer: facts for expressions and texts, from the profile and the copies that it rests on. */
import type { PersonCustomer } from "../billing/person.ts";
import { celProfile } from "../mapping/expression.ts";
import { baseAttributes } from "../mapping/preset.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import type { FailureClass } from "../model/payment-trouble.ts";
import type { Profile } from "../model/profile.ts";
import type { CustomerFacts, Trigger } from "../rules/run.ts";
import type { Person } from "./person.ts";
import { namedAges } from "./rule-vocabulary.ts";

/** A person whose profile is known, with the copies that it rests on. */
export type KnownPerson = { readonly profile: Profile; readonly customers: readonly PersonCustomer[] };

const dateFields = baseAttributes.filter(({ type }) => type === "date");

/** By these keys of the customer's metadata a business may say where its customer lives. */
const timeZoneKeys = ["time_zone", "timezone"] as const;

/** What of a customer's facts is looked at, so that nothing else is worked out. */
export type WantedFacts = {
  /** Fields of the profile in expressions; undefined for all of them. */
  readonly fields: readonly string[] | undefined;
  /** Whether expressions look at ages, without which facts are the same at any time. */
  readonly hasAges: boolean;
  /** Fields that triggers and waits go by. */
  readonly dates: ReadonlySet<string>;
};

const allFacts: WantedFacts = { fields: undefined, hasAges: true, dates: new Set(dateFields.map(({ key }) => key)) };

/** What is known about a customer at this instant. */
export function factsOf({ profile }: KnownPerson, nowS: number, wanted = allFacts): CustomerFacts {
  const { subscription, metadata, locale, country } = profile;
  const dates = dateFields.filter(({ key }) => wanted.dates.has(key));
  return {
    values: { profile: celProfile(profile, wanted.fields), ages: wanted.hasAges ? celAges(profile, nowS) : {} },
    dates: Object.fromEntries(dates.map(({ key, value }) => [key, secondsOf(value(profile))])),
    subjects: {
      invoice: profile.openInvoices.oldest?.id ?? null,
      subscription: subscription?.id ?? null,
      period: subscription?.periodEndS ? `${subscription.id}:${subscription.periodEndS}` : null,
    },
    locale,
    country,
    timeZone: timeZoneKeys.map((key) => metadata[key]).find((zone) => zone !== undefined && zone !== "") ?? null,
  };
}

function celAges(profile: Profile, nowS: number): Readonly<Record<string, bigint>> {
  return Object.fromEntries(Object.entries(namedAges(profile, nowS)).map(([name, days]) => [name, BigInt(days)]));
}

function secondsOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

/** The invoice that a rule about failed payments speaks of: the trigger's own, else the one that should be paid first. */
export function invoiceOf(trigger: Trigger, { profile }: KnownPerson): string | null {
  const { objectId } = trigger;
  return objectId?.startsWith("in_") ? objectId : (profile.openInvoices.oldest?.id ?? null);
}

/**
 * Of a person's customers the one that a message is about, whose links and savings it shows: whoever has one of these invoices,
 * subscriptions or charges, else the one whose plan it is.
 */
export function customerNamedBy(
  ids: readonly (string | null)[],
  { customers, primary }: Pick<Person, "customers" | "primary">,
): CustomerKey {
  const named = new Set(ids);
  const isNamed = ({ copies: { invoices, subscriptions, charges } }: PersonCustomer): boolean =>
    [...invoices, ...subscriptions, ...charges].some(({ id }) => named.has(id));
  const { account, copies } = customers.find(isNamed) ?? primary;
  return { account, customerId: copies.customer.id };
}

/** How the invoice stands that a rule speaks about. */
export type InvoiceStanding = {
  readonly id: string;
  /** Nothing is left to pay on it, for whatever reason. */
  readonly isPaid: boolean;
  readonly isDisputed: boolean;
  /** When Stripe tries to collect it by itself. */
  readonly nextAttemptS: number | null;
  readonly isDebitProcessing: boolean;
};

/** What the arbiter is told of billing. */
export type ArbiterFacts = { readonly invoice: InvoiceStanding | null; readonly failure: FailureClass | null };

/** Disputes in these states are over. */
const closedDisputes: ReadonlySet<string> = new Set(["won", "lost", "warning_closed", "prevented"]);

/** What the arbiter is told of billing about this invoice. */
export function arbiterFactsOf({ profile, customers }: KnownPerson, invoiceId: string | null): ArbiterFacts {
  const failure = profile.paymentFailure?.class ?? null;
  const copies = customers.map((customer) => customer.copies);
  const copy = copies.flatMap(({ invoices }) => invoices).find(({ id }) => id === invoiceId);
  if (invoiceId === null || !copy) return { invoice: null, failure };
  const { status, amountRemainingMinor, nextPaymentAttemptS } = copy.facts;
  const isDisputed = copies.some(({ disputes }) => disputes.some(({ facts }) => !closedDisputes.has(facts.status)));
  return {
    failure,
    invoice: {
      id: invoiceId,
      isPaid: copy.deleted || (status !== "open" && status !== "draft") || amountRemainingMinor <= 0,
      isDisputed,
      nextAttemptS: status === "open" ? nextPaymentAttemptS : null,
      isDebitProcessing: profile.debit?.state === "pending",
    },
  };
}
