/** Builders for tests: each makes something complete, so that a test names only what matters to it. */
import { setTimeout as pause } from "node:timers/promises";
import { presetMapping } from "../../src/mapping/default-document.ts";
import type { Pool } from "../../src/db/pool.ts";
import { SingleFlight } from "../../src/lib/single-flight.ts";
import type { Contact } from "../../src/model/contact.ts";
import type { Profile } from "../../src/model/profile.ts";
import type { StripeEvent } from "../../src/model/stripe-event.ts";
import {
  isCatalogue,
  type CurrencyOption,
  type FactsByKind,
  type ObjectCopyOf,
  type ObjectKind,
  type SubscriptionItemFacts,
} from "../../src/model/stripe-object.ts";
import { inputsText, type Identity } from "../../src/contacts/identity.ts";
import type { SyncContext } from "../../src/pipeline/context.ts";
import type { StripeClient, StripeJson, StripeQuery } from "../../src/stripe/client.ts";
import { StripeNotFound } from "../../src/stripe/failure.ts";

/** The version that Dunlin's endpoint sends; written out, so that a change of the pin is noticed here too. */
export const pinnedVersion = "2026-10-28.endive";

let minted = 0;

/** An id that no other test of this file uses. */
export function mint(prefix: string): string {
  minted += 1;
  return `${prefix}_t${minted}`;
}

/** An event, checked as the parser leaves it. */
export function anEvent(parts: Partial<StripeEvent> = {}): StripeEvent {
  return {
    id: mint("evt"),
    type: "customer.updated",
    createdS: 1_790_000_000,
    livemode: false,
    apiVersion: pinnedVersion,
    object: { id: "cus_1", object: "customer" },
    previous: null,
    ...parts,
  };
}

/** The bytes in which Stripe would deliver the event: pretty-printed, as it does. */
export function bodyOf(event: StripeEvent): Buffer {
  const envelope = {
    id: event.id,
    object: "event",
    api_version: event.apiVersion,
    created: event.createdS,
    data: { object: event.object, ...(event.previous === null ? {} : { previous_attributes: event.previous }) },
    livemode: event.livemode,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type: event.type,
  };
  return Buffer.from(JSON.stringify(envelope, null, 2));
}

/** One item of a subscription: a plan of 10.00 EUR a month. */
export function anItem(parts: Partial<SubscriptionItemFacts> = {}): SubscriptionItemFacts {
  return {
    id: "si_1",
    priceId: "price_1",
    productId: "prod_1",
    nickname: null,
    lookupKey: null,
    unitAmount: "1000",
    currency: "eur",
    interval: "month",
    intervalCount: 1,
    metered: false,
    quantity: 1,
    periodStartS: 1_790_000_000,
    periodEndS: 1_792_592_000,
    discounts: [],
    divided: false,
    ...parts,
  };
}

