/** A server that a test kills and starts again, with a sandbox and a database that outlive it. */
import { afterEach, beforeEach } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { createHome, type Home } from "./home.ts";
import { freePort } from "./ports.ts";
import { startDunlinProcess, type DunlinProcess } from "./process.ts";
import { openSandbox } from "./sandbox.ts";

/** Where the process kills itself, and at which passing of it. */
export type Crash = { readonly point: string; readonly passes: number };

/** One of its own for each test of the file or block that asks for it. */
export type Mortal = {
  readonly sandbox: Sandbox;
  readonly home: Home;
  readonly url: string;
  /** Starts the server at the same address as before. */
  start(crash?: Crash): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Waits until it has killed itself. */
  died(): Promise<void>;
};

type Open = { readonly sandbox: Sandbox; readonly home: Home; readonly port: number };

const diesWithinMs = 20_000;

/** Opens one before each test, and ends it with the test. */
export function aMortal({ customers = 6 }: { readonly customers?: number } = {}): Mortal {
  let open: Open | undefined;
  let dunlin: DunlinProcess | undefined;
  const opened = (): Open => {
    if (!open) throw new Error("It is opened before each test, not before that.");
    return open;
  };
  const running = (): DunlinProcess => {
    if (!dunlin) throw new Error("Start it first.");
    return dunlin;
  };
  beforeEach(async () => {
    const [sandbox, home, port] = await Promise.all([openSandbox({ customers }), createHome(), freePort()]);
    open = { sandbox, home, port };
  });
  afterEach(async () => {
    await dunlin?.kill();
    await open?.sandbox.close();
    await open?.home.remove();
    [dunlin, open] = [undefined, undefined];
  });
  return {
    get sandbox() {
      return opened().sandbox;
    },
    get home() {
      return opened().home;
    },
    get url() {
      return `http://127.0.0.1:${opened().port}`;
    },
    async start(crash) {
      const { sandbox, home, port } = opened();
      const { dataDir, databaseUrl } = home;
      const env = { DATABASE_URL: databaseUrl };
      dunlin = await startDunlinProcess({ sandboxUrl: sandbox.url, dataDir, port, env, ...(crash ? { crash } : {}) });
    },
    stop: async () => void (await running().stop()),
    kill: () => running().kill(),
    died: () => running().ended(diesWithinMs),
  };
}
