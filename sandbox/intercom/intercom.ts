/** The local Intercom: the REST API of version 2.16, with the one call of Preview that Dunlin makes, with state, limits, search lag and webhooks. */
import { randomUUID } from "node:crypto";
import type { Kernel, SandboxRequest, SandboxResponse, Vendor } from "../kernel/types.ts";
import { adminRoutes, seedAdmins } from "./admins.ts";
import { readBody } from "./body.ts";
import { companyListRoutes } from "./company-lists.ts";
import { companyRoutes } from "./companies.ts";
import { contactCompanyRoutes } from "./contact-companies.ts";
import { contactLifecycleRoutes } from "./contact-lifecycle.ts";
import { contactSearchRoutes } from "./contact-search.ts";
import { contactRoutes } from "./contacts.ts";
import { conversationAttributeRoutes } from "./conversation-attributes.ts";
import { conversationPartRoutes, nextWakeMs, wakeSnoozed } from "./conversation-parts.ts";
import { conversationSearchRoutes } from "./conversation-search.ts";
import { conversationRoutes } from "./conversations.ts";
import { dataAttributeRoutes } from "./data-attributes.ts";
import { dataConnectorRoutes } from "./data-connectors.ts";
import { eventRoutes } from "./events.ts";
import { checkScope, checkToken, checkVersion, createRateLimit } from "./gate.ts";
import { messageRoutes } from "./messages.ts";
import { noteRoutes } from "./notes.ts";
import { notFound, Refusal } from "./refusal.ts";
import { createRouter } from "./router.ts";
import type { Route, Scope } from "./route.ts";
import { segmentRoutes, subscriptionRoutes } from "./segments.ts";
import { tagRoutes } from "./tags.ts";
import { createTeammate, type Teammate } from "./teammate.ts";
import { ticketSearchRoutes } from "./ticket-search.ts";
import { seedTickets, ticketTypeRoutes } from "./ticket-types.ts";
import { ticketRoutes } from "./tickets.ts";
import { openWorkspace, type IntercomOptions, type Workspace } from "./workspace.ts";

/** What can be turned while the sandbox runs. */
export type Knobs = {
  setSearchLagMs(ms: number): void;
  setLimitPerSlice(calls: number): void;
  setWebhookUrl(url: string | null): void;
  /** The topics that are ticked in the Developer Hub; `null` for all. */
  setWebhookTopics(topics: readonly string[] | null): void;
  /** Answers 401 to everything, as after the token was revoked. */
  setUnauthorized(unauthorized: boolean): void;
  /** Whether calls of the version Preview are taken; a real workspace may be without it. */
  setPreview(preview: boolean): void;
  /** Answers 403 where the permission is needed. */
  revokeScope(scope: Scope): void;
  grantScope(scope: Scope): void;
  /** What is set now, for the control page. */
  settings(): {
    readonly searchLagMs: number;
    readonly limitPerSlice: number;
    readonly unauthorized: boolean;
    readonly webhookUrl: string | null;
    /** Null for all. */
    readonly webhookTopics: readonly string[] | null;
    readonly preview: boolean;
    readonly revokedScopes: readonly Scope[];
  };
  /** Sends the topic with which people test a subscription. */
  ping(): void;
};

export type IntercomVendor = Vendor & Knobs & Teammate;

/** Opens the workspace on the kernel's store and answers its API. */
export function createIntercom(kernel: Kernel, options: IntercomOptions): IntercomVendor {
  const workspace = openWorkspace(kernel, options);
  seedAdmins(workspace);
  seedTickets(workspace);
  return {
    name: "intercom",
    handle: createDoor(workspace, options),
    tick: () => wakeSnoozed(workspace),
    nextDueMs: () => nextWakeMs(workspace),
    errorResponse: (status) => refused(plantedRefusal(status), randomUUID(), {}),
    ...createKnobs(workspace),
    ...createTeammate(workspace),
  };
}

