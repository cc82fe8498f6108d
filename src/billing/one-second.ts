/**
 * Station billing: puts the events of one object within one second in order.
 *
 * Each event with `previous_attributes` is an arrow from the facts before it to the facts after it; a creation is an
 * arrow from nothing. The arrows of a second form one path, and the newest facts are where it ends. When the arrows do
 * not form exactly one path (an event is still missing, or the object came back to where it was), facts that only ever
 * move one way may decide; otherwise nobody but Stripe can.
 */
import { isRecord } from "../lib/json.ts";
import type { ObjectCopy, StripeCopy } from "../model/stripe-object.ts";
import { extractFacts } from "./extract.ts";
import { progressOf } from "./progress.ts";
import type { Raw } from "./read.ts";

/** What an event says of its object. */
export type Snapshot = {
  readonly type: string;
  readonly object: Raw;
  readonly previous: Raw | null;
};

/** An event of the second: the copy it would make, and its body. */
export type Candidate = { readonly copy: StripeCopy; readonly snapshot: Snapshot };

/** The newest of the candidates, or undefined when only Stripe can tell. */
export function newestOfSecond(candidates: readonly Candidate[]): Candidate | undefined {
  const arrows = candidates.map(arrowOf);
  const [first] = arrows;
  if (first && arrows.every(({ after }) => after === first.after) && !arrows.some(movesAway)) return first.candidate;
  const end = endOfPath(arrows);
  if (end !== undefined) return arrows.findLast(({ after }) => after === end)?.candidate;
  return furthest(candidates);
}

type Arrow = {
  readonly candidate: Candidate;
  /** Facts before, as text; null when the event does not say. */
  readonly before: string | null;
  readonly after: string;
};

const nothing = "";

function arrowOf(candidate: Candidate): Arrow {
  const { copy, snapshot } = candidate;
  return { candidate, before: factsBefore(copy, snapshot), after: JSON.stringify(copy.facts) };
}

function factsBefore({ kind }: StripeCopy, { type, object, previous }: Snapshot): string | null {
  if (type.endsWith(".created")) return nothing;
  if (!previous || Object.keys(previous).length === 0) return null;
  return JSON.stringify(extractFacts(kind, undo(object, previous)));
}

/** The object as it was: Stripe names only the changed keys of nested objects, and whole arrays. */
export function undo(object: Raw, previous: Raw): Raw {
  const merged: Record<string, unknown> = { ...object };
  for (const [key, former] of Object.entries(previous)) {
    const now = object[key];
    merged[key] = isRecord(former) && isRecord(now) ? undo(now, former) : former;
  }
  return merged;
}

/** Facts that we keep went from one value to another. */
function movesAway({ before, after }: Arrow): boolean {
  return before !== null && before !== after;
}

/** Two events may tell of one change, or the change was made twice: only if both readings agree is it decided. */
function endOfPath(arrows: readonly Arrow[]): string | undefined {
  const moves = arrows.filter(movesAway);
  const stays = arrows.filter((arrow) => !movesAway(arrow));
  const places = new Set(moves.flatMap(({ before, after }) => [before ?? nothing, after]));
  if (!stays.every(({ after }) => places.has(after))) return undefined;
  const unique = [...new Map(moves.map((move) => [`${move.before}→${move.after}`, move])).values()];
  const end = walk(moves);
  return unique.length === moves.length || walk(unique) === end ? end : undefined;
}

/** Where the one path through all arrows ends; undefined when there is no such path, or when it is a circle. */
function walk(moves: readonly Arrow[]): string | undefined {
  const balance = new Map<string, number>();
  for (const { before, after } of moves) {
    balance.set(before ?? nothing, (balance.get(before ?? nothing) ?? 0) - 1);
    balance.set(after, (balance.get(after) ?? 0) + 1);
  }
  const uneven = [...balance].filter(([, count]) => count !== 0);
  const ends = uneven.filter(([, count]) => count === 1);
  const [end] = ends;
  if (uneven.length !== 2 || ends.length !== 1 || !end) return undefined;
  return isConnected(moves) ? end[0] : undefined;
}

function isConnected(moves: readonly Arrow[]): boolean {
  const reached = new Set([moves[0]?.after]);
  for (let grown = true; grown;) {
    const near = moves.filter(({ before, after }) => reached.has(before ?? nothing) !== reached.has(after));
    for (const { before, after } of near) reached.add(before ?? nothing).add(after);
    grown = near.length > 0;
  }
  return moves.every(({ after }) => reached.has(after));
}

/** The candidate that is behind no other one in any fact that only moves one way, and ahead of each that differs. */
function furthest(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.findLast(({ copy }) =>
    candidates.every(
      (other) => JSON.stringify(other.copy.facts) === JSON.stringify(copy.facts) || isAhead(copy, other.copy),
    ),
  );
}

/** Whether a copy has come further: every step must agree, one that is ahead in one fact and behind in another decides nothing. */
export function isAhead(copy: ObjectCopy, other: ObjectCopy): boolean {
  const theirs = progressOf(other);
  const signs = new Set(progressOf(copy).map((step, index) => Math.sign(step - (theirs[index] ?? 0))));
  return signs.has(1) && !signs.has(-1);
}
