/** A company's first start: how much of Intercom's budget the backfill uses, whether it is ever refused, and its memory. */
import { request } from "undici";
import type { BackfillAnswer, BackfillRun } from "../contract/backfill.ts";
import { machineMs, pause } from "./support/clock.ts";
import { Dunlin } from "./support/dunlin.ts";
import { round } from "./support/figures.ts";
import type { Arrival } from "./support/intercom-stub.ts";
import { temporaryFolder } from "./support/processes.ts";
import { atLeast, atMost, note, readOptions, runBench } from "./support/report.ts";
import { realLimit, Vendors } from "./support/vendors.ts";

/** `limit`: Intercom's calls in ten seconds; far above the real one, the run shows memory at more customers in less time. */
const { customers, payments, limit } = readOptions({ customers: 10_000, payments: 3, limit: realLimit });
const yearS = 365 * 86_400;
const sliceMs = 10_000;

await runBench("backfill", async () => {
  const vendors = await Vendors.start();
  await vendors.setLimit(limit);
  const endS = Math.floor(Date.now() / 1000) - 3600;
  await vendors.gather({ customers, payments, startS: endS - 2 * yearS, endS });
  const startedMs = machineMs();
  const dunlin = await Dunlin.start({
    dataDir: await temporaryFolder(),
    env: {
      // A live key, so that Stripe is asked at the pace of live mode.
      STRIPE_API_KEY: "sk_live_bench",
      STRIPE_API_BASE: vendors.stripeUrl,
      INTERCOM_ACCESS_TOKEN: "bench",
      INTERCOM_API_BASE: vendors.intercomUrl,
    },
  });
  const seen = await watch(dunlin, vendors, startedMs);
  const { run, phases, writes, calls, refused, rss } = seen;
  const used = shareUsed(writes);
  const { stripeCalls } = await vendors.take();
  const lists = Object.entries(stripeCalls).filter(([name]) => !name.includes("{id}"));
  const objects = run.progress?.resources.reduce((sum, resource) => sum + resource.objects, 0) ?? 0;
  const budget = [
    atLeast("share of Intercom's budget used while contacts are written, %", 95, round(used * 100, 1)),
    atMost("answers of 429", 0, refused),
    atMost("Intercom calls for each contact", 1.02, round(calls / customers, 3)),
  ];
  return {
    customers,
    payments,
    limit,
    seconds: phases,
    objects,
    objectsPerS: round(objects / Math.max(0.1, phases["loading"] ?? 0), 0),
    stripeCalls: lists.reduce((sum, [, count]) => sum + count, 0),
    intercomCalls: calls,
    writesPerS: round((writes.length * 1000) / Math.max(1, (writes.at(-1) ?? 0) - (writes[0] ?? 0)), 1),
    budgetUsed: round(used, 3),
    rssMb: rss,
    planned: run.plan?.calls ?? null,
    bars: [...(limit === realLimit ? budget : budget.slice(1)), atMost("RSS at its highest, MB", 300, rss.peak)],
  };
});

type Watched = {
  readonly run: BackfillRun;
  /** Seconds that each phase took. */
  readonly phases: Readonly<Record<string, number>>;
  /** When contacts were written, in order. */
  readonly writes: readonly number[];
  readonly calls: number;
  readonly refused: number;
  readonly rss: { readonly byPhase: Readonly<Record<string, number>>; readonly peak: number };
};

async function watch(dunlin: Dunlin, vendors: Vendors, startedMs: number): Promise<Watched> {
  const phases: Record<string, number> = {};
  const byPhase: Record<string, number> = {};
  const writes: number[] = [];
  let [calls, refused, sinceMs, phase] = [0, 0, startedMs, "loading"];
  for (;;) {
    await pause(250);
    const run = await readRun(dunlin);
    const { arrivals, refused: refusals } = await vendors.take();
    refused = refusals;
    calls += arrivals.filter(isAboutContacts).length;
    for (const { call, atMs } of arrivals) if (call.startsWith("PUT")) writes.push(atMs);
    const usage = await dunlin.usage();
    if (usage) byPhase[phase] = Math.max(byPhase[phase] ?? 0, usage.rssMb);
    if (!run || run.phase === phase) continue;
    phases[phase] = round((machineMs() - sinceMs) / 1000, 1);
    note(`${phase}: ${phases[phase]} s, ${byPhase[phase] ?? "?"} MB`);
    [phase, sinceMs] = [run.phase, machineMs()];
    if (run.phase === "done")
      return { run, phases, writes, calls, refused, rss: { byPhase, peak: usage?.rssPeakMb ?? 0 } };
  }
}

function isAboutContacts({ call }: Arrival): boolean {
  return call.includes("/contacts");
}

/** Over whole slices, from the second one with writes to the last but one. */
function shareUsed(writes: readonly number[]): number {
  const offsetMs = Date.now() - machineMs();
  const slices = new Map<number, number>();
  for (const atMs of writes) {
    const slice = Math.floor((atMs + offsetMs) / sliceMs);
    slices.set(slice, (slices.get(slice) ?? 0) + 1);
  }
  const whole = [...slices.values()].slice(1, -1);
  return whole.length === 0 ? 0 : whole.reduce((sum, count) => sum + count, 0) / (whole.length * limit);
}

async function readRun(dunlin: Dunlin): Promise<BackfillRun | null> {
  const { body } = await request(`${dunlin.url}/api/backfill`);
  const { accounts } = (await body.json()) as BackfillAnswer; // oxlint-disable-line no-unsafe-type-assertion -- the server's own shape
  return accounts[0]?.real ?? null;
}
