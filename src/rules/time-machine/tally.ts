/** What a rehearsal counts of one rule: plain data, so that the parts of divided work travel between threads and add up. */
import type { RuleSimulation, SimulationHistory, SimulationHit } from "../../../contract/simulation.ts";
import { dayOf } from "../../lib/calendar.ts";
import { Sample, type Ranked } from "./sample.ts";

type Counts = Record<string, number>;

/** Counts of one rule. */
export type RuleTally = {
  hits: number;
  people: number;
  overBeforeMessage: number;
  readonly basis: Counts;
  readonly arms: Counts;
  readonly declined: Counts;
  readonly deeds: Counts;
  readonly messages: Counts;
  readonly ends: Counts;
  readonly held: Counts;
  readonly skipped: Counts;
  /** People by how often they are hit. */
  readonly times: Counts;
  /** Customers for whom it begins, by the hour's first second. */
  readonly hours: Counts;
  samples: readonly Ranked<SimulationHit>[];
};

export function emptyTally(): RuleTally {
  return {
    hits: 0,
    people: 0,
    overBeforeMessage: 0,
    basis: {},
    arms: {},
    declined: {},
    deeds: {},
    messages: {},
    ends: {},
    held: {},
    skipped: {},
    times: {},
    hours: {},
    samples: [],
  };
}

/** Reasons are sentences; some hold what differs from customer to customer. */
const reasonsMax = 30;
const otherReasons = "other reasons";

export function countUp(counts: Counts, key: string, by = 1): void {
  counts[key] = (counts[key] ?? 0) + by;
}

/** Counts a reason; when there are too many different ones, as one of the others. */
export function countReason(counts: Counts, why: string, by = 1): void {
  const isKnown = why in counts || Object.keys(counts).length < reasonsMax;
  countUp(counts, isKnown ? why : otherReasons, by);
}

const counters = ["basis", "arms", "deeds", "messages", "ends", "times", "hours"] as const;
const reasons = ["declined", "held", "skipped"] as const;

/** Adds what another part counted. */
export function addTally(to: RuleTally, from: RuleTally, samplesMax: number): void {
  to.hits += from.hits;
  to.people += from.people;
  to.overBeforeMessage += from.overBeforeMessage;
  for (const name of counters) for (const [key, n] of Object.entries(from[name])) countUp(to[name], key, n);
  for (const name of reasons) for (const [key, n] of Object.entries(from[name])) countReason(to[name], key, n);
  to.samples = new Sample(samplesMax, [...to.samples, ...from.samples]).kept;
}

/** What the counts are told with. */
export type RuleHead = {
  readonly rule: string;
  readonly description: string;
  readonly trigger: string;
  readonly history: SimulationHistory;
  /** Customers within an hour that trip the breaker. */
  readonly breakerLimit: number;
};

/** The counts as they are shown. */
export function simulationOf(tally: RuleTally, { breakerLimit, ...head }: RuleHead): RuleSimulation {
  const { arms, basis, messages, times } = tally;
  return {
    ...head,
    hits: tally.hits,
    exact: basis["exact"] ?? 0,
    reconstructed: basis["reconstructed"] ?? 0,
    people: tally.people,
    leftAlone: { holdout: arms["holdout"] ?? 0, notYet: arms["not_yet"] ?? 0 },
    declined: reasonList(tally.declined),
    deeds: tally.deeds,
    messages: { chat: messages["chat"] ?? 0, email: messages["email"] ?? 0 },
    ends: tally.ends,
    overBeforeMessage: tally.overBeforeMessage,
    held: reasonList(tally.held),
    skipped: reasonList(tally.skipped),
    perPerson: {
      max: Math.max(0, ...Object.keys(times).map(Number)),
      histogram: numbered(times).map(([n, people]) => ({ times: n, people })),
    },
    perDay: daysOf(tally.hours),
    peak: peakOf(tally.hours, breakerLimit),
    samples: tally.samples
      .map(({ item }) => item)
      .toSorted((a, b) => a.atS - b.atS || compare(a.customerId, b.customerId)),
  };
}

function reasonList(counts: Counts): RuleSimulation["held"] {
  return Object.entries(counts)
    .map(([why, count]) => ({ why, count }))
    .toSorted((a, b) => b.count - a.count || compare(a.why, b.why));
}

function numbered(counts: Counts): readonly (readonly [number, number])[] {
  return Object.entries(counts)
    .map(([key, count]) => [Number(key), count] as const)
    .toSorted(([a], [b]) => a - b);
}

function daysOf(hours: Counts): RuleSimulation["perDay"] {
  const days: Counts = {};
  for (const [hourS, hits] of numbered(hours)) countUp(days, dayOf(hourS), hits);
  return Object.entries(days).map(([day, hits]) => ({ day, hits }));
}

function peakOf(hours: Counts, limit: number): RuleSimulation["peak"] {
  const [first, ...others] = numbered(hours);
  if (!first) return null;
  const [hourS, hits] = others.reduce((peak, hour) => (hour[1] > peak[1] ? hour : peak), first);
  return { hourS, hits, limit, trips: hits > limit };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
