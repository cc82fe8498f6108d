/** Station effects' store: the ledger. Every change of state is one statement that names the states it may come from. */
import type { EffectDetails, EffectGuarantee, EffectKind, EffectPage, EffectQuery } from "../../contract/effect.ts";
import { everyAccount } from "../db/every-account.ts";
import { isUniqueViolation } from "../db/failure.ts";
import type { Queryable } from "../db/pool.ts";
import { query, sql } from "../db/query.ts";
import { parseStored } from "../lib/json.ts";
import { cutLink, linkPattern, withoutTokens } from "../lib/link-token.ts";
import { laneOfRank, laneRank, type LaneRange } from "../model/lane.ts";
import {
  EffectDeclined,
  EffectKeyReused,
  EffectNotFound,
  EffectStateConflict,
  guaranteeOf,
  planFingerprint,
  statesBefore,
  type EffectBody,
  type EffectPlan,
} from "./effect.ts";
import {
  cursorAfter,
  effectId,
  isWriteId,
  mergeNewest,
  placeOf,
  refusal,
  rowOf,
  rowOfEffect,
  toEntry,
  type EntryRow,
} from "./entry.ts";
import { recordOf, type ClaimedEffect, type Departure, type Outcome } from "./turn.ts";

/** A plan as the ledger has it. `isNew` is false when the key was known. */
export type Planned = { readonly id: string; readonly isNew: boolean };

const planText = `
with wanted as (
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::text[], $8::text[])
    with ordinality as w (account, key, customer_id, kind, lane, guarantee, body, fingerprint, place)
), planned as (
  insert into effects (account, key, customer_id, kind, lane, guarantee, body, fingerprint)
  select account, key, customer_id, kind, lane, guarantee, body, fingerprint from wanted
  order by account collate "C", key collate "C"
  on conflict (account, key) do nothing
  returning account, key, id
)
select w.place, p.id from wanted w left join planned p using (account, key) order by w.place`;

/**
 * Enters effects into the ledger, inside the caller's transaction; one entry per key, in the order given. A key that is
 * known with the same effect is the same entry. Throws EffectKeyReused when it stands for something else.
 */
export async function planEffects(db: Queryable, plans: readonly EffectPlan[]): Promise<readonly Planned[]> {
  if (plans.length === 0) return [];
  refuseContradictions(plans);
  const rows = await insertPlans(db, plans);
  const known = rows.some(({ id }) => id === null) ? await findByKeys(db, plans) : new Map<string, KnownKey>();
  await hasten(db, plans);
  return plans.map((plan, index) => {
    const id = rows[index]?.id ?? null;
    if (id !== null) return { id: effectId(id), isNew: true };
    const entry = known.get(keyText(plan));
    if (entry?.fingerprint !== planFingerprint(plan)) throw new EffectKeyReused(plan.key);
    return { id: effectId(entry.id), isNew: false };
  });
}

/**
 * Enters effects into the ledger, inside the caller's transaction, each key once for ever: of two plans with one key the
 * first counts, even when they differ. For what is known by its reason and may be told in other words the second time.
 * Answers how many are new.
 */
export async function planOnce(db: Queryable, plans: readonly EffectPlan[]): Promise<number> {
  const first = [...new Map(plans.toReversed().map((plan) => [keyText(plan), plan])).values()].toReversed();
  if (first.length === 0) return 0;
  const rows = await insertPlans(db, first);
  const fresh = first.filter((_, index) => rows[index]?.id !== null);
  if (fresh.length > 0) await hasten(db, fresh);
  return fresh.length;
}

/** Null for a key that is known. */
async function insertPlans(
  db: Queryable,
  plans: readonly EffectPlan[],
): Promise<readonly { readonly id: number | null }[]> {
  const column = <T>(take: (plan: EffectPlan) => T): T[] => plans.map(take);
  const values = [
    column(({ account }) => account),
    column(({ key }) => key),
    column(({ customerId }) => customerId),
    column(({ effect }) => effect.kind),
    column(({ lane }) => laneRank(lane)),
    column(({ effect }) => guaranteeOf(effect)),
    column(({ effect }) => JSON.stringify(effect)),
    column(planFingerprint),
  ];
  return query<{ id: number | null }>(db, sql.prepared("plan_effects", planText, values));
}

/** One batch may name a key twice, but not for two things. */
function refuseContradictions(plans: readonly EffectPlan[]): void {
  const seen = new Map<string, string>();
  for (const plan of plans) {
    const print = planFingerprint(plan);
    if ((seen.get(keyText(plan)) ?? print) !== print) throw new EffectKeyReused(plan.key);
    seen.set(keyText(plan), print);
  }
}

