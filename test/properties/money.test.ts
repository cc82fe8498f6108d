/**
 * Recurring revenue and next invoices against a slow reckoning in whole fractions. It goes invoice by invoice, where the
 * server goes year by year, prices one unit after the other, and shares nothing with it.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextInvoiceOf } from "../../src/billing/next-invoice.ts";
import { recurringOf } from "../../src/billing/recurring.ts";
import type { CouponFacts, DiscountFacts, PriceFacts } from "../../src/model/stripe-object.ts";
import { aCopy, anItem, anOption } from "../support/builders.ts";

/** An exact number. */
type Fraction = { readonly over: bigint; readonly under: bigint };
const whole = (value: number | bigint): Fraction => ({ over: BigInt(value), under: 1n });
const plus = (a: Fraction, b: Fraction): Fraction => ({
  over: a.over * b.under + b.over * a.under,
  under: a.under * b.under,
});
const times = (a: Fraction, b: Fraction): Fraction => ({ over: a.over * b.over, under: a.under * b.under });
const divided = (a: Fraction, b: Fraction): Fraction => times(a, { over: b.under, under: b.over });
const minus = (a: Fraction, b: Fraction): Fraction => plus(a, { over: -b.over, under: b.under });
const isSame = (a: Fraction, b: Fraction): boolean => a.over * b.under === b.over * a.under;
const sumOf = (list: readonly Fraction[]): Fraction => list.reduce(plus, whole(0));
const notBelowZero = (a: Fraction): Fraction => (a.over < 0n ? whole(0) : a);
const halfUp = ({ over, under }: Fraction): number => Number((2n * over + under) / (2n * under));

/** Amounts in thousandths of a minor unit. */
const thousandths = (value: number): Fraction => ({ over: BigInt(value), under: 1000n });
function decimalText(value: number): string {
  return `${Math.floor(value / 1000)}.${String(value % 1000).padStart(3, "0")}`;
}

const currencies = ["eur", "jpy", "huf", "kwd", "isk", "ugx"] as const;
const someAmount = fc.oneof(
  fc.integer({ min: 0, max: 300 }).map((hundreds) => hundreds * 100_000),
  fc.integer({ min: 0, max: 3_000_000 }),
);
const someTier = fc.record({ width: fc.integer({ min: 1, max: 4 }), unit: someAmount, flat: fc.option(someAmount) });

const somePrice = fc.oneof(
  fc.record({ kind: fc.constant("unit" as const), unit: someAmount }),
  fc.record({
    kind: fc.constant("package" as const),
    unit: someAmount,
    size: fc.integer({ min: 1, max: 5 }),
    up: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom("volume" as const, "graduated" as const),
    tiers: fc.array(someTier, { minLength: 1, maxLength: 3 }),
  }),
);
type SomePrice = typeof somePrice extends fc.Arbitrary<infer T> ? T : never;
type SomeTier = typeof someTier extends fc.Arbitrary<infer T> ? T : never;

const someCoupon = fc.record({
  off: fc.oneof(
    fc.record({ percent: fc.constantFrom("10", "33.33", "50", "12.5", "100") }),
    fc.record({ amount: fc.integer({ min: 1, max: 40_000 }), isForeign: fc.nat({ max: 19 }).map((one) => one === 0) }),
  ),
  duration: fc.constantFrom("forever", "forever", "forever", "repeating", "once"),
  products: fc.subarray(["prod_1", "prod_2"]),
  end: fc.constantFrom(null, "before", "after"),
});
/** The currency of an amount is that of what the coupon was made for, mostly. */
type SomeCoupon = (typeof someCoupon extends fc.Arbitrary<infer T> ? T : never) & { readonly currency?: string };

const someItem = fc.record({
  price: somePrice,
  quantity: fc.integer({ min: 0, max: 12 }),
  interval: fc.constantFrom("day", "week", "month", "year"),
  count: fc.constantFrom(1, 1, 1, 2, 3, 6, 7, 12, 13, 36),
  product: fc.constantFrom("prod_1", "prod_2"),
  discounts: fc.array(someCoupon, { maxLength: 2 }),
  isLater: fc.nat({ max: 4 }).map((one) => one === 0),
  metered: fc.nat({ max: 9 }).map((one) => one === 0),
});
type SomeItem = typeof someItem extends fc.Arbitrary<infer T> ? T : never;

