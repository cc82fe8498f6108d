/** Station rules: whether what happened begins a run. */
import type { RulesDocument } from "../../contract/rule.ts";
import { celInstant, type CelExpression } from "../lib/cel.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import { addDuration, type DayCount } from "./due.ts";
import { assign, type Arm } from "./holdout.ts";
import type { CompiledRule, CompiledTrigger } from "./program.ts";
import type { CustomerFacts, RunState, Trigger } from "./run.ts";
import { momentValues, truthOf, valuesOfRun } from "./run-values.ts";
import { timeZoneOf } from "./time-zone.ts";

export type JudgeInputs = {
  readonly facts: CustomerFacts;
  /** The leader of the person; whom share and control groups go by. */
  readonly person: CustomerKey;
  readonly nowS: number;
  readonly groups: RulesDocument["holdouts"];
  /** When this rule's latest run for this person began; null when there was none. */
  readonly lastStartedS: number | null;
} & DayCount;

/** `onceKey`: of runs of one rule for one person with the same key only the first one begins. */
export type Judgement =
  | { readonly kind: "start"; readonly onceKey: string; readonly arm: Arm; readonly group: string | null }
  /** `againUntilS`: until then it may only be too early to say. */
  | { readonly kind: "declined"; readonly why: string; readonly againUntilS: number | null };

/**
 * Stripe's events of one happening come in any order (docs.stripe.com/webhooks#event-ordering): the charge may be told to have failed
 * before its invoice is past due.
 */
const earlyS = 60;

/**
 * Whether a rule that was triggered begins a run, and in which arm the person is. `if` and `while` must be true: a condition
 * that is not known is not. The rule's mode is the caller's to look at. `timeZone` is the document's.
 */
export function judgeTrigger(rule: CompiledRule, trigger: Trigger, inputs: JudgeInputs): Judgement {
  if (!fits(rule.trigger, trigger)) return declined("This is not what triggers the rule.");
  const why = againstStart(rule, trigger, inputs);
  if (why !== null) return declined(why);
  const reason = againstReason(rule, trigger, inputs);
  if (reason !== null) return declined(reason, isStripes(trigger) ? trigger.occurredAtS + earlyS : null);
  const once = onceOf(rule, trigger, inputs);
  if ("why" in once) return declined(once.why);
  return { kind: "start", onceKey: once.key, ...assign(rule, inputs.groups, inputs.person) };
}

/** A run before its first step. */
export function beginRun(trigger: Trigger, nowS: number): RunState {
  return {
    at: 0,
    startedS: nowS,
    waiting: null,
    lastWait: "none",
    messages: 0,
    lastMessageS: null,
    // The answer that triggered the run is none to what the run will say.
    heardS: trigger.kind === "signal" ? Math.max(nowS, trigger.occurredAtS) + 1 : nowS,
    conversationId: conversationOf(trigger),
    traces: [],
    ended: null,
  };
}

/** The conversation that a signal is about. */
function conversationOf({ kind, facts }: Trigger): string | null {
  const id = kind === "signal" ? facts["conversation_id"] : undefined;
  return typeof id === "string" ? id : null;
}

/** Whether a trigger is the one that a rule waits for. */
export function fits(awaited: CompiledTrigger, { kind, name, facts }: Trigger): boolean {
  switch (awaited.kind) {
    case "moment":
    case "date":
      return kind === awaited.kind && name === (awaited.kind === "date" ? awaited.date.field : awaited.name);
    case "stripe":
      return kind === "stripe" && name === awaited.type;
    case "signal":
      return kind === "signal" && name === awaited.signal && (awaited.tag === null || facts["tag"] === awaited.tag);
    case "becomes":
    case "manual":
      return kind === awaited.kind;
  }
}

/** Why its condition does not let the rule begin; null when it does. */
function againstStart(rule: CompiledRule, trigger: Trigger, { facts, nowS }: JudgeInputs): string | null {
  if (rule.if === null) return null;
  // Before a run begins nothing of it is known but the instant.
  const why = against(rule.if, { moment: momentValues(trigger), run: { now: celInstant(nowS) }, ...facts.values });
  return why === null ? null : `Its condition “if” ${why}.`;
}

/** Why its reason does not hold; null when it does. */
function againstReason(rule: CompiledRule, trigger: Trigger, { facts, nowS }: JudgeInputs): string | null {
  if (rule.while === null) return null;
  const signals = { repliedS: null, conversationId: null, openConversations: 0, unsubscribed: false };
  const run = beginRun(trigger, nowS);
  const why = against(rule.while, valuesOfRun(facts, momentValues(trigger), { run, signals, nowS }));
  return why === null ? null : `Its reason “while” ${why}.`;
}

function against(condition: CelExpression, values: Parameters<typeof truthOf>[1]): string | null {
  const truth = truthOf(condition, values);
  return truth === "true" ? null : truth === "false" ? "is not true" : "is not known to be true";
}

/** Whether it comes of an event of Stripe's. */
function isStripes({ kind }: Trigger): boolean {
  return kind === "stripe" || kind === "moment";
}

type Once = { readonly key: string } | { readonly why: string };

function onceOf(rule: CompiledRule, trigger: Trigger, inputs: JudgeInputs): Once {
  const { subjects } = inputs.facts;
  switch (rule.rule.oncePer) {
    case "customer":
      return { key: "customer" };
    case "object":
      return { key: trigger.objectId === null ? `reason ${trigger.key}` : `object ${trigger.objectId}` };
    case "invoice":
      return subjectKey("invoice", subjects.invoice, "The customer has no open invoice.");
    case "subscription":
      return subjectKey("subscription", subjects.subscription, "The customer has no subscription.");
    case "period":
      return subjectKey("period", subjects.period, "The customer has no billing period.");
    default:
      return onceWithin(rule, trigger, inputs);
  }
}

function subjectKey(word: string, id: string | null, missing: string): Once {
  return id === null ? { why: missing } : { key: `${word} ${id}` };
}

/** Two looks at the same reason meet in the key; another reason within the time is declined. */
function onceWithin(rule: CompiledRule, trigger: Trigger, { lastStartedS, nowS, facts, ...count }: JudgeInputs): Once {
  if (rule.onceWithin !== null && lastStartedS !== null) {
    const timeZone = timeZoneOf(facts, count.timeZone);
    const againS = addDuration(lastStartedS, rule.onceWithin, { addBusinessDays: count.addBusinessDays, timeZone });
    if (nowS < againS) return { why: `It began for this customer less than ${rule.rule.oncePer} ago.` };
  }
  return { key: `reason ${trigger.key}` };
}

function declined(why: string, againUntilS: number | null = null): Judgement {
  return { kind: "declined", why, againUntilS };
}
