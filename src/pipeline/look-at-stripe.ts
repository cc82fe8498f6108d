/** Second stage, only for doubts: events that cannot be decided from their body wait here until Stripe was asked. */
import { lookedAt, makeCopy, outcomeOf, type Outcome } from "../billing/apply.ts";
import { copyIdOf, stripeIdOf } from "../billing/copy-id.ts";
import { customerOf, relatedIds } from "../billing/customer-of.ts";
import { idOf, textOf } from "../billing/read.ts";
import { renamedProducts } from "../billing/renamed.ts";
import { findCopies } from "../billing/store.ts";
import { decideAgain } from "../db/lost-race.ts";
import { useOf } from "../events/catalogue.ts";
import { parseEvent } from "../events/parse.ts";
import { claimWaiting, postponeWaiting, renewWaiting, resolveWaiting, type WaitingEvent } from "../events/store.ts";
import { backoffMs } from "../lib/backoff.ts";
import { codeOf, kindOf, messageOf } from "../model/error.ts";
import type { Lane } from "../model/lane.ts";
import type { StripeEvent } from "../model/stripe-event.ts";
import type { ObjectCopy, StripeKind } from "../model/stripe-object.ts";
import { StripeForbidden } from "../stripe/failure.ts";
import { insertMatches } from "../rules/store.ts";
import { readObject, readPages } from "../stripe/objects.ts";
import { Alarm } from "./alarm.ts";
import type { SyncContext } from "./context.ts";
import { urgentKinds } from "../mapping/urgency.ts";
import { jobsOf } from "./jobs.ts";
import { LeaseKeeper, leaseMs } from "./lease-keeper.ts";
import { copiesOfPage, keepRead } from "./load-customer.ts";
import {
  commitTogether,
  noConsequences,
  planMoments,
  tellsAny,
  type Consequences,
  type EventOfCustomer,
  type MomentSource,
} from "./plan-moments.ts";
import { settleMaxOf } from "./receive-event.ts";

export type LookerSettings = {
  readonly context: SyncContext;
  readonly settleMs: number;
  readonly onBlocked: (error: unknown, account: string) => Promise<void>;
  /** Told when a customer's job was queued. */
  readonly onQueued: (lane: Lane) => void;
  /** Told when the names of products may have changed. */
  readonly onProducts: (ids: readonly string[]) => void;
  readonly onResolved: (state: "applied" | "unchanged" | "dead") => void;
  /** What is told of moments; nothing without it. */
  readonly moments?: MomentSource | undefined;
  /** Told when effects were planned. */
  readonly onPlanned?: (() => void) | undefined;
  /** Told when rules have something to look at. */
  readonly onMatched?: (() => void) | undefined;
};

const claimMax = 16;
const idleMs = 2_000;
const attemptMax = 40;
const retry = { baseMs: 500, capMs: 60_000 };

/** Resolves waiting events until it is stopped. */
export class StripeLooker {
  readonly account: string;
  readonly #settings: LookerSettings;
  readonly #alarm: Alarm;
  readonly #leases: LeaseKeeper;
  #stopping = false;
  #isOpen = true;
  #loop: Promise<void> = Promise.resolve();

