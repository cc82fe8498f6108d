/**
 * Station links: what a customer may do through a link at this moment, judged by what Stripe showed when they clicked.
 *
 * Paying an open invoice, in the order of the questions:
 *
 * | what is the case                                          | verdict            | what the page offers instead    |
 * | ---                                                       | ---                | ---                             |
 * | no invoice is open, or it is paid                         | nothing_open       | nothing is needed               |
 * | it is void, written off or still a draft                  | not_payable        | nothing is needed               |
 * | a payment of it is disputed, or a person has to look      | needs_person       | an answer to the message        |
 * | a payment of it is on its way                             | processing         | wait                            |
 * | an earlier click is being worked on                       | under_way          | wait                            |
 * | the business expects a transfer                           | by_invoice         | the invoice's page              |
 * | the bank waits for the customer                           | needs_confirmation | the invoice's page              |
 * | there is no payment method                                | no_method          | update the payment method       |
 * | the method that would be taken cannot work                | not_curable        | update the payment method       |
 * | it was tried too often                                    | too_often          | update the payment method       |
 */
import type { FailureClass } from "../model/payment-trouble.ts";
import type { OwnAttempts } from "./action.ts";

/** What a verdict about a payment rests on; all of it read at the click. */
export type PayGround = {
  /** Null when no invoice is open. */
  readonly invoice: {
    /** Stripe's: draft, open, paid, uncollectible or void. */
    readonly status: string | null;
    /** Stripe takes the money by itself; otherwise the customer is to transfer it. */
    readonly isAutomatic: boolean;
    readonly isDisputed: boolean;
    /** Of the payment intent: processing, requires_action, …; null without one. */
    readonly intentStatus: string | null;
    /** Why the last attempt failed; null when none did. */
    readonly failure: FailureClass | null;
    readonly failedMethod: string | null;
    /** What Stripe would take: of the invoice, the subscription or the customer, in this order. */
    readonly usualMethod: string | null;
    /** What the customer has set for everything; the portal changes this one. */
    readonly customerMethod: string | null;
  } | null;
  /** Of this invoice's payments through links. */
  readonly own: OwnAttempts;
};

export const payRefusals = [
  "nothing_open",
  "not_payable",
  "needs_person",
  "processing",
  "under_way",
  "by_invoice",
  "needs_confirmation",
  "no_method",
  "not_curable",
  "too_often",
] as const;

export type PayRefusal = (typeof payRefusals)[number];

export type PayVerdict =
  /** With a payment method to name, where Stripe's own choice could not work. */
  | { readonly kind: "allowed"; readonly paymentMethod: string | null }
  | { readonly kind: "refused"; readonly why: PayRefusal };

/** Each attempt can cost the business money, and card networks fine excess (docs.stripe.com/declines/card#retries). */
export const attemptsPerDay = 3;
/** Stripe advises against more for one payment (docs.stripe.com/billing/revenue-recovery/smart-retries). */
export const attemptsPerInvoice = 8;

/** What another attempt with the same payment method may cure. */
const curable: ReadonlySet<FailureClass> = new Set(["insufficient_funds", "soft", "technical", "unexplained"]);
/** Nothing is done about these by itself, whatever the method. */
const forPeople: ReadonlySet<FailureClass> = new Set(["disputed", "stopped"]);

/** Whether the invoice may be charged now: the first question that is answered with yes says why not. */
export function judgePayment({ invoice, own }: PayGround): PayVerdict {
  if (!invoice || invoice.status === "paid") return { kind: "refused", why: "nothing_open" };
  const method = methodFor(invoice);
  const why = questions.find(([, isSo]) => isSo({ invoice, own, method }))?.[0];
  if (why) return { kind: "refused", why };
  return { kind: "allowed", paymentMethod: method === invoice.usualMethod ? null : method };
}

type Invoice = NonNullable<PayGround["invoice"]>;

/**
 * The method that may work: Stripe's own choice, unless that is the one that failed for good. Then what the customer has
 * set meanwhile, since a subscription with a method of its own does not follow the customer's by itself.
 */
