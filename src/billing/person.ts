/**
 * Station billing: the profile of a person who is several Stripe customers.
 *
 * The *primary* customer speaks: whose subscription is in the best standing (the order of billing/subscription.ts); of
 * equals the one of the main account, then who paid last, then the newest. Deleted customers speak only when all are.
 * Plan, status, add-ons, next invoice, payment method and metadata are the primary's; name, e-mail, phone, country, address
 * and locale are of the first who has one. Payments of all are taken together, in the primary's currency only.
 * Subscriptions are listed and counted, and revenue, open invoices and credits added up, over all who are not deleted;
 * revenue and debts are unknown when they are of several currencies. Balances are added up where the currency is the same;
 * delinquent is who has any debt; the person has been a customer since the first of them.
 */
import type { Profile } from "../model/profile.ts";
import { paymentsOf } from "./payments.ts";
import { buildProfile, statesOf, togetherOf, type CustomerCopies, type ProfileOptions } from "./profile.ts";
import { primaryOf, standingOf, type PrimaryPolicy } from "./subscription.ts";
import { troubleOf, type TroubleCopies } from "./trouble.ts";
import { byUrgency } from "./usage/usage.ts";

/** One of the person's customers. */
export type PersonCustomer = {
  readonly account: string;
  readonly isMain: boolean;
  readonly livemode: boolean;
  readonly copies: CustomerCopies;
};

/** What the profile rests on beside the copies. */
export type PersonOptions = Omit<ProfileOptions, "livemode">;

export type PersonProfile = {
  readonly primary: PersonCustomer;
  readonly profile: Profile;
  /** By which the subscriptions that speak were chosen. */
  readonly policy: PrimaryPolicy | undefined;
};

type Ranked = { readonly customer: PersonCustomer; readonly profile: Profile; readonly standing: number };

/** One profile for all customers of a person; of a single one, that one's. There must be at least one. */
export function buildPerson(customers: readonly PersonCustomer[], options: PersonOptions = {}): PersonProfile {
  const ranked = customers.map((customer) => rankOf(customer, options)).toSorted(bySpeaking);
  const [first, ...others] = ranked;
  if (!first) throw new Error("A person has at least one customer.");
  const profile = others.length === 0 ? first.profile : merge(first, ranked, options);
  return { primary: first.customer, profile, policy: options.primary };
}

function rankOf(customer: PersonCustomer, options: PersonOptions): Ranked {
  const { copies, livemode } = customer;
  const subscription = primaryOf(copies, options.primary);
  const standing = subscription ? standingOf(subscription) : Number.POSITIVE_INFINITY;
  return { customer, profile: buildProfile(copies, { ...options, livemode }), standing };
}

function bySpeaking(a: Ranked, b: Ranked): number {
  return (
    Number(a.customer.copies.customer.deleted) - Number(b.customer.copies.customer.deleted) ||
    compareStanding(a.standing, b.standing) ||
    Number(b.customer.isMain) - Number(a.customer.isMain) ||
    (b.profile.lastPaidAtS ?? 0) - (a.profile.lastPaidAtS ?? 0) ||
    b.profile.createdS - a.profile.createdS ||
    a.profile.customerId.localeCompare(b.profile.customerId)
  );
}

/** Two who have no subscription at all are equal; infinity less infinity is no number. */
function compareStanding(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

function merge(first: Ranked, ranked: readonly Ranked[], options: PersonOptions): Profile {
  const { profile } = first;
  const living = ranked.filter(({ customer }) => !customer.copies.customer.deleted);
  const speaking = living.length > 0 ? living : ranked;
  const profiles = speaking.map((one) => one.profile);
  const heard = speaking.map(({ customer }) => customer.copies);
  const copies = ranked.map(({ customer }) => customer.copies);
  const payments = paymentsOf({
    charges: copies.flatMap(({ charges }) => charges),
    disputes: copies.flatMap(({ disputes }) => disputes),
    refunds: copies.flatMap(({ refunds }) => refunds),
    customerCurrency: first.customer.copies.customer.facts.currency ?? profile.totalPaid?.currency ?? null,
    reporting: options.reporting,
  });
  return {
    ...profile,
    email: firstOf(profiles, ({ email }) => email),
    name: firstOf(profiles, ({ name }) => name),
    phone: firstOf(profiles, ({ phone }) => phone),
    country: firstOf(profiles, ({ country }) => country),
    locale: firstOf(profiles, ({ locale }) => locale),
    address: firstOf(profiles, ({ address }) => address),
    createdS: Math.min(...profiles.map(({ createdS }) => createdS)),
    delinquent: profiles.some(({ delinquent }) => delinquent),
    balance: sumOfBalances(profile, profiles),
    ...payments,
    subscriptions: statesOf(heard, options),
    ...togetherOf(heard),
    ...troubleOf(togetherPaid(copies)),
    usage: profiles.flatMap(({ usage }) => usage).toSorted(byUrgency),
  };
}

function togetherPaid(copies: readonly CustomerCopies[]): TroubleCopies {
  return {
    charges: copies.flatMap(({ charges }) => charges),
    disputes: copies.flatMap(({ disputes }) => disputes),
    mandates: copies.flatMap(({ mandates }) => mandates),
  };
}

/** Whoever speaks first and has one. */
function firstOf<T>(profiles: readonly Profile[], take: (profile: Profile) => T | null): T | null {
  return profiles.map(take).find((value) => value !== null) ?? null;
}

/** Amounts of other currencies are left out: there is no one number for them. */
function sumOfBalances({ balance }: Profile, profiles: readonly Profile[]): Profile["balance"] {
  const currency =
    balance.currency ?? profiles.map((one) => one.balance.currency).find((code) => code !== null) ?? null;
  const same = profiles.filter((one) => one.balance.currency === currency);
  return { currency, amountMinor: same.reduce((sum, one) => sum + one.balance.amountMinor, 0) };
}
