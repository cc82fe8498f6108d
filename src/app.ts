/** Composition root: the only place that builds pools, clients and the clock, and hands them to the parts. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Pulse } from "../contract/pulse.ts";
import { apiSources } from "./api.ts";
import { reportingOf, type Config } from "./config.ts";
import { mainAccount } from "./connections/connection.ts";
import type { PauseScope } from "./connections/pause.ts";
import { addTallies } from "./connections/store.ts";
import { Bulletin } from "./db/bulletin.ts";
import type { Queryable } from "./db/pool.ts";
import { withLock } from "./db/lock.ts";
import { countIdentities } from "./contacts/store.ts";
import { Access } from "./http/access.ts";
import { buildServer, type ApiSources } from "./http/server.ts";
import { RateBudget } from "./intercom/budget.ts";
import type { IntercomClient } from "./intercom/client.ts";
import { getMe } from "./intercom/workspace.ts";
import { pause } from "./lib/pause.ts";
import { createMetrics, type Metrics } from "./lib/metrics.ts";
import { SingleFlight } from "./lib/single-flight.ts";
import { codeOf, kindOf, messageOf } from "./model/error.ts";
import { worksOnJobs } from "./model/role.ts";
import { Contexts, type SyncContext } from "./pipeline/context.ts";
import { planCrossings } from "./pipeline/plan-moments.ts";
import { MeterBook, type UsageReading } from "./pipeline/refresh-usage.ts";
import { MomentsInForce } from "./pipeline/moments-in-force.ts";
import { draftMaker } from "./pipeline/draft-text.ts";
import { mappingInForce, wantedPreset, type MappingInForce } from "./pipeline/mapping-in-force.ts";
import { urgentKinds } from "./mapping/urgency.ts";
import { presetOf } from "./mapping/default-document.ts";
import type { Mapping } from "./mapping/mapping.ts";
import { Flow } from "./pipeline/flow.ts";
import { leftOutHint } from "./pipeline/left-out.ts";
import { ProductCache } from "./pipeline/load-customer.ts";
import { pulseReader } from "./pipeline/read-pulse.ts";
import type { Committed } from "./pipeline/receive-event.ts";
import { receiveSignal } from "./pipeline/receive-signal.ts";
import { Liveness } from "./queue/liveness.ts";
import { measureQueue } from "./queue/sync-jobs.ts";
import { findBackfill, type BackfillState } from "./upkeep/backfill.ts";
import { joinIntercom } from "./upkeep/connect.ts";
import { countDead } from "./upkeep/dead-letters.ts";
import { readReconcileGauges } from "./upkeep/reconcile/gauges.ts";
import { readRuleGauges } from "./upkeep/rules/gauges.ts";
import { viewOfPause } from "./upkeep/pause-by-hand.ts";
import { Pauses, VendorPaused } from "./upkeep/pauses.ts";
import { readAdminToken } from "./upkeep/secrets.ts";
import { StripeAccount } from "./upkeep/stripe-account.ts";
import { Workforce } from "./upkeep/workforce.ts";
import { findAccount } from "./upkeep/setup-stripe.ts";
import { provisionAttributes, provisionCompanyAttributes, provisionRuleAttributes } from "./upkeep/setup-intercom.ts";
import { readLinkSecret } from "./upkeep/link-secret.ts";
import { RulesWork } from "./upkeep/rules-work.ts";
import { followClock } from "./upkeep/sandbox-clock.ts";
import { WebhookSender, webhookSecretOf } from "./webhooks/send.ts";
import type { StripeClient } from "./stripe/client.ts";
import {
  appVersion,
  givenSecrets,
  openIntercom,
  openStripe,
  type FurtherStripe,
  type Installation,
  type Keys,
} from "./installation.ts";
import { Standing, type Joined } from "./standing.ts";

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

/** A stop that takes longer than this is told about. */
const slowEndMs = 5_000;
/** How long requests that have begun may take to their end at a stop; none takes longer than a commit. */
const doorsGraceMs = 3_000;

