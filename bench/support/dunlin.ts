/** The real server as a process of its own: the compiled program, with its embedded database in a temporary folder. */
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { request } from "undici";
import type { Pulse } from "../../contract/pulse.ts";
import { machineMs, pause } from "./clock.ts";
import { endProgram, freePort, startCommand } from "./processes.ts";
import { usageOf, type Usage } from "./usage.ts";

const program = fileURLToPath(new URL("../../dist/src/main.js", import.meta.url));
export const webhookSecret = "whsec_bench";
const readyWithinMs = 60_000;

export type DunlinSettings = {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
};

export class Dunlin {
  readonly #child: ChildProcess;
  readonly url: string;
  /** From starting the process to the first `ready`. */
  readonly readyAfterS: number;

  private constructor(child: ChildProcess, url: string, readyAfterS: number) {
    this.#child = child;
    this.url = url;
    this.readyAfterS = readyAfterS;
  }

  /** Starts the server and waits until it is ready. Its log goes to stderr, warnings only. */
  static async start({ dataDir, env = {} }: DunlinSettings): Promise<Dunlin> {
    if (!existsSync(program)) throw new Error("The server is not built; run `npm run build`.");
    const port = await freePort();
    const startedMs = machineMs();
    const child = startCommand([...profiling(), program, "start"], {
      cwd: dataDir,
      env: {
        PATH: process.env["PATH"],
        PORT: String(port),
        DUNLIN_DATA_DIR: join(dataDir, "data"),
        DUNLIN_LOG_LEVEL: "warn",
        NODE_ENV: "production",
        ...env,
      },
      // Stdout belongs to the measurement.
      stdio: ["ignore", process.stderr, "inherit"],
    });
    const url = `http://127.0.0.1:${port}`;
    while (!(await isReady(url))) {
      if (child.exitCode !== null) throw new Error("The server ended before it was ready.");
      if (machineMs() - startedMs > readyWithinMs) throw new Error("The server did not become ready.");
      await pause(10);
    }
    return new Dunlin(child, url, (machineMs() - startedMs) / 1000);
  }

  async pulse(): Promise<Pulse> {
    const { body } = await request(`${this.url}/api/pulse`);
    return (await body.json()) as Pulse; // oxlint-disable-line no-unsafe-type-assertion -- the server's own shape
  }

  /** True when nothing is left to be written and no history is being loaded. */
  async isIdle(): Promise<boolean> {
    const { queue, backfill } = await this.pulse();
    return queue.urgent + queue.calm + queue.backfill + queue.eventsWaiting === 0 && backfill?.state === "done";
  }

  async usage(): Promise<Usage | null> {
    return usageOf(this.#child.pid ?? 0);
  }

  async stop(): Promise<void> {
    await endProgram(this.#child);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${url}/ready`);
    await body.dump();
    return statusCode === 200;
  } catch {
    return false; // not listening yet
  }
}

/** `--profile <folder>`: a processor profile of the server is written there when it ends. */
function profiling(): readonly string[] {
  const { values } = parseArgs({ options: { profile: { type: "string" } }, strict: false });
  return typeof values.profile === "string" ? ["--cpu-prof", `--cpu-prof-dir=${values.profile}`] : [];
}
