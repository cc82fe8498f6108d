/** Runs the effect worker alone, against a sandbox, without the rest of the server. */
import { createPool } from "../../src/db/pool.ts";
import { createIntercomClient } from "../../src/intercom/client.ts";
import { RateBudget } from "../../src/intercom/budget.ts";
import type { LookDelays } from "../../src/pipeline/effect-outcome.ts";
import { EffectWorker, type EffectWorkerSettings } from "../../src/pipeline/effect-worker.ts";
import { INTERCOM_TOKEN } from "../../sandbox/sandbox.ts";
import { captureLog, type LogEntry } from "./log-capture.ts";

export type EffectWorkerOptions = {
  readonly databaseUrl: string;
  readonly sandboxUrl: string;
  readonly node: string;
  readonly looks?: LookDelays;
  /** How long Intercom may take to answer. */
  readonly timeoutMs?: number;
  /** Calls addresses of the business; left out, nobody may. */
  readonly webhooks?: EffectWorkerSettings["webhooks"];
};

export type RunningEffectWorker = {
  readonly worker: EffectWorker;
  /** Codes of what blocked the connection. */
  readonly blocked: readonly unknown[];
  logged(): readonly LogEntry[];
  /** How often it has asked for effects, or renewed its leases, which is rare. */
  claims(): number;
  stop(): Promise<void>;
};

/** As quick as a test wants it: a search is given up after a second and a half. */
export const quickLooks: LookDelays = { listMs: [50, 150], searchMs: [50, 200, 400, 800] };

const noWebhooks = {
  send: () => Promise.reject(new Error("No test of Intercom calls an address of the business.")),
};

/** Starts a worker with pools and a client of its own, as on a node of its own. */
export function startEffectWorker(options: EffectWorkerOptions): RunningEffectWorker {
  const database = { kind: "url", url: options.databaseUrl } as const;
  const pool = createPool(database, { max: 4 });
  const records = createPool(database, { max: 2, durable: false });
  let claims = 0;
  records.on("acquire", () => (claims += 1));
  const budget = new RateBudget({});
  const intercom = createIntercomClient({
    baseUrl: options.sandboxUrl,
    token: INTERCOM_TOKEN,
    budget,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
  const { log, entries } = captureLog();
  const blocked: unknown[] = [];
  const worker: EffectWorker = new EffectWorker({
    context: { pool, records, intercom, nowMs: Date.now, random: Math.random, log },
    worker: options.node,
    budget,
    looks: options.looks ?? quickLooks,
    nowMs: Date.now,
    webhooks: options.webhooks ?? noWebhooks,
    onBlocked: async (error) => {
      blocked.push(error);
      worker.setOpen([]);
    },
  });
  worker.start();
  return {
    worker,
    blocked,
    logged: entries,
    claims: () => claims,
    stop: async () => {
      await worker.stop();
      await intercom.close();
      await Promise.all([pool.end(), records.end()]);
    },
  };
}
