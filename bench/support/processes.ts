/** Starts the programs of a measurement and ends each of them, whatever happens. */
import { fork, spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const loader = fileURLToPath(new URL("../../test/support/database-typescript.mjs", import.meta.url));
const endings: (() => Promise<void>)[] = [];

/** Runs `end` when the measurement is over, the latest first. */
export function atTheEnd(end: () => Promise<void>): void {
  endings.unshift(end);
}

/** Ends what was started, in reverse order. */
export async function endEverything(): Promise<void> {
  for (const end of endings.splice(0))
    await end().catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
}

/** A folder that is removed at the end. The database's own account may enter it, for a measurement run by root. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "dunlin-bench-"));
  await chmod(folder, 0o755);
  atTheEnd(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Starts one of our own programs, which are written in TypeScript, and gives it its settings as the first message. */
export function startProgram(file: URL, settings: object): ChildProcess {
  const child = fork(fileURLToPath(file), [], {
    execArgv: ["--import", loader],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  endWithUs(child);
  child.send(settings);
  return child;
}

/** Starts any program, e.g. the compiled server. */
export function startCommand(args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(process.execPath, args, options);
  endWithUs(child);
  return child;
}

/** The next message of a program; throws when it ends instead. */
export async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const abort = new AbortController();
  try {
    const [message] = await Promise.race([
      once(child, "message", { signal: abort.signal }),
      once(child, "exit", { signal: abort.signal }).then(([code]) => {
        throw new Error(`A program of the measurement ended by itself (${String(code)}).`);
      }),
    ]);
    return message as Message; // oxlint-disable-line no-unsafe-type-assertion -- both ends are ours
  } finally {
    abort.abort();
  }
}

const patienceMs = 30_000;

/** Asks a program to end, and makes it when it does not. */
export async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  await gone;
  clearTimeout(timer);
}

function endWithUs(child: ChildProcess): void {
  atTheEnd(() => endProgram(child));
}