const someSubscription = fc.record({
  currency: fc.constantFrom(...currencies),
  items: fc.array(someItem, { minLength: 1, maxLength: 3 }),
  rhythm: fc.constantFrom("own", "same"),
  discounts: fc.array(someCoupon, { maxLength: 2 }),
  status: fc.constantFrom("active", "active", "past_due", "trialing", "canceled", "unpaid", "paused"),
  /** Its prices are made for another currency, and have its own among their options. */
  isAbroad: fc.nat({ max: 4 }).map((one) => one === 0),
});
type SomeSubscription = typeof someSubscription extends fc.Arbitrary<infer T> ? T : never;

const someCustomer = fc.record({
  subscriptions: fc.array(someSubscription, { minLength: 1, maxLength: 2 }),
  isOneCurrency: fc.boolean(),
  discount: fc.option(someCoupon),
});
type SomeCustomer = typeof someCustomer extends fc.Arbitrary<infer T> ? T : never;

/** All items at the rhythm of the first, where asked for; coupons with the currency that they are of. */
function tidied({ subscriptions, isOneCurrency, discount }: SomeCustomer): SomeCustomer {
  const first = subscriptions[0]?.currency ?? "eur";
  const priced = (coupon: SomeCoupon, currency: string): SomeCoupon => ({
    ...coupon,
    currency: "amount" in coupon.off && coupon.off.isForeign ? "gbp" : currency,
  });
  return {
    isOneCurrency,
    discount: discount && priced(discount, first),
    subscriptions: subscriptions.map((subscription) => {
      const currency = isOneCurrency ? first : subscription.currency;
      return {
        ...subscription,
        currency,
        discounts: subscription.discounts.map((coupon) => priced(coupon, currency)),
        items: subscription.items.map((item) => {
          const { interval, count } = (subscription.rhythm === "same" ? subscription.items[0] : item) ?? item;
          return { ...item, interval, count, discounts: item.discounts.map((coupon) => priced(coupon, currency)) };
        }),
      };
    }),
  };
}

// ── the slow reckoning ────────────────────────────────────────────────────────────────────────────────────────────

function unitByUnit(price: SomePrice, quantity: number): Fraction {
  if (price.kind === "unit") return sumOf(Array.from({ length: quantity }, () => thousandths(price.unit)));
  if (price.kind === "package") {
    let packages = 0;
    for (let left = quantity; left > 0; left -= price.size) packages += left >= price.size || price.up ? 1 : 0;
    return times(thousandths(price.unit), whole(packages));
  }
  const tierOf = (unit: number): SomeTier | undefined => {
    let end = 0;
    return price.tiers.find((tier, index) => (end += tier.width) >= unit || index === price.tiers.length - 1);
  };
  const flat = (tier: SomeTier | undefined): Fraction => thousandths(tier?.flat ?? 0);
  const units = Array.from({ length: quantity }, (_, index) => index + 1);
  if (price.kind === "volume") {
    const tier = tierOf(quantity);
    return plus(flat(tier), sumOf(units.map(() => thousandths(tier?.unit ?? 0))));
  }
  const entered = new Set([tierOf(0), ...units.map(tierOf)]);
  return plus(sumOf([...entered].map(flat)), sumOf(units.map((unit) => thousandths(tierOf(unit)?.unit ?? 0))));
}

/** A line of one invoice; which rhythm that invoice has. */
type SlowLine = {
  readonly amount: Fraction;
  readonly product: string;
  readonly rhythm: Fraction;
  readonly currency: string;
};
class Refused extends Error {}

const perYear: Readonly<Record<string, bigint>> = { day: 365n, week: 52n, month: 12n, year: 1n };
function rhythmOf({ interval, count }: SomeItem): Fraction {
  return { over: perYear[interval] ?? 0n, under: BigInt(count) };
}

function afterCoupon(lines: readonly SlowLine[], { off, products, currency }: SomeCoupon): readonly SlowLine[] {
  const isMeant = ({ product }: SlowLine): boolean => products.length === 0 || products.includes(product);
  const meant = lines.filter(isMeant);
  if ("percent" in off) {
    const share = divided(minus(whole(10_000), whole(Math.round(Number(off.percent) * 100))), whole(10_000));
    return lines.map((line) => (isMeant(line) ? { ...line, amount: times(line.amount, share) } : line));
  }
  // An amount comes off the invoice; items that are billed at other times are on other invoices.
  const total = sumOf(meant.map(({ amount }) => amount));
  const [first] = meant;
  if (!first || total.over === 0n) return lines;
  if (first.currency !== currency || meant.some(({ rhythm }) => !isSame(rhythm, first.rhythm))) throw new Refused();
  const left = notBelowZero(minus(total, whole(off.amount)));
  return lines.map((line) => (isMeant(line) ? { ...line, amount: divided(times(line.amount, left), total) } : line));
}