/** A running Dunlin. */
export class App {
  readonly #settings: AppSettings;
  readonly #flow = new Flow(Date.now);
  readonly #budget = new RateBudget({});
  readonly #metrics: Metrics;
  readonly #products = new ProductCache();
  /** The main one first. */
  readonly #accounts: readonly StripeAccount[];
  readonly #intercom: IntercomClient;
  readonly #pauses: Pauses;
  readonly #standing: Standing;
  readonly #stopped = new AbortController();
  /** Names this process in leases. */
  readonly #node = `node-${randomUUID()}`;
  #server: FastifyInstance | undefined;
  #freshToken: string | undefined;
  readonly #bulletin: Bulletin;
  readonly #liveness: Liveness;
  /** What works behind the doors; a web node has none. */
  #workforce: Workforce | undefined;
  readonly #moments = new MomentsInForce();
  readonly #rules: RulesWork;
  #webhooks: WebhookSender | undefined;
  readonly #meters = new MeterBook();
  readonly #provisioning = new SingleFlight<void>();
  #joined: Joined | undefined;
  #mapping: MappingInForce | undefined;
  #contexts: Contexts | undefined;
  #background: Promise<unknown>[] = [];

  constructor(settings: AppSettings) {
    this.#settings = settings;
    const { config, keys, installation } = settings;
    this.#bulletin = new Bulletin({ database: installation.database, node: this.#node, log: settings.log });
    this.#liveness = new Liveness({
      pool: installation.records,
      node: this.#node,
      role: config.role,
      host: hostname(),
      version: appVersion,
      bulletin: this.#bulletin,
      log: settings.log,
      onShare: (share) => this.#takeShare(share),
    });
    this.#pauses = new Pauses({
      pool: installation.pool,
      bulletin: this.#bulletin,
      log: settings.log,
      signal: this.#stopped.signal,
      probe: (scope) => this.#probe(scope),
      onChange: (openings) => this.#workforce?.setOpenings(openings),
    });
    this.#metrics = createMetrics({
      queue: () => this.#standing.queueCounts(),
      paused: () => this.#pauses.current.filter(({ by }) => by === "dunlin").length,
      dead: () => countDead(installation.pool),
      reconcile: () => readReconcileGauges(installation.pool, Date.now()),
      rules: () => readRuleGauges(installation.pool, Math.floor(this.#rules.nowMs() / 1000)),
    });
    this.#rules = new RulesWork({
      pool: installation.pool,
      log: settings.log,
      signal: this.#stopped.signal,
      savings: {
        pool: installation.pool,
        stripe: (account) => this.#clientOf(account),
        confirm: config.confirmSavings === "preview",
      },
    });
    this.#accounts = [{ account: mainAccount, apiKey: keys.stripeApiKey }, ...keys.furtherStripe].map((key) =>
      this.#openAccount(key),
    );
    const outside = { metrics: this.#metrics, gate: this.#gate("intercom") };
    this.#intercom = openIntercom(config, keys, this.#budget, outside);
    this.#standing = new Standing({
      config,
      keys,
      pool: installation.pool,
      sandboxUrl: settings.sandboxUrl,
      accounts: this.#accounts,
      pauses: this.#pauses,
      liveness: this.#liveness,
      joined: () => this.#joined,
      workforce: () => this.#workforce,
    });
  }

  #openAccount(key: FurtherStripe): StripeAccount {
    const { config, installation, publicUrl } = this.#settings;
    return new StripeAccount({
      account: key.account,
      client: openStripe(config, key, { metrics: this.#metrics, gate: this.#gate(`stripe:${key.account}`) }),
      pool: installation.pool,
      box: installation.box,
      settleMs: config.settleMs,
      givenSecrets: givenSecrets(config, key.account),
      publicUrl,
      catchUpMs: config.catchUpMs,
      log: this.#settings.log,
      urgentKinds: () => (this.#mapping ? urgentKinds(this.#mapping.current) : new Set()),
      moments: this.#moments.current,
      rules: this.#rules.atWork,
      planName: () => this.#mapping?.current.document.planName,
      onCommitted: (committed) => this.#committed(committed),
      onEndpoint: () => this.#bulletin.publish("pauses"),
    });
  }

  #committed(committed: Committed): void {
    this.#flow.received(committed.receipts);
    for (const { outcome, duplicate } of committed.receipts)
      if (!duplicate) this.#metrics.events.inc({ state: outcome.state });
    for (const id of committed.renamedProducts) this.#bulletin.publish("products", id);
    if (committed.planned > 0) this.#planned();
    if (committed.matched > 0) this.#wakeRules();
    if (this.#workforce) this.#workforce.engine.committed(committed);
    else this.#tellWorkers(committed);
  }

  /** Whoever does the work itself starts at once in memory; a web node has to tell others. */
  #tellWorkers({ jobs, waiting }: Committed): void {
    for (const lane of new Set(jobs.map((job) => job.lane))) this.#bulletin.publish("jobs", lane);
    if (waiting > 0) this.#bulletin.publish("waiting-events");
  }

  #wakeRules(): void {
    if (this.#workforce) this.#workforce.wakeRules();
    else this.#bulletin.publish("turns");
  }

  #clientOf(account: string): StripeClient | undefined {
    return this.#accounts.find((one) => one.account === account)?.client;
  }

  /** The vendors count all nodes together. */
  #takeShare(share: number): void {
    this.#budget.setShare(share);
    for (const { client } of this.#accounts) client.setShare(share);
  }

  /** Whether a vendor that Dunlin paused can be used again; a start that has not joined yet tries by itself. */
  async #probe(scope: PauseScope): Promise<boolean> {
    if (!this.#joined) return false;
    const account = this.#accounts.find((one) => scope === `stripe:${one.account}`);
    if (account && !account.joined) await account.join();
    else if (account) await findAccount(account.client);
    else await getMe(this.#intercom, { lane: "urgent" });
    return true;
  }

  /** What a person paused is not called; what Dunlin paused is probed. */
  #gate(scope: PauseScope): () => void {
    return () => {
      const byHand = this.#pauses.current.filter(({ by }) => by !== "dunlin");
      const closing = byHand.find((one) => one.scope === scope || one.scope === "all");
      if (closing) throw new VendorPaused(scope, closing.scope);
    };
  }

  /** Listens, connects, and works. Resolves when it is ready, or when the first attempt to connect failed in a way that may pass. */
  async start(): Promise<void> {
    const { installation, config } = this.#settings;
    this.#bulletin.start();
    await this.#liveness.start();
    await this.#pauses.start();
    const token = await readAdminToken(installation.pool, config.adminToken);
    this.#freshToken = token.fresh;
    await Promise.all(this.#accounts.map((account) => account.readSecrets()));
    await this.#moments.read(installation.pool);
    await this.#startRules();
    this.#server = await this.#buildServer(token.hash);
    await this.#server.listen({ port: config.port, host: config.host });
    try {
      await this.#join();
    } catch (error) {
      if (kindOf(error) === "invalid" || kindOf(error) === "permanent" || kindOf(error) === "bug") throw error;
      await this.#pauses.block(error);
      this.#background.push(this.#joinLater(error));
    }
    this.#background.push(this.#saveTallies());
  }

  /** Before the doors open: what comes in is looked at by the rules that are in force. */
  async #startRules(): Promise<void> {
    const { config, installation, log, publicUrl } = this.#settings;
    const { signal } = this.#stopped;
    const { stripeApiBase, intercomApiBase } = config;
    const following = await followClock({ wanted: config.sandboxClock, stripeApiBase, intercomApiBase, log, signal });
    const secret = await readLinkSecret(installation.pool, installation.box);
    const links = publicUrl === undefined ? null : { secret, baseUrl: publicUrl };
    this.#rules.goBy({ clock: following.clock, links });
    this.#webhooks = new WebhookSender({
      secret: webhookSecretOf(secret),
      allowPrivate: config.webhooksPrivate === "allow",
    });
    await this.#rules.book.start(this.#bulletin);
    this.#background.push(following.done, this.#rules.book.watching);
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

  get joined(): Joined | undefined {
    return this.#joined;
  }

  /** Where the backfill stands; of several accounts one that is not done, if there is one. */
  get backfill(): BackfillState | undefined {
    const states = this.#accounts.map(({ backfill }) => backfill);
    return states.includes(undefined) ? undefined : (states.find((state) => state?.state !== "done") ?? states[0]);
  }

  /** Takes no more requests, ends what is under way, gives back leases. A part that cannot end in order holds up no other. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    const { pool } = this.#settings.installation;
    const parts: readonly (readonly [string, () => Promise<unknown> | undefined])[] = [
      ["the doors", () => this.#closeDoors()],
      ["events being stored", () => Promise.all(this.#accounts.map(({ receiver }) => receiver.idle()))],
      // A start that is still trying to connect may yet begin the work, so it ends first.
      ["the background", () => Promise.allSettled([...this.#background, this.#pauses.idle()])],
      ["the work behind the doors", () => this.#workforce?.stop()],
      ["the totals", () => addTallies(pool, this.#flow.takeUnsaved())],
      ["this node's sign of life", () => this.#liveness.stop()],
      ["the bulletin", () => this.#bulletin.stop()],
      ["calls to Intercom", () => this.#intercom.close()],
    ];
    for (const [name, end] of parts) await this.#end(name, end);
  }

  /** Requests under way are answered; a connection on which nothing comes must not hold up the end. */
  async #closeDoors(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    const timer = setTimeout(() => server.server.closeAllConnections(), doorsGraceMs);
    await server.close();
    clearTimeout(timer);
  }

  /** Says what it waits for when that takes long, so that nobody has to guess why a stop does not end. */
  async #end(name: string, end: () => Promise<unknown> | undefined): Promise<void> {
    const { log } = this.#settings;
    const timer = setTimeout(() => log.warn({ part: name }, `still waiting for ${name} to end`), slowEndMs);
    try {
      await end();
    } catch (error) {
      log.warn({ code: codeOf(error), part: name }, `a part did not end in order: ${messageOf(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  async #buildServer(tokenHash: string): Promise<FastifyInstance> {
    const { config, log, keys, publicUrl, sandboxUrl, installation } = this.#settings;
    return buildServer({
      log,
      access: new Access(tokenHash, { trustLocal: isOnThisMachine(publicUrl) }),
      registry: this.#metrics.registry,
      doors: config.role !== "worker",
      api: this.#api(),
      links: { ...this.#rules.links, secure: publicUrl?.startsWith("https://") ?? false },
      webFolder: findWebFolder(),
      secure: publicUrl?.startsWith("https://") ?? false,
      readiness: () => this.#standing.readiness(),
      onRefused: (code) => this.#metrics.refused.inc({ code }),
      stripe: {
        nowMs: Date.now,
        doors: () => this.#accounts,
        isOpen: () => this.#pauses.openings.intake,
      },
      intercom: {
        secret: () => keys.intercomClientSecret,
        receive: () => {
          if (!this.#joined) return undefined;
          return async (signal) => {
            const looked = await receiveSignal(installation.pool, signal, this.#rules.onKept);
            this.#wakeRules();
            if (looked === 0) return;
            if (this.#workforce) this.#workforce.engine.wake();
            else this.#bulletin.publish("jobs", "calm");
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
          connections: () => this.#standing.connections(),
          pauses: () => this.#pauses.current.map(viewOfPause),
          sandboxUrl,
          backfill: () => shownBackfill(this.backfill),
          contactUrl: (id) => this.#standing.contactUrl(id),
        }),
      },
    });
  }

  #api(): ApiSources {
    const { config, installation } = this.#settings;
    return apiSources({
      config,
      pool: installation.pool,
      database: installation.database,
      node: this.#node,
      accounts: this.#accounts,
      standing: this.#standing,
      bulletin: this.#bulletin,
      pauses: this.#pauses,
      workforce: () => this.#workforce,
      contexts: () => this.#contexts,
      mapping: () => this.#mapping?.current,
      rules: this.#rules,
      usageReading: (account) => this.#usageReading(account),
      onCrossed: (tx, account, crossings) => this.#crossed(tx, account, crossings),
      onPlanned: () => this.#planned(),
    });
  }

  #planned(): void {
    this.#workforce?.wakeEffects();
    this.#bulletin.publish("effects");
  }

  get #main(): StripeAccount {
    const [main] = this.#accounts;
    if (!main) throw new Error("There is always a main account.");
    return main;
  }

  /** Joins the workspace and all accounts, and starts the stages. Twice is the same as once. */
  async #join(): Promise<void> {
    const { config, installation, keys } = this.#settings;
    const [intercom, stripe] = await Promise.all([
      joinIntercom(installation, this.#intercom, {
        region: keys.intercomRegion,
        strictRegion: config.intercomApiBase === undefined,
        preset: config.attributePreset,
      }),
      this.#main.join(),
    ]);
    await this.#pauses.clear(["intercom", `stripe:${mainAccount}`]);
    for (const account of this.#accounts) if (!account.isMain) await this.#joinFurther(account);
    this.#mapping ??= await this.#mappingInForce(intercom.provisioned.mapping);
    const mapping = this.#mapping;
    const contexts = new Contexts(this.#accounts.map((account) => this.#contextOf(account, mapping)));
    this.#contexts = contexts;
    if (worksOnJobs(config.role)) await this.#startWork(contexts, mapping);
    this.#background.push(this.#followBackfills(contexts));
    this.#joined = { stripe, intercom };
  }

  /** One account that cannot be used holds up neither the others nor the workspace: it is joined when its pause is lifted. */
  async #joinFurther(account: StripeAccount): Promise<void> {
    const { log } = this.#settings;
    try {
      await account.join();
      await this.#pauses.clear([`stripe:${account.account}`]);
    } catch (error) {
      if (kindOf(error) === "invalid" || kindOf(error) === "bug") throw error;
      await this.#pauses.block(error, account.account);
      log.warn(
        { account: account.account, code: codeOf(error) },
        `a Stripe account is not joined yet: ${messageOf(error)}`,
      );
    }
  }

  #contextOf({ account, client }: StripeAccount, mapping: MappingInForce): SyncContext {
    const { config, installation, log } = this.#settings;
    return {
      account,
      pool: installation.pool,
      records: installation.records,
      stripe: client,
      intercom: this.#intercom,
      mapping: () => mapping.current,
      confirmMapping: () => mapping.confirm(),
      reporting: reportingOf(config),
      reads: new SingleFlight(),
      policy: {
        createMode: config.createContacts,
        groupMode: config.groupCustomers,
        archived: config.archivedContacts,
        userIdKeys: config.userIdKeys,
      },
      nowMs: Date.now,
      random: Math.random,
      rules: this.#rules.atWork,
      provision: () => this.#provision(mapping.current),
      log,
    };
  }

  /** How the usage of an account is read from Stripe; undefined before it is joined. */
  #usageReading(account: string): UsageReading | undefined {
    if (!this.#contexts?.has(account)) return undefined;
    return {
      context: this.#contexts.of(account),
      products: this.#products,
      meters: this.#meters,
      onCrossed: (tx, crossed, crossings) => this.#crossed(tx, crossed, crossings),
    };
  }

  /** What usage has crossed may be told, in the transaction that the crossing is kept in. */
  async #crossed(tx: Queryable, account: string, crossings: Parameters<typeof planCrossings>[2]): Promise<void> {
    const moments = this.#accounts.find((one) => one.account === account)?.moments;
    if (moments) await planCrossings(tx, moments, crossings);
  }

  /** From now on every node that saves another mapping is heard. */
  async #mappingInForce(provisioned: Mapping): Promise<MappingInForce> {
    const { config, installation, log } = this.#settings;
    const { pool } = installation;
    const preset = presetOf(provisioned) ?? (await wantedPreset(pool, config.attributePreset)) ?? "stripe";
    const mapping = mappingInForce({
      pool,
      preset,
      log,
      signal: this.#stopped.signal,
      onRead: ({ document: { events }, version }) =>
        this.#moments.renew(pool, { events, prefix: `${preset}_`, version }),
    });
    await mapping.start(this.#bulletin);
    this.#background.push(mapping.watching);
    return mapping;
  }

  /** However many jobs miss an attribute at once, one of them makes it. */
  #provision(mapping: Mapping): Promise<void> {
    const { pool } = this.#settings.installation;
    const { rules } = this.#rules.book.current;
    return this.#provisioning.do(`${mapping.name} ${rules.version}`, () =>
      withLock(pool, "provision", async () => {
        await provisionAttributes(this.#intercom, mapping);
        await provisionRuleAttributes(this.#intercom, rules);
        await provisionCompanyAttributes(this.#intercom, mapping.companyDefinitions);
      }),
    );
  }

  async #startWork(contexts: Contexts, mapping: MappingInForce): Promise<void> {
    const { config, log } = this.#settings;
    if (this.#stopped.signal.aborted) return;
    // A former attempt may have come as far as this.
    await this.#workforce?.stop();
    this.#workforce = new Workforce({
      contexts,
      mapping,
      accounts: this.#accounts,
      node: this.#node,
      budget: this.#budget,
      flow: this.#flow,
      metrics: this.#metrics,
      products: this.#products,
      settleMs: config.settleMs,
      secondLookMs: config.secondLookMs,
      moments: this.#moments.current,
      rules: this.#rules,
      draft: draftMaker(config.aiApiKey),
      webhooks: this.#sender,
      usage: {
        callsPerHour: config.usageCallsPerHour,
        meters: this.#meters,
        onCrossed: (tx, account, crossings) => this.#crossed(tx, account, crossings),
      },
      reconcileAt: config.reconcileAt,
      liveness: this.#liveness,
      bulletin: this.#bulletin,
      onBlocked: (error, account) => this.#pauses.block(error, account),
      openings: () => this.#pauses.openings,
      ending: this.#stopped.signal,
      log,
    });
    await this.#workforce.start();
  }

  get #sender(): WebhookSender {
    if (!this.#webhooks) throw new Error("Webhooks are sent after the start.");
    return this.#webhooks;
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

  /** Another node may run the backfill: its state is in the database. */
  async #followBackfills(contexts: Contexts): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted && this.backfill?.state !== "done") {
      for (const account of this.#accounts) {
        if (account.backfill?.state === "done") continue;
        const stored = await findBackfill(contexts.of(account.account)).catch(() => undefined);
        account.backfill = stored ?? account.backfill;
      }
      await pause(1_000, signal);
    }
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
      const isLoaded = this.backfill?.state === "done";
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
