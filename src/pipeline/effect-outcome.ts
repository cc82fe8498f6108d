/** What becomes of an effect after a turn that did not end well: decided from the failure alone, without clock or I/O. */
import {
  afterLook,
  EffectUncertain,
  EffectWithdrawn,
  EffectWithoutContact,
  lookOf,
  tellsMoment,
  type EffectHeld,
} from "../effects/effect.ts";
import type { ClaimedEffect, Fault, Outcome } from "../effects/turn.ts";
import {
  type IntercomFailure,
  IntercomForbidden,
  IntercomNotFound,
  IntercomRateLimited,
  IntercomUnavailable,
} from "../intercom/failure.ts";
import { backoffMs } from "../lib/backoff.ts";
import { codeOf, messageOf, type AppError } from "../model/error.ts";
import type { Addressee } from "./effect-addressee.ts";
import type { NotDeparted } from "./perform-effect.ts";

/**
 * How long after the call, and then after each look, an unknown effect is looked for. A list is complete at once, and
 * only the call itself may still be under way; a search knows new things after up to two minutes.
 */
export type LookDelays = { readonly listMs: readonly number[]; readonly searchMs: readonly number[] };

export const usualLookDelays: LookDelays = {
  listMs: [2_000, 10_000],
  searchMs: [2_000, 8_000, 20_000, 40_000, 50_000],
};

const attemptMax = 60;
/** A contact that was made a moment ago may not be reachable yet; a wrong id never will. */
const missingAttemptMax = 6;
const retry = { baseMs: 400, capMs: 30_000 };
const callsMax = 24;
const callRetry = { baseMs: 1_000, capMs: 3_600_000 };
/** A look that failed is made again at about this pace. */
const lookAttempt = 4;
const blockedMs = 1_000;
const busyMs = 500;
/** Whoever has no contact after a day gets nothing: what was true then may not be true any more. */
const waitMaxMs = 24 * 3_600_000;

/** Longer than any quiet hours, and than a weekend and a holiday without the one who can connect an account again. */
const heldMaxMs = 7 * 24 * 3_600_000;

/** What is known besides the failure. */
export type Turn = {
  /** The call that is the effect has left. */
  readonly hasDeparted: boolean;
  /** Nothing works at present, so attempts say nothing about this effect. */
  readonly isBroken: boolean;
  /** In [0, 1). */
  readonly random: number;
  readonly looks: LookDelays;
};

/** After a look that found nothing: to look again, to give up, or to repeat. */
export function outcomeOfAbsence(effect: ClaimedEffect, delays: LookDelays): Outcome | "repeat" {
  const pace = paceOf(effect, delays);
  const looks = effect.looks + 1;
  switch (afterLook(effect.guarantee, { isFound: false, looks, looksMax: pace.length })) {
    case "look_again": {
      const message = `It was not found yet, in ${looks} of ${pace.length} looks.`;
      return { to: "unknown", delayMs: pace[looks] ?? 0, looks, fault: { code: "EFFECT_UNCERTAIN", message } };
    }
    case "give_up":
      return { to: "failed", fault: faultOf(new EffectUncertain(effect.effect.kind)), mayHaveHappened: true };
    default:
      return "repeat";
  }
}

/** After a look that could not be made, which says nothing. What is gone for good took the answer with it. */
export function outcomeOfFailedLook(effect: ClaimedEffect, error: IntercomFailure, random: number): Outcome {
  const fault = faultOf(error);
  const again = (delayMs: number): Outcome => ({ to: "unknown", delayMs, looks: effect.looks, fault });
  if (error instanceof IntercomRateLimited) return again(error.retryAfterMs);
  if (stopsAll(error)) return again(blockedMs);
  if (isPassing(error)) return again(backoffMs(lookAttempt, random, retry));
  return { to: "failed", fault, mayHaveHappened: true };
}

/** After a call that failed, or that never left. */
export function outcomeOfFailure(effect: ClaimedEffect, error: IntercomFailure, turn: Turn): Outcome {
  const fault = faultOf(error);
  const attempt = effect.attempt + 1;
  if (error instanceof IntercomUnavailable && error.ambiguous && turn.hasDeparted) return inDoubt(effect, fault, turn);
  if (error instanceof IntercomRateLimited)
    return again(effect, { ...turn, delayMs: error.retryAfterMs, fault, counts: false });
  if (stopsAll(error)) return again(effect, { ...turn, delayMs: blockedMs, fault, counts: false });
  const attemptsMax = isPassing(error) ? attemptMax : error instanceof IntercomNotFound ? missingAttemptMax : 0;
  if (attempt >= attemptsMax) return { to: "failed", fault, mayHaveHappened: false };
  return again(effect, { ...turn, delayMs: backoffMs(attempt, turn.random, retry), fault, counts: !turn.isBroken });
}

