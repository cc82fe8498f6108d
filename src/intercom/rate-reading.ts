/** What one answer says about Intercom's budget, and what it tells about Intercom's clock. */
import { answeredAtMs, headerOf, type AnswerHeaders } from "./answer.ts";

/** `resetMs` is on Intercom's clock and names the slice: all answers of one slice carry the same. */
export type RateReading = {
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
  /** Intercom's clock when it answered, to the second. */
  readonly answeredAtMs: number | null;
};

/** Reads the rate headers; null when they are absent or make no sense. */
export function readRate(headers: AnswerHeaders, nowMs: number): RateReading | null {
  const limit = wholeNumber(headerOf(headers, "x-ratelimit-limit"));
  const remaining = wholeNumber(headerOf(headers, "x-ratelimit-remaining"));
  const resetS = wholeNumber(headerOf(headers, "x-ratelimit-reset"));
  if (limit === null || limit < 1 || remaining === null || resetS === null) return null;
  const answered = answeredAtMs(headers);
  const resetMs = resetS * 1000;
  // A slice lasts ten seconds; an hour away it is another unit or another clock, and worse than nothing.
  if (Math.abs(resetMs - (answered ?? nowMs)) > 3_600_000) return null;
  return { limit, remaining: Math.min(remaining, limit), resetMs, answeredAtMs: answered };
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,13}$/.test(text) ? Number(text) : null;
}

/** Intercom's clock minus ours is somewhere in here. */
export type ClockOffset = { readonly fromMs: number; readonly toMs: number };

export const unknownOffset: ClockOffset = { fromMs: -Infinity, toMs: Infinity };

/** Both hold at once; when they cannot, a clock was moved and only the newer one counts. */
export function narrowOffset(known: ClockOffset, newer: ClockOffset): ClockOffset {
  const fromMs = Math.max(known.fromMs, newer.fromMs);
  const toMs = Math.min(known.toMs, newer.toMs);
  return fromMs <= toMs ? { fromMs, toMs } : newer;
}

/** What the `Date` header of a call sent at `sentMs` and answered at `heardMs` proves. */
export function offsetFromDate(dateMs: number, sentMs: number, heardMs: number): ClockOffset {
  return { fromMs: dateMs - heardMs, toMs: dateMs + 1000 - sentMs };
}
