/** How much two nodes on one database store against one: what was measured, and what sharing costs each event. */
import { cpus } from "node:os";
import { pause } from "./support/clock.ts";
import type { Dunlin } from "./support/dunlin.ts";
import { round, spreadOf } from "./support/figures.ts";
import { atLeast, note, readOptions, runBench } from "./support/report.ts";
import { responseTimes, type Sent } from "./support/sender.ts";
import { connections, setStage, type Stage } from "./support/stage.ts";

const { seconds, customers } = readOptions({ seconds: 20, customers: 5_000 });

/** Two nodes, the database, the load generator and the vendors: with fewer they take cores from each other. */
const coresForTwo = 4;

/** Writing to Intercom costs the same whatever is stored, and would hide what storing costs: it is all but turned off. */
const fewCalls = 20;

type Run = {
  readonly eventsPerS: number;
  readonly p99Ms: number;
  /** Processor time of all nodes, and of the database, for each event. */
  readonly nodeUs: number;
  readonly databaseUs: number;
  readonly refused: number;
};

await runBench("nodes", async () => {
  const stage = await setStage({ customers });
  await stage.vendors.setLimit(fewCalls);
  const second = await stage.startAnother();
  // A node that has only just begun is slow: its code is not compiled yet.
  let sentBefore = (await store(stage, [second], { from: 0, seconds: Math.max(10, seconds / 2) })).count;
  const runs: { readonly one: Run[]; readonly two: Run[] } = { one: [], two: [] };
  // One, two, two, one: a machine that gets slower or faster meanwhile favours neither.
  for (const nodes of ["one", "two", "two", "one"] as const) {
    await pause(1_000);
    note(`storing for ${seconds} s through ${nodes === "one" ? "one node" : "two nodes"}`);
    const { run, count } = await measure(stage, nodes === "one" ? [] : [second], sentBefore);
    sentBefore += count;
    runs[nodes].push(run);
  }
  await second.stop();
  await stage.dunlin.stop();

  const one = mean(runs.one);
  const two = mean(runs.two);
  // With a core for each node, two store twice what one does, less what sharing adds to each event.
  const withOwnCores = round((2 * one.nodeUs) / two.nodeUs);
  const measured = round(two.eventsPerS / one.eventsPerS);
  const hasCores = cpus().length >= coresForTwo;
  return {
    seconds,
    customers,
    connections,
    one,
    two,
    measuredRatio: measured,
    ratioByProcessorTime: withOwnCores,
    bars: [
      hasCores
        ? atLeast("two nodes against one, measured", 1.6, measured)
        : atLeast("two nodes against one with a core each, from the processor time per event", 1.6, withOwnCores),
    ],
  };
});

/** Every node has as many connections as one would have alone, so that its batches are as large. */
function store(
  { send }: Stage,
  further: readonly Dunlin[],
  how: { readonly from: number; readonly seconds: number },
): Promise<Sent> {
  const furtherUrls = further.map(({ url }) => url);
  return send("renewals", { ...how, connections: connections * (1 + further.length), furtherUrls });
}

async function measure(
  stage: Stage,
  further: readonly Dunlin[],
  from: number,
): Promise<{ readonly run: Run; readonly count: number }> {
  const nodes = [stage.dunlin, ...further];
  await stage.vendors.take();
  const before = await usageOf(nodes);
  const sent = await store(stage, further, { from, seconds });
  const after = await usageOf(nodes);
  const perEvent = (cpuS: number): number => round((cpuS * 1e6) / sent.count, 0);
  const run = {
    eventsPerS: round((sent.count * 1000) / sent.elapsedMs, 0),
    p99Ms: spreadOf(responseTimes(sent)).p99,
    nodeUs: perEvent(after.nodesS - before.nodesS),
    databaseUs: perEvent(after.databaseS - before.databaseS),
    refused: (await stage.vendors.take()).refused,
  };
  return { run, count: sent.count };
}

async function usageOf(nodes: readonly Dunlin[]): Promise<{ readonly nodesS: number; readonly databaseS: number }> {
  const usages = await Promise.all(nodes.map((node) => node.usage()));
  const sum = (values: readonly (number | undefined)[]): number =>
    values.reduce<number>((total, value) => total + (value ?? 0), 0);
  return {
    nodesS: sum(usages.map((usage) => usage?.cpuS)),
    databaseS: sum(usages.map((usage) => usage?.childrenCpuS)),
  };
}

function mean(runs: readonly Run[]): Run {
  const of = (name: keyof Run): number => round(runs.reduce((sum, run) => sum + run[name], 0) / runs.length);
  return {
    eventsPerS: of("eventsPerS"),
    p99Ms: of("p99Ms"),
    nodeUs: of("nodeUs"),
    databaseUs: of("databaseUs"),
    refused: of("refused"),
  };
}
