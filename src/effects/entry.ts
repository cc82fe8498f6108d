/** Entries of the ledger as people see them: effects, and writes of attributes beside them, under ids that tell them apart. */
import type { EffectEntry, EffectQuery } from "../../contract/effect.ts";
import { laneOfRank } from "../model/lane.ts";
import { EffectNotFound, EffectStateConflict } from "./effect.ts";

/** An entry as it is read: the row of an effect, or of a write in the same shape. */
export type EntryRow = Omit<EffectEntry, "id" | "lane" | "plannedAt" | "sentAt" | "endedAt" | "error"> & {
  readonly id: number;
  readonly lane: number;
  readonly plannedAt: Date;
  readonly sentAt: Date | null;
  readonly endedAt: Date | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly body: string | null;
};

/** The row in the form that every reader gets. */
export function toEntry(row: EntryRow): EffectEntry {
  return {
    id: row.kind === "attributes" ? `${writePrefix}${row.id}` : effectId(row.id),
    account: row.account,
    key: row.key,
    kind: row.kind,
    customerId: row.customerId,
    contactId: row.contactId,
    lane: laneOfRank(row.lane),
    guarantee: row.guarantee,
    state: row.state,
    plannedAt: row.plannedAt.toISOString(),
    sentAt: row.sentAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    endedHow: row.endedHow,
    attempt: row.attempt,
    objectId: row.objectId,
    conversationId: row.conversationId,
    requestId: row.requestId,
    error: row.errorCode === null ? null : { code: row.errorCode, message: row.errorMessage ?? "" },
  };
}

/** Where both lists go on, newest first; null: from their beginning. */
export type Place = { readonly effects: string | null; readonly writes: string | null };

/** The place that a cursor names. */
export function placeOf({ before }: Pick<EffectQuery, "before">): Place {
  const [effects = null, writes = null] = before?.split(".") ?? [];
  return { effects, writes };
}

/** The cursor behind these rows of a page that began at this place. */
export function cursorAfter(rows: readonly EntryRow[], place: Place): string {
  const lastOf = (isWrite: boolean): string | undefined =>
    rows.findLast(({ kind }) => (kind === "attributes") === isWrite)?.id.toString();
  return `${lastOf(false) ?? place.effects ?? idMax}.${lastOf(true) ?? place.writes ?? idMax}`;
}

/** Larger than any id: nothing of that kind was shown yet. */
const idMax = "999999999999999999";

/** Two lists into one by time, each in its own order, so that no page leaves anything out. */
export function mergeNewest(a: readonly EntryRow[], b: readonly EntryRow[]): readonly EntryRow[] {
  const merged: EntryRow[] = [];
  const [left, right] = [[...a], [...b]];
  for (;;) {
    const [first, other] = [left[0], right[0]];
    const isLeft = first !== undefined && (other === undefined || first.plannedAt >= other.plannedAt);
    const next = isLeft ? left.shift() : right.shift();
    if (next === undefined) return merged;
    merged.push(next);
  }
}

const effectPrefix = "eff_";
const writePrefix = "write_";

/** What an effect is called outside the database. */
export function effectId(row: number): string {
  return `${effectPrefix}${row}`;
}

/** The row of an effect's id that we gave ourselves. */
export function rowOfEffect(id: string): string {
  return id.slice(effectPrefix.length);
}

/** Whether an id names a write of attributes. */
export function isWriteId(id: string): boolean {
  return id.startsWith(writePrefix);
}

/** The row that an id from outside names. Throws EffectNotFound for what cannot be one. */
export function rowOf(id: string): string {
  const digits = /^(?:eff_|write_)(\d{1,18})$/.exec(id)?.[1];
  if (digits === undefined) throw new EffectNotFound(id);
  return digits;
}

/** Why an entry's state does not allow what a person wishes. */
export function refusal({ id, state }: Pick<EffectEntry, "id" | "state">, wish: string): EffectStateConflict {
  const reason = state === "confirmed" ? "what is confirmed is never repeated or undone" : "it is being worked on";
  return new EffectStateConflict(`${id} is ${state} and cannot be ${wish}: ${reason}.`);
}
