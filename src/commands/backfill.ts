/** `dunlin backfill`: loads what Stripe has and brings every contact up to date, or says what that would do. */
import type { Command } from "commander";
import type { BackfillRun } from "../../contract/backfill.ts";
import type { Installation } from "../installation.ts";
import type { Config } from "../config.ts";
import { mainAccount } from "../connections/connection.ts";
import { pause } from "../lib/pause.ts";
import { listAccounts } from "../pipeline/explain-subject.ts";
import { requestBackfill, runDryBackfill } from "../upkeep/backfill.ts";
import { listOpenRanges } from "../upkeep/backfill/range-rows.ts";
import { findLatestRun } from "../upkeep/backfill/run-rows.ts";
import { viewOf } from "../upkeep/backfill/view.ts";
import { planLines, progressLines } from "./backfill-text.ts";
import { CommandInvalid } from "./command-invalid.ts";
import { withInstallation } from "./connect.ts";
import { withContexts } from "./contexts.ts";
import { LiveBlock } from "./live-block.ts";
import { hasWorker } from "./nodes.ts";
import { say } from "./terminal.ts";

type BackfillOptions = {
  readonly account?: string;
  readonly again?: boolean;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
  readonly json?: boolean;
};

/** Adds the command. */
export function registerBackfill(program: Command, config: () => Config): void {
  program
    .command("backfill")
    .description("load what Stripe has and bring every contact up to date; goes on where an earlier one stopped")
    .option("--dry-run", "say what it would do, and write to no contact")
    .option("--again", "begin from the start")
    .option("--detach", "queue it and do not wait; the running server does it")
    .option("--account <name>", "a further Stripe account; without it the main one")
    .option("--json", "print the outcome as JSON")
    .action((options: BackfillOptions) => runBackfillCommand(config(), options));
}

type Wanted = {
  readonly account: string;
  readonly again: boolean;
  readonly detach: boolean;
  readonly json: boolean;
};

/** Asks for the backfill and shows it until it is done. */
export async function runBackfillCommand(config: Config, options: BackfillOptions): Promise<void> {
  const { account = mainAccount, again = false, dryRun = false, detach = false, json = false } = options;
  const wanted: Wanted = { account, again, detach, json };
  await withInstallation(config, async (installation) => {
    await requireAccount(config, installation, account);
    await (dryRun ? runDry(config, installation, wanted) : runReal(installation, wanted));
  });
}

/** No server would ever take up what is asked for of an account that nobody has connected. */
async function requireAccount(
  { stripeFurtherApiKeys = [] }: Config,
  { pool }: Installation,
  account: string,
): Promise<void> {
  const given = stripeFurtherApiKeys.map((further) => further.account);
  const known = [...new Set([...(await listAccounts(pool)), ...given])];
  if (known.includes(account)) return;
  throw new CommandInvalid([`There is no Stripe account named “${account}”. There are: ${known.join(", ")}.`]);
}

async function runReal(installation: Installation, { account, again, detach, json }: Wanted): Promise<void> {
  const { pool } = installation;
  if (!again && (await isAllLoaded(installation, account))) {
    if (!json) say("Everything was loaded already. To begin from the start: dunlin backfill --again");
    return sayOutcome(installation, { account, kind: "real", json });
  }
  const isRetry = !again && (await findLatestRun(pool, account, "real"))?.phase === "done";
  await requestBackfill(pool, { account, again, dryRun: false });
  if (!(await hasWorker(pool))) return say("The backfill is queued. No server is running: it begins with dunlin start");
  if (detach) return say(detached);
  if (isRetry) return say("What could not be read is tried again now; the page and the API show how it ends.");
  await watch(installation, { account, kind: "real", json });
}

async function runDry(config: Config, installation: Installation, wanted: Wanted): Promise<void> {
  const { account, again, detach, json } = wanted;
  if (!(await hasWorker(installation.pool))) return planHere(config, installation, wanted);
  await requestBackfill(installation.pool, { account, again, dryRun: true });
  if (detach) return say(detached);
  await watch(installation, { account, kind: "dry", json });
}

const detached = "The backfill is queued; the running server does it. To see how far it is: dunlin backfill";

async function isAllLoaded({ pool }: Installation, account: string): Promise<boolean> {
  const run = await findLatestRun(pool, account, "real");
  return run?.phase === "done" && (await listOpenRanges(pool, run.id)).length === 0;
}

type Watched = {
  readonly account: string;
  readonly kind: "real" | "dry";
  readonly json: boolean;
  /** It is done by this process and ends with it. */
  readonly here?: boolean;
};

const lookEveryMs = 250;

/** Shows the run until it is done. Ctrl-C ends the watching, not the run. */
async function watch(installation: Installation, watched: Watched): Promise<void> {
  const ends = new AbortController();
  const leave = (): void => ends.abort();
  process.once("SIGINT", leave);
  try {
    await showUntilDone(installation, watched, ends.signal);
  } finally {
    process.off("SIGINT", leave);
  }
  if (ends.signal.aborted) return say(brokenOffText(watched));
  if (watched.json) return sayOutcome(installation, watched);
  say(watched.kind === "dry" ? "Nothing was written. To do it: dunlin backfill" : "Done.");
}

function brokenOffText({ here = false }: Watched): string {
  if (here) return "Broken off. The next dry run goes on from here.";
  return "The backfill goes on in the server. To see how far it is: dunlin backfill";
}

async function showUntilDone(installation: Installation, watched: Watched, signal: AbortSignal): Promise<void> {
  const block = new LiveBlock(process.stdout, { silent: watched.json });
  let planShown = false;
  for (;;) {
    const run = await findView(installation, watched);
    if (run?.plan && !planShown) {
      planShown = true;
      block.above([planTitles[watched.kind], ...planLines(run.plan)]);
    }
    block.show(progressLines(run), run?.phase ?? "");
    if (run?.phase === "done" || signal.aborted) return block.end();
    await pause(lookEveryMs, signal);
  }
}

const planTitles = { dry: "This is what it would do:", real: "This is what it does:" } as const;

async function findView({ pool }: Installation, { account, kind }: Watched): Promise<BackfillRun | null> {
  const run = await findLatestRun(pool, account, kind);
  return run ? viewOf(pool, run) : null;
}

async function sayOutcome(installation: Installation, watched: Watched): Promise<void> {
  const run = await findView(installation, watched);
  if (watched.json) return say(JSON.stringify(run, null, 2));
  if (run?.plan) for (const line of ["", "What it found:", ...planLines(run.plan)]) say(line);
}

/** Without a server the plan is made here: nothing else uses the accounts' budgets. */
async function planHere(config: Config, installation: Installation, { account, json }: Wanted): Promise<void> {
  const ends = new AbortController();
  process.once("SIGINT", () => ends.abort());
  await withContexts(config, installation, async (contexts, budget) => {
    const hooks = { signal: ends.signal, onProgress: () => undefined, pace: () => budget.snapshot() };
    const work = runDryBackfill(contexts.of(account), hooks).catch((error: unknown) => {
      if (!ends.signal.aborted) throw error;
    });
    await Promise.all([work, watch(installation, { account, kind: "dry", json, here: true })]);
  });
}
