/** Puts the doors together: webhooks take raw bytes, pages and admin API are guarded. */
import { existsSync } from "node:fs";
import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import staticFiles from "@fastify/static";
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from "fastify";
import type { Registry } from "prom-client";
import type { Access } from "./access.ts";
import { codeOf } from "../model/error.ts";
import type { ExplainSource } from "../pipeline/explain.ts";
import type { IdentityBoard } from "../pipeline/identity-board.ts";
import { addBackfill, type BackfillDoor } from "./backfill.ts";
import { addCompanies, type CompaniesDoor } from "./companies.ts";
import { addDead, type DeadSource } from "./dead.ts";
import { addEffects, type EffectsDoor } from "./effects.ts";
import { addExplain } from "./explain.ts";
import { answerFailures, RouteNotFound, toFailure } from "./failure.ts";
import { addHealth, type Readiness } from "./health.ts";
import { addIdentities } from "./identities.ts";
import { addIntercomWebhook, type IntercomWebhookSettings } from "./intercom-webhook.ts";
import { registerLinks, type LinksDoor } from "./links.ts";
import { addMapping, type MappingDoor } from "./mapping.ts";
import { addNodes, type NodesSource } from "./nodes.ts";
import { addOpenInvoice } from "./open-invoice.ts";
import type { OpenInvoiceSource } from "../pipeline/open-invoice.ts";
import { addPauses, type PausesDoor } from "./pauses.ts";
import { addUsage, addUsagePush, type UsageDoor } from "./usage.ts";
import { addPlans } from "./plans.ts";
import { addRecipes } from "./recipes.ts";
import { addRules, type RulesDoor } from "./rules.ts";
import { addRuns } from "./runs.ts";
import { addSavings } from "./savings.ts";
import type { SavingsSource } from "../pipeline/confirm-savings.ts";
import type { Pool } from "../db/pool.ts";
import { addReconcile, type ReconcileSource } from "./reconcile.ts";
import { addPulse, type PulseSource } from "./pulse.ts";
import { addSimulations, type SimulationsDoor } from "./simulations.ts";
import { addSignIn } from "./sign-in.ts";
import { signInPage } from "./sign-in-page.ts";
import { addStripeWebhook, type StripeWebhookSettings } from "./stripe-webhook.ts";

/** No event of either vendor is larger. */
const bodyBytesMax = 1024 * 1024;

export type ServerSettings = {
  readonly log: FastifyBaseLogger;
  readonly access: Access;
  readonly stripe: StripeWebhookSettings;
  readonly intercom: IntercomWebhookSettings;
  /** Told the code of each webhook delivery that is not taken. */
  readonly onRefused: (code: string) => void;
  readonly readiness: () => Promise<Readiness>;
  readonly registry: Registry;
  readonly pulse: PulseSource;
  readonly api: ApiSources;
  /** What customers see behind links in messages. */
  readonly links: LinksDoor;
  /** A node that only works shows its health and its metrics, nothing else. */
  readonly doors: boolean;
  /** Built pages; without them only the API answers. */
  readonly webFolder: string;
  /** Cookies travel over https only. */
  readonly secure: boolean;
};

/** Builds the server; the caller listens. */
export async function buildServer(settings: ServerSettings): Promise<FastifyInstance> {
  const server = fastify({
    loggerInstance: settings.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytesMax,
    forceCloseConnections: "idle",
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    // A company's key has 255 characters at most, each of which may be written as nine.
    routerOptions: { maxParamLength: 2_300 },
  });
  answerFailures(server);
  endConnectionsOnClose(server);
  server.setNotFoundHandler(async () => {
    throw new RouteNotFound();
  });
  addHealth(server, settings.readiness);
  if (settings.doors) await server.register(async (doors) => addWebhooks(doors, settings));
  if (settings.doors) await registerLinks(server, settings.links);
  await server.register(async (pages) => addPages(pages, settings));
  return server;
}

