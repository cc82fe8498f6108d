/**
 * The chaos run: two nodes on one PostgreSQL behind one address, bad weather at both vendors, deliveries that are lost,
 * doubled and late, nodes killed every few seconds, the database ended once. Then all is well again, and whatever
 * Stripe's state implies must be so. The seed decides what happens; when exactly it meets what, chance decides.
 */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SeededRandom } from "../../../sandbox/kernel/random.ts";
import type { Random } from "../../../sandbox/kernel/types.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { openSandbox } from "../sandbox.ts";
import { eventually } from "../wait.ts";
import { startBalancer, type Balancer } from "./balancer.ts";
import { EffectsProgram } from "./effects.ts";
import { openBreakableDatabase, type BreakableDatabase } from "./database.ts";
import { gatherEvidence } from "./evidence.ts";
import { countEvents, makeEvents } from "./happenings.ts";
import { ChaosNode, findPlaces } from "./nodes.ts";
import { findProblems, usersByEmail } from "./verdict.ts";
import { Weather } from "./weather.ts";

export type ChaosPlan = {
  readonly seed: number;
  readonly events: number;
  readonly customers: number;
  /** How long the storm lasts. */
  readonly stormMs: number;
  /** How long everything may take to become right once the storm is over. */
  readonly calmMs: number;
  /** Waits for the last look for what may have happened, which takes two minutes. */
  readonly isPatient: boolean;
};

export type ChaosReport = {
  /** Empty when every promise was kept. */
  readonly problems: readonly string[];
  readonly events: number;
  readonly kills: number;
  readonly spells: number;
  /** Notes, messages and conversations that were asked for. */
  readonly effects: number;
  readonly neverDelivered: number;
  readonly deliveredTwice: number;
  /** From the end of the storm until everything was right. */
  readonly calmAfterMs: number;
  /** Where everything that the nodes printed stands, for whoever looks for the cause of a problem. */
  readonly log: string;
};

/** The shares of deliveries that go wrong. */
const deliveryFaults = { duplicateRate: 0.2, reorderRate: 0.2, reorderHoldMs: 600, dropRate: 0.1 };
const weatherMs = { min: 400, max: 1500 };
const killMs = { min: 1500, max: 4500 };
const stepMs = 100;
const effectMs = 200;
const logFile = join(tmpdir(), "dunlin-chaos.log");

/** Runs one plan. Throws only when it cannot be run; what Dunlin did wrong stands in the report. */
export async function runChaos(plan: ChaosPlan): Promise<ChaosReport> {
  const stage = await setStage(plan);
  try {
    const report = await play(stage, plan);
    await keepLog(stage, report.problems);
    return report;
  } finally {
    await stage.clear();
  }
}

type Stage = {
  readonly sandbox: Sandbox;
  readonly database: BreakableDatabase;
  readonly balancer: Balancer;
  readonly nodes: readonly ChaosNode[];
  readonly program: EffectsProgram;
  readonly random: SeededRandom;
  clear(): Promise<void>;
};

async function setStage({ seed, customers }: ChaosPlan): Promise<Stage> {
  const random = new SeededRandom(seed);
  const sandbox = await openSandbox({ seed, customers });
  const [database, places] = await Promise.all([openBreakableDatabase(), findPlaces(2)]);
  const balancer = await startBalancer(
    places.map(({ port }) => port),
    random.fork("balancer"),
  );
  const env = {
    DATABASE_URL: database.url,
    PUBLIC_URL: balancer.url,
    DUNLIN_SECRET_KEY: randomBytes(24).toString("hex"),
    DUNLIN_CREATE_CONTACTS: "all",
    // What was never delivered is found in seconds instead of minutes.
    DUNLIN_CATCH_UP_MS: "5000",
  };
  const nodes = places.map((place) => new ChaosNode({ ...place, sandboxUrl: sandbox.url, env }));
  return {
    sandbox,
    database,
    balancer,
    nodes,
    program: new EffectsProgram({ sandbox, url: balancer.url, random: random.fork("effects") }),
    random,
    clear: async () => {
      await Promise.all(nodes.map((node) => node.remove()));
      await balancer.close();
      await sandbox.close();
      await database.remove();
    },
  };
}

