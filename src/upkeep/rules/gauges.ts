/** What the metrics say about rules. Each scrape asks, so each question is answered from an index over what is open. */
import type { Queryable } from "../../db/pool.ts";
import { query, sql, type Statement } from "../../db/query.ts";
import type { RuleFigures } from "../../lib/metrics.ts";
import { listStops } from "../../rules/store.ts";

/** Reads them at this second of the clock that rules go by. */
export async function readRuleGauges(db: Queryable, nowS: number): Promise<RuleFigures> {
  const runs = await query<RuleFigures["runs"][number]>(
    db,
    sql.prepared(
      "count_open_rule_runs",
      "select rule, state, count(*) as count from rule_runs where state <> 'ended' group by rule, state",
    ),
  );
  const [turns] = await query<{ due: number; firstS: number | null }>(db, dueTurns(nowS));
  const firstS = turns?.firstS ?? nowS;
  const [drafts] = await query<{ count: number }>(
    db,
    sql.prepared(
      "count_rule_drafts",
      "select count(*) as count from rule_runs where approval = 'wanted' and state <> 'ended'",
    ),
  );
  const stops = await listStops(db);
  const stoppedBy = (who: string): number => stops.filter(({ by }) => by === who).length;
  return {
    runs,
    due: turns?.due ?? 0,
    lagS: nowS - firstS,
    approvals: drafts?.count ?? 0,
    stopped: { person: stoppedBy("person"), breaker: stoppedBy("breaker"), restore: stoppedBy("restore") },
  };
}

/** Who was woken at once bears no instant, and so no lag. */
function dueTurns(nowS: number): Statement {
  const text = `select count(*) as due, min(nullif(wake_at_s, 0)) as "firstS" from rule_turns where wake_at_s <= $1`;
  return sql.prepared("measure_rule_turns", text, [nowS]);
}
