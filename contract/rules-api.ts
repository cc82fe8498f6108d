/** How rules are looked at, tried, put in force and stopped over the API, and how runs are listed. */
import { z } from "zod";
import { attributeTypes } from "./mapping.ts";
import { ruleModes, rulesDocument } from "./rule.ts";

const ruleName = z.string().trim().min(1).max(60);
const note = z.string().trim().max(500).optional();
const customer = z.string().trim().min(1).max(255);
const account = z.string().trim().min(1).max(64).optional();
const reason = z.string().trim().min(1).max(255).optional();
const share = z.number().min(0).max(100);
const severity = z.enum(["error", "warning"]);
/** What each code means is in rule-problem.ts. */
const problem = z.object({ code: z.string(), path: z.string(), problem: z.string(), severity });
const value = z.union([z.string(), z.number(), z.boolean()]);

/** `PUT /api/rules`. */
export const rulesOrder = z.strictObject({
  document: z.unknown(),
  /** The version that its author saw; 0 while none is saved. */
  basedOn: z.number().int().min(0),
  note,
});

/** `POST /api/rules/check` and `POST /api/rules/plan`. */
export const rulesTrial = z.strictObject({
  document: z.unknown(),
  /** `plan`: how many customers are looked at for crossings and dates, at most. */
  customers: z.number().int().min(0).max(5_000).default(1_000),
});

/** `POST /api/rules/mode`: saves a version in which only this differs. */
export const ruleModeOrder = z.strictObject({
  rule: ruleName,
  mode: z.enum(ruleModes),
  share: share.optional(),
  note,
});

/** `POST /api/rules/stop`. */
export const ruleStopOrder = z.strictObject({ rule: ruleName, reason });

/** `POST /api/rules/resume`. */
export const ruleResumeOrder = z.strictObject({ rule: ruleName });

/** `POST /api/rules/trigger`. */
export const ruleTriggerOrder = z.strictObject({ rule: ruleName, customer, account });

/** `POST /api/rules/test`; without a document, the rules in force. */
export const ruleTestOrder = z.strictObject({ rule: ruleName, customer, account, document: z.unknown().optional() });

/** `POST /api/recipes/<name>`: adds a recipe to the rules in force, as drafts. */
export const recipeOrder = z.strictObject({
  /** By the names of what the recipe asks for. */
  values: z.record(z.string(), z.string()).default({}),
  /** Whether Stripe itself mails customers about failed payments; only when the document does not say so yet. */
  stripeEmails: z.boolean().optional(),
});

/** How many runs of a rule there are. */
export const runCounts = z.object({
  /** Open: to be judged. */
  matched: z.number(),
  /** Open, and begun. */
  running: z.number(),
  /** Of them, those whose draft waits for a person. */
  approval: z.number(),
  /** Begun within the last thirty days, for customers whom the rule does not leave alone on purpose. */
  begun: z.number(),
});

export const ruleStop = z.object({
  /** person: somebody paused it · breaker: it wanted to touch too many customers · restore: the database was restored, so that nobody knows what it did. */
  by: z.enum(["person", "breaker", "restore"]),
  reason: z.string(),
  since: z.iso.datetime(),
});

/** One rule as the board shows it. */
export const ruleLine = z.object({
  name: z.string(),
  description: z.string(),
  mode: z.enum(ruleModes),
  share: z.number(),
  /** What makes it look at a customer, in words. */
  trigger: z.string(),
  stop: ruleStop.nullable(),
  runs: runCounts,
});

export const rulesVersion = z.object({
  version: z.number(),
  savedAt: z.iso.datetime(),
  savedBy: z.string(),
  note: z.string().nullable(),
});

/** `GET /api/rules`. */
export const rulesBoard = z.object({
  /** 0 while none is saved. */
  version: z.number(),
  document: rulesDocument,
  rules: z.array(ruleLine),
  versions: z.array(rulesVersion),
});

export const rulesCheck = z.object({ problems: z.array(problem) });