/** What the admin API reads and changes, by resource. */
export type ApiSources = {
  readonly backfill: BackfillDoor;
  readonly companies: CompaniesDoor;
  readonly dead: DeadSource;
  readonly effects: EffectsDoor;
  readonly explain: ExplainSource;
  readonly identities: IdentityBoard;
  readonly mapping: MappingDoor;
  readonly nodes: NodesSource;
  readonly openInvoice: OpenInvoiceSource;
  readonly pauses: PausesDoor;
  readonly plans: Pool;
  readonly reconcile: ReconcileSource;
  readonly rules: RulesDoor;
  readonly savings: SavingsSource;
  readonly simulations: SimulationsDoor;
  readonly usage: UsageDoor;
};

function addApi(admin: FastifyInstance, api: ApiSources): void {
  addBackfill(admin, api.backfill);
  addCompanies(admin, api.companies);
  addDead(admin, api.dead);
  addEffects(admin, api.effects);
  addExplain(admin, api.explain);
  addIdentities(admin, api.identities);
  addMapping(admin, api.mapping);
  addNodes(admin, api.nodes);
  addOpenInvoice(admin, api.openInvoice);
  addPauses(admin, api.pauses);
  addPlans(admin, api.plans);
  addReconcile(admin, api.reconcile);
  addRecipes(admin, api.rules);
  addRules(admin, api.rules);
  addRuns(admin, api.rules);
  addSavings(admin, api.savings);
  addSimulations(admin, api.simulations);
  addUsage(admin, api.usage);
}

/** Idle connections are closed at the end; one that becomes idle a moment later would hold it up for a minute. */
function endConnectionsOnClose(server: FastifyInstance): void {
  let isClosing = false;
  server.addHook("preClose", async () => {
    isClosing = true;
  });
  server.addHook("onSend", async (_request, reply) => {
    if (isClosing) void reply.header("connection", "close");
  });
}

/** Signatures are made over bytes, so nothing may parse these bodies. */
function addWebhooks(server: FastifyInstance, { stripe, intercom, onRefused }: ServerSettings): void {
  server.addHook("onError", async (request, _reply, error) => {
    const code = codeOf(toFailure(error));
    onRefused(code);
    const bytes = Number(request.headers["content-length"] ?? 0);
    request.log.warn({ code, bytes, route: request.routeOptions.url }, "a webhook delivery was refused");
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  addStripeWebhook(server, stripe);
  addIntercomWebhook(server, intercom);
}

async function addPages(server: FastifyInstance, settings: ServerSettings): Promise<void> {
  await server.register(cookie);
  await server.register(rateLimit, { global: false });
  await server.register(helmet, {
    contentSecurityPolicy: { directives: contentRules(settings.secure) },
    hsts: settings.secure,
    // Browsers ignore these without https, and complain.
    crossOriginOpenerPolicy: settings.secure,
    originAgentCluster: settings.secure,
  });
  if (settings.doors) addSignIn(server, settings.access, { secure: settings.secure });
  server.get("/metrics", { preHandler: settings.access.guard }, async (_request, reply) => {
    void reply.type(settings.registry.contentType);
    return settings.registry.metrics();
  });
  if (!settings.doors) return;
  addUsagePush(server, settings.api.usage, settings.access);
  await server.register(async (admin) => {
    admin.addHook("preHandler", settings.access.guard);
    addPulse(admin, settings.pulse);
    addApi(admin, settings.api);
  });
  if (existsSync(settings.webFolder)) await addWeb(server, settings);
}

/** The page is one file; its addresses are the router's. */
async function addWeb(server: FastifyInstance, { webFolder, access }: ServerSettings): Promise<void> {
  await server.register(staticFiles, { root: webFolder, serve: false, wildcard: false });
  server.get("/*", async (request, reply) => {
    const path = decodeURIComponent(request.url.split("?")[0] ?? "/").slice(1);
    if (path.startsWith("api/") || path.startsWith("webhooks/")) throw new RouteNotFound();
    if (path.startsWith("assets/")) return reply.sendFile(path, { immutable: true, maxAge: "365d" });
    if (!access.isAllowed(request))
      return reply.code(401).type("text/html").header("cache-control", "no-store").send(signInPage());
    if (/\.[a-z0-9]+$/.test(path)) return reply.sendFile(path);
    return reply.header("cache-control", "no-cache").sendFile("index.html", { cacheControl: false });
  });
}

function contentRules(secure: boolean): Record<string, string[] | null> {
  return {
    "default-src": ["'self'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "upgrade-insecure-requests": secure ? [] : null,
  };
}
