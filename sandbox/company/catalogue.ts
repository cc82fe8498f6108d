/** What the make-believe company sells. */
import type { Price } from "../stripe/objects/catalogue.ts";
import { createPrice } from "../stripe/resources/prices.ts";
import type { PriceInput } from "../stripe/resources/prices.ts";
import { createMeter } from "../stripe/resources/meters.ts";
import { createConfiguration } from "../stripe/resources/portal.ts";
import { newProduct } from "../stripe/objects/catalogue.ts";
import type { World } from "../stripe/world.ts";

export type Currency = "eur" | "usd" | "chf" | "gbp" | "jpy";
export type Plan = "starter" | "team" | "business";

export const currencies: readonly Currency[] = ["eur", "usd", "chf", "gbp", "jpy"];

/** Monthly amounts in minor units; a year costs ten months. */
const PLANS: readonly {
  readonly key: Plan;
  readonly name: string;
  readonly monthly: Readonly<Record<Currency, number>>;
}[] = [
  { key: "starter", name: "Starter", monthly: { eur: 1900, usd: 1900, chf: 1900, gbp: 1600, jpy: 2900 } },
  { key: "team", name: "Team", monthly: { eur: 4900, usd: 5200, chf: 4900, gbp: 4300, jpy: 7900 } },
  { key: "business", name: "Business", monthly: { eur: 14_900, usd: 15_900, chf: 14_900, gbp: 12_900, jpy: 24_000 } },
];

/** Calls included in the price, then cheaper and cheaper (minor units per call). */
const USAGE_TIERS: PriceInput["tiers"] = [
  { up_to: 1000, unit_amount: 0, flat_amount: 0 },
  { up_to: 10_000, unit_amount_decimal: "0.9" },
  { up_to: "inf", unit_amount_decimal: "0.45" },
];

const SEAT_TIERS: PriceInput["tiers"] = [
  { up_to: 5, unit_amount: 900 },
  { up_to: 20, unit_amount: 800 },
  { up_to: "inf", unit_amount: 650 },
];

export type Catalogue = {
  planPrice(plan: Plan, interval: "month" | "year", currency: Currency): Price;
  usagePrice(currency: Currency): Price;
  readonly seatPrice: Price;
  readonly meterEventName: string;
};

/** Creates products, prices, the meter and the portal's default configuration. */
export function createCatalogue(world: World): Catalogue {
  const plans = new Map<string, Price>();
  for (const plan of PLANS) {
    addProduct(world, plan.key, plan.name);
    for (const currency of currencies) {
      for (const interval of ["month", "year"] as const) {
        plans.set(`${plan.key} ${interval} ${currency}`, planPrice(world, plan, { interval, currency }));
      }
    }
  }
  const meter = createMeter(world, {
    display_name: "Analysed documents",
    event_name: "documents_analysed",
    default_aggregation: { formula: "sum" },
  });
  addProduct(world, "documents", "Analysed documents");
  const usage = new Map(currencies.map((currency) => [currency, usagePrice(world, meter.id, currency)]));
  addProduct(world, "seats", "Extra seats");
  const seatPrice = createPrice(world, {
    currency: "eur",
    product: productId("seats"),
    nickname: "Extra seats (monthly, EUR)",
    lookup_key: "seats_month_eur",
    billing_scheme: "tiered",
    tiers_mode: "volume",
    tiers: SEAT_TIERS,
    recurring: { interval: "month" },
  });
  createConfiguration(world, { default_return_url: "https://lapwing.example/account", name: "Default" });
  return {
    planPrice: (plan, interval, currency) => found(plans.get(`${plan} ${interval} ${currency}`)),
    usagePrice: (currency) => found(usage.get(currency)),
    seatPrice,
    meterEventName: meter.event_name,
  };
}

type Variant = { readonly interval: "month" | "year"; readonly currency: Currency };

function planPrice(world: World, plan: (typeof PLANS)[number], { interval, currency }: Variant): Price {
  const amount = plan.monthly[currency] * (interval === "year" ? 10 : 1);
  return createPrice(world, {
    currency,
    product: productId(plan.key),
    nickname: `${plan.name} (${interval}ly, ${currency.toUpperCase()})`,
    lookup_key: `${plan.key}_${interval}_${currency}`,
    unit_amount: amount,
    recurring: { interval },
  });
}

function usagePrice(world: World, meter: string, currency: Currency): Price {
  return createPrice(world, {
    currency,
    product: productId("documents"),
    nickname: `Analysed documents (${currency.toUpperCase()})`,
    lookup_key: `documents_${currency}`,
    billing_scheme: "tiered",
    tiers_mode: "graduated",
    tiers: USAGE_TIERS,
    recurring: { interval: "month", meter, usage_type: "metered" },
  });
}

function addProduct(world: World, key: string, name: string): void {
  world.create(world.tables.products, newProduct({ id: productId(key), name, created: world.now(), unit_label: null }));
}

/** Products keep readable ids, as accounts that were imported have them. */
function productId(key: string): string {
  return `prod_lapwing_${key}`;
}

function found(price: Price | undefined): Price {
  if (price === undefined) throw new Error("The company does not sell this.");
  return price;
}
