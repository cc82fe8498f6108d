/** Backfills: what `GET /api/backfill` answers, what `POST /api/backfill` takes, and what is stored with a run. */
import { z } from "zod";

/** real: contacts are written · dry: says what it would do and writes to no contact. */
export const backfillKind = z.enum(["real", "dry"]);

/** loading: read from Stripe · planning: find each customer's contact · queueing, writing: contacts · done. */
export const backfillPhase = z.enum(["loading", "planning", "queueing", "writing", "done"]);

/** A part of a list that could not be read yet. It is tried again by itself. */
export const backfillProblem = z.object({
  /** Creation times of the part, both included; null for "from the very first". */
  from: z.iso.datetime().nullable(),
  to: z.iso.datetime(),
  code: z.string(),
  message: z.string(),
  attempt: z.number().int(),
  nextAttemptAt: z.iso.datetime(),
});

/** One list of Stripe's. */
export const backfillResource = z.object({
  name: z.string(),
  ranges: z.object({ done: z.number().int(), all: z.number().int() }),
  objects: z.number().int(),
  /** Objects a second over the last half minute; null while nothing is read. */
  perS: z.number().nullable(),
  /** About how many objects are left, from how densely they lay so far; null before the first page. */
  remaining: z.number().int().nullable(),
  etaS: z.number().int().nullable(),
  problems: z.array(backfillProblem),
});

/** Paging through all contacts, once, instead of a search for each customer. */
export const backfillCensus = z.object({
  state: z.enum(["counting", "complete", "not needed"]),
  contacts: z.number().int(),
  total: z.number().int().nullable(),
});

/** Customers gone through, while planning and writing. */
export const backfillCount = z.object({
  all: z.number().int(),
  done: z.number().int(),
  remaining: z.number().int(),
  perS: z.number().nullable(),
  etaS: z.number().int().nullable(),
});

export const backfillProgress = z.object({
  resources: z.array(backfillResource),
  census: backfillCensus.nullable(),
  planned: backfillCount.nullable(),
  contacts: backfillCount.nullable(),
});

/** So many customers for this reason, and a few of them. */
export const backfillGroup = z.object({
  reason: z.string(),
  /** In words, for people. */
  text: z.string(),
  count: z.number().int(),
  examples: z.array(
    z.object({ customerId: z.string(), label: z.string().nullable(), contactId: z.string().nullable() }),
  ),
});

/** What a run does with all customers, found out before the first contact is written. */
export const backfillPlan = z.object({
  at: z.iso.datetime(),
  customers: z.number().int(),
  /** Have their contact from before. */
  linked: z.number().int(),
  /** Match a contact, by what. */
  matched: z.array(backfillGroup),
  /** Are one person with another customer, and share that one's contact. */
  grouped: z.array(backfillGroup),
  /** Get a contact made. */
  created: z.array(backfillGroup),
  /** Get none. */
  skipped: z.array(backfillGroup),
  /** Wait for a person. */
  quarantined: z.array(backfillGroup),
  /** Contacts that exist and show something else than Stripe says. */
  changes: z.number().int(),
  /** Calls to Intercom that this takes, and how long at the learned budget. */
  calls: z.number().int(),
  minutes: z.number(),
});

export const backfillRun = z.object({
  id: z.number().int(),
  account: z.string(),
  kind: backfillKind,
  phase: backfillPhase,
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  progress: backfillProgress.nullable(),
  plan: backfillPlan.nullable(),
});

/** The latest run of each kind, by Stripe account. */
export const backfillAnswer = z.object({
  accounts: z.array(z.object({ account: z.string(), real: backfillRun.nullable(), dry: backfillRun.nullable() })),
});

/** What to do. Without `again` a run that stopped goes on, and one that is done stays done. */
export const backfillOrder = z.strictObject({
  account: z.string().min(1).max(100).optional(),
  again: z.boolean().optional(),
  dryRun: z.boolean().optional(),
});

export type BackfillKind = z.infer<typeof backfillKind>;
export type BackfillPhase = z.infer<typeof backfillPhase>;
export type BackfillResource = z.infer<typeof backfillResource>;
export type BackfillCensus = z.infer<typeof backfillCensus>;
export type BackfillCount = z.infer<typeof backfillCount>;
export type BackfillProgress = z.infer<typeof backfillProgress>;
export type BackfillGroup = z.infer<typeof backfillGroup>;
export type BackfillPlan = z.infer<typeof backfillPlan>;
export type BackfillRun = z.infer<typeof backfillRun>;
export type BackfillAnswer = z.infer<typeof backfillAnswer>;
