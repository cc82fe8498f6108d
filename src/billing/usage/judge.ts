/** Station billing: what a new reading of a meter is worth: the copy that is kept of it, and the thresholds that it crossed. */
import { Decimal } from "decimal.js";
import type { UsageRules } from "../../../contract/mapping.ts";
import { isUnknown } from "../../model/profile.ts";
import type { UsageFacts } from "../../model/stripe-object.ts";
import type { Crossing } from "../../model/usage.ts";
import { crossingsBetween, type Level } from "./crossings.ts";
import { percentOf } from "./projection.ts";
import { meteredItemsOf, usageLimitOf, type UsageCopies } from "./usage.ts";

/** A reading before it was judged. */
export type Reading = Omit<UsageFacts, "judgedLimit">;

/** What a reading is judged by. */
export type Measure = { readonly copies: Omit<UsageCopies, "usages">; readonly rules: UsageRules };

export type Judged = { readonly facts: UsageFacts; readonly crossings: readonly Crossing[] };

/** Judges a reading by the limit that is in force now; the one before was judged by the limit of its own time. */
export function judgeReading(known: UsageFacts | undefined, reading: Reading, measure: Measure): Judged {
  const facts: UsageFacts = { ...reading, judgedLimit: limitNow(reading, measure) };
  return { facts, crossings: crossingsBetween(known && levelOf(known), levelOf(facts), measure.rules.thresholds) };
}

/** Whether a reading was judged by the limit that holds now: a larger plan is a larger limit. */
export function isJudgedByNow(facts: UsageFacts, measure: Measure): boolean {
  return facts.judgedLimit === limitNow(facts, measure);
}

function limitNow(reading: Reading, { copies, rules }: Measure): string | null {
  const billing = meteredItemsOf(copies).find(({ meterId }) => meterId === reading.meterId) ?? null;
  const limit = usageLimitOf(reading, { copies, billing, rules });
  return limit === null || isUnknown(limit) ? null : limit.amount;
}

/** The level of a reading by the limit that it was judged by. */
export function levelOf({ periodStartS, value, judgedLimit }: UsageFacts): Level {
  return { periodStartS, percent: percentOf(usedOf(value), judgedLimit) };
}

/** Below nothing counts as nothing, as Stripe bills it (docs.stripe.com/billing/subscriptions/usage-based). */
export function usedOf(value: string): Decimal {
  return Decimal.max(0, value);
}

/**
 * Whether a reading from Stripe is to be kept: one that is older than the known one of its period is dropped, and so is
 * one of a period before; what was pushed for the period stands before what Stripe says. Of the same instant the later
 * one counts, since Stripe goes on putting together what was reported for it.
 */
export function isNews(known: UsageFacts | undefined, reading: Reading): boolean {
  if (!known || reading.periodStartS > known.periodStartS) return true;
  if (reading.periodStartS < known.periodStartS || known.source === "pushed") return false;
  return reading.asOfS >= known.asOfS;
}