type KnownKey = { readonly id: number; readonly account: string; readonly key: string; readonly fingerprint: string };

async function findByKeys(db: Queryable, plans: readonly EffectPlan[]): Promise<ReadonlyMap<string, KnownKey>> {
  const text = `select e.id, e.account, e.key, e.fingerprint from unnest($1::text[], $2::text[]) as k (account, key)
    join effects e on e.account = k.account and e.key = k.key`;
  const values = [plans.map(({ account }) => account), plans.map(({ key }) => key)];
  const rows = await query<KnownKey>(db, sql.prepared("find_effects_by_key", text, values));
  return new Map(rows.map((row) => [keyText(row), row]));
}

function keyText({ account, key }: { readonly account: string; readonly key: string }): string {
  return `${account} ${key}`;
}

/** Effects of one customer keep their order, so an urgent one takes along what stands before it. */
async function hasten(db: Queryable, plans: readonly EffectPlan[]): Promise<void> {
  const fast = plans.filter(({ lane }) => lane !== "backfill");
  if (fast.length === 0) return;
  const text = `with wanted as (
      select account, customer_id, min(lane) as lane
      from unnest($1::text[], $2::text[], $3::smallint[]) as w (account, customer_id, lane) group by account, customer_id
    ), slower as (
      select e.id, w.lane from wanted w join effects e on e.account = w.account and e.customer_id = w.customer_id
        and e.state in ('planned', 'sent', 'unknown') and e.lane > w.lane
      order by e.id for update of e
    )
    update effects e set lane = s.lane from slower s where e.id = s.id`;
  const values = [
    fast.map(({ account }) => account),
    fast.map(({ customerId }) => customerId),
    fast.map(({ lane }) => laneRank(lane)),
  ];
  await query(db, sql.prepared("hasten_effects", text, values));
}

type ClaimRow = {
  readonly id: number;
  readonly account: string;
  readonly customer_id: string;
  readonly key: string;
  readonly lane: number;
  readonly guarantee: EffectGuarantee;
  readonly state: "planned" | "unknown";
  readonly body: string;
  readonly contact_id: string | null;
  readonly object_id: string | null;
  readonly attempt: number;
  readonly looks: number;
  readonly queued_at: Date;
  readonly doubted_at: Date | null;
};

/**
 * Only the first open effect of a customer can be due: the others wait until it has ended, unless it is held back, or calls an
 * address that is none of Intercom's and may be down for hours. Lanes next to each other and the order of the index let a scan end as
 * soon as it has enough, however many are planned.
 */
const claimText = `
with due as (
  select id from effects e
  where state in ('planned', 'sent', 'unknown') and lane between $4::smallint and $5::smallint and due_at <= now()
    and (leased_until is null or leased_until < now())
    and not exists (select from effects o
      where o.account = e.account and o.customer_id = e.customer_id and o.id < e.id
        and o.state in ('planned', 'sent', 'unknown')
        and o.kind <> 'webhook' and not (o.state = 'planned' and o.error_code is not distinct from 'EFFECT_HELD'))
  order by lane, due_at limit $1 for update skip locked
)
update effects e
set leased_by = $2, leased_until = now() + $3::int * interval '1 ms',
  state = case when e.state = 'sent' then 'unknown' else e.state end,
  doubted_at = case when e.state = 'sent' then coalesce(e.doubted_at, e.sent_at) else e.doubted_at end
from due where e.id = due.id
returning e.id, e.account, e.customer_id, e.key, e.lane, e.guarantee, e.state, e.body, e.contact_id, e.object_id,
  e.attempt, e.looks, e.queued_at, e.doubted_at`;

/** Leases due effects of these lanes, the most urgent first; nobody else gets them for `leaseMs`. */
export async function claimEffects(
  db: Queryable,
  claim: { readonly limit: number; readonly worker: string; readonly leaseMs: number; readonly lanes: LaneRange },
): Promise<readonly ClaimedEffect[]> {
  const values = [claim.limit, claim.worker, claim.leaseMs, claim.lanes.from, claim.lanes.to];
  const rows = await query<ClaimRow>(db, sql.prepared("claim_effects", claimText, values));
  return rows.map(toClaimed).toSorted((a, b) => laneRank(a.lane) - laneRank(b.lane));
}

