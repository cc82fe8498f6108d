/**
 * The decision behind the rate budget: how many calls of a lane may start now, given what Intercom's answers said.
 *
 * Intercom counts calls in slices of ten seconds. We keep one account: the slice of the newest answer. A call that is
 * under way counts against it until it is answered, whether Intercom has counted it already or not, so the account is
 * never too generous. A new slice begins for us when an answer shows it, or when the old one must be over by every
 * clock: the `Date` header and the slices seen bound the difference of the clocks, and a margin covers the rest. Until
 * then a call has to fit into the old slice, which costs nothing while that one has room. A slice that no answer has
 * shown yet is only probed, with as many calls as the old one could still take if we are wrong.
 *
 * Several nodes share one limit. Each has its share of it, and its own calls in a slice never exceed that share; the
 * answers, which count everybody's calls, bound it all the same. So even calls that are under way at the same moment on
 * all nodes, of which no answer tells yet, cannot come to more than the limit.
 */
import type { Lane } from "../model/lane.ts";
import { narrowOffset, offsetFromDate, unknownOffset, type RateReading } from "./rate-reading.ts";

const sliceMs = 10_000;
const marginMaxMs = 1_200;

/** The paced lanes may use the whole slice by this share of it, … */
const pacedShare = 0.85;
/** … and be ahead of that pace by so much of the slice, so that a moderate burst does not wait. */
const ahead: Readonly<Record<Lane, number>> = { urgent: 1, calm: 0.5, backfill: 0.05 };

/** A node without a share of its own, e.g. one that has only just joined: the reserve pays for its few calls. */
export const shareMin = 0.01;

export type LedgerSettings = {
  /** The limit until an answer tells it: 10,000 calls a minute. */
  readonly assumedLimit: number;
  /** Share of a slice left to the workspace's other apps; the urgent lane may use it. */
  readonly reserve: number;
  /** Safety at the end of a slice. Grows when Intercom shows that its slices end later than we thought. */
  readonly marginMs: number;
  /** Calls under way at once; a quarter of them is for the urgent lane alone. */
  readonly inFlightMax: number;
};

export const ledgerDefaults: LedgerSettings = {
  assumedLimit: 1666,
  reserve: 0.04,
  marginMs: 150,
  inFlightMax: 256,
};

type Slice = {
  readonly resetMs: number;
  /** Calls that Intercom would still grant if nothing were under way. */
  readonly left: number;
  readonly openedAtMs: number;
  /** False while no answer has named this slice. */
  readonly seen: boolean;
};

export type BudgetSnapshot = { readonly limit: number; readonly used: number; readonly resetsInMs: number };

/** Counts the calls of one connection against Intercom's slices. Time comes in from outside. */
export class SliceLedger {
  #limit: number;
  /** This node's part of the limit. */
  #share = 1;
  /** Our own calls that were answered in this slice, … */
  #own = 0;
  /** … and in the one before, should it turn out not to be over. */
  #ownBefore = 0;
  #slice: Slice | null = null;
  #offset = unknownOffset;
  #marginMs: number;
  #inFlight = 0;
  #pausedUntilMs = 0;
  /** Calls that may still start in a slice that no answer has shown. */
  #probes = Infinity;
  /** So many of them only for the urgent lane. */
  #probesKept = 0;
  /** Calls without rate headers that may have been counted in the next slice already. */
  #uncertain = 0;
  /** While no answer had rate headers: when calls ended, oldest first. */
  #unaccounted: number[] = [];
  readonly #settings: LedgerSettings;

  constructor(settings: LedgerSettings) {
    this.#settings = settings;
    this.#limit = settings.assumedLimit;
    this.#marginMs = settings.marginMs;
  }

  /** From now on this node may use so much of the limit, in (0, 1]. */
  setShare(share: number): void {
    this.#share = Math.min(1, Math.max(shareMin, share));
  }

