/** Station rules: how a run ends. What it has set is taken back where the rule says so, also long after its last step. */
import { takeBack, tellTakenBack, withTrace } from "./take-back.ts";
import type { CompiledRule } from "./program.ts";
import type { EffectReport, EndedHow, RunState } from "./run.ts";
import { wakeBetween, type Advance, type Move, type Scene } from "./scene.ts";
import { dayS } from "../lib/day.ts";

/** So long a run that has done everything stays, to take back what it has set; then that stays as it is. */
export const longestRestS = 366 * dayS;

/** Its reason is gone. */
export function endOver({ rule }: Scene, run: RunState, why: string): Move {
  return endWithTraces(rule, run, { how: "over", why });
}

/** It cannot go on: the program is not as a compiled one is. */
export function endFailed(run: RunState, why: string): Move {
  return { state: ended(run, "failed", why), rest: { wakeAtS: null } };
}

/**
 * It has come to its end, or to a stop. With a reason, and traces that are to be taken back once the reason is gone, it rests
 * behind its last instruction instead of ending.
 */
export function endOrRest(
  scene: Scene,
  run: RunState,
  end: { readonly how: EndedHow; readonly why: string | null },
): Move {
  const { rule, nowS } = scene;
  const isBehind = run.at === rule.program.length;
  const former = isBehind && run.waiting?.for === "step" ? run.waiting : null;
  const untilS = former?.untilS ?? nowS + longestRestS;
  if (!mustRest(rule, run) || nowS >= untilS) return { state: ended(run, end.how, end.why), rest: { wakeAtS: null } };
  const rest = wakeBetween(scene, untilS, null);
  if (former !== null) return { state: run, rest };
  return { state: { ...run, at: rule.program.length, waiting: { for: "step", sinceS: nowS, untilS } }, rest };
}

function mustRest(rule: CompiledRule, run: RunState): boolean {
  return rule.while !== null && rule.rule.whenOver === "undo" && run.traces.length > 0;
}

/** Who ends a run from outside says why, and what has become of the effect that it waits for. */
export type Cancellation = { readonly why: string; readonly effect: EffectReport | null };

/**
 * Ends a run from outside, as a person may; what it has set is taken back where the rule says so. Null while a tag is on its way:
 * only when that is known it is known, too, whether there is one to take off.
 */
export function cancelRun(rule: CompiledRule, run: RunState, { why, effect }: Cancellation): Advance | null {
  if (run.ended !== null) return { state: run, steps: [], deeds: [], wakeAtS: null };
  const tag = tagUnderWay(rule, run);
  if (tag !== null && effect?.state === "open") return null;
  const hasTag = tag !== null && effect?.state === "confirmed";
  const left = hasTag ? { ...run, traces: withTrace(run.traces, { kind: "tag", tag, at: run.at }) } : run;
  const { state, step, deeds = [] } = endWithTraces(rule, left, { how: "cancelled", why });
  return { state, steps: step === undefined ? [] : [step], deeds, wakeAtS: null };
}

/** The tag that a run is putting on. */
export function tagUnderWay(rule: CompiledRule | undefined, { waiting, at }: RunState): string | null {
  const instruction = waiting?.for === "effect" ? rule?.program[at] : undefined;
  return instruction?.op === "act" && instruction.act.kind === "tag" ? instruction.act.tag : null;
}

function endWithTraces(
  rule: CompiledRule,
  run: RunState,
  { how, why }: { readonly how: EndedHow; readonly why: string },
): Move {
  const deeds = rule.rule.whenOver === "undo" ? takeBack(rule, run.traces) : [];
  return {
    state: { ...ended(run, how, why), ...(deeds.length > 0 ? { traces: [] } : {}) },
    ...(deeds.length > 0
      ? { step: { at: run.at, path: "whenOver", kind: "undo", result: "done", detail: tellTakenBack(deeds) }, deeds }
      : {}),
    rest: { wakeAtS: null },
  };
}

function ended(run: RunState, how: EndedHow, why: string | null): RunState {
  return { ...run, waiting: null, ended: { how, why } };
}
