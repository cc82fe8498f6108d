/** What is told with a moment: facts, and those that several moments share. */

/**
 * What a fact of a moment is, and so what Intercom makes of it.
 * - text, number
 * - flag: true or false
 * - date: seconds since 1970; Intercom knows it by its name, which ends in `_date`
 * - money: Intercom's own amount of money; left out in currencies without two decimals, since Intercom speaks of cents only
 * - link: a page in Stripe's Dashboard
 */
export type FactType = "text" | "number" | "flag" | "date" | "money" | "link";

export type MomentFact = { readonly type: FactType; readonly meaning: string };

export const amountFacts = {
  amount: { type: "number", meaning: "The amount in whole units of the currency, such as 49.9." },
  currency: { type: "text", meaning: "The currency in capital letters, such as EUR." },
  money: { type: "money", meaning: "Amount and currency as Intercom shows money." },
} as const satisfies Readonly<Record<string, MomentFact>>;

export const methodFact = { type: "text", meaning: "How it was paid, such as card or sepa_debit." } as const;
export const linkFact = { type: "link", meaning: "The page in Stripe's Dashboard." } as const;

export const paymentFacts = { ...amountFacts, method: methodFact, stripe_link: linkFact } as const;

export const reasonFacts = {
  failure: {
    type: "text",
    meaning: "What follows from it, such as insufficient_funds, needs_authentication or needs_new_details.",
  },
  reason: { type: "text", meaning: "Why, in words that may be shown to the customer." },
  reason_de: { type: "text", meaning: "The same in German." },
  advice: { type: "text", meaning: "What the customer can do, in words that may be shown to them." },
  advice_de: { type: "text", meaning: "The same in German." },
} as const satisfies Readonly<Record<string, MomentFact>>;

export const planFacts = {
  plan: { type: "text", meaning: "The plan, called as in the attributes." },
  interval: { type: "text", meaning: "How often it is paid, such as month, year or 3 months." },
} as const satisfies Readonly<Record<string, MomentFact>>;

export const subscriptionFacts = { ...planFacts, stripe_link: linkFact } as const;
export const statusFact = { type: "text", meaning: "The subscription's status in Stripe." } as const;
export const trialFacts = {
  ...planFacts,
  trial_end_date: { type: "date", meaning: "When the trial ends." },
  stripe_link: linkFact,
} as const satisfies Readonly<Record<string, MomentFact>>;

export const invoiceFacts = {
  ...amountFacts,
  due_date: { type: "date", meaning: "When it has to be paid." },
  stripe_link: linkFact,
} as const satisfies Readonly<Record<string, MomentFact>>;

export const disputeFacts = {
  ...amountFacts,
  dispute_reason: { type: "text", meaning: "Stripe's word for what the payer claims, such as product_not_received." },
  stripe_link: linkFact,
} as const satisfies Readonly<Record<string, MomentFact>>;
