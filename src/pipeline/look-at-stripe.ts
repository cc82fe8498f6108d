/** Second stage, only for doubts: events that cannot be decided from their body wait here until Stripe was asked. */
import { makeCopy, outcomeOf, type Outcome } from "../billing/apply.ts";
import { customerOf, relatedIds } from "../billing/customer-of.ts";
import { idOf, textOf } from "../billing/read.ts";
import { findCopies } from "../billing/store.ts";
import { isSerializationFailure } from "../db/failure.ts";
import { useOf } from "../events/catalogue.ts";
import { parseEvent } from "../events/parse.ts";
import { claimWaiting, postponeWaiting, resolveWaiting, type WaitingEvent } from "../events/store.ts";
import { backoffMs } from "../lib/backoff.ts";
import { codeOf, kindOf, messageOf } from "../model/error.ts";
import type { Lane } from "../model/lane.ts";
import type { StripeEvent } from "../model/stripe-event.ts";
import type { ObjectCopy, ObjectKind } from "../model/stripe-object.ts";
import type { StripeJson } from "../stripe/client.ts";
import { readList, readObject } from "../stripe/objects.ts";
import { Alarm } from "./alarm.ts";
import { changedProducts, commitWithFanOut } from "./commit.ts";
import type { SyncContext } from "./context.ts";
import { jobsOf } from "./jobs.ts";

export type LookerSettings = {
  readonly context: SyncContext;
  readonly settleMs: number;
  readonly onBlocked: (error: unknown) => Promise<void>;
  /** Told when a customer's job was queued. */
  readonly onQueued: (lane: Lane) => void;
  /** Told when the names of products may have changed. */
  readonly onProducts: (ids: readonly string[]) => void;
  readonly onResolved: (state: "applied" | "unchanged" | "dead") => void;
};

const claimMax = 16;
const leaseMs = 60_000;
const idleMs = 2_000;
const attemptMax = 40;
const retry = { baseMs: 500, capMs: 60_000 };