function toClaimed(row: ClaimRow): ClaimedEffect {
  return {
    id: effectId(row.id),
    account: row.account,
    customerId: row.customer_id,
    key: row.key,
    lane: laneOfRank(row.lane),
    guarantee: row.guarantee,
    state: row.state,
    effect: parseStored(row.body),
    contactId: row.contact_id,
    objectId: row.object_id,
    attempt: row.attempt,
    looks: row.looks,
    queuedAtMs: row.queued_at.getTime(),
    doubtedAtMs: row.doubted_at?.getTime() ?? null,
  };
}

/** Goes on holding these effects, and answers which of them are still held. */
export async function renewEffectLeases(
  db: Queryable,
  lease: { readonly worker: string; readonly leaseMs: number; readonly ids: readonly string[] },
): Promise<readonly string[]> {
  const text = `update effects set leased_until = now() + $2::int * interval '1 ms'
    where id in (select id from effects where id = any($3) and leased_by = $1 order by id for update) returning id`;
  const values = [lease.worker, lease.leaseMs, lease.ids.map(rowOfEffect)];
  const rows = await query<{ id: number }>(db, sql.prepared("renew_effect_leases", text, values));
  return rows.map(({ id }) => effectId(id));
}

/** Frees what this worker holds and has not sent, at a graceful end. */
export async function releaseEffects(db: Queryable, worker: string): Promise<void> {
  const text = `update effects set leased_by = null, leased_until = null where leased_by = $1`;
  await query(db, sql.plain(text, [worker]));
}

/**
 * Puts on disk that the call leaves now, or leaves once more in the same turn. `attempt` is what it was when it was claimed: a
 * worker that stood still, while another one sent it, may hold it again without knowing. The caller gives a pool whose commits
 * wait for the disk.
 */
export async function markSent(
  db: Queryable,
  id: string,
  to: Pick<ClaimedEffect, "contactId" | "objectId" | "attempt"> & { readonly worker: string },
): Promise<Departure> {
  const text = `update effects set state = 'sent', contact_id = $3, object_id = $4, sent_at = now(), attempt = attempt + 1, looks = 0
    where id = $1 and leased_by = $2 and (state = 'sent' or state = any($5) and attempt = $6) returning id`;
  const values = [rowOfEffect(id), to.worker, to.contactId, to.objectId, statesBefore("sent"), to.attempt];
  try {
    const rows = await query(db, sql.prepared("mark_effect_sent", text, values));
    return rows.length === 1 ? "sent" : "lost";
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return isAbout(error, "effects_object") ? "taken" : "busy";
  }
}

function isAbout(error: unknown, constraint: string): boolean {
  return error instanceof Error && Reflect.get(error, "constraint") === constraint;
}

/** What will never be sent again is kept without links that work. */
const bodyWithoutLinks = `regexp_replace(body, '${linkPattern}', '${cutLink}', 'g')`;

const endText = `
update effects set state = $3, leased_by = null, leased_until = null,
  due_at = now() + $5::int * interval '1 ms',
  looks = coalesce($6, looks),
  attempt = greatest(0, attempt - $7),
  doubted_at = case when $8 then coalesce(doubted_at, sent_at, now()) else doubted_at end,
  ended_at = case when $3 in ('confirmed', 'failed', 'withdrawn') then now() end,
  ended_how = $9,
  object_id = coalesce($10, object_id), conversation_id = coalesce($11, conversation_id), request_id = coalesce($12, request_id),
  error_code = $13, error_message = $14,
  body = case when $3 in ('confirmed', 'withdrawn') then ${bodyWithoutLinks} else body end
where id = $1 and leased_by = $2 and state = any($4)
returning id`;

/**
 * Ends one turn: the new state and the end of the lease in one statement. False when the lease was lost; throws when another
 * entry has the object that was found, so that it is looked for again.
 */
export async function endTurn(
  db: Queryable,
  { id, worker }: { readonly id: string; readonly worker: string },
  outcome: Outcome,
): Promise<boolean> {
  const stays = outcome.to === "planned" || outcome.to === "unknown" ? [outcome.to] : [];
  const from = [...statesBefore(outcome.to), ...stays];
  const { dueInMs, looks, uncounted, isInDoubt, endedHow, fault, ...became } = recordOf(outcome);
  const values = [
    rowOfEffect(id),
    worker,
    outcome.to,
    from,
    dueInMs,
    looks,
    uncounted,
    isInDoubt,
    endedHow,
    became.objectId,
    became.conversationId,
    became.requestId,
    fault?.code ?? null,
    fault?.message ?? null,
  ];
  return (await query(db, sql.prepared("end_effect_turn", endText, values))).length === 1;
}