/** An address of the business did not answer: it is called again, more and more seldom, for about half a day. */
export function outcomeOfCall(effect: ClaimedEffect, error: AppError, random: number): Outcome {
  const fault = faultOf(error);
  if (effect.attempt + 1 >= callsMax) return { to: "failed", fault, mayHaveHappened: true };
  return { to: "unknown", delayMs: backoffMs(effect.attempt + 1, random, callRetry), looks: 0, fault };
}

/** No answer came: it is looked for, or repeated where that changes nothing. */
function inDoubt(effect: ClaimedEffect, fault: Fault, turn: Turn): Outcome {
  const attempt = effect.attempt + 1;
  if (lookOf(effect.effect) !== "none")
    return { to: "unknown", delayMs: paceOf(effect, turn.looks)[0] ?? 0, looks: 0, fault };
  if (attempt >= attemptMax && !turn.isBroken) return { to: "failed", fault, mayHaveHappened: true };
  return { to: "unknown", delayMs: backoffMs(attempt, turn.random, retry), looks: 0, fault };
}

/**
 * Something speaks against its leaving now. What has been held back for a week comes too late: its reason could not be looked at all
 * that time, and people would wonder.
 */
export function outcomeOfHold(
  effect: Pick<ClaimedEffect, "queuedAtMs">,
  held: EffectHeld,
  { nowMs, rulesNowMs }: { readonly nowMs: number; readonly rulesNowMs: number },
): Outcome {
  if (nowMs - effect.queuedAtMs > heldMaxMs)
    return { to: "withdrawn", fault: faultOf(new EffectWithdrawn(`It was held back for a week: ${held.message}`)) };
  const delayMs = Math.max(0, held.untilS * 1000 - rulesNowMs);
  return { to: "planned", delayMs, fault: faultOf(held), counts: false };
}

/** The ledger did not let it leave. Null when another worker has it. */
export function outcomeOfRefusedDeparture(effect: ClaimedEffect, { departure }: NotDeparted): Outcome | null {
  switch (departure) {
    case "lost":
      return null;
    case "busy": {
      const fault = { code: "EFFECT_STATE_CONFLICT", message: "Another effect on the same contact is under way." };
      return again(effect, { hasDeparted: false, delayMs: busyMs, fault, counts: true });
    }
    case "taken": {
      const message =
        "The contact has sixty events of this name within a minute already; Intercom tells them apart by the second.";
      return { to: "failed", fault: { code: "EFFECT_STATE_CONFLICT", message }, mayHaveHappened: false };
    }
  }
}

/** A customer who was left out may be getting a contact right now. */
const leftOutMs = 60_000;

/**
 * Nobody to send it to: waits for a contact, ever more patiently, for a day, and has failed then. A moment of somebody who
 * has no contact is withdrawn, and no failure.
 */
export function outcomeWithoutContact(
  effect: ClaimedEffect,
  { why, isFinal, isLeftOut = false }: Extract<Addressee, { readonly kind: "nobody" }>,
  nowMs: number,
): Outcome {
  const waitedMs = nowMs - effect.queuedAtMs;
  const isInVain = isFinal || waitedMs > waitMaxMs || (isLeftOut && waitedMs > leftOutMs);
  const fault = faultOf(new EffectWithoutContact(why));
  if (tellsMoment(effect) && isInVain) return effect.state === "planned" ? { to: "withdrawn", fault } : nothingToDo;
  if (isFinal || waitedMs > waitMaxMs) return { to: "failed", fault, mayHaveHappened: false };
  const delayMs = Math.min(30_000, Math.max(500, waitedMs / 4));
  return again(effect, { hasDeparted: false, delayMs, fault, counts: true });
}

/** What may have happened is not told again, since nobody is there any more. */
const nothingToDo: Outcome = { to: "confirmed", how: "answer", objectId: null, conversationId: null, requestId: null };

/** What has left certainly did not happen, and is planned again; what has not left stays what it was. */
function again(
  effect: ClaimedEffect,
  how: { readonly hasDeparted: boolean; readonly delayMs: number; readonly fault: Fault; readonly counts: boolean },
): Outcome {
  const { hasDeparted, delayMs, fault, counts } = how;
  if (!hasDeparted && effect.state === "unknown") return { to: "unknown", delayMs, looks: effect.looks, fault };
  // What did not leave was not counted as an attempt.
  return { to: "planned", delayMs, fault, counts: counts || !hasDeparted };
}

/** Whether nothing works any more. A missing permission, or a contact who wants no e-mail, concerns this effect alone. */
export function stopsAll(error: IntercomFailure): boolean {
  return error.kind === "blocked" && !(error instanceof IntercomForbidden);
}

/** Whether the same call may work later. */
export function isPassing({ kind }: IntercomFailure): boolean {
  return kind === "transient" || kind === "conflict";
}

function paceOf({ effect }: ClaimedEffect, { listMs, searchMs }: LookDelays): readonly number[] {
  return lookOf(effect) === "search" ? searchMs : listMs;
}

/** How the ledger keeps what went wrong. */
export function faultOf(error: unknown): Fault {
  return { code: codeOf(error), message: messageOf(error) };
}
