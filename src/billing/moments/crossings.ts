/** Station billing: the moment of a threshold of usage that was crossed. */
import { Decimal } from "decimal.js";
import type { KeptCrossing } from "../../model/usage.ts";
import { aMoment, type Moment } from "./moment.ts";

/** What a crossing tells. It is kept once per period and direction, and the moment's key says the same. */
export function momentOfCrossing(crossing: KeptCrossing): Moment {
  const { customerId, meter, threshold, direction, periodStartS, periodEndS, atS, value, limit } = crossing;
  const used = new Decimal(value);
  const percent = limit === null ? null : used.div(limit).times(100).toDecimalPlaces(1, Decimal.ROUND_DOWN).toNumber();
  return aMoment({
    name: "usage_crossed",
    // Not the meter: a rule that acts once per object would act at the first threshold of the first period, and never again.
    objectId: [meter, periodStartS, threshold, direction].join(":"),
    by: [customerId, meter, periodStartS, threshold, direction],
    customerId,
    occurredAtS: atS,
    facts: {
      meter,
      threshold,
      direction,
      percent,
      used: used.toNumber(),
      limit: limit === null ? null : Number(limit),
      period_end_date: periodEndS,
    },
  });
}