/** How many effects have not ended. */
export async function countOpenEffects(db: Queryable): Promise<number> {
  const text = "select count(*) as count from effects where state in ('planned', 'sent', 'unknown')";
  const [row] = await query<{ count: number }>(db, sql.plain(text));
  return row?.count ?? 0;
}

/** Which of these objects are confirmed as another entry's. */
export async function listTakenObjects(
  db: Queryable,
  kind: EffectKind,
  objectIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (objectIds.length === 0) return new Set();
  const text = "select object_id from effects where kind = $1 and object_id = any($2)";
  const rows = await query<{ object_id: string }>(db, sql.prepared("list_taken_objects", text, [kind, objectIds]));
  return new Set(rows.map(({ object_id }) => object_id));
}

/** A conversation that we began in a contact's name; `conversationId` is null while its call is under way. */
export type Opening = { readonly contactId: string; readonly conversationId: string | null; readonly text: string };

type OpeningRow = { readonly contact_id: string; readonly object_id: string | null; readonly body: string };

/** The conversations among these that we began ourselves, and those that we may be beginning right now with these contacts. */
export async function listOpenings(
  db: Queryable,
  {
    conversationIds,
    contactIds,
  }: { readonly conversationIds: readonly string[]; readonly contactIds: readonly string[] },
): Promise<readonly Opening[]> {
  const text = `select contact_id, object_id, body from effects
    where kind = 'conversation' and object_id = any($1) and object_id = conversation_id
    union all select contact_id, null, body from effects
    where kind = 'conversation' and contact_id = any($2) and state in ('sent', 'unknown')`;
  const statement = sql.prepared("list_openings", text, [conversationIds, contactIds]);
  const rows = await query<OpeningRow>(db, statement);
  return rows.flatMap(({ contact_id: contactId, object_id: conversationId, body }) => {
    const effect = parseStored<EffectBody>(body);
    const isOpening = effect.kind === "conversation" && effect.action === "open";
    return isOpening ? [{ contactId, conversationId, text: effect.text }] : [];
  });
}

/**
 * A person decides what became of an effect: confirmed (it is there, or need not be), or failed (it is not to be sent).
 * Throws EffectNotFound, or EffectStateConflict for one that is confirmed or being worked on.
 */
export async function settleEffect(db: Queryable, id: string, as: "confirmed" | "failed"): Promise<EffectDetails> {
  const text = `update effects set state = $2, ended_at = now(), ended_how = 'person', leased_by = null, leased_until = null,
      error_code = case when $2 = 'failed' then $4 end, error_message = case when $2 = 'failed' then $5 end,
      body = case when $2 = 'confirmed' then ${bodyWithoutLinks} else body end
    where id = $1 and state = any($3) and state <> 'sent' and (leased_until is null or leased_until < now()) returning id`;
  const declined = new EffectDeclined();
  const values = [rowOf(id), as, statesBefore(as), declined.code, declined.message];
  const changed = await query(db, sql.plain(text, values));
  const entry = await getEntry(db, id);
  if (changed.length === 0) throw refusal(entry, `settled as ${as}`);
  return entry;
}

/**
 * A person sends a failed effect again. What may have happened is looked for first, and a message that is not found is
 * then repeated, since that was decided now. Throws EffectNotFound, or EffectStateConflict unless it is failed: what is
 * confirmed is never repeated.
 */
export async function replayEffect(db: Queryable, id: string): Promise<EffectDetails> {
  const text = `update effects set state = case when doubted_at is null then 'planned' else 'unknown' end,
      guarantee = case when guarantee = 'at_most_once' then 'at_least_once' else guarantee end,
      attempt = 0, looks = 0, queued_at = now(), due_at = now(), ended_at = null, ended_how = null,
      leased_by = null, leased_until = null, error_code = null, error_message = null
    where id = $1 and state = 'failed' returning id`;
  const changed = await replayed(db, id, text);
  const entry = await getEntry(db, id);
  if (!changed) throw refusal(entry, "replayed");
  return entry;
}

/** An unknown one counts as open on its contact at once, where only one may be. */
async function replayed(db: Queryable, id: string, text: string): Promise<boolean> {
  try {
    return (await query(db, sql.plain(text, [rowOf(id)]))).length === 1;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new EffectStateConflict(
      "Another effect is being sent to the same contact at this moment; try again in a few seconds.",
    );
  }
}

const entryColumns = `id, account, key, kind, customer_id as "customerId", contact_id as "contactId", lane, guarantee, state,
  planned_at as "plannedAt", sent_at as "sentAt", ended_at as "endedAt", ended_how as "endedHow", attempt,
  object_id as "objectId", conversation_id as "conversationId", request_id as "requestId",
  error_code as "errorCode", error_message as "errorMessage"`;

