/** The way of a request through Stripe's API: key, route, limits, permission, parameters, idempotency, answer. */
import { createHash } from "node:crypto";
import type { SandboxRequest, SandboxResponse } from "../../kernel/types.ts";
import { API_VERSION } from "../objects/shared.ts";
import type { World } from "../world.ts";
import { StripeError } from "./errors.ts";
import { expandAll } from "./expand.ts";
import { parseForm } from "./form.ts";
import type { Form } from "./form.ts";
import { IdempotencyKeys } from "./idempotency.ts";
import { Keys, requirePermission } from "./keys.ts";
import { RateLimiter } from "./rate-limits.ts";
import type { RateLimits } from "./rate-limits.ts";
import { Router } from "./routing.ts";
import type { Route } from "./routing.ts";

export class StripeApi {
  readonly keys = new Keys();
  readonly limiter: RateLimiter;
  readonly #world: World;
  readonly #router: Router;
  readonly #idempotency = new IdempotencyKeys();

  constructor(world: World, routes: readonly Route[], limits: RateLimits) {
    this.#world = world;
    this.#router = new Router(routes);
    this.limiter = new RateLimiter(limits);
  }

  handle(request: SandboxRequest): SandboxResponse {
    const requestId = `req_${this.#world.kernel.random.token(14)}`;
    const response = this.#answer(request, requestId);
    return { ...response, headers: { ...this.#headers(request, requestId), ...response.headers } };
  }

  #answer(request: SandboxRequest, requestId: string): SandboxResponse {
    try {
      return this.#dispatch(request, requestId);
    } catch (error) {
      if (error instanceof StripeError) return error.toResponse(requestId);
      if (error instanceof URIError) return StripeError.invalid("Malformed address.").toResponse(requestId);
      throw error;
    }
  }

  #dispatch(request: SandboxRequest, requestId: string): SandboxResponse {
    const key = this.keys.authenticate(request);
    const found = this.#router.find(request.method, request.path);
    if (found === undefined) throw unknownUrl(request);
    const refused = this.limiter.take(`${found.route.method} ${found.route.path}`, Date.now());
    if (refused !== undefined) return tooMany(refused, requestId);
    requirePermission(key, found.route.permission, found.route.access);
    const idempotencyKey = request.method === "POST" ? (request.headers["idempotency-key"] ?? null) : null;
    const run = () => this.#run(request, { ...found, requestId, idempotencyKey });
    if (idempotencyKey === null) return run();
    return this.#once(`${key.key} ${idempotencyKey}`, request, { requestId, run });
  }

  #once(
    key: string,
    request: SandboxRequest,
    { requestId, run }: { readonly requestId: string; readonly run: () => SandboxResponse },
  ): SandboxResponse {
    const now = this.#world.now();
    const fingerprint = createHash("sha256").update(`${request.path}\n`).update(request.rawBody).digest("hex");
    const replayed = this.#idempotency.replay(key, { fingerprint, now });
    if (replayed !== undefined) return replayed;
    const response = settled(run, requestId);
    this.#idempotency.remember(key, { fingerprint, response, at: now });
    return response;
  }

  #run(request: SandboxRequest, { route, ids, requestId, idempotencyKey }: Target): SandboxResponse {
    const { expand, ...params } = formOf(request);
    const world = this.#world;
    const work = route.prepare({ world, params, ids, url: request.path });
    const eventRequest = { id: request.method === "GET" ? null : requestId, idempotency_key: idempotencyKey };
    const answer = world.events.during(eventRequest, work);
    return { status: 200, body: expandAll(world, answer, expand) };
  }

  #headers(request: SandboxRequest, requestId: string): Record<string, string> {
    return {
      date: new Date(this.#world.kernel.clock.nowMs()).toUTCString(),
      "request-id": requestId,
      "stripe-version": request.headers["stripe-version"] ?? API_VERSION,
      ...(request.headers["idempotency-key"] === undefined
        ? {}
        : { "idempotency-key": request.headers["idempotency-key"] }),
    };
  }
}

type Target = {
  readonly route: Route;
  readonly ids: readonly string[];
  readonly requestId: string;
  readonly idempotencyKey: string | null;
};

/** Errors are answers too, and are remembered under an idempotency key as such. */
function settled(run: () => SandboxResponse, requestId: string): SandboxResponse {
  try {
    return run();
  } catch (error) {
    if (error instanceof StripeError) return error.toResponse(requestId);
    throw error;
  }
}

function formOf(request: SandboxRequest): Form {
  const body = request.rawBody.length === 0 ? [] : new URLSearchParams(request.rawBody.toString("utf8"));
  return parseForm([...request.query, ...body]);
}

function unknownUrl({ method, path }: SandboxRequest): StripeError {
  return new StripeError(
    404,
    "invalid_request_error",
    `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
  );
}

function tooMany(reason: string, requestId: string): SandboxResponse {
  const error = new StripeError(
    429,
    "invalid_request_error",
    "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
    {
      code: "rate_limit",
    },
  );
  return { ...error.toResponse(requestId), headers: { "stripe-rate-limited-reason": reason } };
}
