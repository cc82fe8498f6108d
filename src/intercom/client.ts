/** The door to Intercom's REST API: one typed request at a time, within the rate budget, without hidden retries. */
import { setMaxListeners } from "node:events";
import { Pool } from "undici";
import type { z } from "zod";
import { parseJson } from "../lib/json.ts";
import type { Lane } from "../model/lane.ts";
import { headerOf, type Answer, type AnswerHeaders } from "./answer.ts";
import { systemClock, type Permit, type RateBudget } from "./budget.ts";
import { exchange, ExchangeBroken } from "./exchange.ts";
import { failureOf, IntercomRateLimited, unreachable, unreadable, type CallEffect } from "./failure.ts";

const bytesMax = 2 * 1024 * 1024;
const connectTimeoutMs = 10_000;

export type IntercomRequest<T> = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The path's template, e.g. `/contacts/{id}`: what logs, metrics and messages show. */
  readonly path: string;
  /** The values of the template's names. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly lane: Lane;
  /** What the answer must look like; an empty answer is `undefined`. */
  readonly schema: z.ZodType<T>;
  readonly effect: CallEffect;
  readonly signal?: AbortSignal;
  /** Set for what only the version Preview of the API has: a sentence that says so, and what to use where a workspace lacks it. */
  readonly preview?: string;
  /**
   * Passed right before the call leaves, after any wait for the budget; what it throws is thrown, and nothing was sent.
   * Whoever writes under a lease makes sure here that it is still theirs.
   */
  readonly guard?: () => Promise<void>;
};

export type IntercomReply<T> = {
  readonly data: T;
  readonly requestId: string | null;
  readonly headers: AnswerHeaders;
};

/** One finished call, for metrics and logs; `status` is null when no complete answer came. */
export type IntercomCall = {
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
  readonly durationMs: number;
  readonly requestId: string | null;
};

export type IntercomClientSettings = {
  /** e.g. `https://api.eu.intercom.io`; may carry a path in front. */
  readonly baseUrl: string;
  readonly token: string;
  readonly version?: string;
  readonly budget: RateBudget;
  /** For the whole answer, from leaving the budget to the body's last byte. */
  readonly timeoutMs?: number;
  readonly connectionsMax?: number;
  /** Dunlin's own version, for the User-Agent. */
  readonly appVersion?: string;
  readonly clock?: { nowMs(): number };
  readonly onCall?: (call: IntercomCall) => void;
  /** Asked before each call; throws when nothing may be sent at present. */
  readonly gate?: () => void;
};

export type IntercomClient = {
  /** Sends one request; rejects with one of the classes of `failure.ts`. */
  request<T>(request: IntercomRequest<T>): Promise<IntercomReply<T>>;
  /** Waits for the calls under way and closes the connections. */
  close(): Promise<void>;
};

/** Opens a client for one workspace. Nothing is sent before the first request. */
export function createIntercomClient(settings: IntercomClientSettings): IntercomClient {
  const base = new URL(settings.baseUrl);
  const pool = new Pool(base.origin, {
    connections: settings.connectionsMax ?? 256,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    headersTimeout: 0, // the exchange has one deadline for all of it
    bodyTimeout: 0,
    connect: { timeout: connectTimeoutMs },
  });
  const caller = new Caller(pool, base.pathname.replace(/\/+$/, ""), settings);
  return { request: (request) => caller.request(request), close: () => pool.close() };
}

type Wire = { readonly path: string; readonly headers: Record<string, string>; readonly body: string | null };

class Caller {
  readonly #pool: Pool;
  readonly #prefix: string;
  readonly #settings: IntercomClientSettings;
  readonly #clock: { nowMs(): number };
  readonly #headers: Readonly<Record<string, string>>;

