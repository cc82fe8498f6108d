/** Reads all of Stripe's lists, several ranges at a time, and keeps what is newer than our copies. */
import { makeCopy } from "../../billing/apply.ts";
import { idOf, partOf, textOf, wholeOf } from "../../billing/read.ts";
import { pause } from "../../lib/pause.ts";
import { codeOf, kindOf, messageOf } from "../../model/error.ts";
import type { ObjectCopy } from "../../model/stripe-object.ts";
import type { SyncContext } from "../../pipeline/context.ts";
import { copiesOfPage, keepRead } from "../../pipeline/load-customer.ts";
import type { StripeJson } from "../../stripe/client.ts";
import { StripeForbidden, StripeNotFound, StripeRejected } from "../../stripe/failure.ts";
import { readPage } from "../../stripe/objects.ts";
import { onceOpen, type Doors } from "../until-open.ts";
import type { ProgressKeeper } from "./progress.ts";
import { listOpenRanges, saveRange, sumFinished } from "./range-rows.ts";
import {
  afterFailure,
  afterPage,
  isHopeful,
  nothingFinished,
  pageQuery,
  withFinished,
  withoutCursor,
  type Finished,
  type NewRange,
  type Range,
} from "./ranges.ts";
import { resourceNamed, resources } from "./resources.ts";

/** Pages that are asked for at once; Stripe's limiter spaces them. */
const inFlightMax = 12;
/** A resource is divided while it has fewer open ranges. */
const openMax = 12;

export type Loading = {
  readonly context: SyncContext;
  readonly run: number;
  readonly progress: ProgressKeeper;
  readonly signal: AbortSignal;
  readonly doors: Doors | undefined;
  /** Told the customers whose objects were read, when somebody wants to know. */
  readonly onKept?: (customerIds: readonly string[]) => Promise<void>;
  /** A resource is read to its end, as far as it can be. */
  readonly onResource?: (name: string) => void;
};

/**
 * Reads until no range is left, or only such that failed several times in a row: those are for a later visit. Waits while
 * the account is paused. Throws what stops everything: a database that is away, and without doors a key that is not
 * accepted.
 */
export async function loadStripe(loading: Loading): Promise<void> {
  const loader = new Loader(loading);
  await loader.prepare();
  await loader.run();
}

class Loader {
  readonly #loading: Loading;
  readonly #open = new Map<number, Range>();
  readonly #busy = new Map<number, Promise<void>>();
  readonly #finished = new Map<string, Finished>();
  readonly #told = new Set<string>();
  /** What stops everything. */
  #fatal: Error | undefined;

  constructor(loading: Loading) {
    this.#loading = loading;
  }

  async prepare(): Promise<void> {
    const { context, run } = this.#loading;
    for (const range of await listOpenRanges(context.pool, run)) this.#open.set(range.id, range);
    for (const [resource, sum] of await sumFinished(context.pool, run)) this.#finished.set(resource, sum);
    for (const { name } of resources) await this.#report(name);
  }

