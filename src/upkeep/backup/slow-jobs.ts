/**
 * Carries slow jobs over. graphile-worker's tables are its own and change with its versions, so they are not copied:
 * each job is written down by what was asked for (task, payload, key, when, attempts) and asked for again through the
 * functions that graphile-worker offers for this. Only the payload has to be read from a private table, because the
 * public view leaves it out; a test with the pinned version notices when that moves.
 *
 * A job that is running is carried over as one that waits: it runs again, as after the death of its node.
 */
import { query, sql } from "../../db/query.ts";
import type { Queryable } from "../../db/pool.ts";

/** Slow jobs go through backup files and moves as one more table. */
export const slowJobsTable = {
  name: "slow_jobs",
  columns: ["task", "payload", "queue", "run_at", "attempts", "max_attempts", "key", "priority", "flags"],
} as const;

/** Writes every job down, for `copy (…) to stdout`. */
export const slowJobsText = `
select j.task_identifier as task, p.payload, j.queue_name as queue, j.run_at, j.attempts, j.max_attempts, j.key,
  j.priority, array(select jsonb_object_keys(j.flags)) as flags
from graphile_worker.jobs j join graphile_worker._private_jobs p on p.id = j.id
order by j.id`;

/** Keeps jobs from being added, taken or ended until the transaction is over. */
export const lockSlowJobsText = "lock table graphile_worker._private_jobs in share mode";

const inboxText = `
create temporary table ${slowJobsTable.name} (
  nth bigint generated always as identity,
  task text not null, payload json, queue text, run_at timestamptz not null, attempts int not null,
  max_attempts int not null, key text, priority int, flags text[]
) on commit drop`;

/** Makes the place that written-down jobs are copied into; it goes with the transaction. */
export async function openSlowJobsInbox(tx: Queryable): Promise<void> {
  await query(tx, sql.plain(inboxText));
}

/** Ends every job, running ones included; those who ran them are gone. */
export async function clearSlowJobs(tx: Queryable): Promise<void> {
  const free = `select graphile_worker.force_unlock_workers(array_agg(distinct locked_by))
    from graphile_worker.jobs where locked_by is not null having count(*) > 0`;
  await query(tx, sql.plain(free));
  await query(tx, sql.plain("select graphile_worker.complete_jobs(array_agg(id)) from graphile_worker.jobs"));
}

/** Two steps, because only rescheduling can say how many attempts were made. */
const addText = `
with added as materialized (
  select j.id, i.attempts
  from (select * from ${slowJobsTable.name} order by nth) i
  cross join lateral graphile_worker.add_job(i.task, payload => i.payload, queue_name => i.queue, run_at => i.run_at,
    max_attempts => i.max_attempts, job_key => i.key, priority => i.priority, flags => nullif(i.flags, '{}')) j
)
select array_agg(id) as ids, attempts from added group by attempts`;

/** Asks again for the jobs in the inbox. */
export async function addSlowJobsFromInbox(tx: Queryable): Promise<void> {
  const groups = await query<{ ids: readonly string[]; attempts: number }>(tx, sql.plain(addText));
  for (const { ids, attempts } of groups) {
    if (attempts === 0) continue;
    const text = "select from graphile_worker.reschedule_jobs($1::bigint[], attempts => $2)";
    await query(tx, sql.plain(text, [ids, attempts]));
  }
}
