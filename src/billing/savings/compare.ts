/**
 * Station billing: what a customer would pay under each other plan, a pure function of our copies, the plans document and
 * the readings of usage. Whatever it cannot tell for sure it refuses, with the reason.
 */
import type { Decimal } from "decimal.js";
import type { PlanDefinition, PlansDocument } from "../../../contract/plans.ts";
import type {
  BreakEven,
  Bill,
  CandidatePlan,
  ComparedPeriod,
  CurrentPeriod,
  Refusal,
  SavingsBasis,
  SavingsReceipt,
  UsageTaken,
} from "../../../contract/savings.ts";
import { isoOf } from "../../lib/iso.ts";
import type { ObjectCopyOf, UsageFacts } from "../../model/stripe-object.ts";
import { metersOf, otherBasket, type Basket, type BasketLine, type PricesById } from "./basket.ts";
import { billOf } from "./bill.ts";
import { breakEvenOf } from "./break-even.ts";
import { taxDifference, whyNotEligible } from "./eligible.ts";
import { intervalOf, isSameInterval } from "./interval.ts";
import { presentSideOf, type PresentSide } from "./present.ts";
import { meterOf, takeUsage, type TakenUsage } from "./reading.ts";
import { isRefusal, refuse } from "./refusals.ts";

/** All that an answer follows from. */
export type SavingsQuestion = {
  readonly customer: ObjectCopyOf<"customer">;
  readonly subscription: ObjectCopyOf<"subscription">;
  readonly coupons: readonly ObjectCopyOf<"coupon">[];
  readonly products: readonly ObjectCopyOf<"product">[];
  readonly prices: PricesById;
  readonly document: PlansDocument;
  readonly readings: readonly UsageFacts[];
  /** Of the customer's address, or of what they pay with. */
  readonly country: string | null;
  readonly nowS: number;
};

/** The answer, without what it is stored under. */
export type Savings = Pick<
  SavingsReceipt,
  "currency" | "currentPlan" | "outcome" | "refusal" | "current" | "candidates" | "recommended"
>;

/** Compares the subscription with every plan that is offered. */
export function computeSavings(question: SavingsQuestion): Savings {
  const present = presentSideOf(question);
  if (isRefusal(present)) return refusedSavings(present);
  const offered = question.document.plans.filter(({ id, offered: isOffered }) => isOffered && id !== present.plan.id);
  const others = offered.map((plan) => ({ plan, basket: basketFor(plan, { present, question }) }));
  const baskets = [present.basket, ...others.flatMap(({ basket }) => ("lines" in basket ? [basket] : []))];
  // Without usage nothing but the present quantities is known, so that there is one period to speak of.
  const bases: readonly SavingsBasis[] = baskets.some(({ lines }) => metersOf(lines).length > 0)
    ? ["last", "projected"]
    : ["projected"];
  const ground = { question, present };
  const current = bases.map((basis) => currentPeriod(basis, ground));
  const candidates = others.map((other) => candidateOf(other, { ...ground, current }));
  return {
    currency: present.basket.currency,
    currentPlan: { id: present.plan.id, name: present.plan.name },
    outcome: "compared",
    refusal: null,
    current,
    candidates,
    recommended: bestOf(candidates)?.planId ?? null,
  };
}

/** Nothing can be said, about any plan. */
export function refusedSavings(refusal: Refusal): Savings {
  return {
    currency: null,
    currentPlan: null,
    outcome: "refused",
    refusal,
    current: [],
    candidates: [],
    recommended: null,
  };
}

type Ground = { readonly question: SavingsQuestion; readonly present: PresentSide };

type NotEligible = { readonly notEligible: Refusal };

/** What the subscription would consist of; why it is not eligible, or why it cannot be told. */
function basketFor(plan: PlanDefinition, { present, question }: Ground): Basket | Refusal | NotEligible {
  const reason = whyNotEligible(plan, { present: present.plan, country: question.country });
  if (reason) return { notEligible: reason };
  const basket = otherBasket(plan, { present: present.basket, prices: question.prices });
  if (isRefusal(basket)) return basket;
  const metered = [...present.basket.lines, ...basket.lines].filter(({ units }) => units.kind === "usage");
  if (metered.some(({ price }) => !isSameInterval(intervalOf(price), present.period))) return refuse("usage_interval");
  return taxDifference(present.basket, basket, question.subscription.facts.taxed) ?? basket;
}

function currentPeriod(basis: SavingsBasis, ground: Ground): CurrentPeriod {
  const { present } = ground;
  const taken = usageFor(basis, present.basket, ground);
  const head = { basis, period: intervalOf(present.period) };
  if (isRefusal(taken)) return { ...head, usage: [], bill: null, refusal: taken };
  const bill = billFor(present.basket, taken, ground);
  const usage = taken.map(toUsageTaken);
  return isRefusal(bill) ? { ...head, usage, bill: null, refusal: bill } : { ...head, usage, bill, refusal: null };
}