function allRoutes(workspace: Workspace): readonly Route[] {
  const tables = [
    adminRoutes,
    contactRoutes,
    contactSearchRoutes,
    contactLifecycleRoutes,
    contactCompanyRoutes,
    dataAttributeRoutes,
    tagRoutes,
    noteRoutes,
    eventRoutes,
    companyRoutes,
    companyListRoutes,
    segmentRoutes,
    subscriptionRoutes,
    messageRoutes,
    conversationRoutes,
    conversationPartRoutes,
    conversationSearchRoutes,
    conversationAttributeRoutes,
    ticketTypeRoutes,
    ticketRoutes,
    ticketSearchRoutes,
    dataConnectorRoutes,
  ];
  return tables.flatMap((table) => table(workspace));
}

/** A token that is not valid learns nothing, not even its rate limit. */
function createDoor(workspace: Workspace, options: IntercomOptions): Vendor["handle"] {
  const { settings } = workspace;
  const find = createRouter(allRoutes(workspace));
  const limit = createRateLimit(settings, options.wallNowMs ?? Date.now);
  const answer = (request: SandboxRequest): SandboxResponse => {
    limit.count();
    const found = find(request.method, request.path);
    const version = checkVersion(request, found?.route, settings);
    if (found === undefined) throw notFound("The requested resource was not found");
    checkScope(found.route.scope, settings);
    const body = readBody(request.rawBody, request.headers["content-type"]);
    return found.route.answer({ params: found.params, query: request.query, version, body });
  };
  return (request) => {
    const requestId = randomUUID();
    const headers = { "x-request-id": requestId };
    try {
      checkToken(request, options.token, settings);
    } catch (error) {
      return refused(error, requestId, headers);
    }
    try {
      const answered = answer(request);
      return { ...answered, headers: { ...headers, ...limit.headers(), ...answered.headers } };
    } catch (error) {
      return refused(error, requestId, { ...headers, ...limit.headers() });
    }
  };
}

function refused(error: unknown, requestId: string, headers: Readonly<Record<string, string>>): SandboxResponse {
  if (!(error instanceof Refusal)) throw error;
  const { status, code, message, field } = error;
  return {
    status,
    headers: { ...headers, ...error.headers },
    body: {
      type: "error.list",
      request_id: requestId,
      errors: [{ code, message, ...(field === undefined ? {} : { field }) }],
    },
  };
}

/** How Intercom words what a planted fault asks for. */
function plantedRefusal(status: number): Refusal {
  if (status === 401) return new Refusal(401, "unauthorized", "Access Token Invalid");
  if (status === 408) return new Refusal(408, "request_timeout", "The request took too long");
  if (status === 429) return new Refusal(429, "rate_limit_exceeded", "Exceeded rate limit of 1666 in 10_seconds");
  if (status === 503)
    return new Refusal(503, "service_unavailable", "Sorry, the API service is temporarily unavailable");
  if (status >= 500) return new Refusal(status, "server_error", "Server error");
  return new Refusal(status, "client_error", "The request was refused");
}

function createKnobs(workspace: Workspace): Knobs {
  const { settings } = workspace;
  return {
    setSearchLagMs: (ms) => void (settings.searchLagMs = ms),
    setLimitPerSlice: (calls) => void (settings.limitPerSlice = calls),
    setWebhookUrl: (url) => void (settings.webhookUrl = url),
    setWebhookTopics: (topics) => void (settings.webhookTopics = topics === null ? null : new Set(topics)),
    setUnauthorized: (unauthorized) => void (settings.unauthorized = unauthorized),
    setPreview: (preview) => void (settings.preview = preview),
    revokeScope: (scope) => void settings.revokedScopes.add(scope),
    grantScope: (scope) => void settings.revokedScopes.delete(scope),
    settings: () => ({
      searchLagMs: settings.searchLagMs,
      limitPerSlice: settings.limitPerSlice,
      unauthorized: settings.unauthorized,
      webhookUrl: settings.webhookUrl,
      webhookTopics: settings.webhookTopics && [...settings.webhookTopics],
      preview: settings.preview,
      revokedScopes: [...settings.revokedScopes],
    }),
    ping: () => workspace.notify("ping", () => ({ type: "ping", message: "something something interzen" })),
  };
}
