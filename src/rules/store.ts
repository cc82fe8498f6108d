/** Station rules' store: runs and their steps, whose turn it is, and what rules remember between two looks. */
import type { Queryable } from "../db/pool.ts";
import { query, sql } from "../db/query.ts";
import { parseStored } from "../lib/json.ts";
import type { AttributeValue } from "../model/contact.ts";
import { byCustomerKey, customerKeyText, keyColumns, type CustomerKey } from "../model/customer-key.ts";
import type { RunState, SentMessage, StepRecord, Trigger } from "./run.ts";

/** A reason for a rule to look at a customer. */
export type Match = CustomerKey & {
  readonly rule: string;
  readonly version: number;
  readonly mode: "shadow" | "live";
  readonly trigger: Trigger;
  readonly nowS: number;
};

/** A customer of whom runs are to be looked at, held by one worker. `lease` is whose, and which of their claims it was. */
export type Turn = CustomerKey & { readonly version: number; readonly attempt: number; readonly lease: string };

/** A run that has not ended. */
export type OpenRun = CustomerKey & {
  readonly id: number;
  readonly rule: string;
  readonly version: number;
  readonly mode: "shadow" | "live";
  readonly trigger: Trigger;
  /** Null until it was judged. */
  readonly state: RunState | null;
  readonly invoiceId: string | null;
  readonly wakeAtS: number;
  /** Why a person ends it; null while nobody does. */
  readonly cancelWhy: string | null;
  readonly approval: "none" | "wanted" | "approved" | "rejected";
  /** What is to be approved, or was. */
  readonly draft: string | null;
};

const matchText = `
with given as (
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::bigint[])
    as g (account, customer_id, rule, trigger_key, version, mode, trigger, matched_s)
), matched as (
  insert into rule_runs (account, customer_id, rule, trigger_key, version, mode, trigger, matched_s)
  select account, customer_id, rule, trigger_key, version, mode, trigger, matched_s from given
  on conflict (rule, account, customer_id, trigger_key) do nothing
  returning account, customer_id
), woken as (
  insert into rule_turns as t (account, customer_id, wake_at_s)
  select distinct account, customer_id, 0 from matched order by account, customer_id
  on conflict (account, customer_id) do update set wake_at_s = 0, version = t.version + 1
)
select count(*)::int as count from matched`;