  constructor(pool: Pool, prefix: string, settings: IntercomClientSettings) {
    this.#pool = pool;
    this.#prefix = prefix;
    this.#settings = settings;
    this.#clock = settings.clock ?? systemClock;
    this.#headers = {
      authorization: `Bearer ${settings.token}`,
      "intercom-version": settings.version ?? "2.16",
      accept: "application/json",
      "user-agent": `dunlin/${settings.appVersion ?? "dev"}`,
    };
  }

  async request<T>(request: IntercomRequest<T>): Promise<IntercomReply<T>> {
    this.#settings.gate?.();
    // Hundreds of calls share the signal of a shutdown; Node would take that for a leak.
    if (request.signal !== undefined) setMaxListeners(0, request.signal);
    const answer = await this.#answerTo(request, this.#wire(request));
    if (answer.status < 200 || answer.status > 299) throw this.#failure(answer, request);
    const data = read(answer, request);
    return { data, requestId: requestIdOf(answer.headers), headers: answer.headers };
  }

  /** A kept connection may have been closed by the other side just as we used it: that alone is tried again, once. */
  async #answerTo<T>(request: IntercomRequest<T>, wire: Wire): Promise<Answer> {
    try {
      return await this.#attempt(request, wire);
    } catch (error) {
      if (!(error instanceof ExchangeBroken)) throw error;
      if (!isStaleSocket(error) || request.effect === "once") throw unreachable(request, error.sent, error.cause);
    }
    try {
      return await this.#attempt(request, wire);
    } catch (error) {
      throw error instanceof ExchangeBroken ? unreachable(request, true, error.cause) : error;
    }
  }

  async #attempt<T>(request: IntercomRequest<T>, wire: Wire): Promise<Answer> {
    const permit = await this.#permit(request);
    await this.#pass(request, permit);
    const startedMs = performance.now();
    try {
      const answer = await this.#exchange(request, wire, permit);
      this.#report(request, answer, startedMs);
      return answer;
    } catch (error) {
      this.#report(request, null, startedMs);
      throw error;
    } finally {
      permit.done(null); // no effect when the headers have come
    }
  }

  async #permit<T>(request: IntercomRequest<T>): Promise<Permit> {
    try {
      return await this.#settings.budget.acquire(request.lane, request.signal);
    } catch (cause) {
      throw unreachable(request, false, cause);
    }
  }

  async #pass<T>({ guard }: IntercomRequest<T>, permit: Permit): Promise<void> {
    try {
      await guard?.();
    } catch (error) {
      permit.done(null);
      throw error;
    }
  }

  #exchange<T>({ method, signal }: IntercomRequest<T>, wire: Wire, permit: Permit): Promise<Answer> {
    return exchange(this.#pool, {
      ...wire,
      method,
      timeoutMs: this.#settings.timeoutMs ?? 20_000,
      bytesMax,
      signal,
      onHeaders: (headers) => permit.done(headers),
    });
  }

  #wire<T>({ path, params, query, body, preview }: IntercomRequest<T>): Wire {
    const url = this.#prefix + fill(path, params ?? {}) + search(query ?? {});
    const headers = { ...this.#headers, ...(preview === undefined ? {} : { "intercom-version": "Preview" }) };
    if (body === undefined) return { path: url, headers, body: null };
    return { path: url, headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
  }

  #failure<T>(answer: Answer, request: IntercomRequest<T>): Error {
    const nowMs = this.#clock.nowMs();
    const failure = failureOf(answer, request, nowMs);
    if (failure instanceof IntercomRateLimited) this.#settings.budget.pause(nowMs + failure.retryAfterMs);
    return failure;
  }

  #report<T>({ method, path }: IntercomRequest<T>, answer: Answer | null, startedMs: number): void {
    this.#settings.onCall?.({
      method,
      path,
      status: answer?.status ?? null,
      durationMs: performance.now() - startedMs,
      requestId: answer === null ? null : requestIdOf(answer.headers),
    });
  }
}

function read<T>(answer: Answer, request: IntercomRequest<T>): T {
  const json = parseJson(answer.body);
  // The parser's own error would quote the body, and bodies do not belong into logs.
  if (json === undefined && answer.body !== "") throw unreadable(answer, request, new Error("It is not JSON."));
  const parsed = request.schema.safeParse(json);
  if (!parsed.success) throw unreadable(answer, request, parsed.error);
  return parsed.data;
}

/** Reset or closed before the first byte of an answer, and not by us. */
function isStaleSocket(error: ExchangeBroken): boolean {
  return error.sent && !error.answering && !error.givenUp;
}

function requestIdOf(headers: AnswerHeaders): string | null {
  return headerOf(headers, "x-request-id");
}

function fill(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined || value === "") throw new TypeError(`The path ${path} needs a value for ${name}.`);
    return encodeURIComponent(value);
  });
}

function search(query: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}
