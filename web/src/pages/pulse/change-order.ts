/** Which changes of a list say most: they are what a reader sees before the list is opened. */
import type { PulseChange } from "../../../../contract/pulse.ts";
import { readField } from "../../format/read-field.ts";

/** Come with every new object, and say little. */
const companions = new Set(["created", "currency", "start", "country", "type", "method_type", "attempt_count"]);
/** For machines: names of other objects, and how a price is built. */
const technical = /(?:^|_)(?:id|key|scheme|mode|count|source|method)$/;

/** The changes, what people would tell each other first; in either group the order stays. */
export function tellingFirst(
  changes: readonly PulseChange[],
  isNamed: (key: string) => boolean,
): readonly PulseChange[] {
  const rank = ({ field }: PulseChange): number => {
    const { key } = readField(field);
    if (!isNamed(key)) return 3;
    if (companions.has(key)) return 1;
    return technical.test(key) ? 2 : 0;
  };
  return changes.toSorted((a, b) => rank(a) - rank(b));
}
