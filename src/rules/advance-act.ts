/**
 * Station rules: an act. What Intercom answers is one deed at a time: the run waits for its outcome. Nothing is done while it
 * is not known whether the run's reason still holds.
 */
import { dayS } from "../lib/day.ts";
import type { AttributeValue } from "../model/contact.ts";
import { endOver } from "./advance-end.ts";
import { mayLeave } from "./may-leave.ts";
import type { Act, Instruction, ProgramValue } from "./program.ts";
import type { Deed, EffectReport, RunState } from "./run.ts";
import { valueOf } from "./run-values.ts";
import { lookAgainS, reasonHolds, recordOf, type Move, type Scene } from "./scene.ts";
import { withoutTag, withTrace } from "./take-back.ts";

export type ActInstruction = Extract<Instruction, { op: "act" }>;

/** So long a run waits to know whether its reason still holds; then it counts as over. */
export const unknownReasonPatienceS = 7 * dayS;
/** So long a draft waits for a person. */
export const approvalPatienceS = 7 * dayS;
/** So long an act is kept waiting at most, when one reason follows another. */
export const longestHoldS = 30 * dayS;

/** Does an act, holds it, or passes it over. */
export function moveAct(scene: Scene, run: RunState, instruction: ActInstruction): Move {
  if (reasonHolds(scene, run) === "unknown") {
    const why = "It is not known whether its reason still holds.";
    const hold = { untilS: scene.nowS + lookAgainS, patienceS: unknownReasonPatienceS, why };
    return holdBack(scene, run, {
      instruction,
      hold,
      giveUp: () => endOver(scene, run, `${why} It was not for 7 days.`),
    });
  }
  const { act } = instruction;
  if (act.kind === "message") return moveMessage(scene, run, { instruction, act });
  return act.kind === "set" ? moveSet(scene, run, { instruction, act }) : actOut(scene, run, instruction);
}

/** Takes up what became of the effect that the run waited for. */
export function settleEffect(
  scene: Scene,
  run: RunState,
  settled: { readonly instruction: ActInstruction; readonly report: EffectReport },
): Move {
  const { instruction, report } = settled;
  if (report.state === "confirmed") {
    return {
      state: passed(confirmed(scene, run, settled)),
      step: recordOf(run, instruction, { result: "done", detail: null }),
    };
  }
  // The run goes on all the same: an escalation must not depend on a message that could not leave.
  const step =
    report.state === "failed"
      ? recordOf(run, instruction, { result: "failed", detail: failureText(instruction, report) })
      : recordOf(run, instruction, { result: "skipped", detail: "It was withdrawn before it left." });
  return { state: passed(run), step };
}

function failureText({ act }: ActInstruction, { why }: EffectReport): string {
  const who = act.kind === "webhook" ? "Its receiver" : "Intercom";
  return why === null ? `${who} did not take it; its effect in the ledger says why.` : `${who} did not take it. ${why}`;
}

function confirmed(
  { nowS }: Scene,
  run: RunState,
  { instruction: { act }, report }: { readonly instruction: ActInstruction; readonly report: EffectReport },
): RunState {
  const conversationId = report.conversationId ?? run.conversationId;
  switch (act.kind) {
    case "message": {
      const leftS = report.atS ?? nowS;
      const heardS = Math.max(run.heardS, leftS);
      return { ...run, messages: run.messages + 1, lastMessageS: leftS, heardS, conversationId };
    }
    case "tag":
      return { ...run, traces: withTrace(run.traces, { kind: "tag", tag: act.tag, at: run.at }) };
    case "untag":
      return { ...run, traces: withoutTag(run.traces, act.tag) };
    case "conversation":
      return { ...run, conversationId };
    case "set":
    case "note":
    case "assign":
    case "priority":
    case "ticket":
    case "data_event":
    case "webhook":
      return run;
  }
}

type MessageMove = { readonly instruction: ActInstruction; readonly act: Extract<Act, { kind: "message" }> };

function moveMessage(scene: Scene, run: RunState, { instruction, act }: MessageMove): Move {
  const skip = (why: string): Move => ({
    state: passed(run),
    step: recordOf(run, instruction, { result: "skipped", detail: why }),
  });
  if (run.waiting?.for === "message" && scene.nowS > run.waiting.giveUpS) {
    return skip(`It was held for too long: ${run.waiting.why}`);
  }
  const verdict = mayLeave(scene, run, act.channel);
  if (verdict.leave === "never") return skip(verdict.why);
  if (act.draft?.approval === true && scene.inputs.mode === "live" && saidOf(scene, run) !== "approved") {
    return awaitApproval(scene, run, { instruction, skip });
  }
  if (verdict.leave === "now") return actOut(scene, run, instruction);
  const giveUp = (): Move => skip(`It was held for too long: ${verdict.why}`);
  return holdBack(scene, run, { instruction, hold: verdict, giveUp });
}

