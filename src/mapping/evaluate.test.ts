/** Every attribute by example, and what fits into one. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aProfile } from "../../test/support/builders.ts";
import type { AttributeValue } from "../model/contact.ts";
import type { Profile } from "../model/profile.ts";
import type { DesiredContact } from "../model/attribute.ts";
import { presetDocument } from "./default-document.ts";
import { compileMapping, evaluateMapping as evaluate, type Mapping } from "./mapping.ts";
import { baseAttributes, nameInPreset, type Preset } from "./preset.ts";

/** Every field, also those that are off until somebody wants them. */
function everything(preset: Preset): Mapping {
  const document = presetDocument(preset);
  const attributes = document.attributes.map((attribute) => ({ ...attribute, on: true }));
  return compileMapping({ ...document, attributes }, { name: preset });
}
const mappings = { stripe: everything("stripe"), billing: everything("billing") };
const evaluateMapping = (preset: Preset, profile: Profile): DesiredContact => evaluate(mappings[preset], profile);

const subscribed = aProfile().subscription;
const full = aProfile({
  phone: "+49 30 1",
  balance: { amountMinor: -1500, currency: "eur" },
  subscription: subscribed && { ...subscribed, status: "past_due", trialEndS: 1_781_000_000, cancelAtS: 1_792_000_000 },
  addons: ["Seats", "Support"],
  address: { line1: "Hafenstraße 1", line2: "3. OG", postalCode: "20457", city: "Hamburg", state: null },
  subscriptions: subscribed
    ? [
        { ...subscribed, status: "past_due" },
        { ...subscribed, status: "canceled" },
      ]
    : [],
  billingCredits: [{ amountMinor: 5000, currency: "eur" }],
  entitlements: ["export", "sso"],
  openInvoices: {
    total: { amountMinor: 2599, currency: "eur" },
    pastDue: true,
    oldest: {
      id: "in_1",
      customerId: "cus_1",
      amount: { amountMinor: 2599, currency: "eur" },
      createdS: 1_789_000_000,
      dueDateS: null,
      nextAttemptS: null,
    },
  },
  paymentFailure: {
    class: "insufficient_funds",
    reason: { en: "There was not enough money on the account.", de: "Das Konto war nicht ausreichend gedeckt." },
    advice: { en: "Please wait.", de: "Bitte warten Sie." },
    retriesLeft: 2,
    retryAtS: 1_793_000_000,
    late: false,
  },
  debit: {
    method: "sepa_debit",
    state: "pending",
    submittedAtS: 1_792_000_000,
    expectedAtS: 1_792_700_000,
    debitDayS: 1_792_540_800,
    mandate: "unknown",
  },
  usage: [
    {
      customerId: "cus_1",
      meter: "documents",
      unit: "Analysed documents",
      value: 845,
      limit: 1000,
      limitSource: "tiers",
      percent: 84.5,
      projectedValue: 1690,
      projectedPercent: 169,
      periodStartS: 1_790_000_000,
      periodEndS: 1_792_592_000,
      asOfS: 1_791_296_000,
      source: "stripe",
      status: "high_risk",
    },
  ],
});
const bare = aProfile({
  email: null,
  name: null,
  country: null,
  subscription: null,
  card: null,
  lastPayment: null,
  totalPaid: null,
  paymentCount: 0,
  firstPaymentAtS: null,
  lastPaidAtS: null,
  balance: { amountMinor: 0, currency: null },
  averagePayment: null,
  paymentsPerMonth: null,
  totalPaidReporting: { unknown: "No reporting currency is set." },
  statusDetail: null,
  addons: [],
  subscriptionsCount: 0,
  recurring: { mrrMinor: 0, arrMinor: 0, currency: null },
  nextInvoice: { unknown: "The customer has no subscription." },
  openInvoices: { total: null, pastDue: false, oldest: null },
  paymentMethod: null,
  locale: null,
});