const placement = z.object({ mode: z.enum(ruleModes), share: z.number() });

/** Whom a crossing or a date would look at. */
export const ruleReach = z.object({
  /** crossing: the expression is true for them now · date: it is their turn within seven days. */
  kind: z.enum(["crossing", "date"]),
  customers: z.number(),
  examples: z.array(z.object({ account: z.string(), customerId: z.string(), label: z.string().nullable() })),
});

export const rulePlanLine = z.object({
  name: z.string(),
  /** added · removed · changed: it does something else · mode: only its mode or share differ · same. */
  change: z.enum(["added", "removed", "changed", "mode", "same"]),
  before: placement.nullable(),
  after: placement.nullable(),
  /** The parts that differ, such as steps or texts. */
  parts: z.array(z.string()),
  /** Runs that go on in the version that they began with; of a rule that is removed, runs that are cancelled. */
  running: z.number(),
  /** Of rules that are added or changed and do not rest, and that go by an expression or a date. */
  reach: ruleReach.nullable(),
});

/** `POST /api/rules/plan`: what saving a document would do. */
export const rulesPlan = z.object({
  /** The version in force, which is the one to base it on. */
  version: z.number(),
  rules: z.array(rulePlanLine),
  /** What differs beside the rules, such as quietHours. */
  settings: z.array(z.string()),
  attributes: z.object({
    added: z.array(z.object({ name: z.string(), type: z.enum(attributeTypes) })),
    /** No rule sets them any more: their values are taken back. */
    removed: z.array(z.object({ name: z.string(), contacts: z.number() })),
  }),
  /** Customers that were looked at, and whether there are more. */
  looked: z.number(),
  isComplete: z.boolean(),
});

export const runStates = ["matched", "running", "ended"] as const;

/** How a run ended: for `declined` and `held_out` it never began. */
export const runEnds = ["declined", "held_out", "finished", "stopped", "over", "cancelled", "failed"] as const;

/** `GET /api/runs`. */
export const runQuery = z.strictObject({
  rule: ruleName.optional(),
  customer: customer.optional(),
  account,
  state: z.enum(runStates).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** `next` of the page before. */
  before: z.coerce.number().int().min(1).optional(),
});

/** `POST /api/runs/<id>/cancel`. */
export const runCancelOrder = z.strictObject({ reason });

/** `POST /api/runs/cancel`: all open runs of a rule, of a customer, or of both. */
export const runsCancelOrder = z
  .strictObject({ rule: ruleName.optional(), customer: customer.optional(), account, reason })
  .refine(({ rule, customer: whose }) => rule !== undefined || whose !== undefined, {
    error: "say which runs: of a rule, of a customer, or of both",
  });

export const run = z.object({
  id: z.number(),
  rule: z.string(),
  /** Of the rules that it goes by. */
  version: z.number(),
  mode: z.enum(["shadow", "live"]),
  account: z.string(),
  customerId: z.string(),
  state: z.enum(runStates),
  trigger: z.object({
    kind: z.enum(["moment", "stripe", "becomes", "date", "signal", "manual"]),
    name: z.string(),
    objectId: z.string().nullable(),
    occurredAt: z.iso.datetime(),
  }),
  /** treated, holdout (left alone on purpose) or not_yet (outside of the share); null before it is judged. */
  arm: z.enum(["treated", "holdout", "not_yet"]).nullable(),
  /** Why it waits; null when it does not. */
  waiting: z
    .object({
      for: z.enum(["step", "effect", "message", "approval"]),
      why: z.string().nullable(),
      until: z.iso.datetime().nullable(),
    })
    .nullable(),
  approval: z.enum(["none", "wanted", "approved", "rejected"]),
  /** Why somebody wants it to end; it does within a moment. Null once it has ended, and when nobody does. */
  cancelling: z.string().nullable(),
  /** Messages that left, or would have. */
  messages: z.number(),
  matchedAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  ended: z.object({ how: z.enum(runEnds), why: z.string().nullable() }).nullable(),
});

