/** How many events a second are stored, projected and queued before they are answered, while Intercom takes what it really takes. */
import { pause } from "./support/clock.ts";
import { round, spreadOf } from "./support/figures.ts";
import { measureReference } from "./support/reference.ts";
import { atLeast, atMost, note, readOptions, runBench } from "./support/report.ts";
import { responseTimes } from "./support/sender.ts";
import { connections, setStage } from "./support/stage.ts";
import { cpuPerItem } from "./support/usage.ts";
import { realLimit } from "./support/vendors.ts";

const { seconds, customers } = readOptions({ seconds: 60, customers: 10_000 });
/** Half before and half after, since the machine is not equally quiet all the time. */
const referenceSeconds = Math.min(10, seconds / 3);
const warmUpSeconds = Math.min(5, seconds / 4);

await runBench("ingest", async () => {
  const stage = await setStage({ customers });
  const reference = (): Promise<number> =>
    measureReference(
      { kind: "renewals", customers, joinedS: stage.joinedS, tag: "reference" },
      { connections, seconds: referenceSeconds },
    );

  const before = await reference();
  await stage.vendors.setLimit(realLimit);
  const warmUp = await stage.send("renewals", { connections, seconds: warmUpSeconds });
  await pause(1000);
  await stage.vendors.take();
  const usageBefore = await stage.dunlin.usage();
  note(`storing for ${seconds} s`);
  const sent = await stage.send("renewals", { connections, seconds, from: warmUp.count });
  const usageAfter = await stage.dunlin.usage();
  const { arrivals, refused, stripeCalls } = await stage.vendors.take();
  const { queue, lag } = await stage.dunlin.pulse();
  await stage.dunlin.stop();
  const after = await reference();

  const perS = (sent.count * 1000) / sent.elapsedMs;
  const referencePerS = (before + after) / 2;
  const answered = spreadOf(responseTimes(sent));
  return {
    seconds,
    customers,
    connections,
    events: sent.count,
    eventsPerS: round(perS, 0),
    answeredMs: answered,
    referencePerS: round(referencePerS, 0),
    referenceRuns: [round(before, 0), round(after, 0)],
    shareOfReference: round(perS / referencePerS),
    cpuPerEvent: cpuPerItem(usageBefore, usageAfter, sent.count),
    rssMb: usageAfter?.rssMb ?? null,
    intercomCalls: arrivals.length,
    intercomRefused: refused,
    stripeCalls,
    waitingCustomers: queue.urgent + queue.calm,
    waitingEvents: queue.eventsWaiting,
    backlogAgeMs: round(lag.backlogAgeMs, 0),
    bars: [
      atLeast("durable events per second", 1500, round(perS, 0)),
      atMost("p99 of the 2xx, ms", 60, answered.p99),
      atLeast("share of the reference", 0.6, round(perS / referencePerS)),
    ],
  };
});
