/** The time machine: what rules would have done to customers in the past, found out from the journal without doing anything. */
import { z } from "zod";

const count = z.number().int().nonnegative();
const second = z.number().int();

/** The longest stretch of the past that is rehearsed at once. */
export const simulationDaysMax = 400;

export const simulationOrder = z.strictObject({
  /** A draft; without one, the rules in force. */
  document: z.unknown().optional(),
  /** One rule of it; without it, all that are not paused. */
  rule: z.string().min(1).max(60).optional(),
  days: z.number().int().min(1).max(simulationDaysMax).default(90),
  /** Another version that it is put beside; 0 is none. */
  against: z.number().int().positive().optional(),
});

/**
 * How a hit is known.
 * - exact: from Stripe's events as they were recorded
 * - reconstructed: from the stored copies of invoices, charges and subscriptions, which do not tell everything
 */
export const simulationBasis = z.enum(["exact", "reconstructed"]);

/**
 * How far back what starts a rule is known.
 * - all: also before the journal begins, reconstructed
 * - journal: only as it was recorded
 * - none: a person starts it, which no past tells
 */
export const simulationHistory = z.enum(["all", "journal", "none"]);

const reason = z.object({ why: z.string(), count });

/** What one step would have done. */
const rehearsedStep = z.object({
  atS: second,
  /** Where it stands in the rule, such as `steps[2]`. */
  path: z.string(),
  kind: z.string(),
  result: z.enum(["done", "skipped", "waits", "failed"]),
  detail: z.string().nullable(),
  /** What would have been said; links are placeholders. */
  text: z.object({ subject: z.string().nullable(), body: z.string() }).nullable(),
});

/** A customer whom a rule would have touched. */
export const simulationHit = z.object({
  account: z.string(),
  customerId: z.string(),
  /** Name or e-mail. */
  label: z.string().nullable(),
  atS: second,
  trigger: z.object({ kind: z.string(), name: z.string(), objectId: z.string().nullable(), occurredAtS: second }),
  basis: simulationBasis,
  /** Null when it would still be under way at the end. */
  ended: z.object({ how: z.string(), why: z.string().nullable(), atS: second }).nullable(),
  steps: z.array(rehearsedStep),
});

export const ruleSimulation = z.object({
  rule: z.string(),
  description: z.string(),
  trigger: z.string(),
  history: simulationHistory,
  /** Times that the rule would have begun for somebody, without those whom it leaves alone on purpose. */
  hits: count,
  exact: count,
  reconstructed: count,
  people: count,
  /** Who would have been left alone: of the control group, or outside of the share that it acts for. */
  leftAlone: z.object({ holdout: count, notYet: count }),
  /** Reasons that were looked at and led to nothing. */
  declined: z.array(reason),
  /** What it would have done, by kind of step. */
  deeds: z.record(z.string(), count),
  messages: z.object({ chat: count, email: count }),
  /** How the runs would have ended; `open` are under way. */
  ends: z.record(z.string(), count),
  /** The reason was gone, such as an invoice that was paid, before the first message would have left. */
  overBeforeMessage: count,
  /** Messages that would have waited, by reason. */
  held: z.array(reason),
  /** Steps that would have been left out, by reason. */
  skipped: z.array(reason),
  /** How often one person would have been hit. */
  perPerson: z.object({ max: count, histogram: z.array(z.object({ times: count, people: count })) }),
  /** Days are UTC. */
  perDay: z.array(z.object({ day: z.string(), hits: count })),
  /** The hour in which it would have begun for most customers, against the breaker. */
  peak: z.object({ hourS: second, hits: count, limit: count, trips: z.boolean() }).nullable(),
  /** Some of the hits, chosen evenly; the counts are of all. */
  samples: z.array(simulationHit),
});

/** Side by side with another version: a hit is the same when rule, customer and reason are. */
const ruleComparison = z.object({
  rule: z.string(),
  both: count,
  /** Of both: other steps, times or texts. */
  differently: count,
  onlyHere: count,
  onlyThere: count,
  samples: z.object({
    onlyHere: z.array(simulationHit),
    onlyThere: z.array(simulationHit),
    differently: z.array(z.object({ here: simulationHit, there: simulationHit })),
  }),
});

export const simulationResult = z.object({
  fromS: second,
  toS: second,
  journal: z.object({
    /** Events in this time; those of types that tell nothing here are not read. */
    events: count,
    read: count,
    /** Nothing is recorded from before; null when nothing is recorded at all. */
    sinceS: second.nullable(),
  }),
  people: count,
  rules: z.array(ruleSimulation),
  comparison: z.object({ version: z.number().int(), rules: z.array(ruleComparison) }).nullable(),
  tookMs: z.number(),
});

/** One line of the answer: how far it is, the result, or why there is none. */
export const simulationLine = z.union([
  z.object({ progress: z.object({ people: count, ofPeople: count, events: count }) }),
  z.object({ result: simulationResult }),
  z.object({ error: z.object({ code: z.string(), message: z.string() }) }),
]);

export type SimulationOrder = z.infer<typeof simulationOrder>;
export type SimulationBasis = z.infer<typeof simulationBasis>;
export type SimulationHistory = z.infer<typeof simulationHistory>;
export type SimulationHit = z.infer<typeof simulationHit>;
export type RehearsedStep = z.infer<typeof rehearsedStep>;
export type RuleSimulation = z.infer<typeof ruleSimulation>;
export type RuleSideBySide = z.infer<typeof ruleComparison>;
export type SimulationResult = z.infer<typeof simulationResult>;
export type SimulationLine = z.infer<typeof simulationLine>;
