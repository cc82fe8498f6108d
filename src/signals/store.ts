/** Station signals' store: signals by contact, and which topics have come. */
import { query, sql } from "../db/query.ts";
import type { Queryable } from "../db/pool.ts";
import type { PersonSignals } from "../model/person-signals.ts";
import { addUpSignals, type LatestSignal } from "./person.ts";
import { sameMomentS } from "./reading.ts";
import type { ContactSignal } from "./signal.ts";

/**
 * What notification and reading both tell is kept from whichever came first. A reading tells what somebody wishes as of when it
 * was read, so that it has told what a notification of an earlier second tells.
 */
const keepText = `
insert into signals (contact_id, id, kind, conversation_id, tag, at_s, source)
select n.contact_id, n.id, n.kind, n.conversation_id, n.tag, n.at_s, n.source
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[])
  with ordinality as n (contact_id, id, kind, conversation_id, tag, at_s, source, place)
where not exists (
  select 1 from signals k
  where k.contact_id = n.contact_id and k.kind = n.kind and k.source <> n.source
    and (abs(k.at_s - n.at_s) <= $8::bigint
      or n.kind in ('subscribed', 'unsubscribed') and k.source = 'reading' and k.at_s >= n.at_s)
    and (k.conversation_id = n.conversation_id or k.conversation_id is null or n.conversation_id is null)
)
order by n.contact_id collate "C", n.place
on conflict do nothing
returning contact_id, id`;

/** Keeps signals inside the caller's transaction, those of one contact in the order given, and answers those that are new. */
export async function keepSignals(tx: Queryable, signals: readonly ContactSignal[]): Promise<readonly ContactSignal[]> {
  if (signals.length === 0) return [];
  const values = [
    signals.map(({ contactId }) => contactId),
    signals.map(({ id }) => id),
    signals.map(({ kind }) => kind),
    signals.map(({ conversationId }) => conversationId),
    signals.map(({ tag }) => tag),
    signals.map(({ atS }) => atS),
    signals.map(({ source }) => source),
    sameMomentS,
  ];
  const rows = await query<{ contact_id: string; id: string }>(tx, sql.prepared("keep_signals", keepText, values));
  const isKept = new Set(rows.map(({ contact_id, id }) => `${contact_id} ${id}`));
  return signals.filter(({ contactId, id }) => isKept.has(`${contactId} ${id}`));
}

type LatestRow = Pick<LatestSignal, "kind" | "conversationId" | "atS" | "seq">;

const latestText = `
select distinct on (conversation_id, kind) kind, conversation_id as "conversationId", at_s as "atS", seq
from signals where contact_id = $1
order by conversation_id, kind, at_s desc, seq desc`;

/** What happened with this contact, and what they wrote since this moment (unix seconds). */
export async function findPersonSignals(db: Queryable, contactId: string, sinceS: number): Promise<PersonSignals> {
  const rows = await query<LatestRow>(db, sql.prepared("find_latest_signals", latestText, [contactId]));
  return addUpSignals(rows, sinceS);
}

/** Whose conversation this is, as far as signals have told. */
export async function findParticipants(db: Queryable, conversationId: string): Promise<readonly string[]> {
  const text = "select distinct contact_id from signals where conversation_id = $1";
  const rows = await query<{ contact_id: string }>(db, sql.prepared("find_participants", text, [conversationId]));
  return rows.map(({ contact_id }) => contact_id);
}

/** A contact was merged into another one, which goes on with all its signals. */
export async function moveSignals(tx: Queryable, from: string, to: string): Promise<void> {
  const text = `with gone as (delete from signals where contact_id = $1 returning *)
    insert into signals (contact_id, id, kind, conversation_id, tag, at_s, source, received_at)
    select $2, id, kind, conversation_id, tag, at_s, source, received_at from gone order by seq on conflict do nothing`;
  await query(tx, sql.plain(text, [from, to]));
}

/** A contact was deleted: nothing of it stays but that. */
export async function forgetSignals(tx: Queryable, contactId: string): Promise<void> {
  await query(tx, sql.plain("delete from signals where contact_id = $1 and kind <> 'deleted'", [contactId]));
}

/** Notes that a topic comes; written down again at most once a minute. */
export async function noteTopic(db: Queryable, topic: string): Promise<void> {
  const text = `insert into signal_topics (topic) select $1
    where not exists (select 1 from signal_topics where topic = $1 and last_at > now() - interval '1 minute')
    on conflict (topic) do update set last_at = now()`;
  await query(db, sql.prepared("note_signal_topic", text, [topic]));
}

/** When each topic came last. */
export async function listTopics(db: Queryable): Promise<ReadonlyMap<string, Date>> {
  const text = "select topic, last_at from signal_topics";
  const rows = await query<{ topic: string; last_at: Date }>(db, sql.plain(text));
  return new Map(rows.map(({ topic, last_at }) => [topic, last_at]));
}