/** A write to a contact is a ledger entry too: it is recorded when Intercom has accepted it. */
const writeColumns = `id, account, 'contact:' || contact_id || ':' || id as key, 'attributes' as kind, customer_id as "customerId",
  contact_id as "contactId", lane, 'effectively_once' as guarantee, 'confirmed' as state,
  at - coalesce(lag_ms, 0) * interval '1 ms' as "plannedAt", at as "sentAt", at as "endedAt", 'answer' as "endedHow", 1 as attempt,
  null as "objectId", null as "conversationId", request_id as "requestId", null as "errorCode", null as "errorMessage"`;

const ofCustomer = `($2::text is null and ($1::text is null or account = $1)
    or customer_id = $2 and account = any(case when $1 is null then ${everyAccount} else array[$1] end))`;

const listEffectsText = `select ${entryColumns}, null as body from effects
  where ${ofCustomer} and ($3::text is null or state = $3) and ($4::text is null or kind = $4) and ($5::bigint is null or id < $5)
  order by id desc limit $6`;

const listWritesText = `select ${writeColumns}, null as body from contact_writes
  where ${ofCustomer} and coalesce($3, 'confirmed') = 'confirmed' and coalesce($4, 'attributes') = 'attributes'
    and ($5::bigint is null or id < $5)
  order by id desc limit $6`;

/** A page of the ledger, newest first: effects and writes of attributes. A customer is looked for in every account unless one is named. */
export async function listEntries(db: Queryable, filter: EffectQuery): Promise<EffectPage> {
  const { account = null, customer = null, state = null, kind = null, limit } = filter;
  const place = placeOf(filter);
  const list = (text: string, before: string | null): Promise<readonly EntryRow[]> =>
    query<EntryRow>(db, sql.plain(text, [account, customer, state, kind, before, limit]));
  const effects = kind === "attributes" ? [] : await list(listEffectsText, place.effects);
  const rows = mergeNewest(effects, await list(listWritesText, place.writes)).slice(0, limit);
  return { effects: rows.map(toEntry), next: rows.length === limit ? cursorAfter(rows, place) : null };
}

/** One entry with what was asked for, its links cut off. Throws EffectNotFound. */
export async function getEntry(db: Queryable, id: string): Promise<EffectDetails> {
  const isWrite = isWriteId(id);
  const text = isWrite
    ? `select ${writeColumns}, changes as body from contact_writes where id = $1`
    : `select ${entryColumns}, body from effects where id = $1`;
  const [row] = await query<EntryRow>(db, sql.plain(text, [rowOf(id)]));
  if (!row) throw new EffectNotFound(id);
  const body = withoutTokens(row.body ?? "{}");
  const effect = isWrite
    ? { kind: "attributes", changes: parseStored<unknown>(body) }
    : parseStored<Record<string, unknown>>(body);
  return { ...toEntry(row), effect };
}

/** What became of an effect that somebody waits for. */
export type EffectReport = {
  readonly key: string;
  readonly state: "open" | "confirmed" | "failed" | "withdrawn";
  readonly conversationId: string | null;
  /** When it left, for the first time that may have arrived (unix seconds); what never left, when it ended. */
  readonly atS: number | null;
  /** Why it failed or was withdrawn: the code and what is behind it. */
  readonly why: string | null;
};

/** How these effects stand, whatever account they are of, by key; a key that the ledger does not know is left out. */
export async function findEffectReports(
  db: Queryable,
  keys: readonly string[],
): Promise<ReadonlyMap<string, EffectReport>> {
  if (keys.length === 0) return new Map();
  const text = `select key, case when state in ('planned', 'sent', 'unknown') then 'open' else state end as state,
      conversation_id as "conversationId", floor(extract(epoch from coalesce(doubted_at, sent_at, ended_at)))::bigint as "atS", nullif(concat_ws(': ', error_code, error_message), '') as why
    from effects where account = any(${everyAccount}) and key = any($1)`;
  const rows = await query<EffectReport>(db, sql.prepared("find_effect_reports", text, [keys]));
  return new Map(rows.map((row) => [row.key, row]));
}

/** Effects of these keys that have not left are looked at now: their reason may be gone. */
export async function hastenPlanned(db: Queryable, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const text = `update effects set due_at = now()
    where account = any(${everyAccount}) and key = any($1) and state = 'planned' and due_at > now()`;
  await query(db, sql.prepared("hasten_planned_effects", text, [keys]));
}
