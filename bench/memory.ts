/** How much memory the server holds after 100,000 events, at the pace of a busy day and with Intercom's real budget. */
import { pause } from "./support/clock.ts";
import { readOptions, runBench, atMost, note } from "./support/report.ts";
import { connections, setStage } from "./support/stage.ts";
import { realLimit } from "./support/vendors.ts";

const { events, rate, customers } = readOptions({ events: 100_000, rate: 1000, customers: 10_000 });

await runBench("memory", async () => {
  const stage = await setStage({ customers });
  await stage.vendors.setLimit(realLimit);
  const before = await stage.dunlin.usage();
  if (before === null) throw new Error("Memory is read from /proc, which this system does not have.");
  note(`${events} events at ${rate} a second`);
  const sent = await stage.send("renewals", { connections, rate, count: events });
  const after = await stage.dunlin.usage();
  await pause(10_000);
  const rested = await stage.dunlin.usage();
  return {
    customers,
    events: sent.count,
    rate,
    rssMb: {
      before: before.rssMb,
      after: after?.rssMb ?? 0,
      afterTenSeconds: rested?.rssMb ?? 0,
      peak: rested?.rssPeakMb ?? 0,
    },
    bars: [atMost("RSS after the events, MB", 250, after?.rssMb ?? Infinity)],
  };
});
