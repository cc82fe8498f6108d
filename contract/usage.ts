/** Usage of meters: what is pushed to us, and how customers stand. */
import { z } from "zod";

/** As at Stripe: the name of the events of a meter. It becomes part of an id, so it stays plain. */
const meter = z.string().regex(/^[\w.-]{1,100}$/, "1 to 100 letters, digits and . _ -");

/** Text without control characters: PostgreSQL cannot hold every one of them. */
const plainText = z.string().regex(/^\P{Cc}*$/u, "no control characters");

/** Up to fifteen digits and twelve decimals, as a number or as text that keeps every digit. */
const quantity = z
  .union([z.number(), z.string()])
  .transform((given) => (typeof given === "number" ? plainNumber(given) : given.trim()))
  .pipe(z.string().regex(/^-?\d{1,15}(\.\d{1,12})?$/, "a decimal of at most 15 digits and 12 decimals"));

/** Never in the form `1e-7`, which is no decimal. */
function plainNumber(value: number): string {
  if (!Number.isFinite(value)) return "";
  const text = String(value);
  return text.includes("e") ? value.toFixed(12).replace(/\.?0+$/, "") : text;
}

/** Seconds since 1970, or a time such as `2026-11-22T10:00:00Z`. */
const instant = z.union([
  z.number().int().min(1_000_000_000).max(99_999_999_999),
  z.iso.datetime({ offset: true }).transform((text) => Math.floor(Date.parse(text) / 1000)),
]);

/** One report. Exactly one of `add` and `value` says how much. */
export const usageEntry = z
  .strictObject({
    /** Your own; the same id counts once, however often it is sent. */
    id: z.string().regex(/^[\w.:/-]{1,200}$/, "1 to 200 letters, digits and . _ : / -"),
    /** A Stripe customer id. */
    customer: plainText.min(1).max(255),
    meter,
    /** This much more was used; below zero takes back. */
    add: quantity.optional(),
    /** This much was used in the period so far. */
    value: quantity.optional(),
    /** When; left out, now. An older total than the known one is dropped. */
    at: instant.optional(),
    /** What is counted, for people. */
    unit: plainText.trim().min(1).max(60).optional(),
    /** Left out, the period of the item that bills the meter, else of the subscription, else the calendar month (UTC). */
    period: z
      .strictObject({ start: instant, end: instant })
      .refine(({ start, end }) => start < end, "start lies before end")
      .optional(),
  })
  .refine(({ add, value }) => (add === undefined) !== (value === undefined), {
    error: "exactly one of add and value says how much",
  });

/** One batch is one transaction. */
export const usageEntriesMax = 500;

export const usagePush = z.strictObject({
  account: plainText.min(1).max(64).default("main"),
  entries: z.array(usageEntry).min(1).max(usageEntriesMax),
});

export type UsageEntry = z.output<typeof usageEntry>;
export type UsagePush = z.output<typeof usagePush>;

/**
 * - counted: it is part of the customer's usage now
 * - repeated: it was counted before; nothing changed
 * - superseded: it is older than what is known of the meter, which stands
 * - refused: it does not count; `reason` says why, and the id may be used again unless it says otherwise
 */
export const usageResults = ["counted", "repeated", "superseded", "refused"] as const;

export const usageRefusals = [
  "unknown_customer",
  "id_used_otherwise",
  "outside_period",
  "read_from_stripe",
  "out_of_range",
] as const;

export const usageOutcome = z.object({
  id: z.string(),
  result: z.enum(usageResults),
  /** Of a refusal. */
  code: z.enum(usageRefusals).optional(),
  reason: z.string().optional(),
});

export const usagePushed = z.object({
  counted: z.number().int(),
  repeated: z.number().int(),
  superseded: z.number().int(),
  refused: z.number().int(),
  /** In the order of the entries. */
  entries: z.array(usageOutcome),
});

export type UsageOutcome = z.infer<typeof usageOutcome>;
export type UsagePushed = z.infer<typeof usagePushed>;
export type UsageRefusal = (typeof usageRefusals)[number];

/** How one meter of a customer stands. */
export const meterView = z.object({
  customerId: z.string(),
  meter: z.string(),
  unit: z.string().nullable(),
  value: z.number(),
  /** Null without a limit, or while it cannot be known. */
  limit: z.number().nullable(),
  limitSource: z.enum(["mapping", "product", "tiers"]).nullable(),
  limitUnknown: z.string().nullable(),
  percent: z.number().nullable(),
  projectedValue: z.number().nullable(),
  projectedPercent: z.number().nullable(),
  periodStart: z.string(),
  periodEnd: z.string(),
  asOf: z.string(),
  source: z.enum(["stripe", "pushed"]),
  status: z.enum(["ok", "high_risk", "over"]).nullable(),
});

export const crossingView = z.object({
  meter: z.string(),
  threshold: z.number(),
  direction: z.enum(["rising", "falling"]),
  at: z.string(),
  value: z.string(),
  limit: z.string().nullable(),
});

export const customerUsage = z.object({
  account: z.string(),
  customerId: z.string(),
  /** asked: Stripe was asked just now · recent: it was asked less than a minute ago · unmetered: nothing to ask for · failed: it did not answer. */
  reading: z.enum(["asked", "recent", "unmetered", "failed"]),
  /** Why it failed. */
  problem: z.string().nullable(),
  /** The worst first. */
  meters: z.array(meterView),
  /** Of the periods that are shown, the latest first. */
  crossings: z.array(crossingView),
});

export type MeterView = z.infer<typeof meterView>;
export type CustomerUsage = z.infer<typeof customerUsage>;