function candidateOf(
  { plan, basket }: { readonly plan: PlanDefinition; readonly basket: Basket | Refusal | NotEligible },
  ground: Ground & { readonly current: readonly CurrentPeriod[] },
): CandidatePlan {
  const head = { planId: plan.id, name: plan.name };
  const silent = { ...head, periods: [], breakEven: null, cheaper: false };
  if ("notEligible" in basket) return { ...silent, outcome: "not_eligible", refusal: basket.notEligible };
  if (isRefusal(basket)) return { ...silent, outcome: "refused", refusal: basket };
  const periods = ground.current.map((current) => comparedPeriod(current, basket, ground));
  const { present } = ground;
  const compared = periods.some(({ difference }) => difference !== null);
  const breakEven = breakEvenOf({ present: present.basket, other: basket, discounts: present.discounts.lasting });
  const known = periods.flatMap((period, index) =>
    period.difference === null ? [] : [isCheaper(period, ground.current[index]?.bill ?? null)],
  );
  return {
    ...head,
    periods,
    outcome: compared ? "compared" : "refused",
    refusal: compared ? null : (periods.at(-1)?.refusal ?? null),
    breakEven,
    cheaper:
      known.length > 0 && known.every(Boolean) && (known.length === periods.length || isAlwaysCheaper(breakEven)),
  };
}

/** Whatever the usage of a period that is not known will be, the other plan costs less. */
function isAlwaysCheaper(breakEven: BreakEven | null): boolean {
  const [range, ...others] = breakEven?.cheaper ?? [];
  return range !== undefined && others.length === 0 && Number(range.from) === 0 && range.to === null;
}

function comparedPeriod(
  { basis, bill: present, refusal }: CurrentPeriod,
  basket: Basket,
  ground: Ground,
): ComparedPeriod {
  const head = { basis, bill: null, difference: null };
  if (!present) return { ...head, refusal };
  const taken = usageFor(basis, basket, ground);
  if (isRefusal(taken)) return { ...head, refusal: taken };
  const bill = billFor(basket, taken, ground);
  if (isRefusal(bill)) return { ...head, refusal: bill };
  const difference = {
    periodMinor: bill.periodMinor - present.periodMinor,
    monthMinor: bill.monthMinor - present.monthMinor,
    yearMinor: bill.yearMinor - present.yearMinor,
  };
  return { basis, bill, difference, refusal: null };
}

/** By more than the two years may vary together. */
function isCheaper({ bill, difference }: ComparedPeriod, present: Bill | null): boolean {
  if (!bill || !difference || !present) return false;
  return difference.yearMinor < -(bill.yearVariesMinor + present.yearVariesMinor);
}

/** The one that saves most in a year, by the period in which it saves least. */
function bestOf(candidates: readonly CandidatePlan[]): CandidatePlan | undefined {
  const saved = ({ periods }: CandidatePlan): number =>
    Math.max(...periods.map(({ difference }) => difference?.yearMinor ?? 0));
  return candidates.filter(({ cheaper }) => cheaper).toSorted((a, b) => saved(a) - saved(b))[0];
}

function usageFor(
  basis: SavingsBasis,
  { lines }: Basket,
  { question, present }: Ground,
): readonly TakenUsage[] | Refusal {
  const taken: TakenUsage[] = [];
  for (const meterId of metersOf(lines)) {
    const one = takeUsage(basis, { meterId, readings: question.readings, period: present.period });
    if (isRefusal(one)) return one;
    taken.push(one);
  }
  return taken;
}

function billFor(basket: Basket, taken: readonly TakenUsage[], { question, present }: Ground): Bill | Refusal {
  const usage = new Map<string, Decimal>(taken.map(({ reading, units }) => [meterOf(reading), units]));
  const { discounts, period } = present;
  return billOf(basket, { usage, discounts, period, nameOf: (line) => nameOf(line, question) });
}

function nameOf({ price, priceId }: BasketLine, { products }: SavingsQuestion): string {
  const product = products.find(({ id }) => id === price.productId);
  return product?.facts.name ?? price.nickname ?? price.lookupKey ?? priceId;
}

function toUsageTaken({ reading, units }: TakenUsage): UsageTaken {
  return {
    meterId: meterOf(reading),
    name: reading.unit ?? reading.meter,
    value: units.toFixed(),
    measured: reading.value,
    periodStart: isoOf(reading.periodStartS),
    periodEnd: isoOf(reading.periodEndS),
    asOf: isoOf(reading.asOfS),
    source: reading.source,
  };
}
