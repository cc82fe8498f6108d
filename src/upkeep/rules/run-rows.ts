/** The rows of rules' runs as people look at them: listed, counted, shown with their steps, cancelled. */
import type { Run, RunCounts, RunDetails, RunStep } from "../../../contract/rules-api.ts";
import { everyAccount } from "../../db/every-account.ts";
import type { Queryable } from "../../db/pool.ts";
import { query, sql } from "../../db/query.ts";
import { effectId } from "../../effects/entry.ts";
import { parseStored } from "../../lib/json.ts";
import { withoutTokens } from "../../lib/link-token.ts";
import { keyColumns, type CustomerKey } from "../../model/customer-key.ts";
import { longestRestS } from "../../rules/advance-end.ts";
import type { RunState, Trigger, Waiting } from "../../rules/run.ts";
import { wakeTurns } from "../../rules/store.ts";

/** Which runs; what is left out is not asked for. */
export type RunFilter = {
  readonly rule?: string | undefined;
  readonly customers?: readonly CustomerKey[] | undefined;
  readonly state?: Run["state"] | undefined;
};

/** Which runs are ended; open ones only. */
export type RunChoice = Omit<RunFilter, "state"> & {
  readonly id?: number | undefined;
};

type RunRow = Pick<
  Run,
  "id" | "rule" | "version" | "mode" | "account" | "customerId" | "state" | "arm" | "approval"
> & {
  readonly trigger: string;
  readonly run: string | null;
  readonly cancel_why: string | null;
  readonly wake_at_s: number;
  readonly once_key: string | null;
  readonly invoice_id: string | null;
  readonly draft: string | null;
  readonly ended_how: NonNullable<Run["ended"]>["how"] | null;
  readonly ended_why: string | null;
  readonly matched_s: number;
  readonly started_s: number | null;
  readonly ended_s: number | null;
};

const columns = `id, rule, version, mode, account, customer_id as "customerId", state, arm, approval, trigger, run, cancel_why, wake_at_s, once_key,
  invoice_id, draft, ended_how, ended_why, matched_s, started_s, ended_s`;

/** A null parameter asks for nothing. */
const matches = `($1::text is null or rule = $1) and ($2::text is null or state = $2)
  and ($3::text[] is null or (account, customer_id) in (select * from unnest($3::text[], $4::text[])))`;

function filterValues({ rule, customers, state }: RunFilter): readonly unknown[] {
  const [accounts, ids] = customers ? keyColumns(customers) : [null, null];
  return [rule ?? null, state ?? null, accounts, ids];
}

/** Runs, newest first; `before` is the id of the last one of the page before. */
export async function listRuns(
  db: Queryable,
  filter: RunFilter,
  { limit, before }: { readonly limit: number; readonly before?: number | undefined },
): Promise<readonly Run[]> {
  const text = `select ${columns} from rule_runs where ${matches} and ($5::bigint is null or id < $5) order by id desc limit $6`;
  const rows = await query<RunRow>(db, sql.plain(text, [...filterValues(filter), before ?? null, limit]));
  return rows.map(toRun);
}

/** A run with its steps; undefined when there is none. */
export async function findRunDetails(db: Queryable, id: number): Promise<RunDetails | undefined> {
  const rows = await query<RunRow>(db, sql.plain(`select ${columns} from rule_runs where id = $1`, [id]));
  return (await withSteps(db, rows))[0];
}

/** Runs whose draft waits for a person, those that wait longest first. */
export async function listApprovals(db: Queryable, limit: number): Promise<readonly RunDetails[]> {
  const text = `select ${columns} from rule_runs where approval = 'wanted' and state <> 'ended' order by id limit $1`;
  return withSteps(db, await query<RunRow>(db, sql.plain(text, [limit])));
}

type StepRow = Omit<RunStep, "at" | "effect"> & {
  readonly run_id: number;
  readonly at_s: number;
  readonly effect_id: number | null;
};

/** An effect's key names the run and the instruction; a run that became somebody else's has its earlier ones under their account. */
const stepsText = `select s.run_id, s.path, s.kind, s.result, s.detail, s.at_s, e.id as effect_id
  from rule_steps s left join effects e on s.kind <> 'draft' and e.key = 'rule:' || s.run_id || ':' || s.at
    and e.account = any(${everyAccount})
  where s.run_id = any($1::bigint[]) order by s.run_id, s.at, s.at_s`;

async function withSteps(db: Queryable, rows: readonly RunRow[]): Promise<readonly RunDetails[]> {
  const steps = await query<StepRow>(db, sql.plain(stepsText, [rows.map(({ id }) => id)]));
  return rows.map((row) => ({
    ...toRun(row),
    onceKey: row.once_key,
    invoiceId: row.invoice_id,
    draft: shown(row.draft),
    steps: steps
      .filter((step) => step.run_id === row.id)
      .map(({ run_id: _runId, at_s: atS, effect_id: effect, detail, ...step }) => ({
        ...step,
        detail: shown(detail),
        at: isoOf(atS),
        effect: effect === null ? null : effectId(effect),
      })),
  }));
}

/** Words for a customer may hold links that work. */
function shown(words: string | null): string | null {
  return words === null ? null : withoutTokens(words);
}

