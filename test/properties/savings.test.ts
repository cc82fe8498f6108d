/**
 * What a comparison of plans says anybody would pay, against a slow reckoning in whole thousandths of a minor unit, which prices
 * one unit after the other and shares nothing with the server. Break-even has laws of its own, in break-even.test.ts.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computeSavings } from "../../src/billing/savings/compare.ts";
import type { PriceFacts } from "../../src/model/stripe-object.ts";
import { aQuestion, lastReading, periodEndS, presentReading } from "../support/savings-scene.ts";

const someAmount = fc.integer({ min: 0, max: 2_000_000 });
const someTier = fc.record({ width: fc.integer({ min: 1, max: 30 }), unit: someAmount, flat: fc.option(someAmount) });
const someCost = fc.oneof(
  fc.record({
    kind: fc.constant("unit" as const),
    unit: someAmount,
    size: fc.constantFrom(1, 1, 5, 10),
    up: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom("volume" as const, "graduated" as const),
    tiers: fc.array(someTier, { minLength: 1, maxLength: 3 }),
  }),
);
const somePrice = fc.record({
  cost: someCost,
  product: fc.constantFrom("prod_1", "prod_2"),
  interval: fc.constantFrom<"month" | "year">("month", "month", "year"),
});
type SomePrice = typeof somePrice extends fc.Arbitrary<infer T> ? T : never;

const someCoupon = fc.record({
  off: fc.oneof(
    fc.record({ hundredths: fc.constantFrom(1000, 3333, 5000, 10_000) }),
    fc.record({ amount: fc.integer({ min: 1, max: 9000 }) }),
  ),
  products: fc.constantFrom<readonly string[]>([], [], ["prod_1"]),
  duration: fc.constantFrom("forever", "repeating", "ended"),
});
type SomeCoupon = typeof someCoupon extends fc.Arbitrary<infer T> ? T : never;

const someCustomer = fc.record({
  base: fc.tuple(somePrice, somePrice),
  usage: fc.tuple(somePrice, somePrice),
  quantity: fc.integer({ min: 0, max: 15 }),
  /** Of the last period, and of the first half of the present one. */
  used: fc.tuple(fc.nat({ max: 120 }), fc.nat({ max: 60 })),
  coupon: fc.option(someCoupon),
});
type SomeCustomer = typeof someCustomer extends fc.Arbitrary<infer T> ? T : never;

// ── the slow reckoning ────────────────────────────────────────────────────────────────────────────────────────────

function halfUp(over: bigint, under: bigint): bigint {
  return (2n * over + under) / (2n * under);
}

function thousandths({ cost }: SomePrice, units: number): bigint {
  if (cost.kind === "unit") {
    const packages = cost.up ? Math.ceil(units / cost.size) : Math.floor(units / cost.size);
    return BigInt(packages) * BigInt(cost.unit);
  }
  const last = cost.tiers.length - 1;
  const placeOf = (unit: number): number => {
    let end = 0;
    const place = cost.tiers.findIndex(({ width }) => unit <= (end += width));
    return place === -1 ? last : place;
  };
  const places = Array.from({ length: units }, (_, index) =>
    cost.kind === "volume" ? placeOf(units) : placeOf(index + 1),
  );
  const entered = new Set([cost.kind === "volume" ? placeOf(units) : 0, ...places]);
  const flat = [...entered].reduce((sum, place) => sum + BigInt(cost.tiers[place]?.flat ?? 0), 0n);
  return places.reduce((sum, place) => sum + BigInt(cost.tiers[place]?.unit ?? 0), flat);
}

type Line = { readonly price: SomePrice; readonly units: number };

/** One invoice, in minor units: lines are rounded one by one, then comes the discount. */
function invoice(lines: readonly Line[], coupon: SomeCoupon | null): bigint {
  const costs = lines.map(({ price, units }) => ({ ...price, minor: halfUp(thousandths(price, units), 1000n) }));
  const total = costs.reduce((sum, { minor }) => sum + minor, 0n);
  if (!coupon) return total;
  const meant = costs
    .filter(({ product }) => coupon.products.length === 0 || coupon.products.includes(product))
    .reduce((sum, { minor }) => sum + minor, 0n);
  const { off } = coupon;
  if ("hundredths" in off) return total - halfUp(meant * BigInt(off.hundredths), 10_000n);
  return total - (BigInt(off.amount) < meant ? BigInt(off.amount) : meant);
}

