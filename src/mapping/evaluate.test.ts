/** Every attribute by example, and what fits into one. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aProfile } from "../../test/support/builders.ts";
import type { AttributeValue } from "../model/contact.ts";
import type { Profile } from "../model/profile.ts";
import { attributeDefinitions, evaluateMapping } from "./evaluate.ts";
import { baseAttributes } from "./preset.ts";

const subscribed = aProfile().subscription;
const full = aProfile({
  phone: "+49 30 1",
  balance: { amountMinor: -1500, currency: "eur" },
  subscription: subscribed && { ...subscribed, status: "past_due", trialEndS: 1_781_000_000, cancelAtS: 1_792_000_000 },
  addons: ["Seats", "Support"],
  openInvoices: { total: { amountMinor: 2599, currency: "eur" }, pastDue: true },
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
    mandate: "unknown",
  },
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
  balance: { amountMinor: 0, currency: null },
  averagePayment: null,
  paymentsPerMonth: null,
  totalPaidReporting: { unknown: "No reporting currency is set." },
  statusDetail: null,
  addons: [],
  subscriptionsCount: 0,
  recurring: { mrrMinor: 0, arrMinor: 0, currency: null },
  nextInvoice: { unknown: "The customer has no subscription." },
  openInvoices: { total: null, pastDue: false },
  paymentMethod: null,
  locale: null,
});

/** key → [for somebody who pays, for somebody of whom nothing is known] */
const examples: Readonly<Record<string, readonly [AttributeValue, AttributeValue]>> = {
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

describe("the mapping", () => {
  it("has an example for every attribute", () => {
    expect(Object.keys(examples).toSorted()).toEqual(baseAttributes.map(({ key }) => key).toSorted());
  });

  it.each(Object.entries(examples))("fills %s", (key, [paying, unknown]) => {
    expect(evaluateMapping("stripe", full).custom[`stripe_${key}`]).toBe(paying);
    expect(evaluateMapping("stripe", bare).custom[`stripe_${key}`]).toBe(unknown);
  });

  it("uses the other prefix beside Intercom's own Stripe app", () => {
    expect(evaluateMapping("billing", full).custom).toMatchObject({ billing_plan: "Pro", billing_status: "past_due" });
    expect(Object.keys(evaluateMapping("billing", full).custom).every((name) => name.startsWith("billing_"))).toBe(
      true,
    );
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
      for (const { name, type } of attributeDefinitions("stripe")) {
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

describe("attributeDefinitions", () => {
  it.each(["stripe", "billing"] as const)(
    "names each attribute of %s once, in letters that Intercom takes, with one line of help",
    (preset) => {
      const definitions = attributeDefinitions(preset);

      expect(new Set(definitions.map(({ name }) => name)).size).toBe(definitions.length);
      for (const { name, description } of definitions) {
        expect(name).toMatch(/^[a-z_]{1,60}$/);
        expect(description).toMatch(/^[A-Z].{5,200}\.?$/);
      }
    },
  );
});
