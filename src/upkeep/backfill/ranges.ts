/**
 * Ranges of creation times: how a list is divided so that it is read in parallel, and how much of it is left.
 *
 * A range is read from its newest object downwards. While a resource has few open ranges, what a page leaves is divided
 * in the middle: the newer half goes on from its cursor, the older half begins a list of its own. A range without
 * objects costs one page, so the halves need not be equal.
 */
import { backoffMs } from "../../lib/backoff.ts";
import type { StripeQuery } from "../../stripe/client.ts";

export type Range = {
  readonly id: number;
  readonly resource: string;
  /** Creation times in unix seconds, both included. 0 is "from the very first". */
  readonly fromS: number;
  /** Comes down as pages are read. */
  readonly toS: number;
  /** Where `toS` began. */
  readonly topS: number;
  /** The last object that was read. */
  readonly cursor: string | null;
  readonly done: boolean;
  readonly objects: number;
  readonly pages: number;
  /** Failures in a row. */
  readonly attempt: number;
  readonly dueAtMs: number;
  readonly error: { readonly code: string; readonly message: string } | null;
};

/** A range that has no row yet. */
export type NewRange = Pick<Range, "resource" | "fromS" | "toS">;

/** What a page says about its range. */
export type PageEnd = {
  readonly objects: number;
  readonly hasMore: boolean;
  readonly lastId: string | null;
  readonly lastCreatedS: number | null;
};

/** Stripe opened in September 2011: nothing lies in the middle of a time before that. */
export const firstS = 1_314_835_200;

/** Fewer objects than two pages are read faster by one. */
const worthDividing = 200;

/** The filter of the range's next page. The bound stays beside the cursor, so that a lost cursor costs no more than a second. */
export function pageQuery({ fromS, toS, cursor }: Range): StripeQuery {
  return {
    "created[lte]": toS,
    ...(fromS > 0 ? { "created[gte]": fromS } : {}),
    ...(cursor === null ? {} : { starting_after: cursor }),
  };
}

/** What a page leaves of its range: nothing, or the rest; when `mayDivide`, in two halves. */
export function afterPage(
  range: Range,
  page: PageEnd,
  { mayDivide }: { readonly mayDivide: boolean },
): { readonly range: Range; readonly older: NewRange | null } {
  const read: Range = {
    ...range,
    objects: range.objects + page.objects,
    pages: range.pages + 1,
    attempt: 0,
    error: null,
    toS: Math.min(range.toS, page.lastCreatedS ?? range.toS),
    cursor: page.lastId,
  };
  if (!page.hasMore || page.lastId === null) return { range: { ...read, done: true, toS: read.fromS }, older: null };
  const middleS = mayDivide ? middleOf(read) : null;
  if (middleS === null) return { range: read, older: null };
  return {
    range: { ...read, fromS: middleS + 1 },
    older: { resource: read.resource, fromS: read.fromS, toS: middleS },
  };
}

/** Null when there is too little left to divide. */
function middleOf(range: Range): number | null {
  const fromS = Math.max(range.fromS, firstS);
  if (range.toS <= fromS || remainingOf(range, Number.POSITIVE_INFINITY) < worthDividing) return null;
  return Math.floor((fromS + range.toS) / 2);
}

/** The cursor's object is gone from Stripe: the page is asked for by time alone, which reads some of it twice. */
export function withoutCursor(range: Range): Range {
  return { ...range, cursor: null };
}

const retry = { baseMs: 1_000, capMs: 60_000 };
const refusedRetry = { baseMs: 300_000, capMs: 3_600_000 };
/** So many failures in a row, and the run goes on without waiting for the range. */
export const patience = 3;

export type Fault = {
  readonly code: string;
  readonly message: string;
  /** Stripe refused it in a way that a repetition will not change soon, such as a missing permission. */
  readonly refused: boolean;
};

/** The range after a failed attempt: it is tried again later. `random` is in [0, 1). */
export function afterFailure(
  range: Range,
  { code, message, refused }: Fault,
  { nowMs, random }: { readonly nowMs: number; readonly random: number },
): Range {
  const attempt = refused ? Math.max(range.attempt + 1, patience) : range.attempt + 1;
  const waitMs = refused ? backoffMs(attempt - patience + 1, random, refusedRetry) : backoffMs(attempt, random, retry);
  return { ...range, attempt, dueAtMs: nowMs + waitMs, error: { code, message } };
}

/** True while it is worth waiting for. */
export function isHopeful({ done, attempt }: Range): boolean {
  return !done && attempt < patience;
}

/** What the finished ranges of a resource add up to. */
export type Finished = { readonly ranges: number; readonly objects: number; readonly seconds: number };

export const nothingFinished: Finished = { ranges: 0, objects: 0, seconds: 0 };

/** The sum with one more finished range. */
export function withFinished({ ranges, objects, seconds }: Finished, range: Range): Finished {
  return {
    ranges: ranges + 1,
    objects: objects + range.objects,
    seconds: seconds + range.topS - lowOf(range),
  };
}

/** About how many objects of a resource have not been read, from how densely they lay so far; null before the first page. */
export function remainingIn(open: readonly Range[], finished: Finished): number | null {
  const objects = open.reduce((sum, range) => sum + range.objects, finished.objects);
  const seconds = open.reduce((sum, range) => sum + range.topS - range.toS, finished.seconds);
  if (finished.ranges === 0 && open.every(({ pages }) => pages === 0)) return null;
  const usualPerS = seconds > 0 ? objects / seconds : 0;
  return Math.round(open.reduce((sum, range) => sum + remainingOf(range, usualPerS), 0));
}

/** By the range's own density, or by the usual one while nothing of it was read. */
function remainingOf(range: Range, usualPerS: number): number {
  const leftS = Math.max(0, range.toS - lowOf(range));
  const readS = range.topS - range.toS;
  return (readS > 0 ? range.objects / readS : usualPerS) * leftS;
}

function lowOf({ fromS, topS }: Range): number {
  return Math.min(topS, Math.max(fromS, firstS));
}
