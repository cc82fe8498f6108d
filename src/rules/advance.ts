/**
 * Station rules: what a run does next. A pure interpreter of the program: the same run with the same inputs does the same.
 *
 * | the run | what happens |
 * | --- | --- |
 * | waits for an effect | its outcome is recorded first; until it is known nothing else is done |
 * | its reason (`while`) is not true | it is over, and what it has set is taken back where the rule says so |
 * | its reason is not known | no act is done; waits and branches go on, and an act is held for up to 7 days |
 * | stands at an instruction | does it, and goes on to the next until it has to wait or has ended |
 * | is behind its last instruction | it ends, or stays to take back what it has set once its reason is gone |
 *
 * Jumps go forward only, so that every run comes to an end and no instruction is done twice.
 */
import { moveAct, settleEffect, type ActInstruction } from "./advance-act.ts";
import { endFailed, endOrRest, endOver } from "./advance-end.ts";
import { moveWait } from "./advance-wait.ts";
import type { CompiledRule, Instruction } from "./program.ts";
import type { Deed, RunState, StepRecord } from "./run.ts";
import { truthOf } from "./run-values.ts";
import { reasonHolds, recordOf, setScene, type Advance, type AdvanceInputs, type Move, type Scene } from "./scene.ts";
import { takeBack, tellTakenBack } from "./take-back.ts";

/** Takes a run as far as it comes now. Asking again with the same inputs changes nothing. */
export function advanceRun(rule: CompiledRule, run: RunState, inputs: AdvanceInputs): Advance {
  if (run.ended !== null) return { state: run, steps: [], deeds: [], wakeAtS: null };
  const scene = setScene(rule, inputs);
  const steps: StepRecord[] = [];
  const deeds: Deed[] = [];
  let state = run;
  for (;;) {
    const move = moveOn(scene, state);
    state = move.state;
    if (move.step !== undefined) steps.push(move.step);
    if (move.deeds !== undefined) deeds.push(...move.deeds);
    if (move.rest !== undefined) return { state, steps, deeds, wakeAtS: move.rest.wakeAtS };
  }
}

/** Each move rests, or leads to an instruction further on. */
function moveOn(scene: Scene, run: RunState): Move {
  const { program } = scene.rule;
  const instruction = program[run.at];
  if (run.waiting?.for === "effect" && instruction?.op === "act") return moveEffect(scene, run, instruction);
  if (reasonHolds(scene, run) === "false") return endOver(scene, run, "Its reason is not true any more.");
  if (instruction !== undefined) return moveInstruction(scene, run, instruction);
  if (run.at === program.length) return endOrRest(scene, run, { how: "finished", why: null });
  return endFailed(run, `The rule has no instruction ${run.at}.`);
}

/**
 * Whose reason is gone does not wait for what may still be withdrawn. A tag on its way is waited for: only then it is known
 * whether there is one to take off.
 */
function moveEffect(scene: Scene, run: RunState, instruction: ActInstruction): Move {
  const report = scene.inputs.effect;
  if (report !== null && report.state !== "open") return settleEffect(scene, run, { instruction, report });
  const isTag = instruction.act.kind === "tag" || instruction.act.kind === "untag";
  if (isTag || reasonHolds(scene, run) !== "false") return { state: run, rest: { wakeAtS: null } };
  return endOver(scene, run, "Its reason is not true any more.");
}

function moveInstruction(scene: Scene, run: RunState, instruction: Instruction): Move {
  switch (instruction.op) {
    case "act":
      return moveAct(scene, run, instruction);
    case "wait":
      return moveWait(scene, run, instruction);
    case "branch":
      return moveBranch(scene, run, instruction);
    case "jump":
      return jump(run, instruction.to);
    case "undo":
      return moveUndo(scene, run, instruction);
    case "stop": {
      const { reason } = instruction;
      const end = endOrRest(scene, run, { how: "stopped", why: reason });
      return { ...end, step: recordOf(run, instruction, { result: "done", detail: reason }) };
    }
  }
}

function moveBranch({ valuesIn }: Scene, run: RunState, branch: Extract<Instruction, { op: "branch" }>): Move {
  const values = valuesIn(run);
  const index = branch.cases.findIndex((one) => truthOf(one.if, values) === "true");
  const detail = index === -1 ? "No case is true." : `Case ${index + 1} is true.`;
  return {
    step: recordOf(run, branch, { result: "done", detail }),
    ...jump(run, branch.cases[index]?.to ?? branch.otherwise),
  };
}

function jump(run: RunState, to: number): Move {
  return to > run.at ? { state: { ...run, at: to } } : endFailed(run, `The rule jumps back to instruction ${to}.`);
}

function moveUndo({ rule }: Scene, run: RunState, undo: Extract<Instruction, { op: "undo" }>): Move {
  const deeds = takeBack(rule, run.traces);
  return {
    state: { ...run, at: run.at + 1, traces: [] },
    step: recordOf(run, undo, { result: "done", detail: tellTakenBack(deeds) }),
    deeds,
  };
}
