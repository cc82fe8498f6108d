/** The local Stripe: its API, its time, and what can be done to it from code. */
import type { Kernel, SandboxRequest, SandboxResponse, Vendor } from "../kernel/types.ts";
import { StripeApi } from "./api/api.ts";
import { StripeError } from "./api/errors.ts";
import type { RateLimits } from "./api/rate-limits.ts";
import { keepAppointment } from "./billing/time.ts";
import { answerPortal, PORTAL_PATH } from "./pages/portal-page.ts";
import { createEndpoint } from "./resources/webhook-endpoints.ts";
import { stripeRoutes } from "./routes.ts";
import { scenariosFor } from "./scenarios/scenarios.ts";
import type { Scenarios } from "./scenarios/scenarios.ts";
import { DEFAULT_SETTINGS, World } from "./world.ts";
import type { StripeSettings } from "./world.ts";
import type { WebhookEndpoint } from "./objects/webhook-endpoint.ts";

const DEFAULT_LIMITS: RateLimits = { perSecond: 100, perEndpointPerSecond: 25 };

export type StripeOptions = {
  readonly limits?: Partial<RateLimits>;
  readonly settings?: Partial<StripeSettings>;
};

/** A vendor with doors for the control page and for tests. */
export type StripeVendor = Vendor & {
  readonly name: "stripe";
  readonly world: World;
  readonly scenarios: Scenarios;
  /** May be changed at any time. */
  readonly limits: RateLimits;
  /** Makes a restricted key with these `rak_…` permissions and returns it. */
  createRestrictedKey(permissions: readonly string[]): string;
  revokeKey(key: string): void;
  /** Subscribes an address to events and returns the endpoint with its secret. */
  addWebhookEndpoint(url: string, enabledEvents?: readonly string[], apiVersion?: string): WebhookEndpoint;
  /** Sends a stored event to its subscribers again. */
  resendEvent(eventId: string): void;
};

/** Builds the local Stripe on a kernel. */
export function createStripe(kernel: Kernel, options: StripeOptions = {}): StripeVendor {
  const world = new World(kernel, { ...DEFAULT_SETTINGS, ...options.settings });
  const api = new StripeApi(world, stripeRoutes, { ...DEFAULT_LIMITS, ...options.limits });
  return {
    name: "stripe",
    world,
    scenarios: scenariosFor(world),
    limits: api.limiter.limits,
    handle: (request: SandboxRequest) =>
      request.path.startsWith(PORTAL_PATH) ? answerPortal(world, request) : api.handle(request),
    tick() {
      for (let due = world.agenda.take(world.now()); due !== undefined; due = world.agenda.take(world.now())) {
        keepAppointment(world, due);
      }
    },
    nextDueMs() {
      const at = world.agenda.nextAt;
      return at === undefined ? undefined : at * 1000;
    },
    errorResponse,
    createRestrictedKey: (permissions) => api.keys.restrict(`rk_test_${kernel.random.token(24)}`, permissions),
    revokeKey: (key) => api.keys.revoke(key),
    addWebhookEndpoint: (url, enabledEvents = ["*"], apiVersion) =>
      createEndpoint(world, { url, enabled_events: [...enabledEvents], api_version: apiVersion }),
    resendEvent: (eventId) => world.events.resend(eventId),
  };
}

/** What Stripe answers when it is not well. */
function errorResponse(status: number): SandboxResponse {
  if (status === 429) {
    const error = new StripeError(429, "invalid_request_error", "Request rate limit exceeded.", { code: "rate_limit" });
    return { ...error.toResponse("req_planted"), headers: { "stripe-rate-limited-reason": "global-concurrency" } };
  }
  const message = "An unknown error occurred on our side. Please try again.";
  return new StripeError(status, status >= 500 ? "api_error" : "invalid_request_error", message).toResponse(
    "req_planted",
  );
}
