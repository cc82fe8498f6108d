/** Station billing: how long ago things happened, and how far off they are. It changes every day, so no profile holds it. */
import { isUnknown, type Profile } from "../model/profile.ts";

const dayS = 86_400;

/** Whole days, rounded down; null when there is nothing to count from. Below zero is what has passed already, or is still to come. */
export type Ages = {
  /** Since the customer was created in Stripe. */
  readonly tenureDays: number;
  /** Since the first payment that succeeded. */
  readonly daysSinceFirstPayment: number | null;
  /** Since the latest payment that succeeded. */
  readonly daysSinceLastPayment: number | null;
  /** Since the oldest open invoice was made. */
  readonly daysInvoiceOpen: number | null;
  readonly daysToPeriodEnd: number | null;
  readonly daysToTrialEnd: number | null;
  readonly daysToCancellation: number | null;
  readonly daysToNextInvoice: number | null;
  /** To the last second of the month on the card. */
  readonly daysToCardExpiry: number | null;
};

/** The ages of what the profile tells, at this instant (unix seconds). */
export function agesOf(profile: Profile, atS: number): Ages {
  const { subscription, nextInvoice } = profile;
  const since = (thenS: number | null | undefined): number | null => wholeDays(thenS, (then) => atS - then);
  const until = (thenS: number | null | undefined): number | null => wholeDays(thenS, (then) => then - atS);
  return {
    tenureDays: Math.floor((atS - profile.createdS) / dayS),
    daysSinceFirstPayment: since(profile.firstPaymentAtS),
    daysSinceLastPayment: since(profile.lastPaidAtS),
    daysInvoiceOpen: since(profile.openInvoices.oldest?.createdS),
    daysToPeriodEnd: until(subscription?.periodEndS),
    daysToTrialEnd: until(subscription?.trialEndS),
    daysToCancellation: until(subscription?.cancelAtS),
    daysToNextInvoice: until(isUnknown(nextInvoice) ? null : nextInvoice.atS),
    daysToCardExpiry: until(profile.card?.expiresAtS),
  };
}

function wholeDays(thenS: number | null | undefined, distance: (thenS: number) => number): number | null {
  return thenS === null || thenS === undefined ? null : Math.floor(distance(thenS) / dayS);
}
