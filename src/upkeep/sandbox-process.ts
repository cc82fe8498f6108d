/** Starts the sandbox beside the server, as a process of its own that shares no code with it. */
import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { isRecord } from "../lib/json.ts";
import { AppError } from "../model/error.ts";

/** The sandbox did not start. */
export class SandboxFailed extends AppError {
  readonly code = "SANDBOX_FAILED";
  readonly kind = "permanent";
  constructor(why: string) {
    super(
      `The sandbox did not start: ${why}. Set SANDBOX_PORT to a free port, or set STRIPE_API_KEY and INTERCOM_ACCESS_TOKEN to use real accounts.`,
    );
  }
}

export type SandboxProcess = {
  readonly url: string;
  readonly stripeApiKey: string;
  readonly intercomAccessToken: string;
  readonly intercomClientSecret: string;
  stop(): Promise<void>;
};

export type SandboxSettings = {
  readonly port: number;
  readonly dataFile: string;
  readonly customers: number;
  /** What the program inherits. */
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** How often something happens in the make-believe company. */
const bustleMs = 2_500;
const startTimeoutMs = 30_000;

/** Starts it and waits until it answers; on another port when its own is taken. It ends with this process, whatever happens to it. */
export async function startSandboxProcess(settings: SandboxSettings): Promise<SandboxProcess> {
  const first = await launch(settings);
  if ("url" in first) return first;
  const second = /EADDRINUSE/.test(first.complaint) ? await launch({ ...settings, port: 0 }) : first;
  if ("url" in second) return second;
  throw new SandboxFailed(/^\w*Error: .*$/m.exec(second.complaint)?.[0] ?? "it gave no answer");
}

type Refusal = { readonly complaint: string };

async function launch({ port, dataFile, customers, environment }: SandboxSettings): Promise<SandboxProcess | Refusal> {
  const child = fork(programPath(), [], {
    env: {
      ...environment,
      SANDBOX_PORT: String(port),
      SANDBOX_DATA: dataFile,
      SANDBOX_CUSTOMERS: String(customers),
      SANDBOX_BUSTLE_MS: String(bustleMs),
    },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // Ctrl-C in the terminal reaches the server only, which then ends the sandbox in order.
    detached: true,
    execArgv: [],
  });
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString("utf8")}`.slice(-5_000);
  });
  const ready = await Promise.race([
    once(child, "message", { signal: AbortSignal.timeout(startTimeoutMs) }).then(([message]) => message as unknown),
    once(child, "exit").then(() => undefined),
  ]).catch(() => undefined);
  if (!isReady(ready)) {
    child.kill("SIGKILL");
    return { complaint };
  }
  return {
    url: ready.url,
    stripeApiKey: ready.stripeApiKey,
    intercomAccessToken: ready.intercomAccessToken,
    intercomClientSecret: ready.intercomClientSecret,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
}

type Ready = {
  readonly url: string;
  readonly stripeApiKey: string;
  readonly intercomAccessToken: string;
  readonly intercomClientSecret: string;
};

function isReady(message: unknown): message is Ready {
  return (
    isRecord(message) &&
    ["url", "stripeApiKey", "intercomAccessToken", "intercomClientSecret"].every(
      (key) => typeof message[key] === "string",
    )
  );
}

/** The compiled program, also when this file itself runs from source. */
function programPath(): string {
  const candidates = ["../../sandbox/main.js", "../../dist/sandbox/main.js"];
  const found = candidates
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  if (!found) throw new SandboxFailed("it is not built; run `npm run build`");
  return found;
}