  /** How many calls of this lane may start now. */
  room(lane: Lane, nowMs: number): number {
    this.#turn(nowMs);
    if (nowMs < this.#pausedUntilMs) return 0;
    const allowed = Math.floor(Math.min(this.#ceiling(lane), this.#pace(lane, nowMs)));
    const left = Math.min(allowed - this.#used(), this.#allowedOwn(allowed) - this.#usedOwn());
    return Math.max(0, Math.min(left, this.#slots(lane) - this.#inFlight, this.#probesFor(lane)));
  }

  /** How long until a call of this lane may start: 0 for now, Infinity when only an answer can make room. */
  waitMs(lane: Lane, nowMs: number): number {
    if (this.room(lane, nowMs) >= 1) return 0;
    if (nowMs < this.#pausedUntilMs) return this.#pausedUntilMs - nowMs;
    if (this.#inFlight >= this.#slots(lane) || this.#probesFor(lane) <= 0) return Infinity;
    return Math.max(1, Math.ceil(this.#roomAtMs(lane) - nowMs));
  }

  /** A call starts: it counts until `finish`. */
  start(): void {
    this.#inFlight += 1;
    this.#probes -= 1;
  }

  /** A call that started at `sentMs` is answered; without a reading it counts as used. */
  finish(sentMs: number, reading: RateReading | null, nowMs: number): void {
    this.#turn(nowMs);
    this.#inFlight -= 1;
    if (reading !== null) this.#learn(sentMs, reading, nowMs);
    else this.#countUnread(nowMs);
  }

  /** No call starts before then: Intercom said 429. */
  pause(untilMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
  }

  /** The slice as people see it. */
  snapshot(nowMs: number): BudgetSnapshot {
    this.#turn(nowMs);
    const resetsInMs = this.#slice === null ? 0 : this.#endsByMs(this.#slice) - nowMs;
    return {
      limit: this.#limit,
      used: Math.min(this.#limit, this.#used()),
      resetsInMs: Math.max(0, Math.round(resetsInMs)),
    };
  }

  #used(): number {
    const counted = this.#slice === null ? this.#unaccounted.length : this.#limit - this.#slice.left;
    return counted + this.#inFlight;
  }

  #usedOwn(): number {
    return this.#own + (this.#slice === null ? this.#unaccounted.length : 0) + this.#inFlight;
  }

  /** Our part of so many calls; one in each slice at least, so that nobody starves. */
  #allowedOwn(calls: number): number {
    return this.#share === 1 ? Infinity : Math.max(1, Math.floor(this.#share * calls));
  }

  #ceiling(lane: Lane): number {
    if (lane === "urgent") return this.#limit;
    return Math.max(1, this.#limit - Math.max(1, Math.floor(this.#limit * this.#settings.reserve)));
  }

  #slots(lane: Lane): number {
    const max = this.#settings.inFlightMax;
    return lane === "urgent" ? max : Math.max(1, Math.floor(max * 0.75));
  }

  #probesFor(lane: Lane): number {
    return lane === "urgent" || this.#probes === Infinity ? this.#probes : this.#probes - this.#probesKept;
  }

  /** The use that this lane may have reached by now, so that a slice is not gone in its first second. */
  #pace(lane: Lane, nowMs: number): number {
    if (this.#slice === null || lane === "urgent") return Infinity;
    const elapsed = 1 - (this.#endsByMs(this.#slice) - nowMs) / sliceMs;
    return Math.max(1, this.#ceiling(lane) * (Math.max(0, elapsed) / pacedShare + ahead[lane]));
  }

  /** When time alone makes room, given that the next call does not fit now. */
  #roomAtMs(lane: Lane): number {
    if (this.#slice === null) return (this.#unaccounted[0] ?? Infinity) + sliceMs + this.#marginMs;
    const endMs = this.#endsByMs(this.#slice);
    const ceiling = this.#ceiling(lane);
    const ownCeiling = this.#share === 1 ? Infinity : Math.max(1, this.#share * ceiling);
    const part = Math.max((this.#used() + 1) / ceiling, (this.#usedOwn() + 1) / ownCeiling);
    if (part > 1) return endMs;
    return endMs - sliceMs * (1 - pacedShare * (part - ahead[lane]));
  }

  /** The latest moment, on our clock, at which this slice can end. */
  #endsByMs(slice: Slice): number {
    return Math.min(slice.resetMs - this.#offset.fromMs, slice.openedAtMs + sliceMs) + this.#marginMs;
  }

  /** Closes the slice when it must be over. */
  #turn(nowMs: number): void {
    if (this.#slice === null) {
      while ((this.#unaccounted[0] ?? Infinity) + sliceMs + this.#marginMs <= nowMs) this.#unaccounted.shift();
      return;
    }
    const overMs = nowMs - this.#endsByMs(this.#slice);
    if (overMs < 0) return;
    const resetMs = this.#slice.resetMs + sliceMs * (1 + Math.floor(overMs / sliceMs));
    const surelyOver = overMs > marginMaxMs;
    const leftOwn = this.#allowedOwn(this.#limit) - this.#usedOwn();
    this.#probes = surelyOver ? Infinity : Math.max(1, Math.min(this.#slice.left - this.#inFlight, leftOwn));
    this.#probesKept = surelyOver ? 0 : Math.floor(this.#probes / 2);
    this.#slice = { resetMs, left: Math.max(0, this.#limit - this.#uncertain), openedAtMs: nowMs, seen: false };
    this.#ownBefore = this.#own;
    this.#own = this.#uncertain;
    this.#uncertain = 0;
  }

  #learn(sentMs: number, reading: RateReading, nowMs: number): void {
    this.#learnOffset(sentMs, reading, nowMs);
    const slice = this.#slice;
    const opened: Slice = { resetMs: reading.resetMs, left: reading.remaining, openedAtMs: nowMs, seen: true };
    if (slice === null || reading.resetMs > slice.resetMs) {
      this.#ownBefore = this.#own;
      this.#own = 1;
      this.#adopt(opened, reading.limit);
    } else if (reading.resetMs === slice.resetMs) {
      const left = reading.limit === this.#limit ? Math.min(slice.left, reading.remaining) : reading.remaining;
      this.#limit = reading.limit;
      this.#probes = Infinity;
      this.#slice = { ...slice, left, seen: true };
      this.#own += 1;
    } else if (!slice.seen && sentMs >= slice.openedAtMs) {
      // The slice that we thought was over is not: step back into it, and be more careful from now on.
      this.#marginMs = Math.min(marginMaxMs, this.#marginMs * 2);
      this.#own += this.#ownBefore + 1;
      this.#adopt(opened, reading.limit);
    }
  }

  #adopt(slice: Slice, limit: number): void {
    this.#slice = slice;
    this.#limit = limit;
    this.#probes = Infinity;
    this.#uncertain = 0;
    this.#unaccounted = [];
  }

  #learnOffset(sentMs: number, reading: RateReading, nowMs: number): void {
    if (reading.answeredAtMs !== null) {
      this.#offset = narrowOffset(this.#offset, offsetFromDate(reading.answeredAtMs, sentMs, nowMs));
    }
    // It was counted before its slice ended, …
    this.#offset = narrowOffset(this.#offset, { fromMs: -Infinity, toMs: reading.resetMs - sentMs });
    // … and a newer slice means that the one before has ended.
    if (this.#slice?.seen === true && reading.resetMs > this.#slice.resetMs) {
      this.#offset = narrowOffset(this.#offset, { fromMs: this.#slice.resetMs - nowMs, toMs: Infinity });
    }
  }

  #countUnread(nowMs: number): void {
    if (this.#slice === null) {
      this.#unaccounted.push(nowMs);
      return;
    }
    this.#probes += 1;
    this.#own += 1;
    this.#slice = { ...this.#slice, left: Math.max(0, this.#slice.left - 1) };
    if (nowMs >= this.#slice.resetMs - this.#offset.toMs - this.#marginMs) this.#uncertain += 1;
  }
}