  constructor(settings: LookerSettings) {
    this.#settings = settings;
    this.account = settings.context.account;
    this.#alarm = new Alarm(settings.context.nowMs);
    const { pool, account, log } = settings.context;
    this.#leases = new LeaseKeeper({
      renew: (ids) => renewWaiting(pool, { account, ids, leaseMs }),
      onFailed: (error) => log.warn({ err: error }, "leases of waiting events could not be renewed"),
    });
  }

  start(): void {
    this.#loop = this.#run();
    this.#leases.start();
  }

  wake(afterMs = 0): void {
    this.#alarm.ring(this.#settings.context.nowMs() + afterMs);
  }

  /** While closed no event is taken; those under way end. */
  setOpen(open: boolean): void {
    this.#isOpen = open;
    if (open) this.wake();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.wake();
    await this.#loop;
    this.#leases.stop();
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const more = await this.#turn();
      if (!more) await this.#alarm.wait(idleMs);
    }
  }

  async #turn(): Promise<boolean> {
    if (!this.#isOpen) return false;
    const { context } = this.#settings;
    try {
      const waiting = await claimWaiting(context.pool, { account: context.account, limit: claimMax, leaseMs });
      await Promise.all(groupByObject(waiting).map((group) => this.#resolve(group)));
      return waiting.length === claimMax;
    } catch (error) {
      context.log.warn({ err: error }, "waiting events cannot be read");
      return false;
    }
  }

  /** One look answers all doubts about an object: what it shows then is newer than all of them. */
  async #resolve(group: readonly Doubt[]): Promise<void> {
    const { context, onResolved } = this.#settings;
    for (const { event } of group) this.#leases.hold(event.id);
    try {
      const latest = latestOf(group);
      const outcome = await this.#look(
        latest,
        group.map(({ event }) => event),
      );
      for (const { event } of group) {
        const state = event === latest && outcome.state === "applied" ? "applied" : "unchanged";
        const changes = state === "unchanged" || outcome.changes.length === 0 ? null : JSON.stringify(outcome.changes);
        const { customerId } = outcome;
        await resolveWaiting(context.pool, context.account, { id: event.id, state, customerId, changes, error: null });
        onResolved(state);
      }
    } catch (error) {
      for (const { waiting } of group) await this.#failed(waiting, error);
    } finally {
      for (const { event } of group) this.#leases.letGo(event.id);
    }
  }

  async #look(event: StripeEvent, all: readonly StripeEvent[]): Promise<Outcome> {
    const target = await this.#targetOf(event);
    if (!target) return this.#nothingNew(textOf(event.object, "id"), all);
    try {
      return await decideAgain(attemptMax, () => this.#lookOnce(event, { target, all }));
    } catch (error) {
      if (!optionalKinds.has(target.kind) || !(error instanceof StripeForbidden)) throw error;
      // Nobody is kept waiting for what a key may lack, so that everything else goes on.
      this.#settings.context.log.warn({ eventId: event.id, code: error.code }, error.message);
      return { ...(await this.#nothingNew(target.id, all)), customerId: idOf(event.object, "customer") };
    }
  }

  /** No copy changes; rules that go by an event's type look at it all the same. */
  async #nothingNew(objectId: string | null, events: readonly StripeEvent[]): Promise<Outcome> {
    const { matches } = await this.#consequencesOf(events, { copies: [], stored: new Map() });
    if ((await insertMatches(this.#settings.context.pool, matches)) > 0) this.#settings.onMatched?.();
    return { ...nothing, objectId };
  }

  /** What has to be read; undefined when an event names nothing that we keep. */
  async #targetOf(event: StripeEvent): Promise<Target | undefined> {
    const target = targetIn(event);
    const grantId = idOf(event.object, "credit_grant");
    if (target || grantId === null || useOf(event.type)?.how !== "look") return target;
    // Of a grant that is used, events name only the grant (docs.stripe.com/api/billing/credit-balance-transaction).
    const { body } = await this.#settings.context.stripe.get(
      `/v1/billing/credit_grants/${encodeURIComponent(grantId)}`,
    );
    return targetIn({ ...event, object: body });
  }

  async #lookOnce(event: StripeEvent, { target, all }: Doubted): Promise<Outcome> {
    const { context, settleMs } = this.#settings;
    const { pool, account } = context;
    const ids = [target.id, ...relatedIds(target.kind, event.object)];
    const stored = new Map((await findCopies(pool, account, ids)).map((copy) => [copy.id, copy]));
    if (isOver(stored.get(target.id))) return this.#nothingNew(target.id, all);
    const copies = await this.#readCopies(event, target, stored);
    const outcomes = copies.map((copy) => outcomeOf(stored.get(copy.id), copy));
    const jobs = jobsOf(outcomes, urgentKinds(context.mapping()));
    const renamed = renamedProducts(copies, (id) => stored.get(id));
    const settleMaxMs = settleMaxOf(settleMs);
    const batch = { account, events: [], copies, renamed, jobs, settleMs, settleMaxMs };
    const follows = await this.#consequencesOf(all, { copies, stored });
    const { planned, matched } = await commitTogether(pool, batch, follows);
    if (planned > 0) this.#settings.onPlanned?.();
    if (matched > 0) this.#settings.onMatched?.();
    this.#settings.onProducts(renamed);
    for (const { lane } of jobs) this.#settings.onQueued(lane);
    return outcomes.find(({ objectId }) => objectId === target.id) ?? nothing;
  }

  /** What was read is told as if each of the events had shown it; what was before it, only our copy knows. */
  #consequencesOf(events: readonly StripeEvent[], { copies, stored }: Looked): Promise<Consequences> {
    const { context, moments } = this.#settings;
    if (!tellsAny(moments)) return Promise.resolve(noConsequences);
    const read = new Map(copies.map((copy) => [copy.id, copy]));
    const changes = events.flatMap(({ type, createdS, object }) =>
      copies.map((shown) => {
        const event = { type, createdS, object, previous: null };
        return { event, shown, stored: stored.get(shown.id), current: shown };
      }),
    );
    const wanted = moments.rules?.().eventTypes;
    const owner = copies.find(({ customerId }) => customerId !== null)?.customerId ?? null;
    const byType = events.flatMap((event): readonly EventOfCustomer[] => {
      const customerId = owner ?? idOf(event.object, "customer");
      return wanted?.has(event.type) === true && customerId !== null ? [{ event, customerId }] : [];
    });
    return planMoments(context.pool, moments, {
      changes,
      events: byType,
      find: (id) => read.get(id) ?? stored.get(id),
    });
  }

  /** The object itself, and the charge that a dispute or a failed refund is about. */
  async #readCopies(
    event: StripeEvent,
    target: Target,
    stored: ReadonlyMap<string, ObjectCopy>,
  ): Promise<readonly ObjectCopy[]> {
    const { stripe, nowMs } = this.#settings.context;
    const { kind, id, deletes } = target;
    const beforeS = Math.floor(nowMs() / 1000);
    const charge = await this.#readCharge(event, kind);
    const { object, answeredS } = deletes ? unread : await readObject(stripe, kind, stripeIdOf(kind, id));
    const shown = object ?? (target.isShown ? event.object : null);
    if (!shown) return [];
    const found = customerOf(kind, shown, { previous: event.previous, find: (other) => stored.get(other) });
    const customerId = found ?? charge?.customerId ?? (await this.#payerOf(kind, shown));
    const deleted = deletes || isForgotten(kind, object);
    const head = { customerId, event, answeredS: answeredS ?? beforeS };
    const own = copyOf(shown, { ...head, kind, id, deleted, stored: stored.get(id) });
    if (!charge) return [own];
    if (kind === "refund") await this.#keepSiblings(charge.id, id, customerId);
    const theirs = { ...head, kind: "charge", id: charge.id, deleted: false, stored: stored.get(charge.id) } as const;
    return [own, copyOf(charge.object, theirs)];
  }

  /** A mandate names the bank account, which names the customer. */
  async #payerOf(kind: StripeKind, object: Readonly<Record<string, unknown>>): Promise<string | null> {
    const methodId = kind === "mandate" ? idOf(object, "payment_method") : null;
    if (methodId === null) return null;
    const method = await readObject(this.#settings.context.stripe, "payment_method", methodId);
    return method.object ? idOf(method.object, "customer") : null;
  }

  /** The charge that a dispute or a refund is about. */
  async #readCharge(event: StripeEvent, kind: StripeKind): Promise<ReadCharge | undefined> {
    if (kind !== "dispute" && kind !== "refund") return undefined;
    const id = idOf(event.object, "charge");
    if (id === null) return undefined;
    const { object } = await readObject(this.#settings.context.stripe, "charge", id);
    return object ? { id, object, customerId: idOf(object, "customer") } : undefined;
  }

  /** Whether a failed refund still counts in the charge can only be told when all of the charge's refunds are known. */
  async #keepSiblings(chargeId: string, own: string, customerId: string | null): Promise<void> {
    const { context } = this.#settings;
    const nowS = Math.floor(context.nowMs() / 1000);
    const pages = await readPages(context.stripe, "/v1/refunds", { charge: chargeId });
    const owner = customerId === null ? {} : { customerId };
    const copies = pages.flatMap(({ items, answeredS }) =>
      copiesOfPage("refund", items, { answeredS: answeredS ?? nowS, ...owner }),
    );
    await keepRead(
      context,
      copies.filter(({ id }) => id !== own),
    );
  }

  async #failed({ id, attempt }: WaitingEvent, error: unknown): Promise<void> {
    const { context, onBlocked, onResolved } = this.#settings;
    const { pool, account, log } = context;
    const fault = { code: codeOf(error), message: messageOf(error) };
    const kind = kindOf(error);
    try {
      if (kind === "blocked") await onBlocked(error, account);
      if (kind === "blocked" || kind === "conflict" || (kind === "transient" && attempt < attemptMax)) {
        const delayMs = backoffMs(attempt, context.random(), retry);
        await postponeWaiting(pool, { account, id, delayMs, error: fault });
        this.wake(delayMs);
        return;
      }
      log.error(
        { eventId: id, code: fault.code, err: kind === "bug" ? error : undefined },
        `an event could not be applied: ${fault.message}`,
      );
      await resolveWaiting(pool, account, { id, state: "dead", customerId: null, changes: null, error: fault });
      onResolved("dead");
    } catch (failure) {
      log.warn(
        { err: failure, eventId: id },
        "a waiting event could not be put back; it is taken again when its lease runs out",
      );
    }
  }
}

