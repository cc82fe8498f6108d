/** A tag that several runs of a person have put on stays until the last of them takes it off. */
import { tagUnderWay } from "../rules/advance-end.ts";
import type { CompiledRule } from "../rules/program.ts";
import type { RunState } from "../rules/run.ts";
import type { OpenRun } from "../rules/store.ts";
import { tagsOf } from "../rules/take-back.ts";
import type { RunInTurn, Turn } from "./turn.ts";

/** Whether another run of this person has put the tag on, too. */
export function isHeldByAnother(turn: Pick<Turn, "runs" | "ledger">, own: OpenRun, tag: string): boolean {
  return others(turn, own).some(({ state }) => tagsOf(state).includes(tag));
}

/** Another run is putting a tag on that this one has: whether it may be taken off is known once that has happened, or has not. */
export function waitsForTag(turn: Pick<Turn, "runs" | "ledger">, { run, rule }: RunInTurn): boolean {
  if (run.mode !== "live" || run.state === null || tagUnderWay(rule, run.state) !== null) return false;
  const tags = tagsOf(run.state);
  return others(turn, run).some(({ state, rule: theirs }) => tags.includes(tagUnderWay(theirs, state) ?? ""));
}

type Other = { readonly state: RunState; readonly rule: CompiledRule | undefined };

/** The other live runs that have begun and not ended, as this turn leaves them. */
function others({ runs, ledger }: Pick<Turn, "runs" | "ledger">, { id }: OpenRun): readonly Other[] {
  return runs.flatMap(({ run, rule }) => {
    const change = ledger.changeOf(run.id);
    const state = change?.run ?? run.state;
    const counts = run.id !== id && run.mode === "live" && change?.state !== "ended";
    return counts && state !== null ? [{ state, rule }] : [];
  });
}
