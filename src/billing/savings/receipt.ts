/** Station billing: a receipt of savings: the answer together with everything that it follows from. */
import type { SavingsBody, SavingsConfirmation, SavingsInputs, SavingsReceipt } from "../../../contract/savings.ts";
import { fingerprint } from "../../lib/hash.ts";
import { isoOf } from "../../lib/iso.ts";
import { discountsOn } from "../discount.ts";
import { prefixed } from "../copy-id.ts";
import type { Savings, SavingsQuestion } from "./compare.ts";
import { isPeriodOver } from "./present.ts";
import { refuse } from "./refusals.ts";

/** Of the arithmetic: a change that could make another figure of the same inputs raises it. */
export const savingsEngine = 2;

type About = {
  readonly account: string;
  readonly customerId: string;
  readonly plansVersion: number;
};

/** The receipt of an answer. Its id follows from the inputs alone, so that the same question twice is one receipt. */
export function toReceipt(savings: Savings, about: About, question: SavingsQuestion | null): SavingsBody {
  const inputs = inputsOf(about, question);
  const { account, customerId } = about;
  // Without a question the refusal is all there is, so it names the receipt.
  const text = JSON.stringify(question === null ? [inputs, savings.refusal] : inputs);
  const subscriptionId = question?.subscription.id ?? null;
  return { id: `sav_${fingerprint(text).slice(0, 24)}`, account, customerId, subscriptionId, ...savings, inputs };
}

function inputsOf({ account, customerId, plansVersion }: About, question: SavingsQuestion | null): SavingsInputs {
  return {
    engine: savingsEngine,
    account,
    customerId,
    country: question?.country ?? null,
    plansVersion,
    plans: question === null ? [] : [...question.document.plans],
    subscription: question === null ? null : subscriptionInputs(question),
    prices: question === null ? [] : priceInputs(question),
    discounts: question === null ? null : discountInputs(question),
    readings: question === null ? [] : readingInputs(question),
  };
}

function subscriptionInputs({ subscription, nowS }: SavingsQuestion): SavingsInputs["subscription"] {
  const { facts } = subscription;
  const moment = (atS: number | null): string | null => (atS === null ? null : isoOf(atS));
  return {
    id: subscription.id,
    status: facts.status,
    currency: facts.currency,
    asOf: isoOf(subscription.asOfS),
    startedAt: moment(facts.startS),
    trialEnd: moment(facts.trialEndS),
    taxed: facts.taxed ?? null,
    scheduled: facts.scheduled ?? null,
    collectionPaused: facts.collectionPaused,
    cancelAt: moment(facts.cancelAtS),
    cancelAtPeriodEnd: facts.cancelAtPeriodEnd,
    periodOver: isPeriodOver(subscription, nowS),
    items: [...facts.items],
  };
}

/** The prices that could matter: of the subscription and of all plans, with the terms that were used. */
function priceInputs({ prices }: SavingsQuestion): SavingsInputs["prices"] {
  return [...prices.values()]
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, facts, deleted }) => ({ id, terms: { ...facts, deleted } }));
}

/** The subscription's own, and the customer's, which count once the others have ended. */
function discountInputs({ subscription, customer, coupons }: SavingsQuestion): SavingsInputs["discounts"] {
  const { discounts } = subscription.facts;
  const { discount: ofCustomer } = customer.facts;
  if (discountsOn(subscription, customer) === undefined || discounts === undefined) return null;
  return [...discounts, ...(ofCustomer ? [ofCustomer] : [])].map((discount) => {
    const coupon = coupons.find(({ id }) => id === prefixed("coupon", discount.couponId ?? null));
    return { ...discount, terms: coupon?.facts ?? null };
  });
}

function readingInputs({ readings }: SavingsQuestion): SavingsInputs["readings"] {
  return readings
    .map(({ meter, meterId, formula, periodStartS, periodEndS, value, asOfS, source }) => ({
      meter,
      meterId,
      formula,
      periodStart: isoOf(periodStartS),
      periodEnd: isoOf(periodEndS),
      value,
      asOf: isoOf(asOfS),
      source,
    }))
    .toSorted((a, b) => (`${a.meter} ${a.periodStart}` < `${b.meter} ${b.periodStart}` ? -1 : 1));
}

/** The receipt as it is shown: a plan that Stripe reckons otherwise is refused, and recommended no more. */
export function shownReceipt(
  kept: SavingsBody,
  { createdAt, confirmation }: { readonly createdAt: string; readonly confirmation: SavingsConfirmation | null },
): SavingsReceipt {
  const shown = { ...kept, createdAt, confirmation };
  const disputed = confirmation?.checks.filter(({ outcome }) => outcome === "differs") ?? [];
  if (disputed.length === 0) return shown;
  const refusal = refuse("stripe_disagrees");
  // Where Stripe reckons the present plan otherwise, no difference to it can be right.
  const isAll = disputed.some(({ planId }) => planId === null);
  return {
    ...shown,
    ...(isAll ? { outcome: "refused" as const, refusal } : {}),
    recommended: null,
    candidates: kept.candidates.map((candidate) =>
      (isAll && candidate.outcome === "compared") || disputed.some(({ planId }) => planId === candidate.planId)
        ? { ...candidate, outcome: "refused", refusal, cheaper: false }
        : candidate,
    ),
  };
}
