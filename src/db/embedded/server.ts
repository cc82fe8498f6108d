/** Gets hold of the PostgreSQL server of a data folder: adopts the one that runs, or starts it. */
import { setTimeout as wait } from "node:timers/promises";

import { DatabaseUnavailable, toDatabaseError } from "../failure.ts";
import { findBinaries } from "./binaries.ts";
import { ensureCluster } from "./cluster.ts";
import { EmbeddedDatabaseFailed } from "./failure.ts";
import { connectKeeper } from "./keeper.ts";
import type { Keeper } from "./keeper.ts";
import { launchServer, passesByItself, reasonIn } from "./launch.ts";
import type { Launched } from "./launch.ts";
import type { Layout } from "./layout.ts";
import { isGone, removeMisleadingFile, traceServer } from "./postmaster-file.ts";
import type { ServerTrace } from "./postmaster-file.ts";

/** A server that answers, and our share in it. `adopted`: another process had started it. */
export type Server = {
  readonly keeper: Keeper;
  readonly pid: number;
  readonly socketFolder: string;
  readonly adopted: boolean;
};

export type AcquireOptions = {
  readonly layout: Layout;
  readonly settings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

/** A server that replays its log after a crash may need minutes; it says "starting" all the while. */
const startTimeoutMs = 5 * 60_000;
/** A server that says "ready" and cannot be reached is hidden from us, for example by a /tmp of its own. */
const reachTimeoutMs = 15_000;
const shutdownTimeoutMs = 10_000;
const quitTimeoutMs = 5_000;

/**
 * Looks, starts, waits and looks again until a server of this folder answers. No lock is needed between processes that
 * do this at once: PostgreSQL lets one server per folder start, and the others find it on their next look.
 */
export async function acquireServer(options: AcquireOptions): Promise<Server> {
  const { layout, signal } = options;
  const startedAt = Date.now();
  let lastReachable = Date.now();
  let launched: Launched | undefined;
  for (;;) {
    if (signal.aborted) giveUp(launched, startedAt, signal);
    const trace = await traceServer(layout.cluster);
    if (trace.kind === "ready") {
      const keeper = await reach(trace, layout);
      if (keeper !== undefined) return { ...trace, keeper, adopted: trace.pid !== launched?.pid };
    } else lastReachable = Date.now();
    if (trace.kind === "misleading") await removeMisleadingFile(layout.cluster, trace.text);
    if (trace.kind === "absent") launched = await launchUnlessUnderWay(launched, options);
    checkPatience(trace, layout, { startedAt, lastReachable });
    await wait(launched === undefined ? 20 : 5);
  }
}

/** Stops the server: fast first, which ends sessions and writes everything out; then at once. True when it is gone. */
export async function stopServer(server: Server, cluster: string): Promise<boolean> {
  // https://www.postgresql.org/docs/18/server-shutdown.html: SIGINT is the fast shutdown, SIGQUIT the immediate one.
  signalProcess(server.pid, "SIGINT");
  if (await waitUntilGone(server.pid, cluster, shutdownTimeoutMs)) return true;
  signalProcess(server.pid, "SIGQUIT");
  return await waitUntilGone(server.pid, cluster, quitTimeoutMs);
}

async function reach(trace: Extract<ServerTrace, { kind: "ready" }>, layout: Layout): Promise<Keeper | undefined> {
  try {
    return await connectKeeper(trace.socketFolder, layout.cluster);
  } catch (error) {
    if (toDatabaseError(error) instanceof DatabaseUnavailable) return undefined;
    throw new EmbeddedDatabaseFailed(
      `The embedded database at ${trace.socketFolder} refuses Dunlin: ${String(error)}`,
      { cause: error },
    );
  }
}

/** Once launched, a server is rather awaited and then stopped in good order than left to itself; but not for ever. */
function giveUp(launched: Launched | undefined, startedAt: number, signal: AbortSignal): void {
  if (launched === undefined) signal.throwIfAborted();
  else if (Date.now() - startedAt > shutdownTimeoutMs) {
    signalProcess(launched.pid, "SIGINT");
    signal.throwIfAborted();
  }
}

async function launchUnlessUnderWay(launched: Launched | undefined, options: AcquireOptions): Promise<Launched> {
  if (launched !== undefined) {
    if (!launched.hasEnded()) return launched;
    const log = await launched.ended;
    if (!passesByItself(log)) {
      throw new EmbeddedDatabaseFailed(
        `The embedded database did not start: ${reasonIn(log)}. Its log is ${options.layout.logFile}.`,
      );
    }
    await wait(100);
  }
  const binaries = await findBinaries(options.layout.user);
  await ensureCluster(options.layout, binaries);
  return await launchServer(options.layout, binaries, options.settings);
}

function checkPatience(trace: ServerTrace, layout: Layout, since: { startedAt: number; lastReachable: number }): void {
  if (trace.kind === "ready" && Date.now() - since.lastReachable > reachTimeoutMs) {
    throw new EmbeddedDatabaseFailed(
      `The embedded database runs (process ${trace.pid}), but its socket in ${trace.socketFolder} cannot be reached. ` +
        `Run Dunlin's commands where that folder is visible, or stop process ${trace.pid} with SIGINT.`,
    );
  }
  if (Date.now() - since.startedAt > startTimeoutMs) {
    throw new EmbeddedDatabaseFailed(
      `The embedded database did not become ready in ${startTimeoutMs / 60_000} minutes. Its log is ${layout.logFile}.`,
    );
  }
}

async function waitUntilGone(pid: number, cluster: string, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isGone(pid, cluster))) {
    if (Date.now() > deadline) return false;
    await wait(10);
  }
  return true;
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already, which is what we want; waiting for it shows whether that is so.
  }
}
