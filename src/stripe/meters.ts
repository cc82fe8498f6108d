/** Stripe's meters and what customers used of them (docs.stripe.com/api/billing/meter, …/billing/meter-event-summary). */
import { Decimal } from "decimal.js";
import { isRecord } from "../lib/json.ts";
import type { StripeClient, StripeJson } from "./client.ts";
import { readPages } from "./objects.ts";

export type Meter = {
  readonly id: string;
  /** The name of its events, which no other active meter of the account has. */
  readonly eventName: string;
  readonly displayName: string | null;
  /** sum, count or last. */
  readonly formula: string;
};

export type MeterList = {
  readonly meters: readonly Meter[];
  /** Stripe's clock when it answered. */
  readonly answeredS: number | null;
};

/** All meters of the account, those that are inactive too. */
export async function listMeters(stripe: StripeClient): Promise<MeterList> {
  const pages = await readPages(stripe, "/v1/billing/meters", {});
  return {
    meters: pages.flatMap(({ items }) => items.flatMap((item) => toMeter(item) ?? [])),
    answeredS: pages[0]?.answeredS ?? null,
  };
}

function toMeter(item: StripeJson): Meter | null {
  const { id, event_name: eventName, display_name: displayName, default_aggregation: aggregation } = item;
  if (typeof id !== "string" || typeof eventName !== "string") return null;
  const formula = isRecord(aggregation) && typeof aggregation["formula"] === "string" ? aggregation["formula"] : "sum";
  return { id, eventName, displayName: typeof displayName === "string" ? displayName : null, formula };
}

export type UsageQuestion = {
  readonly meterId: string;
  readonly customerId: string;
  /** Whole minutes both; the end is not part of it. */
  readonly startS: number;
  readonly endS: number;
};

/** An amount, and Stripe's clock when it told it. */
export type UsageAnswer = { readonly value: string; readonly answeredS: number | null };

/** What the customer used in [start, end), as `askUsage` tells it, without the clock. */
export async function readUsage(stripe: StripeClient, question: UsageQuestion): Promise<string> {
  return (await askUsage(stripe, question)).value;
}

/**
 * What the customer used in [start, end), as a decimal. Stripe puts reports together some time after they came, so it may
 * still grow. Without a window there is one summary at most; none means nothing was used.
 */
export async function askUsage(
  stripe: StripeClient,
  { meterId, customerId, startS, endS }: UsageQuestion,
): Promise<UsageAnswer> {
  const path = `/v1/billing/meters/${encodeURIComponent(meterId)}/event_summaries`;
  const { body, answeredS } = await stripe.get(path, { customer: customerId, start_time: startS, end_time: endS });
  const [summary] = Array.isArray(body["data"]) ? body["data"].filter(isRecord) : [];
  const value = summary?.["aggregated_value"];
  const isKnown = typeof value === "number" && Number.isFinite(value);
  return { value: isKnown ? new Decimal(value).toFixed() : "0", answeredS };
}
