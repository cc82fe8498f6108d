/** Builders for compiled rules and what they are advanced by; each shows only what matters to a test. */
import { rule as ruleShape } from "../../contract/rule.ts";
import { CelReader, isCelProblem, type CelExpression } from "../../src/lib/cel.ts";
import type { Act, CompiledRule, Duration, Instruction } from "../../src/rules/program.ts";
import type { CustomerFacts, EffectReport, RunState, Trigger } from "../../src/rules/run.ts";
import { advanceRun } from "../../src/rules/advance.ts";
import { beginRun } from "../../src/rules/judge.ts";
import type { Advance, AdvanceInputs } from "../../src/rules/scene.ts";

const reader = new CelReader({
  profile: {
    status: "string",
    is_owing: "bool",
    total_paid: "int",
    mrr: "double",
    trial_end: "timestamp",
    plan: "string",
  },
  ages: { days_to_trial_end: "int" },
  moment: { amount: "double", currency: "string", failure: "string", trial_end_date: "timestamp" },
  run: { now: "timestamp", started_at: "timestamp", last_wait: "string", messages: "int", replied: "bool" },
});

/** An expression over a small vocabulary. */
export function celOf(text: string): CelExpression {
  const read = reader.read(text);
  if (isCelProblem(read)) throw new Error(`${text}: ${read.problem}`);
  return read;
}

/** Monday, 2 November 2026, 10:00 in Berlin. */
export const mondayS = Date.parse("2026-11-02T09:00:00Z") / 1000;

/** Unix seconds of an instant. */
export function at(text: string): number {
  return Date.parse(text) / 1000;
}

/** `2 days` and the like. */
export function lasting(count: number, unit: Duration["unit"]): Duration {
  return { count, unit };
}

/** The same time of day so many days from Monday to Friday later or, for a negative number, earlier. */
export function addWorkingDays(fromS: number, days: number): number {
  let [atS, left] = [fromS, Math.abs(days)];
  while (left > 0) {
    atS += Math.sign(days) * 86_400;
    if (![0, 6].includes(new Date(atS * 1000).getUTCDay())) left -= 1;
  }
  return atS;
}

type RuleParts = Partial<Omit<CompiledRule, "rule" | "while" | "if">> & {
  readonly rule?: Readonly<Record<string, unknown>>;
  readonly while?: string;
  readonly if?: string;
};

/** A rule that is triggered by a failed payment; `rule` are entries of the document. */
export function aRule({ rule = {}, while: reason, if: condition, ...parts }: RuleParts = {}): CompiledRule {
  return {
    rule: ruleShape.parse({
      name: "churn-preventer",
      description: "Speaks to who could not pay.",
      purpose: "They want to go on.",
      mode: "live",
      on: { moment: "payment_failed" },
      steps: [{ stop: "The program is what counts." }],
      ...rule,
    }),
    version: 1,
    trigger: { kind: "moment", name: "payment_failed" },
    if: condition === undefined ? null : celOf(condition),
    while: reason === undefined ? null : celOf(reason),
    onceWithin: null,
    quietHours: undefined,
    caps: {},
    program: [],
    texts: new Set(),
    fingerprint: "f",
    ...parts,
  };
}

/** What a rule that is triggered by a failed payment is told. */
export function aTrigger(parts: Partial<Trigger> = {}): Trigger {
  return {
    kind: "moment",
    key: "payment_failed ch_1",
    name: "payment_failed",
    objectId: "ch_1",
    occurredAtS: mondayS,
    facts: { amount: 49, currency: "EUR", failure: "insufficient_funds" },
    ...parts,
  };
}

type FactParts = Partial<Omit<CustomerFacts, "values">> & {
  readonly profile?: Readonly<Record<string, unknown>>;
  readonly ages?: Readonly<Record<string, unknown>>;
};

/** A customer in Berlin who owes something. */
export function someFacts({ profile = {}, ages = {}, ...parts }: FactParts = {}): CustomerFacts {
  return {
    values: { profile: { is_owing: true, ...profile }, ages },
    dates: {},
    subjects: { invoice: "in_1", subscription: "sub_1", period: "sub_1:1" },
    locale: "de",
    country: "DE",
    timeZone: null,
    ...parts,
  };
}

/** Facts of a customer of whom nothing that is asked for is known. */
export function noFacts(): CustomerFacts {
  return { ...someFacts(), values: { profile: {}, ages: {} } };
}

/** Nothing speaks against anything. */
export function someInputs(parts: Partial<AdvanceInputs> = {}): AdvanceInputs {
  return {
    nowS: mondayS,
    trigger: aTrigger(),
    facts: someFacts(),
    signals: { repliedS: null, conversationId: null, openConversations: 0, unsubscribed: false },
    effect: null,
    approval: "none",
    sent: [],
    arbiter: { invoice: null, failure: null, stripeEmails: false, rivals: [], openConversations: 0 },
    timeZone: "Europe/Berlin",
    effectKey: (instruction) => `run_1:${instruction}`,
    addBusinessDays: addWorkingDays,
    mode: "live",
    ...parts,
  };
}

/** Intercom has taken it. */
export function confirmed(parts: Partial<EffectReport> = {}): EffectReport {
  return { state: "confirmed", conversationId: null, atS: null, why: null, ...parts };
}

/** An instruction that acts. */
export function act(what: Act): Instruction {
  return { op: "act", path: `steps.${what.kind}`, act: what };
}

export const chat = { kind: "message", channel: "chat", text: "hello", from: null, draft: null } as const satisfies Act;
export const email: Act = { ...chat, channel: "email" };
export const tagged: Act = { kind: "tag", tag: "Billing-Issue" };
export const ticket: Act = {
  kind: "ticket",
  type: "1",
  title: "call",
  description: null,
  attributes: {},
  team: null,
  teammate: null,
};

/** A wait; left out, what ends it is not there. */
export function wait(parts: Partial<Extract<Instruction, { op: "wait" }>>): Instruction {
  return { op: "wait", path: "steps.wait", duration: null, until: null, orReply: false, orUntil: null, ...parts };
}

/** Sets an attribute to what is written down. */
export function setting(attribute: string, value: string | number): Instruction {
  return act({
    kind: "set",
    attribute,
    type: typeof value === "string" ? "string" : "integer",
    value: { literal: value },
  });
}

/** A rule without a reason. */
export function plain(...program: Instruction[]): CompiledRule {
  return aRule({ program });
}

/** A rule for as long as something is owed. */
export function owing(...program: Instruction[]): CompiledRule {
  return aRule({ while: "profile.is_owing", program });
}

/** A run that has just begun, on that Monday. */
export const fresh: RunState = beginRun(aTrigger(), mondayS);

/** The customer has paid. */
export const paid = someFacts({ profile: { is_owing: false } });

/** Advances a run; what is left out of the inputs speaks against nothing. */
export function advance(rule: CompiledRule, run: RunState, inputs: Partial<AdvanceInputs> = {}): Advance {
  return advanceRun(rule, run, someInputs(inputs));
}