/** Resolves waiting events until it is stopped. */
export class StripeLooker {
  readonly #settings: LookerSettings;
  readonly #alarm: Alarm;
  #stopping = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(settings: LookerSettings) {
    this.#settings = settings;
    this.#alarm = new Alarm(settings.context.nowMs);
  }

  start(): void {
    this.#loop = this.#run();
  }

  wake(afterMs = 0): void {
    this.#alarm.ring(this.#settings.context.nowMs() + afterMs);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const more = await this.#turn();
      if (!more) await this.#alarm.wait(idleMs);
    }
  }

  async #turn(): Promise<boolean> {
    const { context } = this.#settings;
    try {
      const waiting = await claimWaiting(context.pool, { account: context.account, limit: claimMax, leaseMs });
      await Promise.all(waiting.map((event) => this.#resolve(event)));
      return waiting.length === claimMax;
    } catch (error) {
      context.log.warn({ err: error }, "waiting events cannot be read");
      return false;
    }
  }

  async #resolve(waiting: WaitingEvent): Promise<void> {
    const { context, onResolved } = this.#settings;
    try {
      const event = parseEvent(waiting.body.toString("utf8"));
      const outcome = await this.#look(event);
      const state = outcome.state === "applied" ? "applied" : "unchanged";
      const changes = outcome.changes.length === 0 ? null : JSON.stringify(outcome.changes);
      await resolveWaiting(context.pool, context.account, {
        id: event.id,
        state,
        customerId: outcome.customerId,
        changes,
        error: null,
      });
      onResolved(state);
    } catch (error) {
      await this.#failed(waiting, error);
    }
  }

  async #look(event: StripeEvent): Promise<Outcome> {
    const use = useOf(event.type);
    const id = textOf(event.object, "id");
    if (use?.how !== "copy" || id === null) return { ...nothing, objectId: id };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#lookOnce(event, { kind: use.kind, id, deletes: use.deletes });
      } catch (error) {
        if (!isSerializationFailure(error) || attempt >= attemptMax) throw error;
      }
    }
  }

  async #lookOnce(event: StripeEvent, target: Target): Promise<Outcome> {
    const { context, settleMs } = this.#settings;
    const { pool, account } = context;
    const ids = [target.id, ...relatedIds(target.kind, event.object)];
    const stored = new Map((await findCopies(pool, account, ids)).map((copy) => [copy.id, copy]));
    const copies = await this.#readCopies(event, target, stored);
    const outcomes = copies.map((copy) => outcomeOf(stored.get(copy.id), copy));
    const jobs = jobsOf(outcomes);
    await commitWithFanOut(pool, { account, events: [], copies, jobs, settleMs, settleMaxMs: settleMs * 2 });
    this.#settings.onProducts(changedProducts(copies));
    for (const { lane } of jobs) this.#settings.onQueued(lane);
    return outcomes.find(({ objectId }) => objectId === target.id) ?? nothing;
  }

  /** The object itself, and the charge that a dispute or a failed refund is about. */
  async #readCopies(
    event: StripeEvent,
    target: Target,
    stored: ReadonlyMap<string, ObjectCopy>,
  ): Promise<readonly ObjectCopy[]> {
    const { stripe } = this.#settings.context;
    const chargeId = target.kind === "dispute" || target.kind === "refund" ? idOf(event.object, "charge") : null;
    const charge = chargeId === null ? null : (await readObject(stripe, "charge", chargeId)).object;
    const answeredS = Math.floor(this.#settings.context.nowMs() / 1000);
    const { object } = target.deletes ? { object: null } : await readObject(stripe, target.kind, target.id);
    const shown = object ?? event.object;
    const customerId =
      customerOf(target.kind, shown, { previous: event.previous, find: (id) => stored.get(id) }) ??
      (charge ? idOf(charge, "customer") : null);
    const isGone = target.deletes || (object === null && goneKinds.has(target.kind));
    const own = copyOf(shown, {
      kind: target.kind,
      id: target.id,
      customerId,
      deleted: isGone,
      event,
      stored: stored.get(target.id),
      answeredS,
    });
    if (!charge || chargeId === null) return [own];
    const refunds = target.kind === "refund" ? await readList(stripe, "/v1/refunds", { charge: chargeId }) : [];
    const of = { customerId, deleted: false, event, answeredS };
    return [
      own,
      copyOf(charge, { ...of, kind: "charge", id: chargeId, stored: stored.get(chargeId) }),
      ...(await this.#siblingRefunds(refunds, { ...of, own: target.id })),
    ];
  }

  /** Whether a failed refund still counts in the charge can only be told when all of the charge's refunds are known. */
  async #siblingRefunds(
    refunds: readonly StripeJson[],
    { own, ...of }: Omit<CopyHead, "kind" | "id" | "stored"> & { readonly own: string },
  ): Promise<readonly ObjectCopy[]> {
    const { pool, account } = this.#settings.context;
    const ids = refunds.map((refund) => textOf(refund, "id")).filter((id) => id !== null);
    const stored = new Map((await findCopies(pool, account, ids)).map((copy) => [copy.id, copy]));
    return refunds.flatMap((refund) => {
      const id = textOf(refund, "id");
      if (id === null || id === own) return [];
      return copyOf(refund, { ...of, kind: "refund", id, stored: stored.get(id) });
    });
  }

  async #failed({ id, attempt }: WaitingEvent, error: unknown): Promise<void> {
    const { context, onBlocked, onResolved } = this.#settings;
    const { pool, account, log } = context;
    const fault = { code: codeOf(error), message: messageOf(error) };
    const kind = kindOf(error);
    try {
      if (kind === "blocked") await onBlocked(error);
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

type Target = { readonly kind: ObjectKind; readonly id: string; readonly deletes: boolean };

const nothing: Outcome = { state: "unchanged", objectId: null, customerId: null, changes: [], lane: null };

/** Kinds that Stripe forgets when they are deleted; the others can be read for ever. */
const goneKinds = new Set<ObjectKind>(["customer", "invoice", "product"]);

type CopyHead = {
  readonly kind: ObjectKind;
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
  const isRead = stored?.origin === "read" && event.createdS <= stored.asOfS;
  const asOfS = Math.max(isRead ? answeredS : event.createdS, stored?.asOfS ?? 0);
  const customerId = head.customerId ?? stored?.customerId ?? null;
  const rev = stored?.rev ?? 0;
  return makeCopy(object, {
    kind,
    id,
    customerId,
    deleted,
    rev,
    asOfS,
    eventId: event.id,
    origin: isRead ? "read" : "fetch",
  });
}