/** Enters reasons, inside the transaction of what they follow from; each is entered once for ever. Answers how many are new. */
export async function insertMatches(db: Queryable, matches: readonly Match[]): Promise<number> {
  if (matches.length === 0) return 0;
  const sorted = matches.toSorted(
    (a, b) => byCustomerKey(a, b) || compareText(a.rule, b.rule) || compareText(a.trigger.key, b.trigger.key),
  );
  const values = [
    ...keyColumns(sorted),
    sorted.map(({ rule }) => rule),
    sorted.map(({ trigger }) => trigger.key),
    sorted.map(({ version }) => version),
    sorted.map(({ mode }) => mode),
    sorted.map(({ trigger }) => JSON.stringify(trigger)),
    sorted.map(({ nowS }) => nowS),
  ];
  const [row] = await query<{ count: number }>(db, sql.prepared("match_rules", matchText, values));
  return row?.count ?? 0;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Has the open runs of these customers looked at; who has none is left alone. Answers how many have. */
export async function wakeTurns(db: Queryable, customers: readonly CustomerKey[]): Promise<number> {
  if (customers.length === 0) return 0;
  const text = `with given as (select distinct account, customer_id from unnest($1::text[], $2::text[]) as g (account, customer_id)),
    locked as (select t.account, t.customer_id from rule_turns t join given using (account, customer_id)
      order by t.account, t.customer_id for update of t)
    update rule_turns t set wake_at_s = 0, version = t.version + 1
    from locked l where t.account = l.account and t.customer_id = l.customer_id returning t.account`;
  const rows = await query(db, sql.prepared("wake_rule_turns", text, keyColumns(customers)));
  return rows.length;
}

/** Has the person looked at whose run this is, unless it has ended. Answers whether there was somebody to look at. */
export async function wakeTurnOf(db: Queryable, runId: number): Promise<boolean> {
  const text = `update rule_turns t set wake_at_s = 0, version = t.version + 1
    from rule_runs r where r.id = $1 and r.state <> 'ended' and t.account = r.account and t.customer_id = r.customer_id returning 1`;
  const statement = sql.prepared("wake_turn_of_run", text, [runId]);
  // Whoever hands the run over to another customer just now has been waited for: the second look finds it there.
  return (await query(db, statement)).length > 0 || (await query(db, statement)).length > 0;
}

/** Whose lease it is, without which of their claims it was. */
const holder = "split_part(t.leased_by, '#', 1)";

/**
 * Leases customers whose runs are due at `nowS`, the longest due first. Each claim of a worker has a number of its own: one that
 * stood still may hold a customer again of whom it has not ended the turn before, and that one must not be committed.
 */
export async function claimTurns(
  db: Queryable,
  claim: {
    readonly limit: number;
    readonly worker: string;
    readonly number: number;
    readonly leaseMs: number;
    readonly nowS: number;
  },
): Promise<readonly Turn[]> {
  const text = `with due as (
      select account, customer_id from rule_turns
      where wake_at_s <= $4 and (leased_until is null or leased_until < now())
      order by wake_at_s limit $1 for update skip locked
    )
    update rule_turns t set leased_by = $2, leased_until = now() + $3::int * interval '1 ms', attempt = t.attempt + 1
    from due d where t.account = d.account and t.customer_id = d.customer_id
    returning t.account, t.customer_id as "customerId", t.version, t.attempt, t.leased_by as lease`;
  const values = [claim.limit, `${claim.worker}#${claim.number}`, claim.leaseMs, claim.nowS];
  return query<Turn>(db, sql.prepared("claim_rule_turns", text, values));
}

/** Goes on holding these customers (`customerKeyText`), and answers which are still held. */
export async function renewTurns(
  db: Queryable,
  lease: { readonly worker: string; readonly leaseMs: number; readonly keys: readonly string[] },
): Promise<readonly string[]> {
  const text = `update rule_turns t set leased_until = now() + $2::int * interval '1 ms'
    from (select key, split_part(key, ' ', 1) as account, split_part(key, ' ', 2) as customer_id from unnest($3::text[]) as key) k
    where t.account = k.account and t.customer_id = k.customer_id and ${holder} = $1 returning k.key`;
  const values = [lease.worker, lease.leaseMs, lease.keys];
  return (await query<{ key: string }>(db, sql.prepared("renew_rule_turns", text, values))).map(({ key }) => key);
}

/** Frees what this worker holds. */
export async function releaseTurns(db: Queryable, worker: string): Promise<void> {
  const text = `update rule_turns t set leased_by = null, leased_until = null where ${holder} = $1`;
  await query(db, sql.plain(text, [worker]));
}

/** Something went wrong on the way: the customer is looked at again at `atS`, or at `soonS` when another reason came meanwhile. */
export async function postponeTurn(
  db: Queryable,
  turn: Turn,
  { atS, soonS }: { readonly atS: number; readonly soonS: number },
): Promise<void> {
  const text = `update rule_turns set leased_by = null, leased_until = null,
      wake_at_s = case when version = $6 then $4::bigint else least($4::bigint, $5::bigint) end
    where account = $1 and customer_id = $2 and leased_by = $3`;
  await query(db, sql.plain(text, [turn.account, turn.customerId, turn.lease, atS, soonS, turn.version]));
}

type RunRow = Omit<OpenRun, "trigger" | "state"> & { readonly trigger: string; readonly state: string | null };

const openColumns = `id, rule, version, mode, account, customer_id as "customerId", trigger, run as state,
  invoice_id as "invoiceId", wake_at_s as "wakeAtS", cancel_why as "cancelWhy", approval, draft`;

/** The open runs of a customer, oldest first. */
export async function listOpenRuns(db: Queryable, { account, customerId }: CustomerKey): Promise<readonly OpenRun[]> {
  const text = `select ${openColumns} from rule_runs where account = $1 and customer_id = $2 and state <> 'ended' order by id`;
  const rows = await query<RunRow>(db, sql.prepared("list_open_runs", text, [account, customerId]));
  return rows.map(toOpenRun);
}

function toOpenRun({ trigger, state, ...row }: RunRow): OpenRun {
  return { ...row, trigger: parseStored(trigger), state: state === null ? null : parseStored(state) };
}

/** Messages of Dunlin's since then, whatever the rule, to a person: the leader and those who follow. */
export async function listSentMessages(
  db: Queryable,
  people: readonly CustomerKey[],
  sinceS: number,
): Promise<readonly SentMessage[]> {
  const text = `select s.channel, s.at_s as "atS", r.rule from rule_steps s join rule_runs r on r.id = s.run_id
    where (s.account, s.customer_id) in (select * from unnest($1::text[], $2::text[])) and s.channel is not null and s.at_s >= $3
      and s.result = 'done' and r.mode = 'live' order by s.at_s`;
  return query<SentMessage>(db, sql.prepared("list_sent_messages", text, [...keyColumns(people), sinceS]));
}

/** Who speaks, or has spoken, to a person about these invoices. */
export async function listSpeakers(
  db: Queryable,
  people: readonly CustomerKey[],
  invoiceIds: readonly string[],
): Promise<readonly Speaker[]> {
  if (invoiceIds.length === 0) return [];
  const text = `select r.id, r.rule, r.invoice_id as "invoiceId", r.started_s as "startedS", r.state = 'ended' as "hasEnded",
      exists (select from rule_steps s where s.run_id = r.id and s.channel is not null and s.result = 'done') as "hasSpoken"
    from rule_runs r where (r.account, r.customer_id) in (select * from unnest($1::text[], $2::text[])) and r.invoice_id = any($3) and r.mode = 'live'
      and r.started_s is not null and r.arm = 'treated'`;
  return query<Speaker>(db, sql.prepared("list_rule_speakers", text, [...keyColumns(people), invoiceIds]));
}

export type Speaker = {
  readonly id: number;
  readonly rule: string;
  readonly invoiceId: string;
  readonly startedS: number;
  readonly hasEnded: boolean;
  readonly hasSpoken: boolean;
};

/** When this rule began for a person last; null when it never did. */
export async function findLastStarted(
  db: Queryable,
  people: readonly CustomerKey[],
  { rule, mode }: { readonly rule: string; readonly mode: OpenRun["mode"] },
): Promise<number | null> {
  const text = `select max(started_s) as "atS" from rule_runs where (account, customer_id) in (select * from unnest($1::text[], $2::text[])) and rule = $3 and mode = $4 and once_key is not null`;
  const [row] = await query<{ atS: number | null }>(
    db,
    sql.prepared("find_last_started", text, [...keyColumns(people), rule, mode]),
  );
  return row?.atS ?? null;
}

/** Whether the rule has acted on this already for a person. */
export async function isOnceKeyTaken(
  db: Queryable,
  people: readonly CustomerKey[],
  { rule, onceKey }: { readonly rule: string; readonly onceKey: string },
): Promise<boolean> {
  const text =
    "select 1 from rule_runs where rule = $3 and (account, customer_id) in (select * from unnest($1::text[], $2::text[])) and once_key = $4";
  return (await query(db, sql.prepared("is_once_key_taken", text, [...keyColumns(people), rule, onceKey]))).length > 0;
}

/** What became of a run in a turn; what is left out stays as it is. */
export type RunChange = {
  readonly id: number;
  readonly state: "matched" | "running" | "ended";
  readonly run: RunState | null;
  readonly wakeAtS: number;
  readonly mode?: OpenRun["mode"] | undefined;
  readonly onceKey?: string | undefined;
  readonly arm?: string | undefined;
  readonly invoiceId?: string | null | undefined;
  readonly startedS?: number | undefined;
  readonly endedHow?: string | undefined;
  readonly endedWhy?: string | null | undefined;
  readonly endedS?: number | undefined;
  readonly approval?: OpenRun["approval"] | undefined;
  readonly draft?: string | undefined;
};

const changeText = `
update rule_runs r set
  state = c.state, run = coalesce(c.run, r.run), wake_at_s = c.wake_at_s,
  once_key = coalesce(c.once_key, r.once_key), arm = coalesce(c.arm, r.arm), invoice_id = coalesce(c.invoice_id, r.invoice_id),
  started_s = coalesce(c.started_s, r.started_s), ended_how = c.ended_how, ended_why = c.ended_why, ended_s = c.ended_s,
  approval = coalesce(c.approval, r.approval), draft = case when c.approval = 'none' or c.state = 'ended' then null else coalesce(c.draft, r.draft) end, mode = coalesce(c.mode, r.mode)
from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[],
  $10::text[], $11::bigint[], $12::text[], $13::text[], $14::text[])
  as c (id, state, run, wake_at_s, once_key, arm, invoice_id, started_s, ended_how, ended_why, ended_s, approval, draft, mode)
where r.id = c.id and r.state <> 'ended'`;

/** Records what became of runs. One that was ended meanwhile, by a person, stays ended. A draft is kept until its message has left. */
export async function changeRuns(db: Queryable, changes: readonly RunChange[]): Promise<void> {
  if (changes.length === 0) return;
  const column = <T>(take: (change: RunChange) => T): T[] => changes.map(take);
  const values = [
    column(({ id }) => id),
    column(({ state }) => state),
    column(({ run }) => (run === null ? null : JSON.stringify(run))),
    column(({ wakeAtS }) => wakeAtS),
    column(({ onceKey }) => onceKey ?? null),
    column(({ arm }) => arm ?? null),
    column(({ invoiceId }) => invoiceId ?? null),
    column(({ startedS }) => startedS ?? null),
    column(({ endedHow }) => endedHow ?? null),
    column(({ endedWhy }) => endedWhy ?? null),
    column(({ endedS }) => endedS ?? null),
    column(({ approval }) => approval ?? null),
    column(({ draft }) => draft ?? null),
    column(({ mode }) => mode ?? null),
  ];
  await query(db, sql.prepared("change_rule_runs", changeText, values));
}

/** A step's result with whose it is. */
export type StepRow = CustomerKey &
  StepRecord & { readonly runId: number; readonly channel: "chat" | "email" | null; readonly atS: number };

/** Records results; a later one of the same instruction takes the place of the earlier one. */
export async function saveSteps(db: Queryable, steps: readonly StepRow[]): Promise<void> {
  const last = [...new Map(steps.map((step) => [`${step.runId} ${step.at} ${step.kind}`, step])).values()];
  if (last.length === 0) return;
  const text = `insert into rule_steps (run_id, at, path, kind, result, detail, channel, account, customer_id, at_s)
    select * from unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[])
    on conflict (run_id, at, kind) do update set result = excluded.result, detail = excluded.detail, at_s = excluded.at_s`;
  const column = <T>(take: (step: StepRow) => T): T[] => last.map(take);
  const values = [
    column(({ runId }) => runId),
    column(({ at }) => at),
    column(({ path }) => path),
    column(({ kind }) => kind),
    column(({ result }) => result),
    column(({ detail }) => detail),
    column(({ channel }) => channel),
    column(({ account }) => account),
    column(({ customerId }) => customerId),
    column(({ atS }) => atS),
  ];
  await query(db, sql.prepared("save_rule_steps", text, values));
}

/** An attribute that a run sets, or takes back when `value` is null. */
export type AttributeChange = CustomerKey & {
  readonly name: string;
  readonly value: AttributeValue;
  readonly rule: string;
  readonly runId: number;
  readonly setS: number;
};

/** Sets attributes, one after the other; what another run has set since is not taken back. */
export async function saveAttributes(db: Queryable, changes: readonly AttributeChange[]): Promise<void> {
  const set = `insert into rule_attributes as a (account, customer_id, name, value, rule, run_id, set_s) values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (account, customer_id, name) do update
    set value = excluded.value, rule = excluded.rule, run_id = excluded.run_id, set_s = excluded.set_s`;
  const unset = `update rule_attributes set value = 'null', set_s = $5 where account = $1 and customer_id = $2 and name = $3 and run_id = $4`;
  for (const { account, customerId, name, value, rule, runId, setS } of changes) {
    if (value === null)
      await query(db, sql.prepared("unset_rule_attribute", unset, [account, customerId, name, runId, setS]));
    else {
      const values = [account, customerId, name, JSON.stringify(value), rule, runId, setS];
      await query(db, sql.prepared("set_rule_attribute", set, values));
    }
  }
}

/** What rules have set on these customers, by `customerKeyText`; null for what was taken back. */
export async function findRuleAttributes(
  db: Queryable,
  customers: readonly CustomerKey[],
): Promise<ReadonlyMap<string, Readonly<Record<string, AttributeValue>>>> {
  if (customers.length === 0) return new Map();
  const text = `select a.account, a.customer_id as "customerId", a.name, a.value from rule_attributes a
    join unnest($1::text[], $2::text[]) as k (account, customer_id) using (account, customer_id)`;
  type Row = CustomerKey & { readonly name: string; readonly value: string };
  const rows = await query<Row>(db, sql.prepared("find_rule_attributes", text, keyColumns(customers)));
  const found = new Map<string, Record<string, AttributeValue>>();
  for (const row of rows) {
    const key = customerKeyText(row);
    found.set(key, { ...found.get(key), [row.name]: parseStored<AttributeValue>(row.value) });
  }
  return found;
}

/** Whether rules have ever set an attribute. */
export async function hasRuleAttributes(db: Queryable): Promise<boolean> {
  return (await query(db, sql.plain("select 1 from rule_attributes limit 1"))).length > 0;
}

/** Attributes of rules that are gone are taken back everywhere. Answers whom that concerns. */
export async function retireRuleAttributes(
  db: Queryable,
  kept: readonly { readonly rule: string; readonly name: string }[],
): Promise<readonly CustomerKey[]> {
  const text = `update rule_attributes a set value = 'null'
    where value <> 'null' and not exists (select from unnest($1::text[], $2::text[]) as k (rule, name)
      where k.rule = a.rule and k.name = a.name)
    returning account, customer_id as "customerId"`;
  return query<CustomerKey>(db, sql.plain(text, [kept.map(({ rule }) => rule), kept.map(({ name }) => name)]));
}

/**
 * Ends the turn: the next look at `wakeAtS`, null when nothing is open; at once when another reason came meanwhile. False when
 * another worker has taken over: then nothing of this turn may be committed.
 */
export async function endTurn(
  db: Queryable,
  { account, customerId, version, lease }: Turn,
  wakeAtS: number | null,
): Promise<boolean> {
  const values = [account, customerId, lease, version];
  if (wakeAtS === null) {
    const gone = `delete from rule_turns where account = $1 and customer_id = $2 and leased_by = $3 and version = $4 returning 1`;
    if ((await query(db, sql.prepared("delete_rule_turn", gone, values))).length > 0) return true;
  }
  const text = `update rule_turns set leased_by = null, leased_until = null, attempt = 0,
      wake_at_s = case when version = $4 then $5::bigint else 0 end
    where account = $1 and customer_id = $2 and leased_by = $3 returning 1`;
  return (await query(db, sql.prepared("end_rule_turn", text, [...values, wakeAtS ?? 0]))).length > 0;
}

/**
 * Whoever follows another customer from now on is one person with them: what runs goes on with the leader, and messages and
 * attributes are the leader's. A run that the leader has for the same reason is ended when it is looked at; what only waits to be
 * judged because of the follower's own profile ends, since the leader's says it for both.
 */
export async function moveRuns(db: Queryable, from: CustomerKey, to: CustomerKey): Promise<void> {
  const values = [from.account, from.customerId, to.account, to.customerId];
  const own = "account = $1 and customer_id = $2";
  const statements = [
    `delete from rule_dates where ${own} and $3::text is not null and $4::text is not null`,
    `delete from rule_truths where ${own} and $3::text is not null and $4::text is not null`,
    `update rule_runs set state = 'ended', ended_how = 'declined', ended_why = 'The leader of the person is looked at instead.',
      ended_s = matched_s, wake_at_s = 0
      where ${own} and state = 'matched' and trigger::json ->> 'kind' in ('becomes', 'date') and $3::text || $4::text is not null`,
    `update rule_runs r set cancel_why = 'The same person is looked at already.', once_key = null,
      trigger_key = trigger_key || ' of run ' || id
      where ${own} and state <> 'ended' and exists (select from rule_runs o where o.rule = r.rule and o.account = $3 and o.customer_id = $4
        and (o.trigger_key = r.trigger_key or o.once_key = r.once_key))`,
    // By their runs: most steps are in no index of customers.
    `update rule_steps set account = $3, customer_id = $4 where ${own} and run_id in (select id from rule_runs where ${own})`,
    `with taken as (delete from rule_attributes where ${own} returning name, value, rule, run_id, set_s)
      insert into rule_attributes (account, customer_id, name, value, rule, run_id, set_s)
      select $3, $4, name, value, rule, run_id, set_s from taken on conflict do nothing`,
    `update rule_runs r set account = $3, customer_id = $4 where ${own} and not (state = 'ended' and exists (
      select from rule_runs o where o.rule = r.rule and o.account = $3 and o.customer_id = $4
        and (o.trigger_key = r.trigger_key or o.once_key = r.once_key)))`,
    `insert into rule_turns as t (account, customer_id, wake_at_s) select $3, $4, 0
      where $1::text || $2::text is not null and exists (select from rule_runs where account = $3 and customer_id = $4 and state <> 'ended')
      on conflict (account, customer_id) do update set wake_at_s = 0, version = t.version + 1`,
  ];
  for (const text of statements) await query(db, sql.plain(text, values));
}

/** A rule that stands still whatever the document says. */
export type RuleStop = {
  readonly rule: string;
  readonly by: "person" | "breaker" | "restore";
  readonly reason: string;
  readonly since: Date;
};

/** The rules that stand still. */
export function listStops(db: Queryable): Promise<readonly RuleStop[]> {
  const text = "select rule, by, reason, since from rule_stops where resumed_s is null order by rule";
  return query<RuleStop>(db, sql.prepared("list_rule_stops", text));
}

/** Lets a rule stand still; one that does already keeps its reason. False when it did. */
export async function stopRule(db: Queryable, { rule, by, reason }: Omit<RuleStop, "since">): Promise<boolean> {
  const text = `insert into rule_stops as s (rule, by, reason) values ($1, $2, $3)
    on conflict (rule) do update set by = excluded.by, reason = excluded.reason, since = now(), resumed_s = null
    where s.resumed_s is not null returning 1`;
  return (await query(db, sql.plain(text, [rule, by, reason]))).length > 0;
}

/** Lets a rule go on from this second on, and what was held back with it. False when it did not stand still. */
export async function resumeRule(db: Queryable, rule: string, nowS: number): Promise<boolean> {
  const resumed = "update rule_stops set resumed_s = $2 where rule = $1 and resumed_s is null returning 1";
  if ((await query(db, sql.plain(resumed, [rule, nowS]))).length === 0) return false;
  await wakeRunsOf(db, [rule]);
  return true;
}

/** Has the open runs of these rules looked at. */
export async function wakeRunsOf(db: Queryable, rules: readonly string[]): Promise<void> {
  if (rules.length === 0) return;
  const text = `select distinct account, customer_id as "customerId" from rule_runs where rule = any($1) and state <> 'ended'`;
  await wakeTurns(db, await query<CustomerKey>(db, sql.plain(text, [rules])));
}

/** How many customers this rule began to touch since then, or since it was let go on. */
export async function countTouched(db: Queryable, rule: string, sinceS: number): Promise<number> {
  const text = `select count(distinct (account, customer_id))::int as count from rule_runs
    where rule = $1 and started_s >= greatest($2, (select resumed_s from rule_stops where rule = $1)) and mode = 'live' and arm = 'treated'`;
  const [row] = await query<{ count: number }>(db, sql.prepared("count_rule_touched", text, [rule, sinceS]));
  return row?.count ?? 0;
}

/** Whether a run goes on, for an effect of its that is about to leave. */
export async function findRun(
  db: Queryable,
  id: number,
): Promise<(OpenRun & { readonly endedHow: string | null }) | null> {
  const text = `select ${openColumns}, ended_how as "endedHow" from rule_runs where id = $1`;
  const [row] = await query<RunRow & { readonly endedHow: string | null }>(
    db,
    sql.prepared("find_rule_run", text, [id]),
  );
  return row ? { ...toOpenRun(row), endedHow: row.endedHow } : null;
}

/** Has every open run looked at whose rule is none of these; it is cancelled then. */
export async function wakeRunsBut(db: Queryable, rules: readonly string[]): Promise<void> {
  const text = `select distinct account, customer_id as "customerId" from rule_runs where state <> 'ended' and rule <> all($1)`;
  await wakeTurns(db, await query<CustomerKey>(db, sql.plain(text, [rules])));
}
