/** Composition root: the only place that builds pools, clients and the clock, and hands them to the parts. */
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { runMigrations } from "graphile-worker";
import type { Logger } from "pino";
import type { Pulse } from "../contract/pulse.ts";
import { apiVersion } from "./billing/version.ts";
import type { Config } from "./config.ts";
import { mainAccount, type Vendor } from "./connections/connection.ts";
import { addTallies, findCredentials, saveSetting } from "./connections/store.ts";
import { openEmbedded } from "./db/embedded.ts";
import { migrate } from "./db/migrate.ts";
import { createPool, type DatabaseConfig, type Pool } from "./db/pool.ts";
import { query, sql } from "./db/query.ts";
import { countIdentities } from "./contacts/store.ts";
import { listSubscribers } from "./billing/store.ts";
import { Access } from "./http/access.ts";
import type { Readiness } from "./http/health.ts";
import { buildServer } from "./http/server.ts";
import { RateBudget } from "./intercom/budget.ts";
import { createIntercomClient, type IntercomClient } from "./intercom/client.ts";
import { getMe } from "./intercom/workspace.ts";
import { pause } from "./lib/pause.ts";
import { createMetrics, type Metrics } from "./lib/metrics.ts";
import { SingleFlight } from "./lib/single-flight.ts";
import { createSecretBox, type SecretBox } from "./lib/secret-box.ts";
import { codeOf, kindOf, messageOf } from "./model/error.ts";
import { regionOf, type Region } from "./model/region.ts";
import { ContactClaims } from "./pipeline/contact-claims.ts";
import type { SyncContext } from "./pipeline/context.ts";
import { Engine } from "./pipeline/engine.ts";
import { Flow } from "./pipeline/flow.ts";
import { leftOutHint } from "./pipeline/left-out.ts";
import { ProductCache } from "./pipeline/load-customer.ts";
import { pulseReader } from "./pipeline/read-pulse.ts";
import { EventReceiver } from "./pipeline/receive-event.ts";
import { receiveSignal } from "./pipeline/receive-signal.ts";
import { addSlowJob, runSlowJobs, type SlowJobs } from "./queue/slow-jobs.ts";
import { measureQueue, queueCustomers } from "./queue/sync-jobs.ts";
import { createStripeClient, type StripeClient } from "./stripe/client.ts";
import { backfillSetting, findBackfill, runBackfill, type BackfillState } from "./upkeep/backfill.ts";
import {
  findStoredEndpoint,
  joinIntercom,
  joinStripe,
  type IntercomJoined,
  type StripeJoined,
} from "./upkeep/connect.ts";
import { Pauses } from "./upkeep/pauses.ts";
import { catchUpPace, EventPoller, pollingPace } from "./upkeep/poll-events.ts";
import { readAdminToken, readSecretKey } from "./upkeep/secrets.ts";
import { findAccount } from "./upkeep/setup-stripe.ts";
import { provisionAttributes } from "./upkeep/setup-intercom.ts";

/** The database and the keys: what every command needs. */
export type Installation = {
  readonly pool: Pool;
  readonly records: Pool;
  readonly box: SecretBox;
  readonly database: DatabaseConfig;
  close(): Promise<void>;
};

/**
 * The make-believe company has a database of its own on the embedded server. On a server of the operator's there is only
 * one; there the check of the account keeps the two apart.
 */
const databaseNames = { real: "dunlin", sandbox: "dunlin_sandbox" } as const;

export type InstallationKind = keyof typeof databaseNames;

