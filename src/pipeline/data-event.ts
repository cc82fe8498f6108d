/** Makes of a moment the data event that Intercom is sent. Pure. */
import type { Moment, MomentFacts } from "../billing/moments/moment.ts";
import { decimalsOf } from "../model/money.ts";
import type { MomentName } from "../../contract/moment.ts";
import type { MomentSwitch } from "../model/moment-switch.ts";
import { momentKey, type EffectPlan } from "../effects/effect.ts";

export type EventOrigin = {
  readonly account: string;
  /** Whether the Dashboard's pages are those of real money. */
  readonly livemode: boolean;
};

/** What somebody may have to act on at once. */
const urgentMoments: ReadonlySet<MomentName> = new Set<MomentName>([
  "payment_failed",
  "payment_action_required",
  "debit_returned",
  "dispute_opened",
  "subscription_past_due",
  "cancellation_scheduled",
  "usage_crossed",
]);

/** The plan of a data event for the ledger, by the moment's own key. */
export function planOfMoment(moment: Moment, chosen: MomentSwitch, { account, livemode }: EventOrigin): EffectPlan {
  const { name, key, customerId, occurredAtS } = moment;
  const metadata = metadataOf(moment.facts, chosen.metadata, livemode);
  return {
    account,
    customerId,
    key: momentKey(key),
    lane: urgentMoments.has(name) ? "urgent" : "calm",
    effect: { kind: "data_event", name: chosen.eventName, occurredAtS, metadata },
  };
}

type Metadata = NonNullable<Extract<EffectPlan["effect"], { readonly kind: "data_event" }>["metadata"]>;

/** Intercom keeps texts of at most 255 characters. */
const textMax = 255;

function metadataOf(facts: MomentFacts, keys: readonly string[], livemode: boolean): Metadata {
  const entries = keys.flatMap((key) => {
    const fact = facts[key];
    const value = fact === undefined ? undefined : valueOf(fact, livemode);
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(entries);
}

/** Intercom knows text, numbers, dates, links and amounts (“Submit a data event”), but neither true nor false. */
function valueOf(fact: MomentFacts[string], livemode: boolean): Metadata[string] | undefined {
  if (typeof fact === "string") return fact.slice(0, textMax);
  if (typeof fact === "number") return fact;
  if (typeof fact === "boolean") return fact ? "yes" : "no";
  if ("page" in fact) {
    const place = livemode ? "" : "test/";
    return { url: `https://dashboard.stripe.com/${place}${fact.page}/${encodeURIComponent(fact.id)}`, value: fact.id };
  }
  return inCents(fact.currency) && fact.amountMinor >= 0
    ? { amount: fact.amountMinor, currency: fact.currency }
    : undefined;
}

/** Stripe writes these two with decimals that they do not have. */
const withoutCents = new Set(["isk", "ugx"]);

/** Intercom's amounts are in cents; what it makes of yen or fils is not documented. */
function inCents(currency: string): boolean {
  return decimalsOf(currency) === 2 && !withoutCents.has(currency.toLowerCase());
}