type Doubt = { readonly waiting: WaitingEvent; readonly event: StripeEvent };

/** Doubts about one object, youngest event first. */
function groupByObject(waiting: readonly WaitingEvent[]): readonly (readonly Doubt[])[] {
  const groups = new Map<string, Doubt[]>();
  for (const item of waiting) {
    const event = parseEvent(item.body.toString("utf8"));
    const key = targetIn(event)?.id ?? event.id;
    groups.set(key, [...(groups.get(key) ?? []), { waiting: item, event }]);
  }
  return [...groups.values()].map((group) => group.toSorted((a, b) => b.event.createdS - a.event.createdS));
}

/** A deletion speaks for the whole group, else its youngest event. */
function latestOf(group: readonly Doubt[]): StripeEvent {
  const deletion = group.find(({ event }) => isDeletion(event));
  const event = (deletion ?? group[0])?.event;
  if (!event) throw new Error("A group of doubts is never empty.");
  return event;
}

function isDeletion({ type }: StripeEvent): boolean {
  const use = useOf(type);
  return use?.how === "copy" && use.deletes;
}

/** What is read, and every event that doubts it. */
type Doubted = { readonly target: Target; readonly all: readonly StripeEvent[] };

type Looked = { readonly copies: readonly ObjectCopy[]; readonly stored: ReadonlyMap<string, ObjectCopy> };