/** What a person said of the draft for which the run is kept waiting; of the next one nobody has said anything yet. */
function saidOf({ inputs }: Scene, run: RunState): Scene["inputs"]["approval"] {
  return formerHold(run) === null ? "none" : inputs.approval;
}

function awaitApproval(
  scene: Scene,
  run: RunState,
  { instruction, skip }: { readonly instruction: ActInstruction; readonly skip: (why: string) => Move },
): Move {
  const { nowS } = scene;
  if (saidOf(scene, run) === "rejected") return skip("A person turned the draft down.");
  const former = formerHold(run);
  const sinceS = former?.sinceS ?? nowS;
  const giveUpS = former?.for === "approval" ? former.giveUpS : lastChance(sinceS, nowS + approvalPatienceS);
  if (nowS >= giveUpS) return skip("Nobody approved the draft in time.");
  const rest = { wakeAtS: giveUpS };
  if (former?.for === "approval") return { state: run, rest };
  return {
    state: { ...run, waiting: { for: "approval", sinceS, giveUpS } },
    step: recordOf(run, instruction, { result: "waits", detail: "A person has to approve the draft." }),
    rest,
  };
}

type HoldBack = {
  readonly instruction: ActInstruction;
  readonly hold: { readonly untilS: number; readonly patienceS: number; readonly why: string };
  readonly giveUp: () => Move;
};

/** Held until another look; given up after the longest patience of all that has held it. */
function holdBack({ nowS }: Scene, run: RunState, { instruction, hold, giveUp }: HoldBack): Move {
  const { why } = hold;
  const held = heldFor(run, hold, nowS);
  if (nowS >= held.giveUpS) return giveUp();
  const former = run.waiting?.for === "message" ? run.waiting : null;
  const isSame = former?.why === why && former.untilS === held.untilS && former.giveUpS === held.giveUpS;
  return {
    state: isSame ? run : { ...run, waiting: { for: "message", ...held, why } },
    ...(former?.why === why ? {} : { step: recordOf(run, instruction, { result: "waits", detail: why }) }),
    rest: { wakeAtS: held.untilS },
  };
}

type Held = { readonly sinceS: number; readonly untilS: number; readonly giveUpS: number };

/** What a person has approved is held anew: it is not late because they took their time. */
function heldFor(run: RunState, { untilS, patienceS }: HoldBack["hold"], nowS: number): Held {
  const former = formerHold(run);
  const sinceS = former?.sinceS ?? nowS;
  const ownS = former?.for === "message" ? Math.max(former.giveUpS, sinceS + patienceS) : nowS + patienceS;
  const giveUpS = lastChance(sinceS, ownS);
  return { sinceS, untilS: Math.min(untilS, giveUpS), giveUpS };
}

/** Why the act has been kept waiting so far. */
function formerHold({ waiting }: RunState): Extract<RunState["waiting"], { for: "message" | "approval" }> | null {
  return waiting?.for === "message" || waiting?.for === "approval" ? waiting : null;
}

/** However often the reasons take turns: what is held ends. */
function lastChance(sinceS: number, giveUpS: number): number {
  return Math.min(giveUpS, sinceS + longestHoldS);
}

/** Asks for it to be done, and waits for its outcome. */
function actOut({ inputs, valuesIn }: Scene, run: RunState, { act }: ActInstruction): Move {
  const known: Record<string, AttributeValue> = {};
  const wanted = Object.entries(valuesAskedFor(act));
  const values = wanted.length === 0 ? {} : valuesIn(run);
  for (const [name, value] of wanted) {
    const answer = valueOf(value, values);
    if (answer !== undefined) known[name] = answer;
  }
  const deed: Deed = { at: run.at, act, values: known };
  return {
    state: { ...run, waiting: { for: "effect", key: inputs.effectKey(run.at) } },
    deeds: [deed],
    rest: { wakeAtS: null },
  };
}

/** What has to be worked out for it; a value that is not known is left out. */
function valuesAskedFor(act: Act): Readonly<Record<string, ProgramValue>> {
  if (act.kind === "ticket") return act.attributes;
  if (act.kind === "data_event") return act.metadata;
  return act.kind === "webhook" ? act.facts : {};
}

function moveSet(
  { valuesIn }: Scene,
  run: RunState,
  { instruction, act }: { readonly instruction: ActInstruction; readonly act: Extract<Act, { kind: "set" }> },
): Move {
  const value = valueOf(act.value, "cel" in act.value ? valuesIn(run) : {}, act.type);
  if (value === undefined) {
    const why = `The value of ${act.attribute} is not known, or cannot be written as ${act.type}.`;
    return { state: passed(run), step: recordOf(run, instruction, { result: "skipped", detail: why }) };
  }
  const traces = withTrace(run.traces, { kind: "set", attribute: act.attribute, at: run.at });
  return {
    state: { ...passed(run), traces },
    step: recordOf(run, instruction, { result: "done", detail: null }),
    deeds: [{ at: run.at, act, values: { value }, type: act.type }],
  };
}

function passed(run: RunState): RunState {
  return { ...run, at: run.at + 1, waiting: null };
}
