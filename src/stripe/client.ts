/** The door to Stripe's API: the official SDK at our pinned version, behind our own limiter. */
import { setTimeout as delay } from "node:timers/promises";
import Stripe from "stripe";
import { isRecord } from "../lib/json.ts";
import type { AppError } from "../model/error.ts";
import { StripeRateLimited, StripeUnavailable, toStripeFailure } from "./failure.ts";
import { StripeLimiter, stripeLimits, type LimiterClock } from "./limiter.ts";

/** Any object of Stripe's, as JSON. */
export type StripeJson = Readonly<Record<string, unknown>>;

/** One answer, with a second of Stripe's clock from which on it may no longer be true. */
export type StripeAnswer = { readonly body: StripeJson; readonly answeredS: number | null };

export type StripeQuery = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export type StripeClient = {
  /** Reads a path, e.g. `/v1/customers/cus_1`. Throws one of stripe/failure.ts. */
  get(path: string, query?: StripeQuery): Promise<StripeAnswer>;
  /** Writes to a path; `idempotencyKey` makes a repetition harmless. */
  post(path: string, body: StripeJson, idempotencyKey: string): Promise<StripeAnswer>;
  delete(path: string): Promise<StripeAnswer>;
  /** This node's part of the account's rate limits, in (0, 1]. */
  setShare(share: number): void;
  readonly livemode: boolean;
};

export type StripeClientSettings = {
  /** Our name of the account, for errors. */
  readonly account?: string;
  readonly apiKey: string;
  readonly apiVersion: string;
  /** e.g. https://api.stripe.com; may carry a path in front. */
  readonly baseUrl: string;
  readonly timeoutMs?: number;
  /** Asked before each call; throws when nothing may be sent at present. */
  readonly gate?: () => void;
  readonly onCall?: (call: {
    readonly method: string;
    readonly endpoint: string;
    readonly status: number | null;
  }) => void;
};

const attemptMax = 4;

/** True for keys of live mode: sk_live_…, rk_live_…. */
export function isLiveKey(apiKey: string): boolean {
  return /^[a-z]+_live_/.test(apiKey);
}

/** Opens a client for one account. Nothing is sent before the first request. */
export function createStripeClient(settings: StripeClientSettings): StripeClient {
  const livemode = isLiveKey(settings.apiKey);
  const sdk = createSdk(settings);
  const limiter = new StripeLimiter(stripeLimits(livemode), systemClock);
  // The SDK takes a host only; a path in front of the API's own goes before each request's.
  const prefix = new URL(settings.baseUrl).pathname.replace(/\/+$/, "");
  const send: Send = ({ method, path, body }, options) =>
    sdk.rawRequest(method, `${prefix}${path}`, body && { ...body }, options);
  const call = async (request: Call): Promise<StripeAnswer> => {
    settings.gate?.();
    return callWithin(limiter, send, { request, settings });
  };
  return {
    livemode,
    get: (path, query = {}) => call({ method: "GET", path: withQuery(path, query), body: undefined, key: undefined }),
    post: (path, body, key) => call({ method: "POST", path, body, key }),
    delete: (path) => call({ method: "DELETE", path, body: undefined, key: undefined }),
    setShare: (share) => limiter.setShare(share),
  };
}

type Method = "GET" | "POST" | "DELETE";
type Call = {
  readonly method: Method;
  readonly path: string;
  readonly body: StripeJson | undefined;
  readonly key: string | undefined;
};
type Send = (request: Call, options: Stripe.RawRequestOptions) => Promise<Stripe.Response<unknown>>;

function createSdk({ apiKey, apiVersion, baseUrl, timeoutMs = 20_000 }: StripeClientSettings): Stripe {
  const base = new URL(baseUrl);
  return new Stripe(apiKey, {
    // The pinned version may be older than the SDK's own; its types would allow only that one.
    apiVersion: pinned(apiVersion),
    host: base.hostname,
    port: base.port === "" ? (base.protocol === "https:" ? 443 : 80) : Number(base.port),
    protocol: base.protocol === "https:" ? "https" : "http",
    maxNetworkRetries: 0,
    timeout: timeoutMs,
    telemetry: false,
    appInfo: { name: "dunlin" },
  });
}

type SdkVersion = NonNullable<ConstructorParameters<typeof Stripe>[1]>["apiVersion"];
function pinned(version: string): NonNullable<SdkVersion> {
  return version as NonNullable<SdkVersion>; // oxlint-disable-line no-unsafe-type-assertion -- a version string is a version string
}

async function callWithin(
  limiter: StripeLimiter,
  send: Send,
  { request, settings }: { readonly request: Call; readonly settings: StripeClientSettings },
): Promise<StripeAnswer> {
  const endpoint = `${request.method} ${endpointOf(request.path)}`;
  for (let attempt = 1; ; attempt += 1) {
    await limiter.acquire(endpoint);
    const sentMs = performance.now();
    try {
      const answer = await send(request, optionsFor(request));
      settings.onCall?.({ method: request.method, endpoint, status: answer.lastResponse.statusCode });
      return {
        body: bodyOf(answer),
        answeredS: readAt(answer.lastResponse.headers["date"], performance.now() - sentMs),
      };
    } catch (error) {
      const failure = toStripeFailure(error, endpointOf(request.path), settings.account);
      settings.onCall?.({
        method: request.method,
        endpoint,
        status: error instanceof Stripe.errors.StripeError ? (error.statusCode ?? null) : null,
      });
      if (!mayRepeat(failure) || attempt >= attemptMax) throw failure;
      limiter.pause(endpoint, 250 * 2 ** attempt);
    }
  }
}

/** Every call is a read or carries an idempotency key, so that a repetition changes nothing. */
function mayRepeat(failure: AppError): boolean {
  return failure instanceof StripeRateLimited || failure instanceof StripeUnavailable;
}

function optionsFor({ key }: Call): Stripe.RawRequestOptions {
  return key === undefined ? {} : { idempotencyKey: key };
}

/** The answer is plain JSON with the SDK's own `lastResponse` beside it. */
function bodyOf(answer: Stripe.Response<unknown>): StripeJson {
  const { lastResponse: _, ...body }: { lastResponse?: unknown } = answer;
  return isRecord(body) ? body : {};
}

/** The header says when the answer left; what it shows was read up to the whole call's duration earlier. */
function readAt(header: string | undefined, durationMs: number): number | null {
  const leftS = dateOf(header);
  return leftS === null ? null : leftS - Math.ceil(durationMs / 1000);
}

function dateOf(header: string | undefined): number | null {
  const ms = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000);
}

/** Resources with a name of two parts, such as /v1/billing/meters. */
const groups = new Set(["billing", "billing_portal", "checkout", "entitlements", "radar", "test_helpers"]);

/** The path without its id, /v1/<resource>/<id>: Stripe counts requests per endpoint, and ids never become labels. */
function endpointOf(path: string): string {
  const parts = path.replace(/\?.*/, "").split("/");
  const place = groups.has(parts[2] ?? "") ? 4 : 3;
  return parts.map((part, index) => (index === place ? "{id}" : part)).join("/");
}

function withQuery(path: string, query: StripeQuery): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue;
    if (Array.isArray(value)) for (const item of value) params.append(`${key}[]`, String(item));
    else params.append(key, String(value));
  }
  const text = params.toString();
  return text === "" ? path : `${path}?${text}`;
}

const systemClock: LimiterClock = { nowMs: () => Date.now(), wait: (ms) => delay(ms) };