/** key → [for somebody who pays, for somebody of whom nothing is known] */
const examples: Readonly<Record<string, readonly [AttributeValue, AttributeValue]>> = {
  last_paid_at: [1_790_000_000, null],
  subscriptions: ["Pro (past_due)", null],
  open_invoice_id: ["in_1", null],
  billing_credits: [50, null],
  billing_credits_currency: ["EUR", null],
  entitlements: ["export, sso", null],
  billing_street: ["Hafenstraße 1, 3. OG", null],
  billing_postal_code: ["20457", null],
  billing_city: ["Hamburg", null],
  billing_state: [null, null],
  payment_failure_advice: ["Please wait.", null],
  payment_retry_at: [1_793_000_000, null],
  debit_day: [1_792_540_800, null],
  mandate_state: ["unknown", null],
  plan: ["Pro", null],
  plan_price: [10, null],
  plan_currency: ["EUR", null],
  plan_interval: ["month", null],
  status: ["past_due", null],
  status_detail: ["active_paid", null],
  subscriptions_count: [1, 0],
  addons: ["Seats, Support", null],
  mrr: [10, 0],
  mrr_currency: ["EUR", null],
  arr: [120, 0],
  next_invoice_at: [1_792_592_000, null],
  next_invoice_amount: [10, null],
  open_invoice_amount: [25.99, null],
  open_invoice_currency: ["EUR", null],
  is_past_due: [true, false],
  credit_available: [15, 0],
  locale: ["de", null],
  total_paid_reporting: [120, null],
  average_payment: [10, null],
  payments_per_month: [1, null],
  payment_failure: ["insufficient_funds", null],
  payment_failure_reason: ["There was not enough money on the account.", null],
  payment_retry_makes_sense: [true, null],
  payment_method_type: ["card", null],
  debit_state: ["pending", null],
  debit_expected_at: [1_792_700_000, null],
  usage_status: ["high_risk", null],
  usage_percent: [84.5, null],
  usage_projected_percent: [169, null],
  usage_value: [845, null],
  usage_limit: [1000, null],
  usage_meter: ["documents", null],
  account_balance: [-15, 0],
  account_balance_currency: ["EUR", null],
  created_at: [1_780_000_000, 1_780_000_000],
  delinquent: [false, false],
  subscription_period_end: [1_792_592_000, null],
  trial_end: [1_781_000_000, null],
  cancel_at: [1_792_000_000, null],
  card_brand: ["visa", null],
  card_expires_at: [1_819_756_799, null],
  last_payment_amount: [10, null],
  last_payment_currency: ["EUR", null],
  last_payment_at: [1_790_000_000, null],
  last_payment_status: ["succeeded", null],
  total_paid: [120, null],
  total_paid_currency: ["EUR", null],
  payment_count: [12, 0],
  first_payment_at: [1_780_000_000, null],
  billing_country: ["DE", null],
  customer_link: [
    "https://dashboard.stripe.com/test/customers/cus_1",
    "https://dashboard.stripe.com/test/customers/cus_1",
  ],
};

function nameOf(wanted: string): string {
  const found = baseAttributes.find(({ key }) => key === wanted);
  if (!found) throw new Error(`There is no attribute ${wanted}.`);
  return nameInPreset("stripe", found);
}

describe("an amount of a currency that Stripe's table does not know", () => {
  const odd = { amountMinor: 12_345, currency: "xts" };
  const profile = aProfile({
    totalPaid: odd,
    averagePayment: odd,
    totalPaidReporting: odd,
    balance: odd,
    lastPayment: { amount: odd, atS: 1, status: "succeeded" },
    recurring: { mrrMinor: 5, arrMinor: 60, currency: "xts" },
    nextInvoice: { atS: 1, amount: odd },
    openInvoices: { total: odd, pastDue: false, oldest: null },
  });

  it.each([
    "total_paid",
    "average_payment",
    "total_paid_reporting",
    "account_balance",
    "credit_available",
    "last_payment_amount",
    "mrr",
    "arr",
    "next_invoice_amount",
    "open_invoice_amount",
  ])("is not shown as %s, with the reason", (key) => {
    const line = mappings.stripe.lines.find(({ name }) => name === nameOf(key));
    expect(evaluateMapping("stripe", profile).custom[nameOf(key)]).toBeNull();
    expect(line?.whenEmpty(profile)).toContain("how many decimals XTS has");
  });
});

