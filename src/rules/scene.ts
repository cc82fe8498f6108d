/** Station rules: all that a run is advanced by, and what one move of it comes to. */
import type { CelExpression, CelValues } from "../lib/cel.ts";
import type { ArbiterView } from "./arbiter.ts";
import type { DayCount } from "./due.ts";
import type { CompiledRule, Instruction } from "./program.ts";
import type {
  CustomerFacts,
  Deed,
  EffectReport,
  PersonSignals,
  RunState,
  SentMessage,
  StepRecord,
  Trigger,
} from "./run.ts";
import { momentValues, truthOf, valuesOfRun, type Truth } from "./run-values.ts";
import { timeZoneOf } from "./time-zone.ts";

export type AdvanceInputs = {
  readonly nowS: number;
  readonly trigger: Trigger;
  readonly facts: CustomerFacts;
  readonly signals: PersonSignals;
  /** Of the effect that the run waits for; null while nothing is known of it. */
  readonly effect: EffectReport | null;
  /** What a person said to the draft of the run's present step. */
  readonly approval: "none" | "approved" | "rejected";
  /** To this person, by all rules, also those that are on their way. */
  readonly sent: readonly SentMessage[];
  readonly arbiter: ArbiterView;
  /** Names an instruction's effect in the ledger. */
  readonly effectKey: (at: number) => string;
  readonly mode: "shadow" | "live";
} & DayCount; /* its time zone is the document's */

/** What a run has come to, and what is to be done for it. */
export type Advance = {
  /** The same object when nothing changed. */
  readonly state: RunState;
  readonly steps: readonly StepRecord[];
  readonly deeds: readonly Deed[];
  /** When to look again at the latest; null when only an effect's outcome or nothing at all can change anything. */
  readonly wakeAtS: number | null;
};

/** One instruction's worth of advance. */
export type Move = {
  readonly state: RunState;
  readonly step?: StepRecord;
  readonly deeds?: readonly Deed[];
  /** The run goes no further now: when to look again. */
  readonly rest?: { readonly wakeAtS: number | null };
};

export type Scene = {
  readonly rule: CompiledRule;
  readonly inputs: AdvanceInputs;
  readonly nowS: number;
  /** With the customer's time zone. */
  readonly days: DayCount;
  /** What expressions see when the run is in this state. */
  readonly valuesIn: (run: RunState) => CelValues;
};

/** Brings together what all moves of one advance look at. */
export function setScene(rule: CompiledRule, inputs: AdvanceInputs): Scene {
  const { nowS, facts, signals, trigger, addBusinessDays } = inputs;
  const moment = momentValues(trigger);
  return {
    rule,
    inputs,
    nowS,
    days: { addBusinessDays, timeZone: timeZoneOf(facts, inputs.timeZone) },
    valuesIn: (run) => valuesOfRun(facts, moment, { run, signals, nowS }),
  };
}

/** The result of the instruction that the run stands at. */
export function recordOf(
  run: RunState,
  instruction: Exclude<Instruction, { op: "jump" }>,
  outcome: Pick<StepRecord, "result" | "detail">,
): StepRecord {
  const kind = instruction.op === "act" ? instruction.act.kind : instruction.op;
  return { at: run.at, path: instruction.path, kind, ...outcome };
}

/** Whether the run's reason holds; a rule without one always has it. */
export function reasonHolds({ rule, valuesIn }: Scene, run: RunState): Truth {
  return rule.while === null ? "true" : truthOf(rule.while, valuesIn(run));
}

/** What depends on the time of day may change without anything having happened: so often it is looked at again. */
export const lookAgainS = 3600;

/** When to look again at a run that waits until an instant, given the conditions that may end its waiting. */
export function wakeBetween(
  { rule, nowS }: Scene,
  untilS: number,
  condition: CelExpression | null,
): { readonly wakeAtS: number } {
  const isClockBound = [rule.while, condition].some((one) =>
    one?.paths.some((path) => /^(ages\b|run$|run\.now$)/.test(path)),
  );
  return { wakeAtS: isClockBound ? Math.min(untilS, nowS + lookAgainS) : untilS };
}