async function play(stage: Stage, plan: ChaosPlan): Promise<ChaosReport> {
  const { sandbox, nodes } = stage;
  for (const node of nodes) node.start();
  await Promise.all(nodes.map((node) => node.ready()));
  sandbox.intercom.setWebhookUrl(`${stage.balancer.url}/webhooks/intercom`);
  await loaded(stage);
  const usersBefore = usersByEmail(sandbox);
  const before = countEvents(sandbox);
  sandbox.deliveries.set(deliveryFaults);

  const storm = await rage(stage, plan);

  sandbox.deliveries.set({ duplicateRate: 0, reorderRate: 0, dropRate: 0 });
  const calmFrom = performance.now();
  for (const node of nodes) await node.ready();
  // A deployment on top: one after the other ends in order and comes back.
  for (const node of nodes) await node.redeploy();
  const problems = await problemsAfterAll(stage, { ...plan, usersBefore });
  const { dropped, duplicated } = sandbox.deliveries.counters;
  const ownEnds = nodes.flatMap((node) => node.ownEnds()).map((words) => `a node ended by itself: ${words}`);
  return {
    problems: [...problems, ...ownEnds],
    events: countEvents(sandbox) - before,
    ...storm,
    effects: stage.program.count,
    neverDelivered: dropped,
    deliveredTwice: duplicated,
    calmAfterMs: Math.round(performance.now() - calmFrom),
    log: logFile,
  };
}

/** Everybody's contact is right: who had another name in Intercom before Dunlin came would rightly keep it. */
async function loaded({ sandbox, database }: Stage): Promise<void> {
  await eventually(
    async () => {
      const evidence = { sandbox, pool: database.pool, usersBefore: usersByEmail(sandbox), isPatient: true };
      const problems = await findProblems(evidence);
      if (problems.length > 0) throw new Error(`The first loading did not end well: ${problems.join("; ")}`);
    },
    { withinMs: 120_000, everyMs: 500 },
  );
}

/** Everything at once, until the storm is over; every node is alive then. */
async function rage(stage: Stage, plan: ChaosPlan): Promise<{ readonly kills: number; readonly spells: number }> {
  const { sandbox, random, database } = stage;
  const weather = new Weather(sandbox, random.fork("weather"));
  const endMs = performance.now() + plan.stormMs;
  const [, kills, , spells] = await Promise.all([
    rain(stage, plan),
    killNodes(stage, endMs),
    stage.program.run(endMs, effectMs),
    changeWeather(weather, { endMs, random: random.fork("spells") }),
    delay(plan.stormMs / 2).then(() => database.restart()),
  ]);
  return { kills, spells };
}

/** Spreads the events over the storm. */
async function rain({ sandbox, random }: Stage, { events, stormMs }: ChaosPlan): Promise<void> {
  const chance = random.fork("happenings");
  const before = countEvents(sandbox);
  const begunMs = performance.now();
  while (countEvents(sandbox) - before < events) {
    const due = Math.min(1, (performance.now() - begunMs) / stormMs) * events - (countEvents(sandbox) - before);
    if (due >= 1) makeEvents(sandbox, chance, due);
    await delay(stepMs);
  }
}

async function killNodes({ nodes, random }: Stage, endMs: number): Promise<number> {
  const chance = random.fork("kills");
  let kills = 0;
  for (;;) {
    await delay(chance.int(killMs.min, killMs.max));
    if (performance.now() > endMs) return kills;
    const node = chance.pick(nodes);
    await node.kill();
    kills += 1;
    await delay(chance.int(0, 800));
    node.start();
  }
}

async function changeWeather(
  weather: Weather,
  { endMs, random }: { readonly endMs: number; readonly random: Random },
): Promise<number> {
  let spells = 0;
  while (performance.now() < endMs) {
    weather.change();
    spells += 1;
    await delay(random.int(weatherMs.min, weatherMs.max));
  }
  weather.clear();
  return spells;
}

/** What the nodes printed, and what is known of whoever's contact is wrong. */
async function keepLog({ nodes, sandbox, database }: Stage, problems: readonly string[]): Promise<void> {
  const outputs = nodes.map((node) => `==== ${node.url}\n${node.output()}`);
  const evidence = await gatherEvidence(sandbox, database.pool, problems);
  await writeFile(logFile, [...outputs, evidence].join("\n"));
}

type Verdict = Pick<ChaosPlan, "calmMs" | "isPatient"> & { readonly usersBefore: ReadonlyMap<string, number> };

/** What is still wrong when the time is up; usually nothing long before that. */
async function problemsAfterAll(
  { sandbox, database, program }: Stage,
  { calmMs, isPatient, usersBefore }: Verdict,
): Promise<readonly string[]> {
  let problems: readonly string[] = [];
  const check = async (): Promise<boolean> => {
    problems = await findProblems({ sandbox, pool: database.pool, usersBefore, isPatient });
    if (problems.length === 0) problems = await program.problems();
    return problems.length === 0;
  };
  await eventually(check, { withinMs: calmMs, everyMs: 500 }).catch((error: unknown) => {
    if (problems.length === 0) throw error;
  });
  return problems;
}
