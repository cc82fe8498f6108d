/** Station billing: the period that pushed usage belongs to, when nobody names one. */
import { dateOf, dayNumber, dayNumberOf, dayS } from "../../lib/day.ts";
import { livingSubscriptions, mainItem, primarySubscription } from "../subscription.ts";
import type { SubscriptionItemFacts, UsageFacts } from "../../model/stripe-object.ts";
import { meteredItemsOf, type MeteredItem, type UsageCopies } from "./usage.ts";

/** From its first second to the second after its last. */
export type Period = { readonly startS: number; readonly endS: number };

/** The item that bills a meter, by the meter's id in Stripe, which may also be what people call it. */
export function billingItemOf(
  copies: Omit<UsageCopies, "usages">,
  { meter, meterId }: Pick<UsageFacts, "meter" | "meterId">,
): MeteredItem | null {
  return meteredItemsOf(copies).find((one) => one.meterId === meterId || one.meterId === meter) ?? null;
}

/**
 * The period of the item that bills the meter, else of the plan, else the calendar month (UTC) of the instant. When a
 * period is over and its renewal has not been heard of yet, the next one of the same length.
 */
export function periodAt(
  copies: Omit<UsageCopies, "usages">,
  { billing, atS }: { readonly billing: MeteredItem | null; readonly atS: number },
): Period {
  const period = periodOf(billing?.item ?? planOf(copies));
  if (!period) return monthOf(atS);
  const { startS, endS } = period;
  const length = endS - startS;
  const later = atS < endS ? 0 : Math.floor((atS - startS) / length);
  return { startS: startS + later * length, endS: endS + later * length };
}

function planOf({ subscriptions, prices }: Omit<UsageCopies, "usages">): SubscriptionItemFacts | null {
  const primary = primarySubscription(livingSubscriptions(subscriptions));
  return primary && mainItem(primary.facts, prices);
}

function periodOf(item: SubscriptionItemFacts | null): Period | null {
  const { periodStartS: startS = null, periodEndS: endS = null } = item ?? {};
  return startS === null || endS === null || endS <= startS ? null : { startS, endS };
}

function monthOf(atS: number): Period {
  const { year, month } = dateOf(dayNumberOf(atS));
  return { startS: dayNumber(year, month, 1) * dayS, endS: dayNumber(year, month + 1, 1) * dayS };
}
