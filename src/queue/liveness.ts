/**
 * Which nodes are alive: so that slow jobs of a dead one are run by another within seconds instead of hours, and so that
 * all of them together stay within the vendors' rate limits.
 *
 * Each node says every few seconds that it lives. One that is silent for 12 seconds is dead; one that is silent for 5
 * and whose database session is gone is dead too, since whoever is killed loses it at once.
 */
import type { Bulletin } from "../db/bulletin.ts";
import { query, sql } from "../db/query.ts";
import type { Pool, Tx } from "../db/pool.ts";
import { transaction } from "../db/transaction.ts";
import { Stopwatch } from "../lib/stopwatch.ts";
import { worksOnJobs, type Role } from "../model/role.ts";
import { decideShare, type NodeShare } from "./share.ts";

const beatMs = 3_000;
/** A node that has been silent for so long is dead. */
const silentMs = 12_000;
/** A node that has been silent for so long and has no session either is dead. */
const silentAloneMs = 5_000;
/** A node that could not say for so long that it lives must take itself for dead before the others do. */
const lapsedMs = 9_000;

export type LivenessSettings = {
  readonly pool: Pool;
  readonly node: string;
  readonly role: Role;
  /** The machine's name and the version of Dunlin, for people. */
  readonly host: string;
  readonly version: string;
  readonly bulletin: Pick<Bulletin, "on" | "publish" | "session">;
  readonly log: { warn(o: object, m: string): void };
  /** Told what part of the rate limits this node may use from now on, in [0, 1]. */
  readonly onShare: (share: number) => void;
};

/** Says that this node lives, and knows of the others. */
export class Liveness {
  readonly #settings: LivenessSettings;
  readonly #workers = new Set<string>();
  #others: readonly NodeShare[] = [];
  #share = 0;
  #lastBeat: Stopwatch | undefined;
  #lapse = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #unhear: () => void = () => undefined;
  #beating: Promise<void> | undefined;
  #again = false;
  #stopping = false;

  constructor(settings: LivenessSettings) {
    this.#settings = settings;
  }

  /** Other live nodes that take jobs. */
  get otherWorkers(): number {
    return this.#others.filter(({ role }) => worksOnJobs(role)).length;
  }

  /** Aborted when the others take this node for dead, as after a long stop: what only one node may do has to end. */
  get lapse(): AbortSignal {
    return this.#lapse.signal;
  }

  /** Slow jobs may be locked by this worker of ours. */
  addWorker(id: string): void {
    this.#workers.add(id);
    void this.#beat();
  }