describe("the mapping", () => {
  it("has an example for every attribute", () => {
    expect(Object.keys(examples).toSorted()).toEqual(baseAttributes.map(({ key }) => key).toSorted());
  });

  it.each(Object.entries(examples))("fills %s", (key, [paying, unknown]) => {
    const name = nameOf(key);
    expect(evaluateMapping("stripe", full).custom[name]).toBe(paying);
    expect(evaluateMapping("stripe", bare).custom[name]).toBe(unknown);
  });

  it("uses the other prefix beside Intercom's own Stripe app", () => {
    expect(evaluateMapping("billing", full).custom).toMatchObject({ billing_plan: "Pro", billing_status: "past_due" });
    const others = Object.keys(evaluateMapping("billing", full).custom).filter((name) => !name.startsWith("billing_"));
    expect(others).toEqual(["usage_status"]);
  });

  it("links to the dashboard of the right mode", () => {
    expect(evaluateMapping("stripe", { ...full, livemode: true }).custom["stripe_customer_link"]).toBe(
      "https://dashboard.stripe.com/customers/cus_1",
    );
  });

  it("fills e-mail, name and phone", () => {
    expect(evaluateMapping("stripe", full).standard).toEqual({
      email: "jane@example.com",
      name: "Jane",
      phone: "+49 30 1",
    });
    expect(evaluateMapping("stripe", bare).standard).toEqual({ email: null, name: null, phone: null });
  });

  it.each<[Profile["balance"], AttributeValue]>([
    [{ amountMinor: 500, currency: "jpy" }, 500],
    [{ amountMinor: -500, currency: "kwd" }, -0.5],
    [{ amountMinor: 500, currency: "isk" }, 5],
    [{ amountMinor: 0, currency: null }, 0],
    [{ amountMinor: 500, currency: null }, null],
  ])("shows the balance %j as %s", (balance, shown) => {
    expect(evaluateMapping("stripe", aProfile({ balance })).custom["stripe_account_balance"]).toBe(shown);
  });

  it("gives every attribute a value of its own type, whatever the profile", () => {
    for (const profile of [full, bare]) {
      for (const { name, type } of mappings.stripe.definitions) {
        const value = evaluateMapping("stripe", profile).custom[name];
        if (value === null) continue;
        const kind = { string: "string", boolean: "boolean", integer: "number", float: "number", date: "number" }[type];
        expect(`${name}: ${typeof value}`).toBe(`${name}: ${kind}`);
        if (type === "integer" || type === "date") expect(Number.isSafeInteger(value)).toBe(true);
      }
    }
  });
});

describe("texts", () => {
  const plan = (name: string): AttributeValue => {
    const { subscription } = aProfile();
    return (
      evaluateMapping(
        "stripe",
        aProfile({
          subscription: subscription && {
            ...subscription,
            plan: { name, unitPrice: null, currency: null, interval: null },
          },
        }),
      ).custom["stripe_plan"] ?? null
    );
  };

  it("may have 255 characters", () => {
    expect(plan("x".repeat(255))).toBe("x".repeat(255));
    expect(plan("x".repeat(256))).toBe(`${"x".repeat(254)}…`);
    expect(evaluateMapping("stripe", aProfile({ name: "x".repeat(300) })).standard.name).toHaveLength(255);
  });

  it("are never longer, never half a character, and marked only when something is missing", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 400 }),
        fc.constantFrom("", "😀".repeat(200), "ä".repeat(250)),
        (text, more) => {
          const name = `${more}${text}`;
          const shown = String(plan(name));

          expect(shown.length).toBeLessThanOrEqual(255);
          expect(/\p{Surrogate}/u.test(shown)).toBe(false);
          expect(
            shown === name ||
              (shown.endsWith("…") && shown.length < name.length + 1 && name.startsWith(shown.slice(0, -1))),
          ).toBe(true);
        },
      ),
    );
  });
});

describe("definitions", () => {
  it.each(["stripe", "billing"] as const)(
    "names each attribute of %s once, in letters that Intercom takes, with one line of help",
    (preset) => {
      const { definitions } = mappings[preset];

      expect(new Set(definitions.map(({ name }) => name)).size).toBe(definitions.length);
      for (const { name, description } of definitions) {
        expect(name).toMatch(/^[a-z_]{1,60}$/);
        expect(description).toMatch(/^[A-Z].{5,200}\.?$/);
      }
    },
  );
});
