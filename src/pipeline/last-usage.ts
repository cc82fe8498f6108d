/** Reads from Stripe the usage that a comparison needs and our copies do not have: they hold the present period alone. */
import { meterOf, settledAfterS } from "../billing/savings/reading.ts";
import { periodStartBefore } from "../lib/period-before.ts";
import type { SubscriptionItemFacts, UsageFacts } from "../model/stripe-object.ts";
import type { StripeClient } from "../stripe/client.ts";
import { listMeters, readUsage, type Meter } from "../stripe/meters.ts";

export type UsageWanted = {
  readonly customerId: string;
  readonly meterIds: readonly string[];
  /** The item in whose period the usage is counted. */
  readonly item: Pick<SubscriptionItemFacts, "interval" | "intervalCount" | "periodStartS" | "periodEndS">;
  readonly known: readonly UsageFacts[];
  readonly nowS: number;
};

/** No question costs Stripe more reads than this many meters need. */
const metersMax = 10;

/** The readings that are known, and what was read: the last complete period, and the present one where it was missing. */
export async function completeUsage(stripe: StripeClient, wanted: UsageWanted): Promise<readonly UsageFacts[]> {
  const { meterIds, known, item, nowS, customerId } = wanted;
  const { periodStartS, periodEndS } = item;
  if (periodStartS === null || periodEndS === null || meterIds.length === 0) return known;
  const { meters } = await listMeters(stripe);
  const read: UsageFacts[] = [];
  for (const meter of meters.filter(({ id }) => meterIds.includes(id)).slice(0, metersMax)) {
    const own = known.filter((reading) => meterOf(reading) === meter.id);
    const startS = periodStartBefore({ startS: periodStartS, endS: periodEndS }, item);
    if (startS !== null && !own.some((reading) => reading.periodEndS === periodStartS && isLastWord(reading))) {
      const value = await readWhole(stripe, { meterId: meter.id, customerId, startS, endS: periodStartS });
      // What comes later is billed no more, so the reading does not depend on when it was made.
      const asOfS = Math.min(minute(nowS), periodStartS + settledAfterS);
      if (value !== null) read.push(toFacts(meter, { startS, endS: periodStartS, value, asOfS }));
    }
    if (!own.some((reading) => reading.periodStartS === periodStartS)) {
      const [fromS, asOfS] = [minute(periodStartS), minute(nowS)];
      // Stripe refuses an empty window, which a period's first minute would be.
      const value =
        asOfS > fromS ? await readUsage(stripe, { meterId: meter.id, customerId, startS: fromS, endS: asOfS }) : "0";
      read.push(toFacts(meter, { startS: periodStartS, endS: periodEndS, value, asOfS }));
    }
  }
  return [...known, ...read];
}

/** Whether nothing is to be added to a period that is over: until the schedule comes, our copy may be of some time before its end. */
function isLastWord({ source, asOfS, periodEndS }: UsageFacts): boolean {
  return source === "pushed" || asOfS >= periodEndS + settledAfterS;
}

type Window = { readonly startS: number; readonly endS: number };

/**
 * The usage of exactly this window. Stripe sums up whole minutes and bills by the second, so that the widest and the
 * narrowest window of whole minutes are compared: null when something was used in the minutes between.
 */
async function readWhole(
  stripe: StripeClient,
  { startS, endS, ...who }: Window & { readonly meterId: string; readonly customerId: string },
): Promise<string | null> {
  const wide = await readUsage(stripe, { ...who, startS: minute(startS), endS: minute(endS + 59) });
  if (startS % 60 === 0 && endS % 60 === 0) return wide;
  const narrow = await readUsage(stripe, { ...who, startS: minute(startS + 59), endS: minute(endS) });
  return narrow === wide ? wide : null;
}

/** The minute that an instant is in. */
function minute(atS: number): number {
  return atS - (atS % 60);
}

function toFacts(
  { id, eventName, displayName, formula }: Meter,
  { startS, endS, value, asOfS }: Window & { readonly value: string; readonly asOfS: number },
): UsageFacts {
  return {
    meter: eventName,
    meterId: id,
    unit: displayName,
    formula,
    periodStartS: startS,
    periodEndS: endS,
    value,
    asOfS,
    source: "stripe",
    judgedLimit: null,
  };
}
