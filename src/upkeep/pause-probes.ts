/** Whose turn it is to try whether a vendor that Dunlin paused works again: one node's, ever more seldom. */
import { query, sql } from "../db/query.ts";
import type { Queryable } from "../db/pool.ts";
import type { Pause } from "../connections/pause.ts";

type Trouble = Pick<Pause, "scope" | "reason">;

const firstMs = 2_000;
const lastMs = 120_000;
/** The same trouble so soon after a probe went well means that the probe does not see it: try more seldom, alert once. */
const sameTroubleMs = 15 * 60_000;

/** After so many probes in vain; the exponent is bounded, because its power need not be. */
const waitText = (attempts: string): string =>
  `least(${lastMs}, ${firstMs} * power(1.5, least(${attempts}, 30))) * interval '1 ms'`;

const beginText = `
insert into pause_probes as p (scope, reason, attempts, due_at)
select $1, $2, attempts, now() + ${waitText("attempts")} from (
  select coalesce((select attempts from pause_probes
    where scope = $1 and reason = $2 and resumed_at > now() - ${sameTroubleMs} * interval '1 ms'), 0) as attempts
) before
on conflict (scope) do update set reason = excluded.reason, attempts = excluded.attempts, due_at = excluded.due_at
returning attempts`;

/** A scope was paused. Answers true when this trouble is new, so that one alert is raised. */
export async function beginProbes(db: Queryable, { scope, reason }: Trouble): Promise<boolean> {
  const [row] = await query<{ attempts: number }>(db, sql.plain(beginText, [scope, reason]));
  return row?.attempts === 0;
}

const claimText = `
insert into pause_probes as p (scope, reason, attempts, due_at) values ($1, $2, 1, now() + ${waitText("1")})
on conflict (scope) do update set attempts = p.attempts + 1, due_at = now() + ${waitText("p.attempts + 1")}
where p.due_at <= now()
returning scope`;

/** True when a probe is due and is the caller's to make; nobody else has it then. */
export async function claimProbe(db: Queryable, { scope, reason }: Trouble): Promise<boolean> {
  return (await query(db, sql.prepared("claim_pause_probe", claimText, [scope, reason]))).length === 1;
}

/** The caller could not make the probe: it is anybody's at once. */
export async function giveBackProbe(db: Queryable, { scope }: Pick<Pause, "scope">): Promise<void> {
  const text = "update pause_probes set attempts = greatest(0, attempts - 1), due_at = now() where scope = $1";
  await query(db, sql.plain(text, [scope]));
}

/** A probe went well. */
export async function endProbes(db: Queryable, { scope }: Pick<Pause, "scope">): Promise<void> {
  await query(db, sql.plain("update pause_probes set resumed_at = now() where scope = $1", [scope]));
}
