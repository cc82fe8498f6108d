/** Before a wait for an answer ends by time Intercom is asked, since a notification may have been missed. */
import { IntercomFailure, IntercomForbidden, IntercomNotFound, IntercomPlanRestricted } from "../intercom/failure.ts";
import { messageOf } from "../model/error.ts";
import type { OpenRun } from "../rules/store.ts";
import type { SyncContext } from "./context.ts";
import { readReaction, type ReactionGround } from "./read-reaction.ts";
import type { RuleBook } from "./rules-in-force.ts";
import type { KnownNow } from "./run-inputs.ts";

/** What is known once Intercom was asked, and the runs of which it did not say whether their answer has come. */
export type Heard = { readonly heard: KnownNow; readonly unheard: ReadonlySet<number> };

export type ReactionParts = ReactionGround & Pick<SyncContext, "log"> & { readonly book: Pick<RuleBook, "version"> };

/** So long a turn waits for Intercom at most, as it holds up the person's other runs. */
const askTimeoutMs = 5_000;

/**
 * Asks whether a person has reacted, if a wait of theirs for an answer ends now. While Intercom cannot say, those runs stay where
 * they are and the others go on; what it never says (a permission, its plan) counts as no answer.
 */
export async function hearReactions(parts: ReactionParts, known: KnownNow, runs: readonly OpenRun[]): Promise<Heard> {
  const { contactId, nowS } = known;
  const unasked: Heard = { heard: known, unheard: new Set() };
  if (contactId === null) return unasked;
  const since = await Promise.all(runs.map((run) => waitedForReply(parts.book, run, nowS)));
  const sinceS = Math.min(...since.filter((one) => one !== null));
  if (!Number.isFinite(sinceS)) return unasked;
  try {
    const signal = AbortSignal.timeout(askTimeoutMs);
    const signals = await readReaction(parts, { contactId, sinceS }, { lane: "calm", signal });
    const repliedS = signals.repliedS ?? known.signals.repliedS;
    return { ...unasked, heard: { ...known, signals: { ...signals, repliedS } } };
  } catch (error) {
    if (!(error instanceof IntercomFailure)) throw error;
    const { log } = parts;
    const facts = { contactId, code: error.code };
    // Who is gone does not answer any more.
    if (error instanceof IntercomNotFound) return unasked;
    if (error instanceof IntercomForbidden || error instanceof IntercomPlanRestricted) {
      const what =
        "Intercom does not say whether a customer has answered, so that only what it has told by itself counts";
      log.warn(facts, `${what}: ${messageOf(error)}`);
      return unasked;
    }
    log.debug(facts, `whether a customer has answered is asked again: ${messageOf(error)}`);
    return { ...unasked, unheard: new Set(runs.flatMap(({ id }, at) => (since[at] === null ? [] : [id]))) };
  }
}

/** Since when a run waits for a reply whose time is over; null for any other. */
async function waitedForReply(
  book: ReactionParts["book"],
  { state, mode, rule, version }: OpenRun,
  nowS: number,
): Promise<number | null> {
  if (mode !== "live" || state?.waiting?.for !== "step" || state.waiting.untilS > nowS) return null;
  const rules = await book.version(version).catch(() => undefined);
  const instruction = rules?.byName.get(rule)?.program[state.at];
  return instruction?.op === "wait" && instruction.orReply ? Math.min(state.waiting.sinceS, state.heardS) : null;
}
