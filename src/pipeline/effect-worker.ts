/** Sends what the ledger plans, one effect per contact at a time, and finds out what became of those without an answer. */
import type { WebhookEffect } from "../../contract/effect.ts";
import { transaction } from "../db/transaction.ts";
import { EffectHeld, EffectWithdrawn, lookOf, runOfKey } from "../effects/effect.ts";
import { matchEffect } from "../effects/match.ts";
import {
  claimEffects,
  endTurn,
  listTakenObjects,
  markSent,
  releaseEffects,
  renewEffectLeases,
} from "../effects/store.ts";
import { isEnd, type ClaimedEffect, type Departure, type Outcome } from "../effects/turn.ts";
import type { RateBudget } from "../intercom/budget.ts";
import { IntercomContactMerged, IntercomFailure, IntercomRateLimited } from "../intercom/failure.ts";
import { getMe } from "../intercom/workspace.ts";
import { crashPoint } from "../lib/crash-point.ts";
import { Stopwatch } from "../lib/stopwatch.ts";
import { kindOf } from "../model/error.ts";
import { laneOfRank, laneRanges, lanes, type Lane, type LaneRange } from "../model/lane.ts";
import { wakeTurnOf } from "../rules/store.ts";
import { WebhookUnavailable, type WebhookSender } from "../webhooks/send.ts";
import type { SyncContext } from "./context.ts";
import { findAddressee, type Addressee } from "./effect-addressee.ts";
import {
  faultOf,
  isPassing,
  outcomeOfAbsence,
  outcomeOfCall,
  outcomeOfFailedLook,
  outcomeOfFailure,
  outcomeOfHold,
  outcomeOfRefusedDeparture,
  outcomeWithoutContact,
  stopsAll,
  usualLookDelays,
  type LookDelays,
} from "./effect-outcome.ts";
import { LeaseLost, leaseMs } from "./lease-keeper.ts";
import { listCandidates } from "./look-for-effect.ts";
import { NotDeparted, performEffect, type IntercomEffect, type Performer } from "./perform-effect.ts";
import type { Objection } from "./rule-departure.ts";
import { idleMs, WorkLoop } from "./work-loop.ts";

export type EffectWorkerSettings = {
  /** The workspace is shared by all Stripe accounts; any of their contexts will do. */
  readonly context: Pick<SyncContext, "pool" | "records" | "intercom" | "nowMs" | "random" | "log">;
  /** Names this process in leases. */
  readonly worker: string;
  readonly budget: RateBudget;
  readonly looks?: LookDelays;
  /** Nothing on the connection can work any more. */
  readonly onBlocked: (error: unknown) => Promise<void>;
  /** Calls addresses of the business. */
  readonly webhooks: Pick<WebhookSender, "send">;
  /** Asked right before an effect leaves that was never sent. */
  readonly objection?: ((effect: ClaimedEffect) => Promise<Objection | null>) | undefined;
  /** The clock that objections go by. */
  readonly nowMs: () => number;
  readonly onTurn?: (effect: ClaimedEffect, outcome: Outcome) => void;
};

type Nobody = Extract<Addressee, { readonly kind: "nobody" }>;

const inFlightMax = 32;
/** With less room than this nothing more is taken: a claim for each effect that ends would cost more than the effects do. */
const roomMin = inFlightMax / 2;
/** While the budget is short, permits are let collect for so long. */
const noRoomMs = 50;
const mergesMax = 3;

/** Sends effects until it is stopped. */
export class EffectWorker {
  readonly #settings: EffectWorkerSettings;
  readonly #looks: LookDelays;
  readonly #loop: WorkLoop;
  readonly #performer: Performer;
  #adminId: Promise<string> | undefined;

