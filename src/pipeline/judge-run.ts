/** Whether a run that was matched begins: by its rule's conditions, once for its reason, within the share, and not too many at once. */
import type { CompiledRule, CompiledRules } from "../rules/program.ts";
import { beginRun, judgeTrigger } from "../rules/judge.ts";
import { findLastStarted, isOnceKeyTaken, type OpenRun } from "../rules/store.ts";
import { invoiceOf } from "./rule-facts.ts";
import { addBusinessDays } from "./run-inputs.ts";
import type { Moving, Turn } from "./turn.ts";
import { stoppedLookS } from "./turn-ledger.ts";

type Matched = { readonly run: OpenRun; readonly rule: CompiledRule; readonly rules: CompiledRules };

/** Answers the run as it begins; null when it does not, which is entered into the turn. */
export async function judgeRun(turn: Turn, { run, rule, rules }: Matched): Promise<Moving | null> {
  const { known, ledger, parts } = turn;
  const { customer, facts, nowS } = known;
  const { holdouts: groups, timeZone } = rules.document;
  const lastStartedS = rule.onceWithin ? await lastStarted(turn, run) : null;
  const inputs = { facts, person: customer, nowS, groups, lastStartedS, timeZone, addBusinessDays };
  const judgement = judgeTrigger(rule, run.trigger, inputs);
  const decline = (why: string, arm?: string): null => {
    ledger.end(run, { how: "declined", why, arm });
    return null;
  };
  if (judgement.kind === "declined") {
    const { why, againUntilS } = judgement;
    if (againUntilS === null || nowS >= againUntilS) return decline(why);
    // Whatever changes about the customer until then has it looked at as well.
    ledger.wakeAt(againUntilS);
    return null;
  }
  const { arm, group } = judgement;
  // What a rule would have done in shadow does not keep it from doing so when it is live.
  const onceKey = run.mode === "live" ? judgement.onceKey : `shadow ${judgement.onceKey}`;
  if (arm === "not_yet") return decline("The customer is outside of the share that the rule acts for.", arm);
  if (await isTaken(turn, run, onceKey)) return decline("It has begun for this reason before.");
  const began = { onceKey, arm, startedS: nowS, mode: run.mode };
  if (arm === "holdout") {
    const attribute = group === null ? undefined : groups[group]?.attribute;
    if (attribute !== undefined && run.mode === "live") ledger.setAttribute(run, attribute, true);
    ledger.end(run, { how: "held_out", why: "The customer is in the control group.", ...began });
    return null;
  }
  if (run.mode === "live" && !(await parts.mayTouch(rule, nowS))) {
    ledger.wakeIn(stoppedLookS);
    return null;
  }
  const invoiceId = rule.rule.dunning ? invoiceOf(run.trigger, known.person) : null;
  const beginning = { ...run, invoiceId };
  if (run.mode === "live") turn.voices.noteSpeaker(beginning, { startedS: nowS, hasSpoken: false });
  return { run: beginning, rule, rules, state: beginRun(run.trigger, nowS), began: { ...began, invoiceId } };
}

/** When this rule began for this person last. */
async function lastStarted({ known, ledger, parts }: Turn, { rule, mode }: OpenRun): Promise<number | null> {
  if (ledger.begunOf(rule).some((begun) => begun.mode === mode)) return known.nowS;
  return findLastStarted(parts.ground.contexts.main.pool, known.everybody, { rule, mode });
}

async function isTaken({ known, ledger, parts }: Turn, { rule }: OpenRun, onceKey: string): Promise<boolean> {
  if (ledger.begunOf(rule).some((other) => other.onceKey === onceKey)) return true;
  return isOnceKeyTaken(parts.ground.contexts.main.pool, known.everybody, { rule, onceKey });
}
