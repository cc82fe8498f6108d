/**
 * First stage: an event is stored, our copies follow, and the customer's job is queued: one durable statement for all
 * that arrived together. Only then is the sender told that we have it.
 */
import {
  foldEvents,
  idsNeeded,
  snapshotOfEvent,
  type Folded,
  type IncomingEvent,
  type Outcome,
} from "../billing/apply.ts";
import { findCopies, type Batch, type DecidedEvent, type JobRequest } from "../billing/store.ts";
import { idOf } from "../billing/read.ts";
import { renamedProducts } from "../billing/renamed.ts";
import type { FindCopy } from "../billing/customer-of.ts";
import { decideAgain } from "../db/lost-race.ts";
import type { Pool } from "../db/pool.ts";
import { useOf } from "../events/catalogue.ts";
import { parseEvent } from "../events/parse.ts";
import { findBodies, findStored } from "../events/store.ts";
import { crashPoint } from "../lib/crash-point.ts";
import { MicroBatch } from "../lib/micro-batch.ts";
import { AppError, kindOf } from "../model/error.ts";
import type { EventWay, StripeEvent } from "../model/stripe-event.ts";
import type { ObjectKind } from "../model/stripe-object.ts";
import { jobsOf } from "./jobs.ts";
import {
  commitTogether,
  noConsequences,
  planMoments,
  tellsAny,
  type Committing,
  type Consequences,
  type EventOfCustomer,
  type MomentSource,
} from "./plan-moments.ts";

/** Too many events wait for the disk; Stripe sends this one again. */
export class Overloaded extends AppError {
  readonly code = "OVERLOADED";
  readonly kind = "transient";
  constructor() {
    super("More events arrive than can be stored at the moment; this one is refused so that Stripe sends it again.");
  }
}

/** A verified event with the bytes that were signed, or as the list shows it. */
export type ReceivedEvent = { readonly event: StripeEvent; readonly body: Buffer; readonly came: EventWay };

/** What became of a delivery. */
export type Receipt = { readonly duplicate: boolean; readonly outcome: Outcome };

type Stored = { readonly receipt: Receipt } | { readonly failure: unknown };

export type ReceiverSettings = {
  readonly account: string;
  readonly pool: Pool;
  readonly settleMs: number;
  /** Kinds of objects whose changes the mapping wants to leave at once. */
  readonly urgentKinds?: (() => ReadonlySet<ObjectKind>) | undefined;
  /** What is told of moments; nothing without it. */
  readonly moments?: MomentSource | undefined;
  /** Told after each commit what is to be done next. */
  readonly onCommitted: (committed: Committed) => void;
};

export type Committed = {
  readonly receipts: readonly Receipt[];
  readonly jobs: readonly JobRequest[];
  /** Events that Stripe must be asked about. */
  readonly waiting: number;
  readonly renamedProducts: readonly string[];
  /** Effects that were planned. */
  readonly planned: number;
  /** Rules that have something to look at. */
  readonly matched: number;
};

/** How much later than the settle time a calm write may leave at most, as a multiple. */
const settleMaxFactor = 2.25;
const attemptMax = 6;

/** The longest that a calm write waits, in whole milliseconds. */
export function settleMaxOf(settleMs: number): number {
  return Math.round(settleMs * settleMaxFactor);
}

/** Stores events, many at a time. */
export class EventReceiver {
  readonly #settings: ReceiverSettings;
  readonly #batches: MicroBatch<ReceivedEvent, Stored>;

