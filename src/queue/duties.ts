/**
 * What exactly one node does at a time: each duty is a lease on a row, renewed every few seconds and taken over when it
 * lapses. Whoever takes a duty counts its fence up, so that a holder who was away for too long can be told from the new one.
 */
import type { Bulletin } from "../db/bulletin.ts";
import { query, sql } from "../db/query.ts";
import type { Pool, Queryable } from "../db/pool.ts";
import { Stopwatch } from "../lib/stopwatch.ts";
import { AppError, messageOf } from "../model/error.ts";

const leaseMs = 10_000;
const renewMs = 3_000;
/** Whoever could not renew for so long stops by himself, before anybody else may begin. */
const surelyMs = 8_000;

/** Another node does this by now. */
export class DutyLost extends AppError {
  readonly code = "DUTY_LOST";
  readonly kind = "conflict";
  constructor(name: string) {
    super(`Another node has taken over ${name}; what this one was about to do is left to it.`);
  }
}

/** A duty while it is ours. */
export type Held = {
  /** Aborted when it is ours no more, or at the end. */
  readonly signal: AbortSignal;
  /** Makes sure, inside the transaction that writes, that the duty is still ours when it commits. Throws DutyLost. */
  readonly confirm: (tx: Queryable) => Promise<void>;
};

/** Works until the signal is aborted. Work that ends earlier, or fails, begins again a few seconds later. */
export type DutyWork = (held: Held) => Promise<void>;

export type DutiesSettings = {
  readonly pool: Pool;
  readonly node: string;
  readonly bulletin: Pick<Bulletin, "on" | "publish">;
  readonly log: { info(o: object, m: string): void; warn(o: object, m: string): void };
};

type Holding = {
  readonly fence: number;
  readonly ends: AbortController;
  readonly done: Promise<void>;
  isDone: boolean;
};
type Duty = { readonly work: DutyWork; holding: Holding | null };

/** Competes with the other nodes for duties and does those that it gets. */
export class Duties {
  readonly #settings: DutiesSettings;
  readonly #duties = new Map<string, Duty>();
  #timer: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #unhear: () => void = () => undefined;
  #turning: Promise<void> = Promise.resolve();
  #isTurning = false;
  #stopping = false;

  constructor(settings: DutiesSettings) {
    this.#settings = settings;
  }

  /** Adds a duty, before the start. */
  add(name: string, work: DutyWork): void {
    this.#duties.set(name, { work, holding: null });
  }

  start(): void {
    this.#timer = setInterval(() => this.#turn(), renewMs);
    this.#unhear = this.#settings.bulletin.on("nodes", () => this.#turn());
    this.#turn();
  }

  /** Ends what is being done and lets the others take it at once. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    clearTimeout(this.#deadline);
    this.#unhear();
    await this.#turning;
    const holdings = [...this.#duties.values()].flatMap(({ holding }) => holding ?? []);
    for (const { ends } of holdings) ends.abort();
    await Promise.all(holdings.map(({ done }) => done));
    const { pool, node, bulletin } = this.#settings;
    const text = "update duties set held_until = now(), node = null where node = $1";
    await query(pool, sql.plain(text, [node])).catch(() => undefined);
    bulletin.publish("nodes");
  }

  #turn(): void {
    if (this.#isTurning || this.#stopping) return;
    this.#isTurning = true;
    this.#turning = this.#takeAndRenew()
      .catch((error: unknown) => this.#settings.log.warn({ err: error }, "duties could not be renewed"))
      .finally(() => (this.#isTurning = false));
  }

  async #takeAndRenew(): Promise<void> {
    const since = new Stopwatch();
    const fences = await this.#claim();
    for (const [name, duty] of this.#duties) {
      const fence = fences.get(name);
      if (duty.holding && duty.holding.fence !== fence) duty.holding.ends.abort();
      // What is still ending is waited for in the turns that follow: the other duties must be renewed meanwhile.
      if (duty.holding?.isDone) duty.holding = null;
      if (fence !== undefined && !duty.holding && !this.#stopping) duty.holding = this.#begin(name, duty.work, fence);
    }
    if (fences.size > 0) this.#endUnlessRenewed(since);
  }

  async #claim(): Promise<ReadonlyMap<string, number>> {
    const { pool, node } = this.#settings;
    const values = [[...this.#duties.keys()].toSorted(), node, leaseMs];
    const rows = await query<{ name: string; fence: number }>(pool, sql.prepared("claim_duties", claimText, values));
    return new Map(rows.map(({ name, fence }) => [name, fence]));
  }

  /** A database that does not answer does not renew either: nobody may do a duty on a lease that may have lapsed. */
  #endUnlessRenewed(since: Stopwatch): void {
    clearTimeout(this.#deadline);
    if (this.#stopping) return;
    this.#deadline = setTimeout(
      () => {
        for (const duty of this.#duties.values()) duty.holding?.ends.abort();
      },
      Math.max(0, surelyMs - since.elapsedMs()),
    );
  }

  #begin(name: string, work: DutyWork, fence: number): Holding {
    const ends = new AbortController();
    this.#settings.log.info({ duty: name, fence }, "this node takes over a duty");
    const confirm = (tx: Queryable): Promise<void> => confirmDuty(tx, { name, fence });
    const done = work({ signal: ends.signal, confirm }).catch((error: unknown) => {
      if (!ends.signal.aborted)
        this.#settings.log.warn({ err: error, duty: name }, `a duty broke off: ${messageOf(error)}`);
    });
    const holding: Holding = { fence, ends, done, isDone: false };
    void done.then(() => (holding.isDone = true));
    return holding;
  }
}

/** Renews what is ours, takes what is free. Rows are taken in the order of their names. */
const claimText = `insert into duties as d (name, node, fence, held_until)
  select name, $2, 1, clock_timestamp() + $3::int * interval '1 ms' from unnest($1::text[]) as name
  on conflict (name) do update set node = excluded.node, held_until = excluded.held_until,
    fence = d.fence + (d.node is distinct from excluded.node or d.held_until < clock_timestamp())::int,
    since = case when d.node is distinct from excluded.node then clock_timestamp() else d.since end
  where d.node = excluded.node or d.held_until < clock_timestamp()
  returning name, fence`;

async function confirmDuty(tx: Queryable, { name, fence }: { name: string; fence: number }): Promise<void> {
  const text = "select from duties where name = $1 and fence = $2 and held_until > clock_timestamp() for share";
  const { length } = await query(tx, sql.prepared("confirm_duty", text, [name, fence]));
  if (length === 0) throw new DutyLost(name);
}
