/** Made-up rules, and worlds in which their runs are woken. */
import fc from "fast-check";
import type { Act, CompiledRule, Instruction } from "../../src/rules/program.ts";
import type { EffectReport } from "../../src/rules/run.ts";
import type { AdvanceInputs } from "../../src/rules/scene.ts";
import {
  act,
  aRule,
  celOf,
  chat,
  email,
  lasting,
  mondayS,
  noFacts,
  someFacts,
  someInputs,
  tagged,
  ticket,
  wait,
} from "../support/rules.ts";

const dayS = 86_400;

const acts: fc.Arbitrary<Act> = fc.constantFrom<Act>(
  chat,
  email,
  { ...chat, draft: { instruction: "Be brief.", approval: true } },
  tagged,
  { kind: "tag", tag: "VIP" },
  { kind: "untag", tag: "Billing-Issue" },
  ticket,
  { kind: "note", text: "n", from: null },
  { kind: "set", attribute: "a", type: "string", value: { literal: "x" } },
  { kind: "set", attribute: "b", type: "integer", value: { cel: celOf("profile.total_paid") } },
);

const waits = fc
  .record({
    hours: fc.integer({ min: 1, max: 100 }),
    until: fc.boolean(),
    orReply: fc.boolean(),
    orUntil: fc.boolean(),
  })
  .map(({ hours, until, orReply, orUntil }) =>
    wait({
      duration: until ? null : lasting(hours, "hour"),
      until: until ? { field: "trial_end", before: lasting(1, "day"), after: null } : null,
      orReply,
      orUntil: orUntil ? celOf('profile.plan == "Pro"') : null,
    }),
  );

/** Instructions with jumps anywhere: those that a compiler would never write must not hurt either. */
const programs: fc.Arbitrary<readonly Instruction[]> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: acts.map((what) => act(what)) },
      { weight: 3, arbitrary: waits },
      {
        weight: 2,
        arbitrary: fc.tuple(fc.nat(14), fc.nat(14)).map(([to, otherwise]): Instruction => ({
          op: "branch",
          path: "branch",
          cases: [{ if: celOf("run.replied || run.messages > 1"), to }],
          otherwise,
        })),
      },
      { weight: 1, arbitrary: fc.nat(14).map((to): Instruction => ({ op: "jump", to })) },
      { weight: 1, arbitrary: fc.constant<Instruction>({ op: "undo", path: "undo" }) },
      { weight: 1, arbitrary: fc.constant<Instruction>({ op: "stop", path: "stop", reason: "enough" }) },
    ),
    { minLength: 1, maxLength: 12 },
  )
  // Most jumps are made to lead forward, as a compiler's do.
  .chain((program) =>
    fc.boolean().map((isWild) => (isWild ? program : program.map((one, index) => forward(one, index, program.length)))),
  );

function forward(instruction: Instruction, index: number, length: number): Instruction {
  const ahead = (to: number): number => Math.min(length, Math.max(index + 1, to));
  if (instruction.op === "jump") return { ...instruction, to: ahead(instruction.to) };
  if (instruction.op !== "branch") return instruction;
  return {
    ...instruction,
    cases: instruction.cases.map((one) => ({ ...one, to: ahead(one.to) })),
    otherwise: ahead(instruction.otherwise),
  };
}

/** Rules with and without a reason, quiet hours, a cap. */
export const rules: fc.Arbitrary<CompiledRule> = fc
  .record({
    program: programs,
    hasReason: fc.boolean(),
    undo: fc.boolean(),
    dunning: fc.boolean(),
    isQuiet: fc.boolean(),
  })
  .map(({ program, hasReason, undo, dunning, isQuiet }) =>
    aRule({
      program,
      ...(hasReason ? { while: "profile.is_owing" } : {}),
      rule: { dunning, whenOver: undo ? "undo" : "keep" },
      quietHours: isQuiet ? { from: "20:00", to: "09:00", weekends: true } : undefined,
      caps: { chat: { messages: 1, per: lasting(2, "day") } },
    }),
  );

/** What the world is like at one wake. */
export type World = {
  readonly laterS: number;
  readonly reason: "true" | "false" | "unknown";
  readonly isPaid: boolean;
  readonly isDebitProcessing: boolean;
  readonly hasRival: boolean;
  readonly hasReplied: boolean;
  readonly unsubscribed: boolean;
  readonly trialEndDays: number | null;
  readonly outcome: EffectReport["state"];
  readonly approval: AdvanceInputs["approval"];
};

const mostly = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

/** Mostly nothing is against anything. */
export const worlds: fc.Arbitrary<World> = fc.record({
  laterS: fc.integer({ min: 0, max: 3 * dayS }),
  reason: mostly<World["reason"]>("true", "false", "unknown"),
  isPaid: mostly(false, true),
  isDebitProcessing: mostly(false, true),
  hasRival: mostly(false, true),
  hasReplied: mostly(false, true),
  unsubscribed: mostly(false, true),
  trialEndDays: fc.option(fc.integer({ min: -3, max: 20 }), { nil: null }),
  outcome: fc.constantFrom<EffectReport["state"]>("open", "confirmed", "confirmed", "failed", "withdrawn"),
  approval: fc.constantFrom<AdvanceInputs["approval"]>("none", "approved", "rejected"),
});

/** What a run is advanced by in this world. */
export function inputsIn(world: World, nowS: number, sent: AdvanceInputs["sent"] = []): AdvanceInputs {
  const dates = { trial_end: world.trialEndDays === null ? null : mondayS + world.trialEndDays * dayS };
  const profile = world.reason === "unknown" ? null : { is_owing: world.reason === "true" };
  return someInputs({
    nowS,
    sent,
    facts: { ...(profile === null ? noFacts() : someFacts({ profile })), dates },
    effect: { state: world.outcome, conversationId: null, atS: nowS, why: null },
    approval: world.approval,
    signals: {
      repliedS: world.hasReplied ? nowS : null,
      conversationId: null,
      openConversations: world.hasReplied ? 1 : 0,
      unsubscribed: world.unsubscribed,
    },
    arbiter: {
      invoice: {
        id: "in_1",
        isPaid: world.isPaid,
        isDisputed: false,
        nextAttemptS: null,
        isDebitProcessing: world.isDebitProcessing,
      },
      failure: "soft",
      stripeEmails: false,
      rivals: world.hasRival ? [{ rule: "other", priority: 90, startedS: 0, hasSpoken: false }] : [],
      openConversations: 0,
    },
  });
}
