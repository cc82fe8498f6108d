/** A customer with a subscription, prices and plans, to compute savings of; each test says what matters to it. */
import { plansDocument } from "../../contract/plans.ts";
import type { SavingsQuestion } from "../../src/billing/savings/compare.ts";
import type {
  CouponFacts,
  CustomerFacts,
  DiscountFacts,
  PriceFacts,
  SubscriptionFacts,
  SubscriptionItemFacts,
  UsageFacts,
} from "../../src/model/stripe-object.ts";
import { aCopy, anItem } from "./builders.ts";

/** The present period of every item: a month of 30 days. */
export const periodStartS = 1_790_000_000;
export const periodEndS = 1_792_592_000;
/** The middle of it. */
export const nowS = 1_791_296_000;

export type SceneItem = Partial<SubscriptionItemFacts> & { readonly priceId: string };

export type Scene = {
  readonly prices: Readonly<Record<string, Partial<PriceFacts>>>;
  /** As they stand in the document; only `id` and `prices` are needed. */
  readonly plans: readonly ({ readonly id: string; readonly prices: readonly unknown[] } & Record<string, unknown>)[];
  readonly items: readonly SceneItem[];
  readonly readings?: readonly Partial<UsageFacts>[];
  readonly coupon?: Partial<CouponFacts>;
  readonly discount?: Partial<DiscountFacts>;
  readonly subscription?: Partial<SubscriptionFacts>;
  readonly customer?: Partial<CustomerFacts>;
  readonly country?: string | null;
  readonly nowS?: number;
};

/** A question about this scene. A coupon is on the subscription, for ever unless it says otherwise. */
export function aQuestion(scene: Scene): SavingsQuestion {
  const discounts = scene.coupon ? [{ id: "di_1", endS: null, couponId: "WELCOME", ...scene.discount }] : [];
  const prices = Object.entries(scene.prices).map(([id, facts]) => aCopy("price", facts, { id }));
  return {
    customer: aCopy("customer", scene.customer),
    subscription: aCopy("subscription", {
      items: scene.items.map((item, index) => anItem({ id: `si_${index + 1}`, ...item })),
      discounts,
      ...scene.subscription,
    }),
    coupons: scene.coupon ? [aCopy("coupon", scene.coupon, { id: "coupon:WELCOME" })] : [],
    products: [],
    prices: new Map(prices.map((price) => [price.id, price])),
    document: plansDocument.parse({
      version: 1,
      plans: scene.plans.map((plan) => ({ name: `Plan ${plan.id}`, ...plan })),
    }),
    readings: (scene.readings ?? []).map((facts) => aCopy("usage", facts).facts),
    country: scene.country ?? null,
    nowS: scene.nowS ?? nowS,
  };
}

/** A monthly price per unit. */
export function perUnit(unitAmount: string, facts: Partial<PriceFacts> = {}): Partial<PriceFacts> {
  return { unitAmount, ...facts };
}

/** A monthly price for the usage of the meter `mtr_1`. */
export function metered(facts: Partial<PriceFacts>): Partial<PriceFacts> {
  return { metered: true, meterId: "mtr_1", ...facts };
}

/** Tiers as `[upTo, unit, flat]`. */
export function tiers(
  tiersMode: "volume" | "graduated",
  steps: readonly (readonly [upTo: number | null, unit: string | null, flat?: string])[],
): Partial<PriceFacts> {
  return {
    billingScheme: "tiered",
    unitAmount: null,
    tiersMode,
    tiers: steps.map(([upTo, unitAmount, flat]) => ({ upTo, unitAmount, flatAmount: flat ?? null })),
  };
}

/** What the meter `mtr_1` counted in the last complete period, read for good. */
export function lastReading(value: string): Partial<UsageFacts> {
  const start = periodStartS - 30 * 86_400;
  return { value, periodStartS: start, periodEndS: periodStartS, asOfS: periodStartS + 3_600 };
}

/** What it counted in the present period up to its middle. */
export function presentReading(value: string): Partial<UsageFacts> {
  return { value, periodStartS, periodEndS, asOfS: nowS };
}

/** 49 EUR with 1,000 documents included, then 0.9 ct, beyond 10,000 0.45 ct; or 29 EUR and 50 ct for every 100 begun. */
export const documents: Scene = {
  prices: {
    team: perUnit("4900"),
    graduated: metered(
      tiers("graduated", [
        [1000, "0"],
        [10_000, "0.9"],
        [null, "0.45"],
      ]),
    ),
    light: perUnit("2900"),
    packs: metered({ unitAmount: "50", transformQuantity: { divideBy: 100, roundUp: true } }),
  },
  plans: [
    { id: "team", prices: ["team", "graduated"] },
    { id: "light", prices: ["light", "packs"] },
  ],
  items: [{ priceId: "team" }, { priceId: "graduated", metered: true, quantity: null }],
  readings: [lastReading("12480"), presentReading("3000")],
};

/** 10 EUR a seat; or 49 EUR for ten of them. */
export const seats: Scene = {
  prices: { single: perUnit("1000"), block: perUnit("4900", { transformQuantity: { divideBy: 10, roundUp: true } }) },
  plans: [
    { id: "single", prices: ["single"] },
    { id: "block", prices: ["block"] },
  ],
  items: [{ priceId: "single", quantity: 7 }],
};
