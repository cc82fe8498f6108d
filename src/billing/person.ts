/**
 * Station billing: the profile of a person who is several Stripe customers.
 *
 * The *primary* customer speaks: whose subscription is in the best standing (the order of billing/subscription.ts); of
 * equals the one of the main account, then who paid last, then the newest. Deleted customers speak only when all are.
 * Plan, status, add-ons, next invoice, payment method, address and metadata are the primary's. Payments of all are taken together, in the primary's
 * currency only; subscriptions are counted, and revenue and open invoices added up, over all who are not deleted, and
unknown when they are of several currencies; balances are added up where the currency is the same; delinquent is who has any debt; the person has
 * been a customer since the first of them.
 */
import type { Profile } from "../model/profile.ts";
import { paymentsOf } from "./payments.ts";
import type { Reporting } from "../model/rates.ts";
import { buildProfile, togetherOf, type CustomerCopies } from "./profile.ts";
import { primarySubscription, standingOf } from "./subscription.ts";
import { troubleOf, type TroubleCopies } from "./trouble.ts";

/** One of the person's customers. */
export type PersonCustomer = {
  readonly account: string;
  readonly isMain: boolean;
  readonly livemode: boolean;
  readonly copies: CustomerCopies;
};

export type PersonProfile = { readonly primary: PersonCustomer; readonly profile: Profile };

type Ranked = { readonly customer: PersonCustomer; readonly profile: Profile; readonly standing: number };

/**
 * One profile for all customers of a person; of a single one, that one's. There must be at least one. Totals are also
 * given in the reporting currency when there is one.
 */
export function buildPerson(customers: readonly PersonCustomer[], reporting?: Reporting): PersonProfile {
  const ranked = customers.map((customer) => rankOf(customer, reporting)).toSorted(bySpeaking);
  const [first, ...others] = ranked;
  if (!first) throw new Error("A person has at least one customer.");
  if (others.length === 0) return { primary: first.customer, profile: first.profile };
  return { primary: first.customer, profile: merge(first, ranked, reporting) };
}

function rankOf(customer: PersonCustomer, reporting: Reporting | undefined): Ranked {
  const { copies, livemode } = customer;
  const subscription = primarySubscription(copies.subscriptions);
  const standing = subscription ? standingOf(subscription) : Number.POSITIVE_INFINITY;
  return { customer, profile: buildProfile(copies, { livemode, reporting }), standing };
}

function bySpeaking(a: Ranked, b: Ranked): number {
  return (
    Number(a.customer.copies.customer.deleted) - Number(b.customer.copies.customer.deleted) ||
    compareStanding(a.standing, b.standing) ||
    Number(b.customer.isMain) - Number(a.customer.isMain) ||
    (b.profile.lastPayment?.atS ?? 0) - (a.profile.lastPayment?.atS ?? 0) ||
    b.profile.createdS - a.profile.createdS ||
    a.profile.customerId.localeCompare(b.profile.customerId)
  );
}

/** Two who have no subscription at all are equal; infinity less infinity is no number. */
function compareStanding(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

function merge(first: Ranked, ranked: readonly Ranked[], reporting: Reporting | undefined): Profile {
  const { profile } = first;
  const living = ranked.filter(({ customer }) => !customer.copies.customer.deleted);
  const speaking = living.length > 0 ? living : ranked;
  const profiles = speaking.map((one) => one.profile);
  const copies = ranked.map(({ customer }) => customer.copies);
  const payments = paymentsOf({
    charges: copies.flatMap(({ charges }) => charges),
    disputes: copies.flatMap(({ disputes }) => disputes),
    refunds: copies.flatMap(({ refunds }) => refunds),
    customerCurrency: first.customer.copies.customer.facts.currency ?? profile.totalPaid?.currency ?? null,
    reporting,
  });
  return {
    ...profile,
    email: firstOf(profiles, ({ email }) => email),
    name: firstOf(profiles, ({ name }) => name),
    phone: firstOf(profiles, ({ phone }) => phone),
    country: firstOf(profiles, ({ country }) => country),
    locale: firstOf(profiles, ({ locale }) => locale),
    createdS: Math.min(...profiles.map(({ createdS }) => createdS)),
    delinquent: profiles.some(({ delinquent }) => delinquent),
    balance: sumOfBalances(profile, profiles),
    ...payments,
    ...togetherOf(speaking.map(({ customer }) => customer.copies)),
    ...troubleOf(togetherPaid(copies)),
  };
}

function togetherPaid(copies: readonly CustomerCopies[]): TroubleCopies {
  return {
    charges: copies.flatMap(({ charges }) => charges),
    disputes: copies.flatMap(({ disputes }) => disputes),
  };
}

/** Whoever speaks first and has one. */
function firstOf(profiles: readonly Profile[], take: (profile: Profile) => string | null): string | null {
  return profiles.map(take).find((value) => value !== null) ?? null;
}

/** Amounts of other currencies are left out: there is no one number for them. */
function sumOfBalances({ balance }: Profile, profiles: readonly Profile[]): Profile["balance"] {
  const currency =
    balance.currency ?? profiles.map((one) => one.balance.currency).find((code) => code !== null) ?? null;
  const same = profiles.filter((one) => one.balance.currency === currency);
  return { currency, amountMinor: same.reduce((sum, one) => sum + one.balance.amountMinor, 0) };
}
