/** Which nodes are alive, so that slow jobs of a dead one are run by another within seconds instead of hours. */
import { query, sql } from "../db/query.ts";
import type { Pool } from "../db/pool.ts";

const beatMs = 3_000;
/** A node that has been silent for so long is dead. */
const silentMs = 12_000;

type Log = { warn(o: object, m: string): void };

export class Liveness {
  readonly #pool: Pool;
  readonly #node: string;
  readonly #log: Log;
  readonly #workers = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(pool: Pool, { node, log }: { readonly node: string; readonly log: Log }) {
    this.#pool = pool;
    this.#node = node;
    this.#log = log;
  }

  /** Slow jobs may be locked by this worker of ours. */
  addWorker(id: string): void {
    this.#workers.add(id);
    void this.#beat();
  }

  start(): void {
    this.#timer = setInterval(() => void this.#beat(), beatMs);
  }

  /** Says goodbye, so that nothing waits for this node. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await query(this.#pool, sql.plain("delete from nodes where id = $1", [this.#node])).catch(() => undefined);
  }

  async #beat(): Promise<void> {
    try {
      const beat = `insert into nodes (id, workers, seen_at) values ($1, $2, now())
        on conflict (id) do update set workers = excluded.workers, seen_at = excluded.seen_at`;
      await query(this.#pool, sql.prepared("node_beat", beat, [this.#node, [...this.#workers]]));
      await query(this.#pool, sql.prepared("free_slow_jobs", freeText, [silentMs]));
    } catch (error) {
      this.#log.warn({ err: error }, "this node could not say that it is alive");
    }
  }
}

const freeText = `
with gone as (
  delete from nodes where seen_at < now() - interval '1 hour'
), alive as (
  select unnest(workers) as worker from nodes where seen_at > now() - $1::int * interval '1 ms'
), dead as (
  select distinct locked_by from graphile_worker.jobs
  where locked_by is not null and locked_by not in (select worker from alive)
)
select graphile_worker.force_unlock_workers(array_agg(locked_by)) from dead having count(*) > 0`;