/** Opens the database, brings it up to date and reads the key. `own` starts it again should it die. */
export async function openInstallation(
  config: Config,
  log: Logger,
  { kind, own }: { readonly kind: InstallationKind; readonly own: boolean },
): Promise<Installation> {
  const secret = await readSecretKey(config.secretKey, config.dataDir);
  const embedded =
    config.databaseUrl === undefined
      ? await openEmbedded({ dataDir: join(config.dataDir, "postgres"), database: databaseNames[kind], log, own })
      : undefined;
  const database: DatabaseConfig = embedded ? embedded.connection : { kind: "url", url: config.databaseUrl ?? "" };
  const pool = createPool(database, { max: 10, log });
  const records = createPool(database, { max: 5, durable: false, log });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= Promise.all([pool.end(), records.end()]).then(() => embedded?.stop());
    return closed;
  };
  try {
    await migrate(pool);
    await runMigrations({ pgPool: pool });
    return { pool, records, box: createSecretBox(secret), database, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The keys to both accounts, from the environment or from `dunlin connect`. */
export type Keys = {
  readonly stripeApiKey: string;
  readonly intercomAccessToken: string;
  readonly intercomClientSecret: string | undefined;
  readonly intercomRegion: Region;
};

/** Reads the keys; a missing one is undefined. */
export async function findKeys(
  config: Config,
  { pool, box }: Installation,
): Promise<{ readonly [K in keyof Keys]: Keys[K] | undefined }> {
  const [stripe, intercom] = await Promise.all([
    findCredentials(pool, box, "stripe"),
    findCredentials(pool, box, "intercom"),
  ]);
  const region = config.intercomRegion ?? regionOf(intercom?.["region"]);
  return {
    stripeApiKey: config.stripeApiKey ?? stripe?.["apiKey"],
    intercomAccessToken: config.intercomAccessToken ?? intercom?.["accessToken"],
    intercomClientSecret: config.intercomClientSecret ?? intercom?.["clientSecret"],
    intercomRegion: region ?? "us",
  };
}

/** Opens the clients of both vendors. Nothing is sent yet. */
export function openStripe(config: Config, apiKey: string, metrics?: Metrics): StripeClient {
  return createStripeClient({
    apiKey,
    apiVersion,
    baseUrl: config.stripeApiBase,
    onCall: ({ endpoint, status }) => metrics?.stripeCalls.inc({ endpoint, status: status ?? "none" }),
  });
}

const intercomHosts = {
  us: "https://api.intercom.io",
  eu: "https://api.eu.intercom.io",
  au: "https://api.au.intercom.io",
} as const;

export function openIntercom(
  config: Config,
  keys: Pick<Keys, "intercomAccessToken" | "intercomRegion">,
  budget: RateBudget,
  metrics?: Metrics,
): IntercomClient {
  return createIntercomClient({
    baseUrl: config.intercomApiBase ?? intercomHosts[keys.intercomRegion],
    token: keys.intercomAccessToken,
    budget,
    appVersion,
    onCall: ({ method, path, status, durationMs }) => {
      metrics?.intercomCalls.inc({ method, path, status: status ?? "none" });
      metrics?.intercomSeconds.observe(durationMs / 1000);
    },
  });
}

/** From package.json, which lies beside `src` and beside `dist`. */
export const appVersion = readVersion();

function readVersion(): string {
  const found = ["../package.json", "../../package.json"]
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  return found === undefined ? "0" : String(JSON.parse(readFileSync(found, "utf8")).version);
}

/** The built pages lie in dist/web: beside us when compiled, else seen from the sources, whose own web/ has no assets yet. */
function findWebFolder(): string {
  const folders = ["../web", "../dist/web"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return folders.find((folder) => existsSync(join(folder, "assets"))) ?? "";
}

export type AppSettings = {
  readonly config: Config;
  readonly log: Logger;
  readonly installation: Installation;
  readonly keys: Keys;
  /** Where the vendors reach us; the sandbox reaches us on loopback. */
  readonly publicUrl: string | undefined;
  readonly sandboxUrl: string | null;
};

/** A running Dunlin. */
export class App {
  readonly #settings: AppSettings;
  readonly #flow = new Flow(Date.now);
  readonly #budget = new RateBudget({});
  readonly #metrics: Metrics;
  readonly #products = new ProductCache();
  readonly #receiver: EventReceiver;
  readonly #stripe: StripeClient;
  readonly #intercom: IntercomClient;
  readonly #pauses: Pauses;
  readonly #stopped = new AbortController();
  /** Names this process in leases. */
  readonly #node = `node-${randomUUID()}`;
  #server: FastifyInstance | undefined;
  #freshToken: string | undefined;
  #secrets: readonly string[] = [];
  #context: SyncContext | undefined;
  #engine: Engine | undefined;
  #poller: EventPoller | undefined;
  #slowJobs: SlowJobs | undefined;
  #joined: { readonly stripe: StripeJoined; readonly intercom: IntercomJoined } | undefined;
  #backfill: BackfillState | undefined;
  #background: Promise<unknown>[] = [];

  constructor(settings: AppSettings) {
    this.#settings = settings;
    const { config, keys, installation } = settings;
    this.#pauses = new Pauses({
      pool: installation.pool,
      log: settings.log,
      nowMs: Date.now,
      signal: this.#stopped.signal,
      probe: (vendor) => (vendor === "stripe" ? findAccount(this.#stripe) : getMe(this.#intercom, { lane: "urgent" })),
      onChange: (vendor, paused) => {
        if (vendor === "intercom") this.#engine?.setPaused(paused);
      },
    });
    this.#metrics = createMetrics({ queue: () => this.#queueCounts(), paused: () => this.#pauses.size });
    this.#stripe = openStripe(config, keys.stripeApiKey, this.#metrics);
    this.#intercom = openIntercom(config, keys, this.#budget, this.#metrics);
    this.#receiver = new EventReceiver({
      account: mainAccount,
      pool: installation.pool,
      settleMs: config.settleMs,
      onCommitted: (committed) => {
        this.#flow.received(committed.receipts);
        for (const { outcome, duplicate } of committed.receipts)
          if (!duplicate) this.#metrics.events.inc({ state: outcome.state });
        this.#engine?.committed(committed);
      },
    });
  }

  /** Listens, connects, and works. Resolves when it is ready, or when the first attempt to connect failed in a way that may pass. */
  async start(): Promise<void> {
    const { installation, config } = this.#settings;
    const token = await readAdminToken(installation.pool, config.adminToken);
    this.#freshToken = token.fresh;
    this.#secrets =
      config.stripeWebhookSecrets ??
      [(await findStoredEndpoint(installation))?.secret ?? ""].filter((secret) => secret !== "");
    this.#server = await this.#buildServer(token.hash);
    await this.#server.listen({ port: config.port, host: config.host });
    try {
      await this.#join();
    } catch (error) {
      if (kindOf(error) === "invalid" || kindOf(error) === "permanent" || kindOf(error) === "bug") throw error;
      await this.#onBlocked(error);
      this.#background.push(this.#joinLater(error));
    }
    this.#background.push(this.#saveTallies());
  }

  /** The address it listens on. */
  get url(): string {
    const address = this.#server?.server.address();
    const port = typeof address === "object" && address ? address.port : this.#settings.config.port;
    const { host } = this.#settings.config;
    return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** The admin token, when it was made at this start. */
  get freshToken(): string | undefined {
    return this.#freshToken;
  }

  get joined(): { readonly stripe: StripeJoined; readonly intercom: IntercomJoined } | undefined {
    return this.#joined;
  }

  /** Where the backfill stands. */
  get backfill(): BackfillState | undefined {
    return this.#backfill;
  }

  /** Takes no more requests, ends what is under way, gives back leases. A part that cannot end in order holds up no other. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    const { pool } = this.#settings.installation;
    const parts: readonly (() => Promise<unknown> | undefined)[] = [
      () => this.#server?.close(),
      () => this.#receiver.idle(),
      () => this.#poller?.stop(),
      () => this.#engine?.stop(),
      () => this.#slowJobs?.stop(),
      () => Promise.allSettled([...this.#background, this.#pauses.idle()]),
      () => addTallies(pool, this.#flow.takeUnsaved()),
      () => this.#intercom.close(),
    ];
    for (const end of parts) {
      try {
        await end();
      } catch (error) {
        this.#settings.log.warn({ code: codeOf(error) }, `a part did not end in order: ${messageOf(error)}`);
      }
    }
  }

  async #buildServer(tokenHash: string): Promise<FastifyInstance> {
    const { log, keys, publicUrl, sandboxUrl, installation } = this.#settings;
    return buildServer({
      log,
      access: new Access(tokenHash, { trustLocal: isOnThisMachine(publicUrl) }),
      registry: this.#metrics.registry,
      webFolder: findWebFolder(),
      secure: publicUrl?.startsWith("https://") ?? false,
      readiness: () => this.#readiness(),
      onRefused: (code) => this.#metrics.refused.inc({ code }),
      stripe: {
        nowMs: Date.now,
        door: () => ({
          names: [mainAccount, ...(this.#joined?.stripe.accountId ? [this.#joined.stripe.accountId] : [])],
          livemode: this.#stripe.livemode,
          secrets: this.#secrets,
          receiver: this.#receiver,
        }),
      },
      intercom: {
        secret: () => keys.intercomClientSecret,
        receive: () => {
          const context = this.#context;
          if (!context) return undefined;
          return async (signal) => {
            if ((await receiveSignal(context, signal)) > 0) this.#engine?.wake();
          };
        },
      },
      pulse: {
        nowMs: Date.now,
        read: pulseReader({
          pool: installation.pool,
          account: mainAccount,
          flow: this.#flow,
          budget: this.#budget,
          nowMs: Date.now,
          connections: () => this.#shownConnections(),
          sandboxUrl,
          backfill: () => shownBackfill(this.#backfill),
          contactUrl: (id) => this.#contactUrl(id),
        }),
      },
    });
  }

  /** Joins both accounts and starts the stages. Twice is the same as once. */
  async #join(): Promise<void> {
    const { config, installation, keys, publicUrl, log } = this.#settings;
    const wish = { secrets: config.stripeWebhookSecrets, publicUrl };
    const [stripe, intercom] = await Promise.all([
      joinStripe(installation, this.#stripe, wish),
      joinIntercom(installation, this.#intercom, {
        region: keys.intercomRegion,
        strictRegion: config.intercomApiBase === undefined,
        preset: config.attributePreset,
      }),
    ]);
    await this.#pauses.clear();
    if (stripe.source.how !== "poll")
      this.#secrets = stripe.source.how === "webhook" ? [stripe.source.secret] : stripe.source.secrets;
    const { preset } = intercom.provisioned;
    const context: SyncContext = {
      account: mainAccount,
      pool: installation.pool,
      records: installation.records,
      stripe: this.#stripe,
      intercom: this.#intercom,
      preset,
      claims: new ContactClaims(),
      reads: new SingleFlight(),
      createMode: config.createContacts,
      userIdKeys: config.userIdKeys,
      nowMs: Date.now,
      random: Math.random,
      provision: async () => void (await provisionAttributes(this.#intercom, preset)),
      log,
    };
    this.#context = context;
    await this.#startStages(context, stripe);
    this.#joined = { stripe, intercom };
  }

  async #startStages(context: SyncContext, { source }: StripeJoined): Promise<void> {
    const { config, installation, log } = this.#settings;
    this.#backfill = await findBackfill(context);
    // A former attempt may have come as far as this.
    await Promise.all([this.#engine?.stop(), this.#poller?.stop(), this.#slowJobs?.stop()]);
    const onBlocked = (error: unknown): Promise<void> => this.#onBlocked(error);
    this.#engine = new Engine({
      context,
      worker: this.#node,
      budget: this.#budget,
      flow: this.#flow,
      metrics: this.#metrics,
      products: this.#products,
      settleMs: config.settleMs,
      onBlocked,
      historyMissingBeforeS: () =>
        this.#backfill?.state === "done" ? null : (this.#backfill?.startedS ?? Math.floor(Date.now() / 1000)),
    });
    this.#engine.start();
    const pace = source.how === "poll" ? pollingPace : catchUpPace;
    const onGap = (): Promise<void> => this.#backfillAgain();
    this.#poller = new EventPoller({ context, receiver: this.#receiver, pace, onBlocked, onGap });
    await this.#poller.begin();
    this.#poller.start();
    this.#slowJobs = await runSlowJobs(
      installation.pool,
      {
        backfill: (_payload, signal) => this.#runBackfill(context, signal),
        "fan-out-product": async ({ account, productId }) => {
          await fanOutProduct(context, { account, productId });
          this.#engine?.wake();
        },
      },
      { node: this.#node, log, ending: this.#stopped.signal },
    );
    if (this.#backfill?.state !== "done")
      await addSlowJob(installation.pool, { task: "backfill", payload: { account: mainAccount }, key: "backfill" });
  }

  async #backfillAgain(): Promise<void> {
    const { pool } = this.#settings.installation;
    await saveSetting(pool, backfillSetting, null);
    await addSlowJob(pool, { task: "backfill", payload: { account: mainAccount }, key: "backfill" });
  }

  async #runBackfill(context: SyncContext, signal: AbortSignal): Promise<void> {
    try {
      await runBackfill(context, {
        signal: AbortSignal.any([signal, this.#stopped.signal]),
        onProgress: (state) => {
          this.#backfill = state;
          this.#engine?.wake();
        },
      });
    } catch (error) {
      if (kindOf(error) === "blocked") await this.#onBlocked(error);
      throw error;
    }
  }

  /** The accounts may be out of reach at the start: deliveries are stored meanwhile. */
  async #joinLater(first: unknown): Promise<void> {
    let error = first;
    for (let attempt = 1; !this.#stopped.signal.aborted; attempt += 1) {
      this.#settings.log.warn({ code: codeOf(error) }, `not connected yet: ${messageOf(error)}`);
      await pause(Math.min(30_000, 1000 * 2 ** Math.min(attempt, 5)), this.#stopped.signal);
      if (this.#stopped.signal.aborted) return;
      try {
        await this.#join();
        this.#settings.log.info({}, "connected");
        return;
      } catch (next) {
        error = next;
      }
    }
  }

  #onBlocked(error: unknown): Promise<void> {
    return this.#pauses.block(error, { resume: this.#joined !== undefined });
  }

  async #readiness(): Promise<Readiness> {
    const database = await query(this.#settings.installation.pool, sql.plain("select 1")).then(
      () => "ok",
      () => "out of reach; deliveries are refused with 503 so that they are sent again",
    );
    const joined = this.#joined ? "ok" : "connecting";
    const parts = {
      database,
      stripe: this.#pauses.reasonOf("stripe") ?? joined,
      intercom: this.#pauses.reasonOf("intercom") ?? joined,
      queues:
        this.#engine === undefined
          ? "not started"
          : this.#engine.isBroken
            ? "Intercom does not answer; jobs are kept and tried again"
            : "ok",
    };
    return { ready: Object.values(parts).every((state) => state === "ok"), parts };
  }

  async #queueCounts(): Promise<Readonly<Record<string, number>>> {
    const { urgent, calm, backfill, dead } = await measureQueue(this.#settings.installation.pool);
    return { urgent, calm, backfill, dead };
  }

  #shownConnections(): Pulse["connections"] {
    const state = (vendor: Vendor): "active" | "paused" | "connecting" =>
      this.#pauses.has(vendor) ? "paused" : this.#joined ? "active" : "connecting";
    const reason = (vendor: Vendor): string | null => this.#pauses.reasonOf(vendor);
    const source = this.#joined?.stripe.checks.find(({ name }) => name === "Events")?.detail;
    const events = source === undefined ? null : `events ${source}`;
    return [
      {
        vendor: "stripe",
        label: this.#joined?.stripe.label ?? "Stripe",
        state: state("stripe"),
        reason: reason("stripe"),
        detail: events,
      },
      {
        vendor: "intercom",
        label: this.#joined?.intercom.label ?? "Intercom",
        state: state("intercom"),
        reason: reason("intercom"),
        detail: null,
      },
    ];
  }

  #contactUrl(contactId: string): string | null {
    const { sandboxUrl, keys } = this.#settings;
    if (sandboxUrl !== null) return `${sandboxUrl}/?contact=${contactId}`;
    const workspace = this.#joined?.intercom.workspace.appId;
    if (!workspace) return null;
    const host = keys.intercomRegion === "us" ? "app.intercom.com" : `app.${keys.intercomRegion}.intercom.com`;
    return `https://${host}/a/apps/${workspace}/users/${contactId}/all-conversations`;
  }

  async #saveTallies(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await pause(2_000, signal);
      const tallies = this.#flow.takeUnsaved();
      if (Object.values(tallies).some((value) => value > 0)) {
        await addTallies(this.#settings.installation.pool, tallies).catch((error: unknown) =>
          this.#settings.log.warn({ err: error }, "totals could not be saved"),
        );
      }
    }
  }

  /** Resolves once what Stripe has is loaded and every customer was looked at; false when told to stop before. */
  async settled(): Promise<boolean> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const isLoaded = this.#backfill?.state === "done";
      if (isLoaded && (await measureQueue(this.#settings.installation.pool)).backfill === 0) return true;
      await pause(500, signal);
    }
    return false;
  }

  /** Customers without a contact, by reason, for the start-up lines. */
  async leftOut(): Promise<readonly { readonly count: number; readonly hint: string }[]> {
    const counts = await countIdentities(this.#settings.installation.pool, mainAccount);
    return counts
      .filter(({ state }) => state !== "linked")
      .map(({ reason, count }) => ({ count, hint: leftOutHint(reason) }));
  }
}

/** Behind a proxy on this machine everybody seems to be local. */
function isOnThisMachine(publicUrl: string | undefined): boolean {
  return publicUrl === undefined || /^(localhost|127\.|\[::1\])/.test(new URL(publicUrl).hostname);
}

function shownBackfill(state: BackfillState | undefined): Pulse["backfill"] {
  return state ? { state: state.state, resource: state.resource, done: state.done } : null;
}

async function fanOutProduct(
  context: SyncContext,
  { account, productId }: { readonly account: string; readonly productId: string },
): Promise<void> {
  for (let after = ""; ;) {
    const customerIds = await listSubscribers(context.pool, account, { productId, after, limit: 500 });
    await queueCustomers(context.pool, { account, customerIds, lane: "backfill" });
    const last = customerIds.at(-1);
    if (last === undefined) return;
    after = last;
  }
}
