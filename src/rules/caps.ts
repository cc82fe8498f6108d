/** Station rules: how often one person may be written to, whatever the rule. */
import { addDuration, type DayCount } from "./due.ts";
import type { CompiledCap } from "./program.ts";
import type { SentMessage } from "./run.ts";

/** What has been sent on the channel that the cap is of, and the present instant. */
export type CapView = DayCount & {
  readonly nowS: number;
  readonly channel: SentMessage["channel"];
  readonly sent: readonly SentMessage[];
};

/** When the cap lets another message pass (unix seconds); null when it does so now. */
export function cappedUntil(cap: CompiledCap, view: CapView): number | null {
  const { nowS, channel, sent } = view;
  const ends = sent
    .filter((message) => message.channel === channel)
    .map(({ atS }) => addDuration(atS, cap.per, view))
    .filter((endS) => endS > nowS)
    .toSorted((a, b) => a - b);
  return ends[ends.length - cap.messages] ?? null;
}
