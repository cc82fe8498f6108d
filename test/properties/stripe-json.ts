/** Stripe's JSON, as far as the small Stripe of the properties needs it. */

export type Json = Record<string, unknown>;

/** A monthly price: the first costs 10 EUR, the second 20. */
export function priceOf(index: number): Json {
  return {
    id: `price_${index}`,
    product: "prod_1",
    unit_amount: 1000 * (index + 1),
    currency: "eur",
    recurring: { interval: "month", interval_count: 1, usage_type: "licensed" },
  };
}

/** As Stripe writes it: changed keys with their old values, null for a key that is new, arrays whole. */
export function previousAttributes(before: Json, after: Json): Json | null {
  const entries = [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key): [string, unknown][] => {
    const [old, now] = [before[key] ?? null, after[key] ?? null];
    if (JSON.stringify(old) === JSON.stringify(now)) return [];
    return [[key, isPlain(old) && isPlain(now) ? previousAttributes(old, now) : old]];
  });
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

function isPlain(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object as Stripe answers whoever asks for it with what we expand: discounts in the place of their ids. */
export function asAsked(object: Json): Json {
  const { discounts } = object;
  if (!Array.isArray(discounts)) return object;
  const expanded = discounts.map((id: unknown) => ({
    id,
    object: "discount",
    end: null,
    source: { type: "coupon", coupon: `coupon of ${String(id)}` },
  }));
  return { ...object, discounts: expanded };
}