  constructor(settings: ReceiverSettings) {
    this.#settings = settings;
    this.#batches = new MicroBatch((items) => this.#flushSafely(items), {
      sizeMax: 128,
      waitingMax: 4096,
      flushesMax: 2,
    });
  }

  /** Resolves when the event is durable. Throws Overloaded, or DatabaseUnavailable. */
  async receive(received: ReceivedEvent): Promise<Receipt> {
    if (this.#batches.full) throw new Overloaded();
    const stored = await this.#batches.add(received);
    if ("failure" in stored) throw stored.failure;
    await crashPoint("after-store-before-ack");
    return stored.receipt;
  }

  /** Resolves when everything that was accepted is stored. */
  idle(): Promise<void> {
    return this.#batches.idle();
  }

  /** One event that cannot be stored must not take the others with it: then each is stored by itself. */
  async #flushSafely(items: readonly ReceivedEvent[]): Promise<readonly Stored[]> {
    try {
      return (await this.#flush(items)).map((receipt) => ({ receipt }));
    } catch (failure) {
      if (items.length === 1 || kindOf(failure) !== "bug") throw failure;
      const alone: Stored[] = [];
      for (const item of items) alone.push(...(await this.#flushAlone(item)));
      return alone;
    }
  }

  async #flushAlone(item: ReceivedEvent): Promise<readonly Stored[]> {
    try {
      return (await this.#flush([item])).map((receipt) => ({ receipt }));
    } catch (failure) {
      return [{ failure }];
    }
  }

  #flush(items: readonly ReceivedEvent[]): Promise<readonly Receipt[]> {
    return decideAgain(attemptMax, () => this.#storeTogether(items));
  }

  async #storeTogether(items: readonly ReceivedEvent[]): Promise<readonly Receipt[]> {
    const { account, pool } = this.#settings;
    const unique = firstOfEach(items);
    const incoming = unique.map(({ event }): IncomingEvent => ({ event, use: useOf(event.type) }));
    const [stored, copies] = await Promise.all([
      findStored(
        pool,
        account,
        unique.map(({ event }) => event.id),
      ),
      findCopies(pool, account, [...new Set(incoming.flatMap(idsNeeded))]),
    ]);
    const fresh = incoming.filter(({ event }) => !stored.has(event.id));
    const byId = new Map(copies.map((copy) => [copy.id, copy]));
    const folded = await this.#fold(fresh, (id) => byId.get(id));
    const renamed = renamedProducts(folded.copies, (id) => byId.get(id));
    const batch = { ...this.#batchOf(unique, fresh, folded), renamed };
    if (fresh.length === 0)
      return this.#report(items, { fresh, folded, batch, stored: new Set(), planned: 0, matched: 0 });
    const follows = await this.#consequencesOf(fresh, folded, (id) => byId.get(id));
    return this.#report(items, { fresh, folded, batch, ...(await commitTogether(pool, batch, follows)) });
  }

  #consequencesOf(
    fresh: readonly IncomingEvent[],
    { outcomes, copies }: Folded,
    findStored: FindCopy,
  ): Promise<Consequences> {
    const { pool, moments } = this.#settings;
    if (!tellsAny(moments)) return Promise.resolve(noConsequences);
    const folded = new Map(copies.map((copy) => [copy.id, copy]));
    const changes = outcomes.map(({ change }) => change).filter((change) => change !== undefined);
    const wanted = moments.rules?.().eventTypes;
    const events = fresh.flatMap(({ event }, index): readonly EventOfCustomer[] => {
      // What Stripe must be asked about is not known yet: a rule would judge by what was before. Whoever asks tells the rules.
      if (wanted?.has(event.type) !== true || outcomes[index]?.state === "waiting") return [];
      const customerId = outcomes[index]?.customerId ?? idOf(event.object, "customer");
      return customerId === null ? [] : [{ event, customerId }];
    });
    return planMoments(pool, moments, { changes, events, find: (id) => folded.get(id) ?? findStored(id) });
  }

  /** Two snapshots of one second are told apart by their bodies, which are then read and the fold repeated. */
  async #fold(fresh: readonly IncomingEvent[], find: Parameters<typeof foldEvents>[1]["find"]): Promise<Folded> {
    const first = foldEvents(fresh, { find, findSnapshot: () => undefined });
    if (first.snapshotsNeeded.length === 0) return first;
    const bodies = await findBodies(this.#settings.pool, this.#settings.account, first.snapshotsNeeded);
    const snapshots = new Map(
      [...bodies].map(([id, body]) => [id, snapshotOfEvent(parseEvent(body.toString("utf8")))]),
    );
    return foldEvents(fresh, { find, findSnapshot: (id) => snapshots.get(id) });
  }

  #batchOf(items: readonly ReceivedEvent[], fresh: readonly IncomingEvent[], folded: Folded): Omit<Batch, "renamed"> {
    const received = new Map(items.map((item) => [item.event.id, item]));
    const events = fresh.map(({ event }, index): DecidedEvent => {
      const outcome = outcomeAt(folded, index);
      const { id, type, createdS } = event;
      const { body = Buffer.alloc(0), came = "webhook" } = received.get(id) ?? {};
      return { id, type, createdS, ...outcome, came, body };
    });
    const { account, settleMs, urgentKinds } = this.#settings;
    const settleMaxMs = settleMaxOf(settleMs);
    return {
      account,
      events,
      copies: folded.copies,
      jobs: jobsOf(folded.outcomes, urgentKinds?.()),
      settleMs,
      settleMaxMs,
    };
  }

  #report(
    items: readonly ReceivedEvent[],
    done: Committing & {
      readonly fresh: readonly IncomingEvent[];
      readonly folded: Folded;
      readonly batch: Batch;
    },
  ): readonly Receipt[] {
    const receipts = new Map<string, Receipt>();
    done.fresh.forEach(({ event }, index) => {
      receipts.set(event.id, { duplicate: !done.stored.has(event.id), outcome: outcomeAt(done.folded, index) });
    });
    const waiting = done.folded.outcomes.filter(({ state }) => state === "waiting").length;
    this.#settings.onCommitted({
      receipts: [...receipts.values()],
      jobs: done.batch.jobs,
      waiting,
      renamedProducts: done.batch.renamed,
      planned: done.planned,
      matched: done.matched,
    });
    const seen = new Set<string>();
    return items.map(({ event }) => {
      const receipt = seen.has(event.id) ? undefined : receipts.get(event.id);
      seen.add(event.id);
      return receipt ?? duplicate;
    });
  }
}

const duplicate: Receipt = {
  duplicate: true,
  outcome: { state: "unchanged", objectId: null, customerId: null, changes: [], lane: null },
};

function firstOfEach(items: readonly ReceivedEvent[]): readonly ReceivedEvent[] {
  return [...new Map(items.toReversed().map((item) => [item.event.id, item])).values()].toReversed();
}

function outcomeAt({ outcomes }: Folded, index: number): Outcome {
  const outcome = outcomes[index];
  if (!outcome) throw new Error("The fold answered fewer outcomes than it was given events.");
  return outcome;
}
