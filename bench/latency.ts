/** How long after a delivery was accepted the call reaches Intercom, at 100 and at 1,000 urgent changes a second. */
import { round, spreadOf, type Spread } from "./support/figures.ts";
import { measureFloor } from "./support/floor.ts";
import type { Arrival } from "./support/intercom-stub.ts";
import { atMost, note, readOptions, runBench, type Bar } from "./support/report.ts";
import { responseTimes, type Sent } from "./support/sender.ts";
import { connections, setStage, settled, type Stage } from "./support/stage.ts";
import { contactIdOf, userId } from "./support/people.ts";
import { markOf } from "./support/traffic.ts";
import { cpuPerItem } from "./support/usage.ts";

const { seconds, customers } = readOptions({ seconds: 60, customers: 4000 });

type Run = {
  readonly sentPerS: number;
  readonly events: number;
  /** From the 2xx in the sender's hand to the call in Intercom's; below zero when the call was faster than the answer. */
  readonly acceptedToIntercomMs: Spread;
  readonly sentToIntercomMs: Spread;
  readonly answeredMs: Spread;
  readonly calls: number;
  /** Changes that a later one of the same customer overtook: one call showed both. */
  readonly coalesced: number;
  readonly lost: number;
  readonly cpuPerEvent: object | null;
};

await runBench("latency", async () => {
  const floor = await measureFloor();
  const stage = await setStage({ customers });
  // A cold program is not what a customer waits for.
  const warmUp = await stage.send("toggles", { connections, rate: 300, seconds: 5 });
  await settled(stage, 30_000);
  let from = warmUp.count;
  const runs: Run[] = [];
  for (const rate of [100, 1000]) {
    note(`${rate} changes a second for ${seconds} s`);
    const { run, count } = await measure(stage, { rate, from });
    runs.push(run);
    from += count;
  }
  const [slow, fast] = runs;
  const bars: Bar[] = [];
  if (slow)
    bars.push(
      atMost("100/s, p50, ms", 4, slow.acceptedToIntercomMs.p50),
      atMost("100/s, p99, ms", 20, slow.acceptedToIntercomMs.p99),
    );
  if (fast)
    bars.push(
      atMost("1,000/s, p50, ms", 10, fast.acceptedToIntercomMs.p50),
      atMost("1,000/s, p99, ms", 60, fast.acceptedToIntercomMs.p99),
    );
  return { seconds, customers, floor, runs, bars };
});

async function measure(
  stage: Stage,
  { rate, from }: { readonly rate: number; readonly from: number },
): Promise<{ run: Run; count: number }> {
  await stage.vendors.take();
  const usageBefore = await stage.dunlin.usage();
  const sent = await stage.send("toggles", { connections, rate, seconds, from });
  const usageAfter = await stage.dunlin.usage();
  await settled(stage, 60_000);
  const { arrivals } = await stage.vendors.take();
  const matched = match(sent, { arrivals, from, joinedS: stage.joinedS });
  const run = {
    sentPerS: round((sent.count * 1000) / sent.elapsedMs, 0),
    events: sent.count,
    acceptedToIntercomMs: spreadOf(matched.sinceAnswered),
    sentToIntercomMs: spreadOf(matched.sinceSent),
    answeredMs: spreadOf(responseTimes(sent)),
    calls: arrivals.length,
    coalesced: matched.coalesced,
    lost: matched.lost,
    cpuPerEvent: cpuPerItem(usageBefore, usageAfter, sent.count),
  };
  return { run, count: sent.count };
}

/** The call that shows a change: the first one of its contact that carries its number or a later one. */
function match(
  sent: Sent,
  {
    arrivals,
    from,
    joinedS,
  }: { readonly arrivals: readonly Arrival[]; readonly from: number; readonly joinedS: number },
): {
  readonly sinceAnswered: readonly number[];
  readonly sinceSent: readonly number[];
  readonly coalesced: number;
  readonly lost: number;
} {
  const byContact = groupByContact(arrivals);
  const sinceAnswered: number[] = [];
  const sinceSent: number[] = [];
  let coalesced = 0;
  for (let index = 0; index < sent.count; index += 1) {
    const mark = markOf(joinedS, from + index);
    const calls = byContact.get(contactIdOf(userId((from + index) % customers))) ?? [];
    const first = calls.find((call) => (call.mark ?? 0) >= mark);
    if (!first) continue;
    if (first.mark !== mark) coalesced += 1;
    sinceAnswered.push(first.atMs - (sent.answeredMs[index] ?? 0));
    sinceSent.push(first.atMs - (sent.sentMs[index] ?? 0));
  }
  return { sinceAnswered, sinceSent, coalesced, lost: sent.count - sinceSent.length };
}

function groupByContact(arrivals: readonly Arrival[]): ReadonlyMap<string, readonly Arrival[]> {
  const groups = new Map<string, Arrival[]>();
  for (const arrival of arrivals) {
    if (arrival.contactId === null || arrival.mark === null) continue;
    const group = groups.get(arrival.contactId);
    if (group) group.push(arrival);
    else groups.set(arrival.contactId, [arrival]);
  }
  return groups;
}