const usualFacts: { readonly [K in ObjectKind]: FactsByKind[K] } = {
  customer: {
    email: "jane@example.com",
    name: "Jane",
    phone: null,
    createdS: 1_780_000_000,
    currency: "eur",
    balanceMinor: 0,
    delinquent: false,
    country: null,
    defaultPaymentMethod: null,
    defaultSource: null,
    metadata: {},
    address: null,
    locale: null,
    discount: null,
  },
  subscription: {
    status: "active",
    createdS: 1_780_000_000,
    startS: 1_780_000_000,
    currency: "eur",
    trialEndS: null,
    cancelAtS: null,
    cancelAtPeriodEnd: false,
    canceledAtS: null,
    endedAtS: null,
    collectionPaused: false,
    pausedReason: null,
    defaultPaymentMethod: null,
    defaultSource: null,
    items: [anItem()],
    discounts: [],
    taxed: false,
    scheduled: false,
  },
  invoice: {
    status: "open",
    createdS: 1_780_000_000,
    currency: "eur",
    amountDueMinor: 1000,
    amountPaidMinor: 0,
    amountRemainingMinor: 1000,
    attemptCount: 0,
    nextPaymentAttemptS: null,
    dueDateS: null,
    subscriptionId: null,
    defaultPaymentMethod: null,
  },
  payment_intent: {
    status: "processing",
    createdS: 1_780_000_000,
    amountMinor: 1000,
    currency: "eur",
    errorCode: null,
    declineCode: null,
  },
  charge: {
    status: "succeeded",
    createdS: 1_780_000_000,
    currency: "eur",
    amountMinor: 1000,
    capturedMinor: 1000,
    refundedMinor: 0,
    disputed: false,
    paymentIntentId: null,
    paymentMethodId: null,
    methodType: "card",
    country: null,
    failureCode: null,
    declineCode: null,
    networkDeclineCode: null,
    adviceCode: null,
    blocked: false,
    debitDate: null,
  },
  refund: { status: "succeeded", createdS: 1_780_000_000, amountMinor: 1000, currency: "eur", chargeId: "ch_1" },
  dispute: {
    status: "needs_response",
    createdS: 1_780_000_000,
    amountMinor: 1000,
    currency: "eur",
    chargeId: "ch_1",
    reason: "fraudulent",
  },
  payment_method: { attached: true, type: "card", brand: "visa", expMonth: 8, expYear: 2027, country: null },
  product: { name: "Pro" },
  price: {
    productId: "prod_1",
    active: true,
    currency: "eur",
    unitAmount: "1000",
    interval: "month",
    intervalCount: 1,
    metered: false,
    meterId: null,
    billingScheme: "per_unit",
    tiersMode: null,
    tiers: null,
    nickname: null,
    lookupKey: null,
    transformQuantity: null,
  },
  coupon: { percentOff: "50", amountOffMinor: null, currency: null, duration: "forever", products: [] },
  mandate: { status: "active", paymentMethodId: "pm_1" },
  credit_balance: { available: [{ amountMinor: 5000, currency: "eur" }] },
  entitlements: { features: ["export"] },
  usage: {
    meter: "documents",
    meterId: "mtr_1",
    unit: "Documents",
    formula: "sum",
    periodStartS: 1_790_000_000,
    periodEndS: 1_792_592_000,
    value: "500",
    asOfS: 1_791_296_000,
    source: "stripe",
    judgedLimit: null,
  },
};

type Head<K extends ObjectKind> = Partial<Omit<ObjectCopyOf<K>, "kind" | "facts">>;

/** A copy of an object of this kind, stored once, of customer `cus_1`. */
export function aCopy<K extends ObjectKind>(
  kind: K,
  facts: Partial<FactsByKind[K]> = {},
  head: Head<K> = {},
): ObjectCopyOf<K> {
  return {
    kind,
    id: kind === "customer" ? "cus_1" : `${kind}_1`,
    customerId: isCatalogue(kind) ? null : "cus_1",
    asOfS: 1_790_000_000,
    rev: 1,
    eventId: "evt_1",
    secondEvents: [],
    origin: "event",
    deleted: false,
    facts: { ...usualFacts[kind], ...facts },
    ...head,
  };
}

/** A profile of somebody who pays 10 EUR a month. */
export function aProfile(parts: Partial<Profile> = {}): Profile {
  return {
    customerId: "cus_1",
    email: "jane@example.com",
    name: "Jane",
    phone: null,
    createdS: 1_780_000_000,
    delinquent: false,
    balance: { amountMinor: 0, currency: "eur" },
    country: "DE",
    address: null,
    subscription: {
      id: "sub_1",
      status: "active",
      plan: { name: "Pro", unitPrice: 10, currency: "eur", interval: "month" },
      periodEndS: 1_792_592_000,
      trialEndS: null,
      cancelAtS: null,
    },
    card: { brand: "visa", expiresAtS: 1_819_756_799 },
    lastPayment: { amount: { amountMinor: 1000, currency: "eur" }, atS: 1_790_000_000, status: "succeeded" },
    totalPaid: { amountMinor: 12_000, currency: "eur" },
    paymentCount: 12,
    firstPaymentAtS: 1_780_000_000,
    lastPaidAtS: 1_790_000_000,
    averagePayment: { amountMinor: 1000, currency: "eur" },
    paymentsPerMonth: 1,
    totalPaidReporting: { amountMinor: 12_000, currency: "eur" },
    statusDetail: "active_paid",
    addons: [],
    subscriptions: [],
    subscriptionsCount: 1,
    recurring: { mrrMinor: 1000, arrMinor: 12_000, currency: "eur" },
    nextInvoice: { atS: 1_792_592_000, amount: { amountMinor: 1000, currency: "eur" } },
    openInvoices: { total: null, pastDue: false, oldest: null },
    billingCredits: { unknown: "Stripe has not told of a change of billing credits yet." },
    entitlements: { unknown: "Stripe has not told of a change of entitlements yet." },
    paymentMethod: "card",
    paymentFailure: null,
    debit: null,
    usage: [],
    locale: "de",
    metadata: {},
    livemode: false,
    ...parts,
  };
}