  /** Announces this node, and keeps saying that it lives. It has its share when this resolves, if there is one yet. */
  async start(): Promise<void> {
    this.#settings.onShare(0);
    this.#unhear = this.#settings.bulletin.on("nodes", () => void this.#beat());
    this.#timer = setInterval(() => {
      this.#noticeLapse();
      void this.#beat();
    }, beatMs);
    await this.#beat();
  }

  /** Says goodbye, so that nothing waits for this node. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    this.#unhear();
    await this.#beating;
    const { pool, node, bulletin } = this.#settings;
    await query(pool, sql.plain("delete from nodes where id = $1", [node])).catch(() => undefined);
    bulletin.publish("nodes");
  }

  /** One at a time; what is asked for meanwhile is one more. */
  #beat(): Promise<void> {
    if (this.#beating) {
      this.#again = true;
      return this.#beating;
    }
    this.#beating = this.#beatUntilDone().finally(() => (this.#beating = undefined));
    return this.#beating;
  }

  async #beatUntilDone(): Promise<void> {
    do {
      this.#again = false;
      try {
        await this.#beatOnce();
      } catch (error) {
        this.#settings.log.warn({ err: error }, "this node could not say that it is alive");
      }
    } while (this.#again && !this.#stopping);
  }

  async #beatOnce(): Promise<void> {
    const { pool, bulletin } = this.#settings;
    const since = new Stopwatch();
    const before = this.#share;
    const isFirst = this.#lastBeat === undefined;
    const share = await transaction(pool, (tx) => this.#sayAndShare(tx));
    this.#lastBeat = since;
    if (this.#lapse.signal.aborted) this.#lapse = new AbortController();
    this.#take(share);
    if (isFirst || share !== before) bulletin.publish("nodes");
    await query(pool, sql.prepared("free_slow_jobs", freeText, [silentMs, silentAloneMs]));
    await query(pool, sql.prepared("drop_replaced_slow_jobs", replacedText));
  }

  /**
   * All nodes do this one after the other. A smaller share holds before it is written, a larger one only afterwards:
   * whatever others read is no less than what is in use.
   */
  async #sayAndShare(tx: Tx): Promise<number> {
    const { node, role, host, version, bulletin } = this.#settings;
    await query(tx, sql.prepared("lock_shares", "select pg_advisory_xact_lock(hashtextextended('dunlin:shares', 0))"));
    this.#others = await query<NodeShare>(tx, sql.prepared("other_nodes", othersText, [node, silentMs]));
    const share = decideShare(role, this.#others);
    if (share < this.#share) this.#take(share);
    const values = [node, [...this.#workers], role, host, process.pid, version, bulletin.session, share];
    await query(tx, sql.prepared("node_beat", beatText, values));
    return share;
  }

  #take(share: number): void {
    if (share === this.#share) return;
    this.#share = share;
    this.#settings.onShare(share);
  }

  #noticeLapse(): void {
    if (this.#lastBeat === undefined || this.#lastBeat.elapsedMs() < lapsedMs) return;
    this.#take(0);
    this.#lapse.abort();
  }
}

const beatText = `insert into nodes (id, workers, role, host, pid, version, session_pid, share, seen_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp())
  on conflict (id) do update set workers = excluded.workers, session_pid = excluded.session_pid, share = excluded.share,
    seen_at = excluded.seen_at`;

/** Whoever has lost the session uses nothing any more; who is only reconnecting says so within a moment. */
const othersText = `select role, share from nodes
  where id <> $1 and seen_at > clock_timestamp() - $2::int * interval '1 ms'
    and (session_pid is null or exists (select from pg_stat_activity a where a.pid = session_pid))`;

/** A worker that no node has named yet may be of one that only just begins: it is silent from its last lock on. */
const freeText = `
with gone as (
  delete from nodes where seen_at < now() - interval '1 hour'
), alive as (
  select unnest(workers) as worker from nodes
  where seen_at > now() - $1::int * interval '1 ms'
    and (seen_at > now() - $2::int * interval '1 ms' or session_pid is null
      or exists (select from pg_stat_activity a where a.pid = session_pid))
), dead as (
  select locked_by from graphile_worker.jobs
  where locked_by is not null and locked_by not in (select worker from alive)
  group by locked_by
  having locked_by in (select unnest(workers) from nodes) or max(locked_at) < now() - $1::int * interval '1 ms'
)
select graphile_worker.force_unlock_workers(array_agg(locked_by)) from dead having count(*) > 0`;

/**
 * A job that was running while another took its key has lost the key and, in graphile-worker's way, all its attempts. Its node
 * ends it; that of a dead node is ended here, since the one in its place does the work.
 */
const replacedText = `
select id from graphile_worker.complete_jobs(array(
  select id from graphile_worker.jobs
  where key is null and last_error is null and attempts >= max_attempts and locked_at is null))`;

/** A node as people see it. */
export type NodeRow = {
  readonly id: string;
  readonly role: Role;
  readonly host: string;
  readonly pid: number | null;
  readonly version: string;
  readonly startedAt: Date;
  readonly seenAt: Date;
  readonly share: number;
  readonly alive: boolean;
  readonly duties: readonly string[];
};

/** The nodes that live, and those that were lost within the last hour, longest running first. */
export async function listNodes(db: Pool): Promise<readonly NodeRow[]> {
  const text = `select n.id, n.role, n.host, n.pid, n.version, n.started_at as "startedAt", n.seen_at as "seenAt", n.share,
      n.seen_at > now() - $1::int * interval '1 ms' as alive,
      coalesce((select array_agg(d.name order by d.name) from duties d where d.node = n.id and d.held_until > now()), '{}') as duties
    from nodes n where n.seen_at > now() - interval '1 hour' order by n.started_at, n.id`;
  return query<NodeRow>(db, sql.prepared("list_nodes", text, [silentMs]));
}
