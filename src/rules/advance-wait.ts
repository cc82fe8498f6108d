/**
 * Station rules: a wait step. It never ends early: a date that was moved back while it waited is waited for anew. What a person
 * answered counts from when the latest message left, so that an answer is not lost that came before we had recorded it.
 */
import { dayS } from "../lib/day.ts";
import { isoOf } from "../lib/iso.ts";
import { addDuration, movedDate } from "./due.ts";
import { endOver } from "./advance-end.ts";
import type { Instruction } from "./program.ts";
import type { RunState } from "./run.ts";
import { truthOf } from "./run-values.ts";
import { recordOf, wakeBetween, type Move, type Scene } from "./scene.ts";

export type WaitInstruction = Extract<Instruction, { op: "wait" }>;

/** So long a wait goes on for a date that is not known when it begins. */
export const unknownDatePatienceS = 7 * dayS;
/** A wait that has no end of its own. */
export const longestWaitS = 366 * dayS;

/**
 * Begins a wait, or looks whether it is over. A date that has passed ends it at once. A date that is not known is waited for
 * until the instant at which it was last known to end, or for seven days: then what the run waited for is gone, and it is
 * over. To go on instead would mean to speak at the wrong time.
 */
export function moveWait(scene: Scene, run: RunState, wait: WaitInstruction): Move {
  const former = run.waiting?.for === "step" ? run.waiting : null;
  const { isKnown, span } = spanOf(scene, wait, former);
  const ended = endedBy(scene, run, wait) ?? (scene.nowS >= span.untilS ? "time" : null);
  if (ended === "time" && !isKnown) return endOver(scene, run, gone(wait));
  if (ended !== null) return goOn(scene, run, { wait, ended });
  return { rest: wakeBetween(scene, span.untilS, wait.orUntil), ...keepWaiting(run, wait, { former, span }) };
}

/** Recorded when it begins; kept as it is while nothing about it changes. */
function keepWaiting(
  run: RunState,
  wait: WaitInstruction,
  { former, span }: { readonly former: Span | null; readonly span: Span },
): Omit<Move, "rest"> {
  if (former?.untilS === span.untilS) return { state: run };
  const state: RunState = { ...run, waiting: { for: "step", ...span } };
  if (former !== null) return { state };
  const detail = `Until ${isoOf(span.untilS).slice(0, 16).replace("T", " ")} UTC at the latest.`;
  return { state, step: recordOf(run, wait, { result: "waits", detail }) };
}

type Span = { readonly sinceS: number; readonly untilS: number };

/** From when to when it waits; while the date is not known, as long as was known last. */
function spanOf(
  scene: Scene,
  wait: WaitInstruction,
  former: Span | null,
): { readonly span: Span; readonly isKnown: boolean } {
  const sinceS = former?.sinceS ?? scene.nowS;
  const knownS = endOf(scene, wait, sinceS);
  const untilS = knownS ?? former?.untilS ?? scene.nowS + unknownDatePatienceS;
  return { span: { sinceS, untilS }, isKnown: knownS !== null };
}

function gone({ until }: WaitInstruction): string {
  return `The date “${until?.field ?? ""}” that it waits for is not known.`;
}

/** When it ends by itself: after the duration or at the date, whichever is first. Null when the date is not known. */
function endOf({ inputs, days }: Scene, { duration, until }: WaitInstruction, sinceS: number): number | null {
  const byDuration = duration === null ? null : addDuration(sinceS, duration, days);
  if (until === null) return byDuration ?? sinceS + longestWaitS;
  const byDate = movedDate(until, inputs.facts.dates, days);
  return byDate === null || byDuration === null ? (byDate ?? byDuration) : Math.min(byDate, byDuration);
}

type EndedBy = "reply" | "condition" | "time";

function endedBy({ inputs, valuesIn }: Scene, run: RunState, wait: WaitInstruction): EndedBy | null {
  if (wait.orReply && (inputs.signals.repliedS ?? -1) >= run.heardS) return "reply";
  return wait.orUntil !== null && truthOf(wait.orUntil, valuesIn(run)) === "true" ? "condition" : null;
}

function goOn(
  { inputs: { signals }, nowS }: Scene,
  run: RunState,
  { wait, ended }: { readonly wait: WaitInstruction; readonly ended: EndedBy },
): Move {
  const isReply = ended === "reply";
  return {
    state: {
      ...run,
      at: run.at + 1,
      waiting: null,
      lastWait: ended,
      heardS: isReply ? (signals.repliedS ?? nowS) + 1 : Math.max(run.heardS, nowS),
      conversationId: (isReply ? signals.conversationId : null) ?? run.conversationId,
    },
    step: recordOf(run, wait, { result: "done", detail: endings[ended] }),
  };
}

const endings: Readonly<Record<EndedBy, string>> = {
  reply: "The customer answered.",
  condition: "What it waited for is true.",
  time: "The time is over.",
};