function toRun(row: RunRow): Run {
  const { id, rule, version, mode, account, customerId, state, arm, approval } = row;
  const trigger = parseStored<Trigger>(row.trigger);
  const known = row.run === null ? null : parseStored<RunState>(row.run);
  return {
    id,
    rule,
    version,
    mode,
    account,
    customerId,
    state,
    arm,
    approval,
    cancelling: state === "ended" ? null : row.cancel_why,
    trigger: {
      kind: trigger.kind,
      name: trigger.name,
      objectId: trigger.objectId,
      occurredAt: isoOf(trigger.occurredAtS),
    },
    waiting: state === "running" && known?.waiting ? waitingOf(known.waiting) : null,
    messages: known?.messages ?? 0,
    matchedAt: isoOf(row.matched_s),
    startedAt: isoOrNull(row.started_s),
    endedAt: isoOrNull(row.ended_s),
    ended: row.ended_how === null ? null : { how: row.ended_how, why: row.ended_why },
  };
}

function waitingOf(waiting: Waiting): NonNullable<Run["waiting"]> {
  return {
    for: waiting.for,
    why: whyOf(waiting),
    until: "untilS" in waiting ? isoOf(waiting.untilS) : null,
  };
}

function whyOf(waiting: Waiting): string | null {
  switch (waiting.for) {
    case "message":
      return waiting.why;
    case "effect":
      return waiting.key;
    case "step":
      // Behind its last step, see endOrRest; no wait of a rule is as long.
      return waiting.untilS - waiting.sinceS === longestRestS
        ? "Its steps are done; what it has set is taken back once its reason is gone."
        : null;
    case "approval":
      return null;
  }
}

function isoOrNull(atS: number | null): string | null {
  return atS === null ? null : isoOf(atS);
}

function isoOf(atS: number): string {
  return new Date(atS * 1000).toISOString();
}

const noRuns: RunCounts = { matched: 0, running: 0, approval: 0, begun: 0 };

/** How many runs of each rule are open, and how many have begun for somebody since then. */
export async function countRuns(db: Queryable, sinceS: number): Promise<ReadonlyMap<string, RunCounts>> {
  const open = `select rule, count(*) filter (where state = 'matched')::int as matched, count(*) filter (where state = 'running')::int as running,
      count(*) filter (where approval = 'wanted')::int as approval
    from rule_runs where state <> 'ended' group by rule`;
  const begun = `select rule, count(*)::int as begun from rule_runs where started_s >= $1 and arm = 'treated' group by rule`;
  const [openRows, begunRows] = await Promise.all([
    query<Omit<RunCounts, "begun"> & { readonly rule: string }>(db, sql.plain(open)),
    query<Pick<RunCounts, "begun"> & { readonly rule: string }>(db, sql.plain(begun, [sinceS])),
  ]);
  const counts = new Map<string, RunCounts>();
  for (const { rule, ...found } of [...openRows, ...begunRows])
    counts.set(rule, { ...noRuns, ...counts.get(rule), ...found });
  return counts;
}

/** The runs of a rule that counts as none. */
export function countsOf(counts: ReadonlyMap<string, RunCounts>, rule: string): RunCounts {
  return counts.get(rule) ?? noRuns;
}

const cancelText = `
with chosen as (
  select id from rule_runs where state <> 'ended' and cancel_why is null and ${matches}
    and ($5::bigint is null or id = $5)
  order by account, customer_id, id for update
)
update rule_runs r set cancel_why = $6, approval = case when approval = 'wanted' then 'rejected' else approval end
from chosen c where r.id = c.id returning r.account, r.customer_id as "customerId"`;

/**
 * Has open runs ended, and answers how many. They end when they are looked at, which is at once: then what they have set is taken
 * back where their rules say so. A message that has not left by now does not leave any more, since its run is looked at before.
 */
export async function cancelRuns(db: Queryable, choice: RunChoice, why: string): Promise<number> {
  const values = [...filterValues(choice), choice.id ?? null, why];
  const cancelled = await query<CustomerKey>(db, sql.plain(cancelText, values));
  await wakeTurns(db, cancelled);
  return cancelled.length;
}

/** Records what a person thinks of a draft, and has the run looked at. False when none waits for that. */
export async function decideDraft(db: Queryable, id: number, decision: "approved" | "rejected"): Promise<boolean> {
  const text = `update rule_runs set approval = $2, wake_at_s = 0 where id = $1 and approval = 'wanted' and state <> 'ended'
    returning account, customer_id as "customerId"`;
  const decided = await query<CustomerKey>(db, sql.plain(text, [id, decision]));
  await wakeTurns(db, decided);
  return decided.length > 0;
}

/** How many contacts show each of these attributes because of rules. */
export async function countRuleAttributes(
  db: Queryable,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (names.length === 0) return new Map();
  const text = `select name, count(*)::int as contacts from rule_attributes where name = any($1) and value <> 'null' group by name`;
  const rows = await query<{ name: string; contacts: number }>(db, sql.plain(text, [names]));
  return new Map(rows.map(({ name, contacts }) => [name, contacts]));
}

/** What triggered this rule for a customer last; undefined when nothing did. */
export async function findLatestTrigger(
  db: Queryable,
  { account, customerId }: CustomerKey,
  rule: string,
): Promise<Trigger | undefined> {
  const text = `select trigger from rule_runs where rule = $1 and account = $2 and customer_id = $3 order by id desc limit 1`;
  const [row] = await query<{ trigger: string }>(db, sql.plain(text, [rule, account, customerId]));
  return row && parseStored<Trigger>(row.trigger);
}
