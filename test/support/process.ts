/** Starts Dunlin as a process of its own, so that it can be ended the hard way and its output read. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { freePort } from "./ports.ts";
import { environmentFor, readReadiness, type Settings } from "./server.ts";
import { eventually } from "./wait.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const compiled = "dist/src/main.js";
const loader = "./test/support/database-typescript.mjs";
const crashing = "test/support/serve-with-crash.ts";

export type DunlinProcess = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Everything it printed on either stream. */
  output(): string;
  /** Asks it to end, as a service manager does, and resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Ends it without any warning. */
  kill(): Promise<void>;
  /** Resolves when it has ended, by whatever cause. */
  ended(withinMs: number): Promise<void>;
  /** Calls back when it has ended. */
  onEnd(listener: () => void): void;
};

export type ProcessOptions = {
  readonly sandboxUrl: string;
  readonly dataDir: string;
  readonly env?: Settings;
  /** The same one as before keeps the address, and so the webhook endpoint. */
  readonly port?: number;
  /** Dies at this named point when it is passed for the n-th time. */
  readonly crash?: { readonly point: string; readonly passes: number };
};

const startMs = 30_000;

/** Starts `dunlin start` and resolves when `/ready` is green. */
export async function startDunlinProcess(options: ProcessOptions): Promise<DunlinProcess> {
  const { child, running } = spawnDunlin({ ...options, port: options.port ?? (await freePort()) });
  try {
    await eventually(() => isReady(child, running.url), { withinMs: startMs, everyMs: 40 });
    return running;
  } catch (error) {
    await running.kill();
    throw new Error(`Dunlin did not get ready:\n${running.output()}`, { cause: error });
  }
}

/** Starts `dunlin start` and waits for nothing: for tests in which it may never get ready. */
export function launchDunlinProcess(options: ProcessOptions & { readonly port: number }): DunlinProcess {
  return spawnDunlin(options).running;
}

type Spawned = { readonly child: ChildProcess; readonly running: DunlinProcess };

function spawnDunlin({
  sandboxUrl,
  dataDir,
  port,
  env = {},
  crash,
}: ProcessOptions & { readonly port: number }): Spawned {
  const settings = { ...environmentFor(sandboxUrl, port), DUNLIN_DATA_DIR: dataDir, ...env };
  const args = crash ? ["--import", loader, crashing] : [compiled, "start"];
  const hazard = crash ? { CRASH_POINT: crash.point, CRASH_PASSES: String(crash.passes) } : {};
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { PATH: process.env["PATH"], ...settings, ...hazard },
    stdio: ["ignore", "pipe", "pipe"],
  });
  endWithUs(child);
  const output = gather(child);
  const url = `http://127.0.0.1:${port}`;
  const running: DunlinProcess = {
    url,
    port,
    pid: child.pid ?? 0,
    output,
    stop: async () => {
      await finish(child, "SIGTERM");
      return child.exitCode;
    },
    kill: () => finish(child, "SIGKILL"),
    ended: (withinMs) => eventually(() => hasEnded(child), { withinMs }).then(() => undefined),
    onEnd: (listener) => void child.once("close", listener),
  };
  return { child, running };
}

export type CommandResult = { readonly exitCode: number | null; readonly output: string };

/** Runs one `dunlin` command to its end. */
export async function runCommand(args: readonly string[], env: Settings): Promise<CommandResult> {
  const child = spawn(process.execPath, [compiled, ...args], {
    cwd: root,
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = gather(child);
  await once(child, "close");
  return { exitCode: child.exitCode, output: output() };
}

async function isReady(child: ChildProcess, url: string): Promise<boolean> {
  // Somebody who has died at the crash point already has served its purpose.
  if (hasEnded(child)) return child.signalCode === "SIGKILL";
  return (await readReadiness(url)).status === 200;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** A test run that is broken off must not leave servers behind. */
function endWithUs(child: ChildProcess): void {
  const end = (): void => void child.kill("SIGTERM");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
}

async function finish(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (hasEnded(child)) return;
  const exit = once(child, "exit");
  child.kill(signal);
  await exit;
}

function gather(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  return () => text;
}
