/** What Intercom's answer to one call says, before anybody decides what that means. */
import { isRecord, parseJson } from "../lib/json.ts";

/** Response headers as undici hands them over: lower-case names, repeated ones as arrays. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** One complete answer that is not a readable 2xx. */
export type Answer = {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: string;
};

/** The first entry of Intercom's error list; every part may be missing, as proxies answer in their own words. */
export type VendorError = {
  readonly code: string | null;
  readonly message: string;
  readonly field: string | null;
  readonly requestId: string | null;
};

/** Reads Intercom's error list (or its single error, which `/messages/status` uses) from an answer. */
export function readVendorError(answer: Answer): VendorError {
  const body = parseJson(answer.body);
  const record = isRecord(body) ? body : {};
  const list: readonly unknown[] = Array.isArray(record["errors"]) ? record["errors"] : [];
  const first = isRecord(list[0]) ? list[0] : record;
  return {
    code: textOf(first["code"]),
    message: clip(textOf(first["message"]) ?? ""),
    field: textOf(first["field"]),
    requestId: textOf(record["request_id"]) ?? headerOf(answer.headers, "x-request-id"),
  };
}

/** The value of a header; of a repeated one the first. */
export function headerOf(headers: AnswerHeaders, name: string): string | null {
  const value = headers[name];
  return (typeof value === "string" ? value : value?.[0]) ?? null;
}

/** The vendor's clock when it answered, to the second, from the `Date` header. */
export function answeredAtMs(headers: AnswerHeaders): number | null {
  const at = Date.parse(headerOf(headers, "date") ?? "");
  return Number.isNaN(at) ? null : at;
}

const retryBoundMs = { min: 250, max: 120_000 } as const;

/** How long a 429 asks us to wait: `Retry-After`, else until `X-RateLimit-Reset` on the vendor's clock, else one slice. */
export function retryAfterOf(headers: AnswerHeaders, nowMs: number): number {
  const asked = retryAfterHeader(headers, nowMs) ?? untilReset(headers, nowMs) ?? 10_000;
  return Math.min(retryBoundMs.max, Math.max(retryBoundMs.min, Math.ceil(asked)));
}

function retryAfterHeader(headers: AnswerHeaders, nowMs: number): number | null {
  const value = headerOf(headers, "retry-after");
  if (value === null) return null;
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : at - (answeredAtMs(headers) ?? nowMs);
}

function untilReset(headers: AnswerHeaders, nowMs: number): number | null {
  const reset = Number(headerOf(headers, "x-ratelimit-reset") ?? Number.NaN);
  return Number.isFinite(reset) ? reset * 1000 - (answeredAtMs(headers) ?? nowMs) : null;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Vendor texts go into messages for people; a page of HTML must not. */
function clip(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 299)}…`;
}
