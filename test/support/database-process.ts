/** Starts another process that uses the embedded database, so that tests can end it the hard way. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export type DatabaseProcess = {
  /** Whether it found the server running. */
  readonly adopted: boolean;
  /** Lets it stop in its own time. */
  stop(): Promise<void>;
  /** What the system does when memory runs out: no handler runs. */
  kill(): Promise<void>;
};

const loader = fileURLToPath(new URL("database-typescript.mjs", import.meta.url));
const script = fileURLToPath(new URL("database-child.ts", import.meta.url));

/** Resolves once the other process has the database open. */
export async function startDatabaseProcess(dataDir: string, role: "own" | "visit"): Promise<DatabaseProcess> {
  const child = spawn(process.execPath, ["--import", loader, script, dataDir, role], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const line = await firstLine(child);
  return {
    adopted: line.includes('"adopted":true'),
    stop: () => ended(child, () => child.stdin?.end()),
    kill: () => ended(child, () => child.kill("SIGKILL")),
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("The process has no output.");
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error("The process ended before the database was open.");
}

async function ended(child: ChildProcess, act: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  act();
  await exit;
}