/** Yearly prices are on an invoice of their own. */
function year(lines: readonly Line[], coupon: SomeCoupon | null): bigint {
  const monthly = lines.filter(({ price }) => price.interval === "month");
  const yearly = lines.filter(({ price }) => price.interval === "year");
  return 12n * invoice(monthly, coupon) + (yearly.length === 0 ? 0n : invoice(yearly, coupon));
}

function slowBill(lines: readonly Line[], coupon: SomeCoupon | null) {
  const now = year(lines, coupon?.duration === "ended" ? null : coupon);
  const ever = year(lines, coupon?.duration === "forever" ? coupon : null);
  return { periodMinor: Number(halfUp(now, 12n)), monthMinor: Number(halfUp(ever, 12n)), yearMinor: Number(ever) };
}

// ── the same as a question ────────────────────────────────────────────────────────────────────────────────────────

function decimalText(value: number): string {
  return `${Math.floor(value / 1000)}.${String(value % 1000).padStart(3, "0")}`;
}

function factsOf({ cost, product, interval }: SomePrice): Partial<PriceFacts> {
  const common = { productId: product, interval };
  if (cost.kind === "unit") {
    const transformQuantity = cost.size === 1 ? null : { divideBy: cost.size, roundUp: cost.up };
    return { ...common, unitAmount: decimalText(cost.unit), transformQuantity };
  }
  let end = 0;
  const tiers = cost.tiers.map(({ width, unit, flat }, index) => ({
    upTo: index === cost.tiers.length - 1 ? null : (end += width),
    unitAmount: decimalText(unit),
    flatAmount: flat === null ? null : decimalText(flat),
  }));
  return { ...common, billingScheme: "tiered", tiersMode: cost.kind, tiers, unitAmount: null };
}

function questionOf({ base, usage, quantity, used, coupon }: SomeCustomer) {
  const terms = coupon && {
    ...("hundredths" in coupon.off
      ? { percentOff: String(coupon.off.hundredths / 100), amountOffMinor: null }
      : { percentOff: null, amountOffMinor: coupon.off.amount, currency: "eur" }),
    products: coupon.products,
    duration: coupon.duration === "forever" ? "forever" : "repeating",
  };
  const endS = { forever: null, repeating: periodEndS + 1, ended: periodEndS }[coupon?.duration ?? "forever"];
  const metered = { metered: true, meterId: "mtr_1", interval: "month" };
  return aQuestion({
    prices: {
      base0: factsOf(base[0]),
      base1: factsOf(base[1]),
      usage0: { ...factsOf(usage[0]), ...metered },
      usage1: { ...factsOf(usage[1]), ...metered },
    },
    plans: [
      { id: "has", prices: ["base0", "usage0"] },
      { id: "other", prices: ["base1", "usage1"] },
    ],
    items: [
      { priceId: "base0", quantity },
      { priceId: "usage0", metered: true, quantity: null },
    ],
    readings: [lastReading(String(used[0])), presentReading(String(used[1]))],
    ...(terms ? { coupon: terms, discount: { endS } } : {}),
  });
}

describe("a comparison of any two plans", () => {
  it("has bills that are right to the minor unit, and recommends nothing that costs more", () => {
    fc.assert(
      fc.property(someCustomer, (customer) => {
        const { base, usage, quantity, used, coupon } = customer;
        const savings = computeSavings(questionOf(customer));
        const [candidate] = savings.candidates;
        // An amount off is refused where items come on different invoices.
        if (candidate?.outcome !== "compared") return;
        const units = [used[0], 2 * used[1]];
        for (const [index, count] of units.entries()) {
          const [has, other] = [0, 1].map((side) => {
            const monthly = usage[side] && { ...usage[side], interval: "month" as const };
            const lines = base[side] && monthly ? [base[side], monthly] : [];
            return slowBill(
              lines.map((price, place) => ({ price, units: place === 0 ? quantity : count })),
              coupon,
            );
          });
          expect(savings.current[index]?.bill).toMatchObject({ ...has });
          expect(candidate.periods[index]?.bill).toMatchObject({ ...other });
          if (candidate.cheaper) expect(other?.yearMinor).toBeLessThan(has?.yearMinor ?? 0);
        }
      }),
      { numRuns: Number(process.env["SAVINGS_RUNS"] ?? 250) },
    );
  });
});