  constructor(settings: EffectWorkerSettings) {
    this.#settings = settings;
    this.#looks = settings.looks ?? usualLookDelays;
    const { context, worker } = settings;
    const { records, nowMs, log } = context;
    this.#loop = new WorkLoop({
      nowMs,
      turn: () => this.#turn(),
      onTurnFailed: (error) => log.warn({ err: error }, "the effect ledger cannot be read"),
      renew: (ids) => renewEffectLeases(records, { worker, leaseMs, ids }),
      onRenewFailed: (error) => log.warn({ err: error }, "leases of effects could not be renewed"),
      release: () => releaseEffects(records, worker),
    });
    this.#performer = { intercom: context.intercom, adminId: () => this.#owner(), tagIds: new Map() };
  }

  start(): void {
    this.#loop.start();
  }

  /** Something is due in `afterMs`. */
  wake(afterMs = 0): void {
    this.#loop.wake(afterMs);
  }

  /** Effects of these lanes are taken, of others not; those under way end. */
  setOpen(open: readonly Lane[]): void {
    this.#loop.setOpen(open);
  }

  get isBroken(): boolean {
    return this.#loop.isBroken;
  }

  /** Takes no more effects, ends those under way, and gives back what is left. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Takes what there is room for; answers how long to sleep. */
  async #turn(): Promise<number> {
    if (this.isBroken) return this.#probe();
    const lane = this.#widestLane();
    if (lane === null) return noRoomMs;
    return (await this.#claim(lane)) ? 0 : idleMs;
  }

  /** One effect at a time tries whether Intercom works again. */
  async #probe(): Promise<number> {
    const lane = this.#widestLane();
    if (lane !== null && this.#loop.inFlight === 0) await this.#claim(lane, 1);
    return this.#loop.probeMs;
  }

  /** The slowest lane that the budget has a call for. */
  #widestLane(): Lane | null {
    return lanes.findLast((lane) => this.#settings.budget.available(lane) >= 1) ?? null;
  }

  /** Takes effects of this lane and faster ones, as far as they are open, while fewer than `most` are in flight. True when there may be more. */
  async #claim(lane: Lane, most = inFlightMax): Promise<boolean> {
    let mayHaveMore = false;
    for (const range of laneRanges(this.#loop.open, lane))
      mayHaveMore = (await this.#claimRange(range, most)) || mayHaveMore;
    return mayHaveMore && this.#loop.inFlight < most;
  }

  async #claimRange(range: LaneRange, most: number): Promise<boolean> {
    const { context, worker, budget } = this.#settings;
    const limit = Math.min(most - this.#loop.inFlight, budget.available(laneOfRank(range.to)));
    if (limit <= 0) return true;
    const since = new Stopwatch();
    const effects = await claimEffects(context.records, { limit, worker, leaseMs, lanes: range });
    for (const effect of effects) {
      if (this.#loop.leases.isHeld(effect.id)) continue;
      this.#loop.leases.hold(effect.id, since);
      this.#loop.began();
      void this.#work(effect);
    }
    return effects.length === limit;
  }

  async #work(effect: ClaimedEffect): Promise<void> {
    const { log } = this.#settings.context;
    try {
      const outcome = await this.#outcomeOf(effect);
      if (outcome && (await this.#record(effect, outcome))) {
        await crashPoint("after-effect-recorded");
        this.#ended(effect, outcome);
      }
    } catch (error) {
      // The lease runs out and the effect is taken again; one that was sent by then is looked for.
      log.warn({ err: error, effect: effect.id }, "a turn on an effect could not be recorded");
    } finally {
      this.#loop.leases.letGo(effect.id);
      this.#loop.ended();
      if (inFlightMax - this.#loop.inFlight >= roomMin) this.wake();
    }
  }

  /** That an effect has ended, and that the run which waits for it is looked at, is one commit. False when the lease was lost. */
  #record(effect: ClaimedEffect, outcome: Outcome): Promise<boolean> {
    const { context, worker } = this.#settings;
    const turn = { id: effect.id, worker };
    const runId = isEnd(outcome) ? runOfKey(effect.key) : null;
    if (runId === null) return endTurn(context.pool, turn, outcome);
    return transaction(context.pool, async (tx) => {
      // Turns of runs before effects, as everywhere, so that nobody waits in a circle.
      await wakeTurnOf(tx, runId);
      return endTurn(tx, turn, outcome);
    });
  }

  #ended(effect: ClaimedEffect, outcome: Outcome): void {
    const { log } = this.#settings.context;
    const facts = { effect: effect.id, key: effect.key, kind: effect.effect.kind, customerId: effect.customerId };
    if (outcome.to === "failed") {
      log.error({ ...facts, code: outcome.fault.code }, `an effect failed: ${outcome.fault.message}`);
    } else if (outcome.to === "withdrawn") {
      log.info({ ...facts, code: outcome.fault.code }, `an effect was withdrawn: ${outcome.fault.message}`);
    } else if (outcome.to !== "confirmed") {
      log.debug({ ...facts, code: outcome.fault.code, delayMs: outcome.delayMs }, `an effect is ${outcome.to}`);
      this.wake(outcome.delayMs);
    }
    this.#settings.onTurn?.(effect, outcome);
  }

  /** Null when another worker has it. */
  async #outcomeOf(effect: ClaimedEffect): Promise<Outcome | null> {
    if (effect.state === "unknown" && lookOf(effect.effect) !== "none") {
      const addressee = await this.#addresseeOf(effect);
      if (addressee.kind === "nobody") return this.#waitForContact(effect, addressee);
      const looked = await this.#look(effect, addressee.contactId);
      if (looked !== "repeat") return looked;
    }
    return this.#send(effect);
  }

  /** To whom it was sent. What came out of a backup does not know: then to whoever it would be sent to. */
  async #addresseeOf(effect: ClaimedEffect): Promise<Addressee> {
    const { contactId } = effect;
    return contactId === null ? findAddressee(this.#settings.context.pool, effect) : { kind: "contact", contactId };
  }

  #waitForContact(effect: ClaimedEffect, nobody: Nobody): Outcome {
    return outcomeWithoutContact(effect, nobody, this.#settings.context.nowMs());
  }

  /** Looks once for what may have happened. */
  async #look(effect: ClaimedEffect, contactId: string, merges = 0): Promise<Outcome | "repeat"> {
    const { intercom, pool } = this.#settings.context;
    const sinceS = Math.floor((effect.doubtedAtMs ?? effect.queuedAtMs) / 1000);
    try {
      const search = { effect: effect.effect, contactId, sinceS };
      const candidates = await listCandidates(intercom, search, { lane: effect.lane });
      this.#loop.worked();
      const ids = candidates.flatMap(({ objectId }) => objectId ?? []);
      const taken = await listTakenObjects(pool, effect.effect.kind, ids);
      const found = matchEffect({ effect: effect.effect, sinceS, taken }, candidates);
      if (found) {
        const { objectId, conversationId } = found;
        return { to: "confirmed", how: "look", objectId, conversationId, requestId: null };
      }
      return outcomeOfAbsence(effect, this.#looks);
    } catch (error) {
      if (error instanceof IntercomContactMerged && merges < mergesMax)
        return this.#look(effect, error.canonicalContactId, merges + 1);
      return this.#afterFailedLook(effect, error);
    }
  }

  async #afterFailedLook(effect: ClaimedEffect, error: unknown): Promise<Outcome> {
    if (!(error instanceof IntercomFailure)) throw error;
    await this.#note(error);
    return outcomeOfFailedLook(effect, error, this.#settings.context.random());
  }

  async #send(effect: ClaimedEffect): Promise<Outcome | null> {
    const { effect: body } = effect;
    if (body.kind === "webhook") return this.#callOut(effect, body);
    const addressee = await findAddressee(this.#settings.context.pool, effect);
    if (addressee.kind === "nobody") return this.#waitForContact(effect, addressee);
    return this.#sendTo(effect, { body, contactId: addressee.contactId });
  }

  /** Enters into the ledger that the call leaves now. Throws EffectWithdrawn and EffectHeld. */
  async #depart(effect: ClaimedEffect, contactId: string | null, objectId: string | null): Promise<Departure> {
    const { context, worker, objection } = this.#settings;
    const against = effect.doubtedAtMs === null ? ((await objection?.(effect)) ?? null) : null;
    if (against !== null && "withdraw" in against) throw new EffectWithdrawn(against.withdraw);
    if (against !== null) throw new EffectHeld(against);
    await this.#loop.leases.confirm(effect.id);
    return markSent(context.pool, effect.id, { worker, contactId, objectId, attempt: effect.attempt });
  }

  /** An address of the business; what it answered before a crash nobody knows, so it is called again with the same id. */
  async #callOut(effect: ClaimedEffect, { url, facts }: WebhookEffect): Promise<Outcome | null> {
    const { context, webhooks } = this.#settings;
    try {
      const departure = await this.#depart(effect, null, null);
      if (departure !== "sent") throw new NotDeparted(departure);
      const nowS = Math.floor(context.nowMs() / 1000);
      const body = JSON.stringify({ id: effect.id, created: nowS, key: effect.key, ...facts });
      await webhooks.send({ url, id: effect.id, body, nowS });
      return { to: "confirmed", how: "answer", objectId: null, conversationId: null, requestId: null };
    } catch (error) {
      if (error instanceof WebhookUnavailable) return outcomeOfCall(effect, error, context.random());
      return this.#afterFailure(effect, error, false);
    }
  }

  async #sendTo(
    effect: ClaimedEffect,
    { body, contactId }: { readonly body: IntercomEffect; readonly contactId: string },
    merges = 0,
  ): Promise<Outcome | null> {
    const journey = { hasDeparted: false };
    const depart = async (objectId: string | null): Promise<Departure> => {
      const departure = await this.#depart(effect, contactId, objectId);
      if (departure === "sent") journey.hasDeparted = true;
      return departure;
    };
    try {
      const { objectId, lane } = effect;
      const performance = { effect: body, contactId, objectId, lane, depart };
      const performed = await performEffect(this.#performer, performance);
      await crashPoint("after-effect-sent-before-record");
      this.#loop.worked();
      return { to: "confirmed", how: "answer", ...performed };
    } catch (error) {
      if (error instanceof IntercomContactMerged && merges < mergesMax)
        return this.#sendTo(effect, { body, contactId: error.canonicalContactId }, merges + 1);
      return this.#afterFailure(effect, error, journey.hasDeparted);
    }
  }

  async #afterFailure(effect: ClaimedEffect, error: unknown, hasDeparted: boolean): Promise<Outcome | null> {
    if (error instanceof LeaseLost) return null;
    if (error instanceof EffectWithdrawn) return { to: "withdrawn", fault: faultOf(error) };
    if (error instanceof EffectHeld) {
      const { context, nowMs } = this.#settings;
      return outcomeOfHold(effect, error, { nowMs: context.nowMs(), rulesNowMs: nowMs() });
    }
    if (error instanceof NotDeparted) return outcomeOfRefusedDeparture(effect, error);
    if (error instanceof IntercomFailure) {
      await this.#note(error);
      const random = this.#settings.context.random();
      return outcomeOfFailure(effect, error, { hasDeparted, isBroken: this.isBroken, random, looks: this.#looks });
    }
    if (kindOf(error) !== "bug" && kindOf(error) !== "permanent") throw error;
    return { to: "failed", fault: faultOf(error), mayHaveHappened: hasDeparted };
  }

  /** What a failure says about Intercom as a whole. */
  async #note(error: IntercomFailure): Promise<void> {
    if (stopsAll(error)) await this.#settings.onBlocked(error);
    else if (isPassing(error) && !(error instanceof IntercomRateLimited)) this.#loop.failed();
  }

  /** The teammate whose token we use. */
  #owner(): Promise<string> {
    this.#adminId ??= getMe(this.#settings.context.intercom, { lane: "urgent" }).then(
      ({ adminId }) => adminId,
      (error: unknown) => {
        this.#adminId = undefined;
        throw error;
      },
    );
    return this.#adminId;
  }
}