export const runPage = z.object({ runs: z.array(run), next: z.number().nullable() });

export const runStep = z.object({
  path: z.string(),
  kind: z.string(),
  result: z.enum(["done", "skipped", "waits", "failed"]),
  detail: z.string().nullable(),
  at: z.iso.datetime(),
  /** `eff_…`: what it did in Intercom or outside, in the ledger of effects. */
  effect: z.string().nullable(),
});

/** A run with its steps, as drafts that wait are listed. */
export const runDetails = run.extend({
  /** What it happens once for. */
  onceKey: z.string().nullable(),
  /** The failed invoice that it speaks about. */
  invoiceId: z.string().nullable(),
  /** What a language model wrote, for a person to judge. */
  draft: z.string().nullable(),
  steps: z.array(runStep),
});

/** `GET /api/runs/<id>`. */
export const shownRun = runDetails.extend({
  /** The event of Stripe's that told of its trigger; null when none did, or when it is no longer stored. */
  eventId: z.string().nullable(),
});

/** `POST /api/runs/cancel` and `POST /api/runs/<id>/cancel`. */
export const runsCancelled = z.object({ cancelled: z.number() });

/** `GET /api/approvals`. */
export const approvals = z.object({ runs: z.array(runDetails) });

/** `POST /api/rules/trigger`. */
export const ruleTriggered = z.object({ runs: z.array(run) });

/** One step of a rehearsal. */
export const rehearsedStep = z.object({
  path: z.string(),
  kind: z.string(),
  result: z.enum(["done", "skipped", "waits", "failed"]),
  detail: z.string().nullable(),
  /** The text that it would say, rendered for this customer. */
  text: z.object({ subject: z.string().nullable(), body: z.string() }).nullable(),
  /** Facts that the text needs and nobody knows. */
  missing: z.array(z.string()),
});

/** `POST /api/rules/test`: what a rule would do now for a customer. Nothing is done. */
export const ruleTest = z.object({
  rule: z.string(),
  customer: z.object({ account: z.string(), customerId: z.string(), label: z.string().nullable() }),
  /** What it was tried with; facts of a made-up moment are examples. */
  trigger: z.object({ kind: z.string(), name: z.string(), isMadeUp: z.boolean(), facts: z.record(z.string(), value) }),
  /** Whether a run would begin, and if not why. */
  starts: z.boolean(),
  why: z.string().nullable(),
  arm: z.enum(["treated", "holdout", "not_yet"]).nullable(),
  steps: z.array(rehearsedStep),
  /** What else it may say later on, as it would read now. */
  later: z.array(rehearsedStep.pick({ path: true, kind: true, text: true, missing: true })),
  /** When it would go on; null when it would be over. */
  goesOnAt: z.iso.datetime().nullable(),
  ended: z.object({ how: z.string(), why: z.string().nullable() }).nullable(),
});

export type RulesBoard = z.infer<typeof rulesBoard>;
export type RulesCheck = z.infer<typeof rulesCheck>;
export type RunsCancelled = z.infer<typeof runsCancelled>;
export type RuleTriggered = z.infer<typeof ruleTriggered>;
export type RuleLine = z.infer<typeof ruleLine>;
export type RulesVersion = z.infer<typeof rulesVersion>;
export type RulesPlan = z.infer<typeof rulesPlan>;
export type RulePlanLine = z.infer<typeof rulePlanLine>;
export type RuleReach = z.infer<typeof ruleReach>;
export type RunCounts = z.infer<typeof runCounts>;
export type RunQuery = z.infer<typeof runQuery>;
export type Run = z.infer<typeof run>;
export type RunPage = z.infer<typeof runPage>;
export type RunDetails = z.infer<typeof runDetails>;
export type ShownRun = z.infer<typeof shownRun>;
export type RunStep = z.infer<typeof runStep>;
export type RuleTest = z.infer<typeof ruleTest>;
export type RehearsedStep = z.infer<typeof rehearsedStep>;
