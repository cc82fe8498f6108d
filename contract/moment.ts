/** Moments: what happens in billing that people act on, by name. Rules start from them; as data events Intercom's Series and Workflows do. */
import {
  amountFacts,
  disputeFacts,
  invoiceFacts,
  linkFact,
  methodFact,
  paymentFacts,
  planFacts,
  reasonFacts,
  statusFact,
  subscriptionFacts,
  trialFacts,
  type MomentFact,
} from "./moment-fact.ts";

/**
 * - each: told exactly once, whatever the order in which Stripe's events come
 * - current: told when it is true as soon as Dunlin hears of it; what was over by then is not told
 */
export type MomentPromise = "each" | "current";

export type MomentDescription = {
  readonly name: string;
  /** When it happens. */
  readonly when: string;
  readonly promise: MomentPromise;
  /** What it is known by: the same one is never told twice. */
  readonly knownBy: string;
  readonly facts: Readonly<Record<string, MomentFact>>;
};

/** Every moment, in the order in which a customer may live through them. */
export const moments = [
  {
    name: "subscription_started",
    when: "A subscription began: its trial, or else its first payment went well or is on its way from a bank.",
    promise: "each",
    knownBy: "the subscription",
    facts: { ...subscriptionFacts, status: statusFact },
  },
  {
    name: "trial_started",
    when: "A subscription began its trial.",
    promise: "each",
    knownBy: "the subscription",
    facts: trialFacts,
  },
  {
    name: "trial_ending",
    when: "Stripe announced the end of a trial: three days ahead, or at once when the trial is shorter.",
    promise: "current",
    knownBy: "the subscription and the end of its trial",
    facts: trialFacts,
  },
  {
    name: "trial_ended",
    when: "A trial is over, however the subscription goes on.",
    promise: "each",
    knownBy: "the subscription and the end of its trial",
    facts: { ...trialFacts, status: statusFact },
  },
  {
    name: "payment_succeeded",
    when: "Money was received: a charge succeeded and was captured. A bank debit succeeds days after it was submitted.",
    promise: "each",
    knownBy: "the charge",
    facts: paymentFacts,
  },
  {
    name: "first_payment",
    when: "A Stripe customer paid for the first time. Told only once the account's whole history is loaded.",
    promise: "each",
    knownBy: "the customer",
    facts: paymentFacts,
  },
  {
    name: "payment_failed",
    when: "An attempt to pay failed: a card was declined, or a bank refused a debit. Each attempt is one moment.",
    promise: "each",
    knownBy: "the charge",
    facts: { ...amountFacts, method: methodFact, ...reasonFacts, stripe_link: linkFact },
  },
  {
    name: "payment_action_required",
    when: "An invoice can only be paid once the customer confirms the payment with their bank.",
    promise: "current",
    knownBy: "the invoice",
    facts: { ...amountFacts, stripe_link: linkFact },
  },
  {
    name: "debit_submitted",
    when: "A bank debit is on its way. Nothing is wrong while it is: it counts as paid only days later.",
    promise: "current",
    knownBy: "the charge",
    facts: {
      ...amountFacts,
      method: methodFact,
      expected_date: { type: "date", meaning: "When it should count as paid; left out when that is not known." },
      stripe_link: linkFact,
    },
  },
  {
    name: "debit_returned",
    when: "A bank refused a debit or took it back, even after it had counted as paid.",
    promise: "each",
    knownBy: "the charge",
    facts: {
      ...amountFacts,
      method: methodFact,
      late: { type: "flag", meaning: "Whether it had counted as paid before." },
      ...reasonFacts,
    },
  },
  {
    name: "payment_refunded",
    when: "Money went back to the customer. Each refund is one moment.",
    promise: "each",
    knownBy: "the refund",
    facts: { ...amountFacts, stripe_link: linkFact },
  },
  {
    name: "refund_failed",
    when: "A refund did not reach the customer; the money came back.",
    promise: "each",
    knownBy: "the refund",
    facts: { ...amountFacts, stripe_link: linkFact },
  },
  {
    name: "dispute_opened",
    when: "The payer had their bank take a payment back. An inquiry before a dispute is none yet.",
    promise: "each",
    knownBy: "the dispute",
    facts: disputeFacts,
  },
  {
    name: "dispute_won",
    when: "A dispute was decided for the business.",
    promise: "each",
    knownBy: "the dispute",
    facts: disputeFacts,
  },
  {
    name: "dispute_lost",
    when: "A dispute was decided for the payer. Of bank debits that mostly comes together with the dispute itself.",
    promise: "each",
    knownBy: "the dispute",
    facts: disputeFacts,
  },
  {
    name: "invoice_opened",
    when: "An invoice is final that the customer has to pay by a date. One that is collected automatically is none.",
    promise: "current",
    knownBy: "the invoice",
    facts: invoiceFacts,
  },
  {
    name: "invoice_paid",
    when: "An invoice with something to pay was paid, in whatever way: also by transfer or outside of Stripe.",
    promise: "each",
    knownBy: "the invoice",
    facts: { ...amountFacts, stripe_link: linkFact },
  },
  {
    name: "subscription_past_due",
    when: "A subscription fell behind with its payments: its status became past_due or unpaid.",
    promise: "current",
    knownBy: "the subscription and the second",
    facts: { ...subscriptionFacts, status: statusFact },
  },
  {
    name: "subscription_recovered",
    when: "A subscription that was behind with its payments is active again.",
    promise: "current",
    knownBy: "the subscription and the second",
    facts: subscriptionFacts,
  },
  {
    name: "plan_changed",
    when: "A running subscription has other prices than before. Another quantity alone is no change of plan.",
    promise: "current",
    knownBy: "the subscription and the second",
    facts: {
      ...planFacts,
      previous_plan: { type: "text", meaning: "The plan before." },
      previous_interval: { type: "text", meaning: "How often it was paid before." },
      direction: {
        type: "text",
        meaning:
          "up, down or same, by what it costs per month; left out when that cannot be told from the prices alone (tiers, usage, two currencies).",
      },
      stripe_link: linkFact,
    },
  },
  {
    name: "quantity_changed",
    when: "A running subscription has the same prices in another quantity, such as more seats.",
    promise: "current",
    knownBy: "the subscription and the second",
    facts: {
      ...planFacts,
      quantity: { type: "number", meaning: "How many of the main item now." },
      previous_quantity: { type: "number", meaning: "How many before." },
      stripe_link: linkFact,
    },
  },
  {
    name: "cancellation_scheduled",
    when: "A subscription is going to end on a known day.",
    promise: "current",
    knownBy: "the subscription and the second of the request",
    facts: {
      ...planFacts,
      cancel_date: { type: "date", meaning: "When it ends." },
      stripe_link: linkFact,
    },
  },
  {
    name: "cancellation_withdrawn",
    when: "A subscription that was going to end goes on.",
    promise: "current",
    knownBy: "the subscription and the second",
    facts: subscriptionFacts,
  },
  {
    name: "subscription_paused",
    when: "A subscription was paused, or its payments are not collected for a while.",
    promise: "current",
    knownBy: "the subscription and the second",
    facts: {
      ...planFacts,
      cause: {
        type: "text",
        meaning:
          "requested, payment_failed, trial_without_payment_method or collection_paused; left out when Stripe does not say.",
      },
      stripe_link: linkFact,
    },
  },
  {
    name: "subscription_resumed",
    when: "A paused subscription goes on.",
    promise: "current",
    knownBy: "the subscription and the second",
    facts: subscriptionFacts,
  },
  {
    name: "subscription_ended",
    when: "A subscription ended for good.",
    promise: "each",
    knownBy: "the subscription",
    facts: {
      ...planFacts,
      days: { type: "number", meaning: "How many whole days it ran." },
      stripe_link: linkFact,
    },
  },
  {
    name: "payment_method_changed",
    when: "Another payment method became the default of a customer or subscription, or a card was renewed by its bank.",
    promise: "current",
    knownBy: "the customer and the payment method; a renewal by its second",
    facts: { how: { type: "text", meaning: "customer_default, subscription_default or renewed_by_bank." } },
  },
  {
    name: "usage_crossed",
    when: "Usage in a billing period rose above or fell below a threshold of the plan's limit.",
    promise: "each",
    knownBy: "the crossing: customer, meter, threshold, direction and period",
    facts: {
      meter: { type: "text", meaning: "What is counted." },
      threshold: { type: "number", meaning: "The percentage of the limit that was crossed." },
      direction: { type: "text", meaning: "rising or falling." },
      percent: { type: "number", meaning: "Usage as a percentage of the limit." },
      used: { type: "number", meaning: "How much was used in the period." },
      limit: { type: "number", meaning: "The limit of the plan." },
      period_end_date: { type: "date", meaning: "When the billing period ends." },
    },
  },
] as const satisfies readonly MomentDescription[];

export type MomentName = (typeof moments)[number]["name"];

export const momentNames: readonly MomentName[] = moments.map(({ name }) => name);

/** The moment of this name; undefined for a name that is none. */
export function momentNamed(name: string): (MomentDescription & { readonly name: MomentName }) | undefined {
  return moments.find((moment) => moment.name === name);
}