function methodFor({ failure, failedMethod, usualMethod, customerMethod }: Invoice): string | null {
  const isLost = (method: string | null): boolean =>
    failure !== null && !curable.has(failure) && (failedMethod === null || method === failedMethod);
  if (!isLost(usualMethod)) return usualMethod;
  return isLost(customerMethod) ? null : customerMethod;
}

/** `method` is what may work. */
type Judged = { readonly invoice: Invoice; readonly own: PayGround["own"]; readonly method: string | null };

/** In the order of the table above. */
const questions: readonly (readonly [PayRefusal, (judged: Judged) => boolean])[] = [
  ["not_payable", ({ invoice }) => invoice.status !== "open"],
  ["needs_person", ({ invoice }) => invoice.isDisputed || (invoice.failure !== null && forPeople.has(invoice.failure))],
  ["processing", ({ invoice }) => invoice.intentStatus === "processing" || invoice.intentStatus === "succeeded"],
  ["under_way", ({ own }) => own.isUnderWay],
  ["by_invoice", ({ invoice }) => !invoice.isAutomatic],
  ["needs_confirmation", ({ invoice, method }) => method === null && isWaitedFor(invoice)],
  ["no_method", ({ invoice }) => invoice.usualMethod === null],
  ["not_curable", ({ method }) => method === null],
  ["too_often", ({ own }) => own.attempts >= attemptsPerInvoice || own.attemptsToday >= attemptsPerDay],
];

function isWaitedFor({ intentStatus, failure }: Invoice): boolean {
  return intentStatus === "requires_action" || failure === "needs_authentication";
}

/** What a verdict about a change of plans rests on. */
export type SwitchGround = {
  /** As Stripe shows it now; null when it is gone. */
  readonly subscription: {
    readonly status: string;
    readonly isEnding: boolean;
    readonly items: readonly {
      readonly id: string;
      readonly priceId: string | null;
      readonly quantity: number | null;
    }[];
  } | null;
  /** What the receipt rests on: the prices of the subscription at that time. */
  readonly knownPrices: readonly string[];
  /** Of the plan to change to, without what stays as it is; empty when no plan saves anything. */
  readonly newPrices: readonly { readonly priceId: string; readonly quantity: number | null }[];
};

export type SwitchChange = { readonly id: string; readonly price: string; readonly quantity?: number };

export type SwitchVerdict =
  | { readonly kind: "allowed"; readonly change: SwitchChange }
  | { readonly kind: "refused"; readonly why: SwitchRefusal };

/** several_items: Stripe's page changes subscriptions of one item only (`flow_data.subscription_update_confirm.items`). */
export type SwitchRefusal = "nothing_better" | "no_subscription" | "changed_meanwhile" | "several_items";

const changeable = new Set(["active", "trialing", "past_due"]);

/** Whether Stripe's page can be asked to confirm this change. */
export function judgeSwitch({ subscription, knownPrices, newPrices }: SwitchGround): SwitchVerdict {
  const no = (why: SwitchRefusal): SwitchVerdict => ({ kind: "refused", why });
  if (newPrices.length === 0) return no("nothing_better");
  if (!subscription || !changeable.has(subscription.status) || subscription.isEnding) return no("no_subscription");
  if (!isSamePrices(subscription.items, knownPrices)) return no("changed_meanwhile");
  const change = onlyChange(subscription.items, newPrices);
  return change ? { kind: "allowed", change } : no("several_items");
}

type Items = NonNullable<SwitchGround["subscription"]>["items"];

function isSamePrices(items: Items, known: readonly string[]): boolean {
  const shown = items.map(({ priceId }) => priceId ?? "").toSorted();
  return shown.join(" ") === known.toSorted().join(" ");
}

/** The one item's; undefined when several would have to change. */
function onlyChange(items: Items, newPrices: SwitchGround["newPrices"]): SwitchChange | undefined {
  const [item, ...others] = items;
  const [next, ...further] = newPrices;
  if (!item || !next || others.length > 0 || further.length > 0) return undefined;
  return { id: item.id, price: next.priceId, ...(next.quantity === null ? {} : { quantity: next.quantity }) };
}