/** A contact as Intercom answers it. */
export function aContact(parts: Partial<Contact> = {}): Contact {
  return {
    id: "64b7f0c2a1d3e4f5a6b7c8d9",
    role: "user",
    externalId: null,
    email: "jane@example.com",
    phone: null,
    name: "Jane",
    customAttributes: {},
    ...parts,
  };
}

export type FakeStripe = {
  readonly client: StripeClient;
  readonly reads: () => readonly string[];
  /** The same, with what was asked of each. */
  readonly asked: () => readonly (readonly [path: string, query: StripeQuery])[];
};

/** A Stripe that answers single objects by id and lists by path, and counts how often it is asked. */
export function aStripe(
  find: (id: string) => { object: StripeJson | null; answeredS: number },
  list: (path: string, query: StripeQuery) => readonly StripeJson[] = () => [],
): FakeStripe {
  const reads: string[] = [];
  const asked: [path: string, query: StripeQuery][] = [];
  const client: StripeClient = {
    livemode: false,
    setShare: () => undefined,
    async get(path, query = {}) {
      reads.push(path);
      asked.push([path, query]);
      await Promise.resolve();
      const isList = path.split("/").length === 3;
      if (isList)
        return { body: { object: "list", has_more: false, data: structuredClone(list(path, query)) }, answeredS: null };
      const { object, answeredS } = find(path.split("/").at(-1) ?? "");
      if (object === null) throw new StripeNotFound(path);
      return { body: structuredClone(object), answeredS };
    },
    post: () => Promise.reject(new Error("No test writes to this Stripe.")),
    delete: () => Promise.reject(new Error("No test deletes in this Stripe.")),
  };
  return { client, reads: () => reads, asked: () => asked };
}

/** What a price is in another currency. */
export function anOption(unitAmount: string | null, parts: Partial<CurrencyOption> = {}): CurrencyOption {
  return { unitAmount, tiers: null, taxBehavior: "unspecified", ...parts };
}

/** What the stages share, with a Stripe of the test's own and an Intercom that nobody may call. */
export function aSyncContext(parts: Partial<SyncContext> & { readonly pool: Pool }): SyncContext {
  const silent = (): undefined => undefined;
  return {
    account: "main",
    records: parts.pool,
    reads: new SingleFlight(),
    stripe: aStripe(() => ({ object: null, answeredS: 0 })).client,
    intercom: {
      request: () => Promise.reject(new Error("No test calls this Intercom.")),
      close: async () => undefined,
    },
    mapping: () => presetMapping("stripe"),
    policy: { createMode: "identified", groupMode: "person", archived: "skip", userIdKeys: ["user_id"] },
    nowMs: () => Date.now(),
    random: () => 0.5,
    provision: async () => undefined,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    ...parts,
  };
}

/** Waits until the condition holds; fails after the deadline. */
export async function until(condition: () => boolean | Promise<boolean>, deadlineMs = 10_000): Promise<void> {
  const endMs = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error(`The condition did not hold within ${deadlineMs} ms.`);
    await pause(2);
  }
}

/** An identity that is linked to nobody; name what matters. */
export function anIdentity(parts: Partial<Identity> = {}): Identity {
  return {
    state: "left_out",
    reason: null,
    contactId: null,
    matchedBy: null,
    inputs: inputsText({ userId: null, email: null, createMode: "identified" }),
    known: null,
    doubted: false,
    checkedAtMs: 1_790_000_000_000,
    leader: null,
    members: [],
    proposals: [],
    decision: null,
    version: null,
    ...parts,
  };
}
