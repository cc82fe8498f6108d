/** What a meter had counted when a threshold was crossed: the only instants of which its past is known. */
import { usageId, type ObjectCopy, type UsageFacts } from "../../model/stripe-object.ts";
import type { KeptCrossing } from "../../model/usage.ts";

type Meter = Pick<UsageFacts, "meterId" | "unit" | "formula" | "source">;

const unknownMeter: Meter = { meterId: null, unit: null, formula: "sum", source: "stripe" };

/** The reading that showed the crossing, as far as the crossing tells; what the meter is stands in the newest one. */
export function readingOf(crossing: KeptCrossing, newest: ObjectCopy | undefined): ObjectCopy {
  const { customerId, meter, periodStartS, periodEndS, atS, value, limit: judgedLimit } = crossing;
  const { meterId, unit, formula, source } = newest?.kind === "usage" ? newest.facts : unknownMeter;
  const counted = { value, asOfS: atS, judgedLimit, periodStartS, periodEndS };
  return {
    kind: "usage",
    id: usageId(meter, customerId),
    customerId,
    asOfS: atS,
    rev: 0,
    eventId: null,
    secondEvents: [],
    origin: "read",
    deleted: false,
    facts: { meter, meterId, unit, formula, source, ...counted },
  };
}