type Choice = (coupon: SomeCoupon) => boolean;

function afterCoupons(lines: readonly SlowLine[], coupons: readonly SomeCoupon[], counts: Choice): readonly SlowLine[] {
  return coupons.filter(counts).reduce(afterCoupon, lines);
}

function ownOrCustomers({ discounts }: SomeSubscription, { discount }: SomeCustomer): readonly SomeCoupon[] {
  if (discounts.length > 0) return discounts;
  return discount ? [discount] : [];
}

/** What has ended by the time of the next invoice makes room for the customer's. */
function withoutEnded(subscription: SomeSubscription): SomeSubscription {
  return { ...subscription, discounts: subscription.discounts.filter(({ end }) => end !== "before") };
}

function slowYear(subscription: SomeSubscription, customer: SomeCustomer): Fraction {
  const isForever: Choice = ({ duration }) => duration === "forever";
  const lines = subscription.items
    .filter(({ metered }) => !metered)
    .flatMap((item) => {
      const { product, price, quantity, discounts } = item;
      const { currency } = subscription;
      const line = { amount: unitByUnit(price, quantity), product, rhythm: rhythmOf(item), currency };
      return afterCoupons([line], discounts, isForever);
    });
  if (lines.every(({ amount }) => amount.over === 0n)) return whole(0);
  // What is only for a time makes room for the customer's as well.
  const lasting = { ...subscription, discounts: subscription.discounts.filter(isForever) };
  const left = afterCoupons(lines, ownOrCustomers(lasting, customer), isForever);
  return sumOf(left.map(({ amount, rhythm }) => times(amount, rhythm)));
}

/** Null when it must be refused. */
function slowRevenue(customer: SomeCustomer): { mrrMinor: number; arrMinor: number; currency: string } | null {
  const years = new Map<string, Fraction>();
  for (const subscription of customer.subscriptions) {
    if (subscription.status !== "active" && subscription.status !== "past_due") continue;
    const { currency } = subscription;
    years.set(currency, plus(years.get(currency) ?? whole(0), slowYear(subscription, customer)));
  }
  const paying = [...years].filter(([, year]) => year.over !== 0n);
  if (paying.length > 1) return null;
  const [currency, year] = paying[0] ?? ["eur", whole(0)];
  return { mrrMinor: halfUp(divided(year, whole(12))), arrMinor: halfUp(year), currency };
}

/** To a minor unit; where the last digits must be zero and are not, nobody knows what Stripe does. */
function charged(amount: Fraction, currency: string): number {
  const minor = halfUp(amount);
  const step = { isk: 100, ugx: 100, kwd: 10 }[currency] ?? 1;
  if (minor % step !== 0) throw new Refused();
  return minor;
}

function slowInvoice(subscription: SomeSubscription, customer: SomeCustomer): number {
  const { currency, items } = subscription;
  const isOneTime = items.some(({ isLater }) => isLater) && items.some(({ isLater }) => !isLater);
  const due = isOneTime ? items.filter(({ isLater }) => !isLater) : items;
  const applies: Choice = ({ duration, end }) => {
    if (duration === "once") throw new Refused();
    return end !== "before";
  };
  const lines = due.map((item): SlowLine => {
    if (item.metered) throw new Refused();
    const { product, discounts } = item;
    const amount = whole(charged(unitByUnit(item.price, item.quantity), currency));
    const full = { amount, product, rhythm: whole(1), currency };
    const [left = full] = afterCoupons([full], discounts, applies);
    return discounts.length === 0 ? full : { ...full, amount: whole(charged(left.amount, currency)) };
  });
  const left = afterCoupons(lines, ownOrCustomers(withoutEnded(subscription), customer), applies);
  return charged(sumOf(left.map(({ amount }) => amount)), currency);
}

// ── the same as copies of Stripe's objects ────────────────────────────────────────────────────────────────────────

const firstEndS = 1_792_592_000;
const endOf = { before: firstEndS - 1, after: firstEndS + 1_000_000 };