type Target = {
  readonly kind: StripeKind;
  /** Of the copy. */
  readonly id: string;
  readonly deletes: boolean;
  /** The event shows the object, and does not only name it. */
  readonly isShown: boolean;
};

function targetIn(event: StripeEvent): Target | undefined {
  const use = useOf(event.type);
  if (!use || use.how === "note") return undefined;
  const isShown = use.how === "copy";
  const id = isShown ? copyIdOf(use.kind, event.object) : lookedAt(use.kind, event.object);
  return id === null ? undefined : { kind: use.kind, id, deletes: isShown && use.deletes, isShown };
}

/** What a restricted key need not be allowed to read. */
const optionalKinds: ReadonlySet<StripeKind> = new Set<StripeKind>(["credit_balance", "entitlements", "mandate"]);

const nothing: Outcome = { state: "unchanged", objectId: null, customerId: null, changes: [], lane: null };

/** Kinds that Stripe forgets when they are deleted; the others can be read for ever. */
const goneKinds = new Set<StripeKind>(["customer", "invoice", "product", "price", "coupon"]);

type ReadCharge = {
  readonly id: string;
  readonly object: Readonly<Record<string, unknown>>;
  readonly customerId: string | null;
};

/** Whoever knows that an object is gone need not ask for it. */
const unread = { object: null, answeredS: null };

function isForgotten(kind: StripeKind, answer: object | null): boolean {
  return answer === null && goneKinds.has(kind);
}

/** The event that told of a deletion showed the object as it was last; no doubt from before it can say more. */
function isOver(stored: ObjectCopy | undefined): boolean {
  return stored?.deleted === true && stored.origin === "event";
}

type CopyHead = {
  readonly kind: StripeKind;
  readonly id: string;
  readonly customerId: string | null;
  readonly deleted: boolean;
  readonly event: StripeEvent;
  readonly stored: ObjectCopy | undefined;
  readonly answeredS: number;
};

/**
 * What was read shows at least what every event up to this one shows. If the stored copy was itself read without an
 * event, events from before that moment may still come in any number, so the new copy is of the same sort.
 */
function copyOf(object: Readonly<Record<string, unknown>>, head: CopyHead): ObjectCopy {
  const { event, stored, kind, id, deleted, answeredS } = head;
  const eventId = event.id;
  const fresh = { kind, id, deleted, eventId, customerId: head.customerId };
  if (!stored) return makeCopy(object, { ...fresh, rev: 0, asOfS: event.createdS, origin: "fetch" });
  const isRead = stored.origin === "read" && event.createdS <= stored.asOfS;
  const asOfS = Math.max(isRead ? answeredS : event.createdS, stored.asOfS);
  const customerId = head.customerId ?? stored.customerId;
  return makeCopy(object, { ...fresh, customerId, rev: stored.rev, asOfS, origin: isRead ? "read" : "fetch" });
}
