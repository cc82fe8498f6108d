/** `dunlin reconcile`: asks the running server to compare everything, shows how far it is, and what it found. */
import { setTimeout as delay } from "node:timers/promises";
import { InvalidArgumentError, type Command } from "commander";
import type { Config } from "../config.ts";
import type { Pool } from "../db/pool.ts";
import { askForRun, callsDefault, fullRun, graceMsDefault } from "../upkeep/reconcile/ask.ts";
import { listDrifts, listExamples } from "../upkeep/reconcile/drift-rows.ts";
import { getRun, listRuns, type Run } from "../upkeep/reconcile/runs.ts";
import { viewOfDrift, viewOfRun } from "../upkeep/reconcile/view.ts";
import { withInstallation } from "./connect.ts";
import { hasWorker } from "./nodes.ts";
import { describeProgress, describeRun, describeRuns } from "./reconcile-text.ts";
import { say } from "./terminal.ts";

type Options = {
  readonly check?: boolean;
  readonly calls: number;
  readonly account?: string;
  readonly grace: number;
  readonly json?: boolean;
};

/** Adds the command and `reconcile show`. */
export function registerReconcile(program: Command, config: () => Config): void {
  const reconcile = program
    .command("reconcile")
    .description("compare Stripe, our copies and Intercom in full; repair what is ours, report the rest")
    .option("--check", "only report; exit code 2 when something differs")
    .option("--calls <n>", "reads of Stripe at most; the next run goes on there", wholeNumber, callsDefault)
    .option("--account <name>", "only this Stripe account and the contacts of its customers")
    .option("--grace <seconds>", "how long an event may be on its way", wholeNumber, graceMsDefault / 1000)
    .option("--json", "print run and findings as JSON")
    .action((options: Options) => withInstallation(config(), ({ pool }) => runReconcileCommand(pool, options)));
  reconcile
    .command("show")
    .description("what a run found; without a number, the last runs")
    .argument("[run]", "number of the run", wholeNumber)
    .option("--json", "print it as JSON")
    .action((id: number | undefined, _options: unknown, command: Command) => {
      const { json = false } = command.optsWithGlobals<{ json?: boolean }>();
      return withInstallation(config(), ({ pool }) =>
        id === undefined ? showRuns(pool, json) : showRun(pool, id, json),
      );
    });
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

async function runReconcileCommand(pool: Pool, options: Options): Promise<void> {
  const { check = false, calls, account = null, grace, json = false } = options;
  const id = await askForRun(pool, { ...fullRun, check, calls, account, graceMs: grace * 1000 }, "command");
  const run = await follow(pool, id, json);
  if (!run) return;
  await showRun(pool, id, json);
  if (run.state === "failed") process.exitCode = 1;
  else if (check && Object.keys(run.counts).length > 0) process.exitCode = 2;
}

const lookMs = 400;
/** A node that was killed is replaced within this time; nobody needs to be told before. */
const lonelyMs = 15_000;

/** Shows how far the run is until it ends; undefined when there is no server to work on it. */
async function follow(pool: Pool, id: number, quiet: boolean): Promise<Run | undefined> {
  const line = new LiveLine(quiet);
  const askedMs = Date.now();
  for (;;) {
    const run = await getRun(pool, id);
    line.show(describeProgress(run));
    if (run.state === "done" || run.state === "failed") {
      line.clear();
      return run;
    }
    if (run.state === "queued" && Date.now() - askedMs > lonelyMs && !(await hasWorker(pool))) {
      line.clear();
      say(`Run ${id} is queued, and no server is running to work on it.`);
      say("  → dunlin start, then: dunlin reconcile show");
      process.exitCode = 1;
      return undefined;
    }
    await delay(lookMs);
  }
}

/** One line of a terminal that is written over and over; elsewhere nothing. */
class LiveLine {
  readonly #isShown: boolean;
  constructor(quiet: boolean) {
    this.#isShown = process.stdout.isTTY && !quiet;
  }

  show(text: string): void {
    if (this.#isShown) process.stdout.write(`\r\u001B[2K${text.slice(0, process.stdout.columns - 1)}`);
  }

  clear(): void {
    if (this.#isShown) process.stdout.write("\r\u001B[2K");
  }
}

const examplesShown = 5;
const jsonPage = 500;

async function showRun(pool: Pool, id: number, json: boolean): Promise<void> {
  const run = await getRun(pool, id);
  if (!json) {
    for (const line of describeRun(run, await listExamples(pool, id, examplesShown))) say(line);
    return;
  }
  // Written in pages: a run may have found very many.
  say(`{"run":${JSON.stringify(viewOfRun(run))},"drifts":[`);
  for (let after = 0, first = true; ; first = false) {
    const page = await listDrifts(pool, id, { after, limit: jsonPage });
    if (page.length > 0) say((first ? "" : ",") + page.map((drift) => JSON.stringify(viewOfDrift(drift))).join(",\n"));
    const last = page.at(-1);
    if (!last || page.length < jsonPage) break;
    after = last.id;
  }
  say("]}");
}

const runsShown = 30;

async function showRuns(pool: Pool, json: boolean): Promise<void> {
  const runs = await listRuns(pool, runsShown);
  if (json) say(JSON.stringify(runs.map(viewOfRun), null, 2));
  else for (const line of describeRuns(runs, Date.now())) say(line);
}