function copiesOf(customer: SomeCustomer) {
  const coupons: ReturnType<typeof aCopy<"coupon">>[] = [];
  const prices: ReturnType<typeof aCopy<"price">>[] = [];
  const discountOf = ({ off, duration, products, end, currency = "eur" }: SomeCoupon): DiscountFacts => {
    const couponId = `c${coupons.length}`;
    const terms: Partial<CouponFacts> =
      "percent" in off
        ? { percentOff: off.percent, amountOffMinor: null, currency: null }
        : { percentOff: null, amountOffMinor: off.amount, currency };
    coupons.push(aCopy("coupon", { ...terms, duration, products }, { id: `coupon:${couponId}` }));
    return { id: `di_${couponId}`, couponId, endS: end === null ? null : endOf[end] };
  };
  const itemOf = (item: SomeItem, index: number, { currency, isAbroad }: SomeSubscription) => {
    const priceId = `price_${prices.length}`;
    const { price, interval, count: intervalCount, product: productId, quantity, metered } = item;
    const paid = termsOf(price);
    const terms = isAbroad ? abroad(paid, currency) : { ...paid, currency };
    prices.push(aCopy("price", { ...terms, interval, intervalCount, productId }, { id: priceId }));
    return anItem({
      id: `si_${index}`,
      priceId,
      productId,
      currency: terms.currency,
      interval,
      intervalCount,
      quantity,
      metered,
      unitAmount: terms.unitAmount,
      divided: price.kind === "package",
      periodEndS: item.isLater ? firstEndS + 86_400 : firstEndS,
      discounts: item.discounts.map(discountOf),
    });
  };
  const subscriptions = customer.subscriptions.map((given, index) => {
    const { currency, items, discounts, status } = given;
    const facts = {
      status,
      currency,
      items: items.map((item, place) => itemOf(item, place, given)),
      discounts: discounts.map(discountOf),
      defaultPaymentMethod: "pm_1",
    };
    return aCopy("subscription", facts, { id: `sub_${index}` });
  });
  const discount = customer.discount && discountOf(customer.discount);
  const owner = aCopy("customer", { currency: "eur", discount });
  return { customer: owner, subscriptions, prices, coupons, paymentMethods: [] };
}

type Terms = Partial<PriceFacts> & Pick<PriceFacts, "unitAmount">;

/** A price that shows amounts of another currency, which nobody pays. */
function abroad(
  { unitAmount, tiers = null, ...terms }: Terms,
  currency: string,
): Terms & { readonly currency: string } {
  const shown = {
    unitAmount: unitAmount && "777",
    tiers: tiers?.map((tier) => ({ ...tier, unitAmount: "777" })) ?? null,
  };
  return { ...terms, ...shown, currency: "nzd", currencyOptions: { [currency]: anOption(unitAmount, { tiers }) } };
}

function termsOf(price: SomePrice): Terms {
  if (price.kind === "unit") return { unitAmount: decimalText(price.unit) };
  if (price.kind === "package") {
    const transformQuantity = { divideBy: price.size, roundUp: price.up };
    return { unitAmount: decimalText(price.unit), transformQuantity };
  }
  let end = 0;
  const tiers = price.tiers.map(({ width, unit, flat }, index) => ({
    upTo: index === price.tiers.length - 1 ? null : (end += width),
    unitAmount: decimalText(unit),
    flatAmount: flat === null ? null : decimalText(flat),
  }));
  return { billingScheme: "tiered", tiersMode: price.kind, tiers, unitAmount: null };
}

function orRefused<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

const runs = { numRuns: Number(process.env["MONEY_RUNS"] ?? 1_500), seed: Number(process.env["MONEY_SEED"] ?? 42) };

describe("by a slow reckoning in fractions", () => {
  it("recurring revenue is right to the minor unit, or refused where it must be", () => {
    fc.assert(
      fc.property(someCustomer.map(tidied), (customer) => {
        const expected = orRefused(() => slowRevenue(customer));
        expect(recurringOf([copiesOf(customer)])).toEqual(expected ?? { unknown: expect.any(String) });
      }),
      runs,
    );
  });

  it("the next invoice is right to the minor unit, or refused where it must be", () => {
    fc.assert(
      fc.property(someCustomer.map(tidied), (customer) => {
        const { subscriptions, ...rest } = copiesOf(customer);
        const [subscription = null] = subscriptions;
        const [given] = customer.subscriptions;
        if (!given || !["active", "trialing", "past_due"].includes(given.status)) return;
        const expected = orRefused(() => slowInvoice(given, customer));
        const next = nextInvoiceOf({ subscription, ...rest });
        const amount = "amount" in next ? next.amount : next;
        expect(amount).toEqual(
          expected === null ? { unknown: expect.any(String) } : { amountMinor: expected, currency: given.currency },
        );
      }),
      runs,
    );
  });
});