  async run(): Promise<void> {
    const { signal, context } = this.#loading;
    for (;;) {
      const stopped = signal.aborted || this.#fatal !== undefined;
      const waiting = stopped ? [] : this.#waiting();
      const nowMs = context.nowMs();
      for (const range of waiting.filter(({ dueAtMs }) => dueAtMs <= nowMs)) this.#start(range);
      if (this.#busy.size === 0 && (stopped || waiting.length === 0)) break;
      await this.#wait(waiting);
    }
    signal.throwIfAborted();
    if (this.#fatal) throw this.#fatal;
  }

  /** Ranges that may be read next, the earlier resources first; what has failed too often is left for later. */
  #waiting(): readonly Range[] {
    const room = inFlightMax - this.#busy.size;
    if (room <= 0) return [];
    const rank = new Map(resources.map(({ name }, index) => [name, index]));
    const nowMs = this.#loading.context.nowMs();
    return [...this.#open.values()]
      .filter((range) => !this.#busy.has(range.id) && (isHopeful(range) || this.#isRetry(range, nowMs)))
      .toSorted(
        (a, b) =>
          Number(a.dueAtMs > nowMs) - Number(b.dueAtMs > nowMs) ||
          (rank.get(a.resource) ?? 0) - (rank.get(b.resource) ?? 0) ||
          a.id - b.id,
      )
      .slice(0, room);
  }

  /** A former visit gave it up, and its time has come. */
  #isRetry({ dueAtMs }: Range, nowMs: number): boolean {
    return dueAtMs <= nowMs;
  }

  #start(range: Range): void {
    const work = this.#read(range)
      .catch((error: unknown) => {
        this.#fatal ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => this.#busy.delete(range.id));
    this.#busy.set(range.id, work);
  }

  /** Until a page is read, or until the first of the waiting ranges is due. */
  async #wait(waiting: readonly Range[]): Promise<void> {
    const idle = waiting.filter(({ id }) => !this.#busy.has(id)).map(({ dueAtMs }) => dueAtMs);
    const over = new AbortController();
    const sleepMs = idle.length === 0 ? null : Math.max(0, Math.min(...idle) - this.#loading.context.nowMs());
    const sleep = sleepMs === null ? [] : [pause(sleepMs, AbortSignal.any([over.signal, this.#loading.signal]))];
    await Promise.race([...this.#busy.values(), ...sleep]);
    over.abort();
  }

  async #read(range: Range): Promise<void> {
    try {
      await this.#readPage(range);
    } catch (error) {
      await this.#failed(range, error);
    }
  }

  async #readPage(range: Range): Promise<void> {
    const { context } = this.#loading;
    const { path, query, kind } = resourceNamed(range.resource);
    const page = await onceOpen({ ...this.#loading, vendor: "stripe", account: context.account }, () =>
      readPage(context.stripe, path, { ...query, ...pageQuery(range) }),
    );
    const answeredS = page.answeredS ?? Math.floor(context.nowMs() / 1000);
    const copies = ownersFound(copiesOfPage(kind, page.items, { answeredS }), page.items);
    await keepRead(context, copies);
    await this.#loading.onKept?.([...new Set(copies.map(({ customerId }) => customerId))].filter((id) => id !== null));
    const last = page.items.at(-1) ?? {};
    const end = {
      objects: page.items.length,
      hasMore: page.hasMore,
      lastId: textOf(last, "id"),
      lastCreatedS: wholeOf(last, "created"),
    };
    const { range: next, older } = afterPage(range, end, { mayDivide: this.#openOf(range.resource).length < openMax });
    await this.#save(next, older);
  }

  async #failed(range: Range, error: unknown): Promise<void> {
    const { context, signal } = this.#loading;
    if (signal.aborted) return;
    if (error instanceof StripeNotFound && range.cursor !== null) return this.#save(withoutCursor(range), null);
    const refused =
      error instanceof StripeForbidden || error instanceof StripeRejected || error instanceof StripeNotFound;
    if (!refused && kindOf(error) !== "transient") throw error;
    // Of ours: the database is away.
    if (!refused && !codeOf(error).startsWith("STRIPE")) throw error;
    const fault = { code: codeOf(error), message: messageOf(error), refused };
    const failed = afterFailure(range, fault, { nowMs: context.nowMs(), random: context.random() });
    const facts = { code: fault.code, resource: range.resource, attempt: failed.attempt };
    context.log.warn(facts, `a part of ${range.resource} could not be read and is tried again: ${fault.message}`);
    await this.#save(failed, null);
  }

  async #save(range: Range, older: NewRange | null): Promise<void> {
    const half = await saveRange(this.#loading.context.records, range, older);
    if (half) this.#open.set(half.id, half);
    if (range.done) {
      this.#open.delete(range.id);
      this.#finished.set(range.resource, withFinished(this.#sumOf(range.resource), range));
    } else this.#open.set(range.id, range);
    await this.#report(range.resource);
  }

  async #report(name: string): Promise<void> {
    const open = this.#openOf(name);
    await this.#loading.progress.resource(name, { open, finished: this.#sumOf(name) });
    if (open.some(isHopeful) || this.#told.has(name)) return;
    this.#told.add(name);
    this.#loading.onResource?.(name);
  }

  #openOf(name: string): readonly Range[] {
    return [...this.#open.values()].filter(({ resource }) => resource === name);
  }

  #sumOf(name: string): Finished {
    return this.#finished.get(name) ?? nothingFinished;
  }
}

/** A dispute, and a refund of an older shape, belongs to whoever its charge belongs to; the charge comes expanded. */
function ownersFound(copies: readonly ObjectCopy[], items: readonly StripeJson[]): readonly ObjectCopy[] {
  return copies.map((copy) => {
    if ((copy.kind !== "dispute" && copy.kind !== "refund") || copy.customerId !== null) return copy;
    const item = items.find((candidate) => candidate["id"] === copy.id) ?? {};
    return makeCopy(item, { ...copy, customerId: idOf(partOf(item, "charge"), "customer") });
  });
}
