/** Looks at all open runs of one person: judges what is new, advances what runs, and answers all that is to be committed. */
import { ruleKey } from "../effects/effect.ts";
import { cancelRun } from "../rules/advance-end.ts";
import type { CompiledRule } from "../rules/program.ts";
import type { Advance } from "../rules/scene.ts";
import type { OpenRun } from "../rules/store.ts";
import { judgeRun } from "./judge-run.ts";
import { moveRun, reportOf } from "./move-run.ts";
import { invoiceOf } from "./rule-facts.ts";
import { RulesUnreadable } from "./rules-in-force.ts";
import { loadSpeakers, type KnownNow } from "./run-inputs.ts";
import type { RunInTurn, Turn, TurnParts } from "./turn.ts";
import { lookAfterEffectS, stoppedLookS, TurnLedger, type TurnResult } from "./turn-ledger.ts";
import { isHeldByAnother, waitsForTag } from "./turn-tags.ts";
import { Voices } from "./turn-voices.ts";

/** Another node may be a newer Dunlin, which understands what this one does not. */
const unreadableLookS = 60;
/** Intercom is asked again. */
const unheardLookS = 30;

/** The open runs of a person, and those whose wait for an answer may not end yet, as Intercom has not said whether there was one. */
export type RunsOfTurn = { readonly open: readonly OpenRun[]; readonly unheard: ReadonlySet<number> };

/** Takes the turn of a person. Writes nothing. */
export async function takeTurn(parts: TurnParts, known: KnownNow, { open, unheard }: RunsOfTurn): Promise<TurnResult> {
  const ledger = new TurnLedger(known, open);
  const runs = await inOrder(parts, open);
  if (runs.length < open.length) ledger.wakeIn(unreadableLookS);
  const invoices = runs.flatMap(({ run }) => run.invoiceId ?? invoiceOf(run.trigger, known.person) ?? []);
  const voices = new Voices(known, await loadSpeakers(parts.ground, known, [...new Set(invoices)]));
  for (const { run, rule } of runs) voices.noteUnderWay(run, rule);
  const turn: Turn = { parts, known, ledger, voices, runs, unheard };
  const later = await lookAtEach(turn, runs);
  // The one that they wait for may have got its answer in this turn.
  if ((await lookAtEach(turn, later)).length > 0) ledger.wakeIn(lookAfterEffectS);
  return ledger.result;
}

/** The rule with the highest priority first, of equals the older run. What cannot be read is left to others. */
async function inOrder({ version, now }: TurnParts, open: readonly OpenRun[]): Promise<readonly RunInTurn[]> {
  const found = await Promise.all(
    open.map(async (run): Promise<readonly RunInTurn[]> => {
      const rules = await version(run.version).catch(unreadable);
      // Whoever cancels a run need not have it read.
      if (!rules && run.cancelWhy === null) return [];
      return [{ run, rules: rules ?? now().rules, rule: rules?.byName.get(run.rule) }];
    }),
  );
  const priority = ({ rule }: RunInTurn): number => rule?.rule.priority ?? 0;
  return found.flat().toSorted((a, b) => priority(b) - priority(a) || a.run.id - b.run.id);
}

/** A version that this Dunlin does not understand. */
function unreadable(error: unknown): undefined {
  if (error instanceof RulesUnreadable) return undefined;
  throw error;
}

/** Answers those that have to wait for another one. */
async function lookAtEach(turn: Turn, runs: readonly RunInTurn[]): Promise<readonly RunInTurn[]> {
  const waiting: RunInTurn[] = [];
  for (const one of runs) {
    if (waitsForTag(turn, one)) waiting.push(one);
    else await lookAt(turn, one);
  }
  return waiting;
}

async function lookAt(turn: Turn, { run, rule, rules }: RunInTurn): Promise<void> {
  const { rules: inForce, stops } = turn.parts.now();
  const mode = inForce.byName.get(run.rule)?.rule.mode;
  if (run.cancelWhy !== null) return cancel(turn, { run, rule, why: run.cancelWhy });
  if (!rule || mode === undefined || mode === "draft")
    return cancel(turn, { run, rule, why: "Its rule is not in force any more." });
  if (mode === "paused" || stops.has(run.rule)) return turn.ledger.wakeIn(stoppedLookS);
  if (turn.unheard.has(run.id)) return turn.ledger.wakeIn(unheardLookS);
  if (run.state !== null) return moveRun(turn, { run, rule, rules, state: run.state, began: null });
  // What has not begun goes by what the rule is now.
  const moving = await judgeRun(turn, { run: { ...run, mode }, rule, rules });
  if (moving) await moveRun(turn, moving);
}

type Cancelled = { readonly run: OpenRun; readonly rule: CompiledRule | undefined; readonly why: string };

async function cancel(turn: Turn, { run, rule, why }: Cancelled): Promise<void> {
  if (rule && run.state !== null) {
    const advance = cancelRun(rule, run.state, { why, effect: await reportOf(turn, run.state) });
    if (advance === null) return turn.ledger.awaitEffect(run);
    takeBack(turn, run, advance);
    turn.ledger.record(run, rule, { steps: advance.steps });
  }
  turn.ledger.end(run, { how: "cancelled", why });
}

/** What was set is taken back although nobody waits for it. */
function takeBack(turn: Turn, run: OpenRun, { deeds }: Advance): void {
  if (run.mode !== "live") return;
  const { account, customerId } = turn.known.customer;
  for (const { at, act } of deeds) {
    if (act.kind === "unset") turn.ledger.setAttribute(run, act.attribute, null);
    if (act.kind === "untag" && !isHeldByAnother(turn, run, act.tag)) {
      const effect = { kind: "untag", tag: act.tag } as const;
      turn.ledger.plan({ account, customerId, key: ruleKey(run.id, at), lane: "urgent", effect });
    }
  }
}
