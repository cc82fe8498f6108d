/** Whether every promise was kept: worked out from Stripe's state, from Intercom's, and from what Dunlin has left to do. */
import type { Pool } from "../../../src/db/pool.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { findDifferences } from "../contacts-check.ts";

export type Evidence = {
  readonly sandbox: Sandbox;
  readonly pool: Pool;
  /** How many users had an address before anything happened: the company begins with one that two share. */
  readonly usersBefore: ReadonlyMap<string, number>;
  /** Waits for the last look for what may have happened in Intercom; otherwise that is left out. */
  readonly isPatient: boolean;
};

/** Each broken promise as a line; while something is left to do, that alone. */
export async function findProblems({ sandbox, pool, usersBefore, isPatient }: Evidence): Promise<readonly string[]> {
  const unfinished = [...(await listLeft(pool)), ...(await listOpenEffects(pool, isPatient))];
  if (unfinished.length > 0) return unfinished;
  return [
    ...(await findDifferences(sandbox, { createAll: true })),
    ...doubledUsers(sandbox, usersBefore),
    ...(await listLost(sandbox, pool)),
  ];
}

/** Jobs, waiting and dead events, dead jobs: nothing of it may be left. */
async function listLeft(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ what: string; count: number; example: string | null }>(`
    select 'sync job ' || state as what, count(*)::int as count,
      min(customer_id || ' attempt ' || attempt || ' ' || coalesce(error_code || ': ' || error_message, '')) as example
      from sync_jobs group by state
    union all
    select 'stripe event ' || state, count(*)::int, min(id || ' ' || type || ' ' || coalesce(error_code || ': ' || error_message, ''))
      from stripe_events where state in ('waiting', 'dead') group by state
    union all
    select 'slow job', count(*)::int, min(task_identifier || ' ' || coalesce(last_error, ''))
      from graphile_worker.jobs having count(*) > 0`);
  return rows.map(({ what, count, example }) => `${what}: ${count}, such as ${example}`);
}

/**
 * Effects that have not ended. What never happened is, where only a search can tell, looked for during two minutes, and
 * whatever comes after it for the same customer waits so long.
 */
async function listOpenEffects(pool: Pool, isPatient: boolean): Promise<readonly string[]> {
  const { rows } = await pool.query<{ what: string; count: number; example: string | null }>(
    `with open as (
      select * from effects where state in ('planned', 'sent', 'unknown')
    ), sought as (
      select * from open where not $1 and kind <> 'note' and looks > 1
    )
    select 'effect ' || state || ' ' || kind as what, count(*)::int as count,
      min(key || ' looks ' || looks || ' ' || coalesce(error_code || ': ' || error_message, '')) as example
    from open o where not exists (select from sought s where s.account = o.account and s.customer_id = o.customer_id)
    group by state, kind`,
    [isPatient],
  );
  return rows.map(({ what, count, example }) => `${what}: ${count}, such as ${example}`);
}

/** How many live users have each address. */
export function usersByEmail({ intercom }: Sandbox): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { state, role, email } of intercom.contacts()) {
    if (state === "live" && role === "user" && email !== null) counts.set(email, (counts.get(email) ?? 0) + 1);
  }
  return counts;
}

function doubledUsers(sandbox: Sandbox, before: ReadonlyMap<string, number>): readonly string[] {
  const doubled = [...usersByEmail(sandbox)].filter(([email, count]) => count > Math.max(1, before.get(email) ?? 0));
  return doubled.map(([email, count]) => `${count} users have the address ${email}`);
}

/** Whatever was acknowledged to Stripe, and whatever Stripe lists of the types that were subscribed to, is stored. */
async function listLost({ stripe, deliveries }: Sandbox, pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ id: string }>("select id from stripe_events");
  const stored = new Set(rows.map(({ id }) => id));
  const acknowledged = deliveries
    .recent()
    .filter(({ vendor, status }) => vendor === "stripe" && status === 200)
    .map(({ label }) => label.split(" ")[0] ?? "");
  const types = new Set(stripe.world.tables.webhookEndpoints.all().flatMap((endpoint) => endpoint.enabled_events));
  const listed = stripe.world.tables.events.all().filter(({ type }) => types.has(type));
  return [
    ...acknowledged.filter((id) => !stored.has(id)).map((id) => `${id} was acknowledged and is not stored`),
    ...listed.filter(({ id }) => !stored.has(id)).map(({ id, type }) => `${id} (${type}) was never fetched`),
  ];
}
