/** Nodes on one database: who is seen alive, and how the rate limits are shared while they come and go. */
import { runMigrations } from "graphile-worker";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { eventually } from "../../test/support/wait.ts";
import { Bulletin } from "../db/bulletin.ts";
import { aborted } from "../lib/aborted.ts";
import type { Role } from "../model/role.ts";
import { listNodes, Liveness } from "./liveness.ts";
import { addSlowJob, runSlowJobs, type SlowJobHandlers, type SlowJobs } from "./slow-jobs.ts";

const log = { debug: () => undefined, warn: () => undefined };
const loud = { ...log, error: () => undefined };
const nobody = (): Promise<void> => Promise.reject(new Error("No test asks for this."));
const noSlowJobs: SlowJobHandlers = {
  backfill: nobody,
  "fan-out-product": nobody,
  mapping: nobody,
  reconcile: nobody,
  "replay-customer": nobody,
  rules: nobody,
};
/** Far below the time after which nodes look by themselves: hints must have done it. */
const soon = { withinMs: 2_500, everyMs: 10 };

describe("liveness", () => {
  let database: TestDatabase;
  const nodes: Node[] = [];

  class Node {
    readonly shares: number[] = [];
    readonly bulletin: Bulletin;
    readonly liveness: Liveness;
    constructor(name: string, role: Role = "all") {
      this.bulletin = new Bulletin({ database: database.config, node: name, log });
      const onShare = (share: number): void => void this.shares.push(share);
      const facts = { node: name, role, host: "here", version: "1" };
      this.liveness = new Liveness({ pool: database.pool, ...facts, bulletin: this.bulletin, log, onShare });
      nodes.push(this);
    }

    async start(): Promise<this> {
      this.bulletin.start();
      await eventually(() => this.bulletin.session !== null, soon);
      await this.liveness.start();
      return this;
    }

    async leave(): Promise<void> {
      await this.liveness.stop();
      await this.bulletin.stop();
    }
  }

  beforeAll(async () => {
    database = await createTestDatabase();
    await runMigrations({ pgPool: database.pool });
  });
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.leave();
    await database.pool.query("delete from nodes");
  });
  afterAll(() => database.drop());

  it("gives a node that is alone everything, before it begins", async () => {
    const alone = await new Node("alone").start();

    expect(alone.shares).toEqual([0, 1]);
    expect(alone.liveness.otherWorkers).toBe(0);
  });

  it("shares at once when a node joins, and gives its share back when it leaves", async () => {
    const first = await new Node("first").start();
    const second = await new Node("second").start();
    await eventually(() => expect([first.shares.at(-1), second.shares.at(-1)]).toEqual([0.5, 0.5]), soon);
    const third = await new Node("third").start();
    await eventually(() => {
      for (const { shares } of [first, second, third]) expect(shares.at(-1)).toBeCloseTo(1 / 3);
    }, soon);

    await third.leave();
    await eventually(() => expect([first.shares.at(-1), second.shares.at(-1)]).toEqual([0.5, 0.5]), soon);
    expect(first.liveness.otherWorkers).toBe(1);
  });

  it("never lets a node that joins use what another one still has", async () => {
    await database.pool.query(
      "insert into nodes (id, workers, seen_at, role, share) values ('deaf', '{}', now(), 'all', 1)",
    );
    const joins = await new Node("joins").start();

    expect(joins.shares).toEqual([0]);
    await database.pool.query("update nodes set share = 0.5 where id = 'deaf'");
    const [other] = [await new Node("other", "web").start()];
    await eventually(() => expect(joins.shares.at(-1)).toBe(0.5), soon);
    expect(other.shares).toEqual([0]);
  });

  it("counts nobody whose session is gone, so that a restart after a crash begins with everything", async () => {
    await database.pool.query(
      "insert into nodes (id, workers, seen_at, role, share, session_pid) values ('killed', '{}', now(), 'all', 1, 1)",
    );

    expect((await new Node("again").start()).shares).toEqual([0, 1]);
  });

  it("frees slow jobs of a node that was killed some seconds ago, and none of a living one", async () => {
    await database.pool.query(`
      insert into nodes (id, workers, seen_at, session_pid) values
        ('killed', '{worker-k}', now() - interval '6 s', 1), ('slow', '{worker-s}', now() - interval '6 s', null);
      select graphile_worker.add_job('x', job_key => k) from unnest(array['k', 's']) k;
      update graphile_worker._private_jobs set locked_at = now(), locked_by = 'worker-' || key`);
    await new Node("heir").start();

    const { rows } = await database.pool.query("select key, locked_by from graphile_worker.jobs order by key");
    expect(rows).toEqual([
      { key: "k", locked_by: null },
      { key: "s", locked_by: "worker-s" },
    ]);
  });

  it("ends what a dead node was doing when another job had taken its place", async () => {
    await database.pool.query(`
      select graphile_worker.add_job('replaced', job_key => 'replaced');
      update graphile_worker._private_jobs set locked_at = now(), locked_by = 'worker-k' where key = 'replaced';
      select graphile_worker.add_job('replaced', job_key => 'replaced');
      insert into nodes (id, workers, seen_at, session_pid) values ('killed', '{worker-k}', now() - interval '6 s', 1)`);
    await new Node("heir").start();

    const { rows } = await database.pool.query(
      "select key, attempts from graphile_worker.jobs where task_identifier = 'replaced'",
    );
    expect(rows).toEqual([{ key: "replaced", attempts: 0 }]);
  });

  it("frees no slow job that a node took before it could say so, until that is long ago", async () => {
    await database.pool.query(`
      delete from graphile_worker._private_jobs;
      select graphile_worker.add_job('x', job_key => k) from unnest(array['fresh', 'old']) k;
      update graphile_worker._private_jobs set locked_by = 'worker-' || key,
        locked_at = case key when 'old' then now() - interval '13 s' else now() end`);
    await new Node("beats").start();

    const { rows } = await database.pool.query("select key, locked_by from graphile_worker.jobs order by key");
    expect(rows).toEqual([
      { key: "fresh", locked_by: "worker-fresh" },
      { key: "old", locked_by: null },
    ]);
  });

  it("lets a slow job that outlasts its beats run once, because the worker that locks it is announced", async () => {
    const both = [await new Node("first").start(), await new Node("second").start()];
    let begun = 0;
    const finish = new AbortController();
    const handlers: SlowJobHandlers = {
      ...noSlowJobs,
      backfill: async () => {
        begun += 1;
        await aborted(finish.signal);
      },
    };
    const ending = new AbortController().signal;
    const start = ({ liveness }: Node): Promise<SlowJobs> =>
      runSlowJobs(database.pool, handlers, { log: loud, ending, liveness, scheduled: [], concurrency: 1 });
    const running = await Promise.all(both.map(start));
    const job = { task: "backfill", payload: { account: "main" }, key: "long" } as const;
    await addSlowJob(database.pool, job);
    await eventually(() => expect(begun).toBe(1), { withinMs: 10_000, everyMs: 20 });
    // As if it had been locked for longer than a node that says nothing may be silent.
    await database.pool.query(
      "update graphile_worker._private_jobs set locked_at = locked_at - interval '1 minute' where key = 'long'",
    );
    const seen = async (): Promise<readonly Date[]> => {
      const { rows } = await database.pool.query<{ seen_at: Date }>("select seen_at from nodes order by id");
      return rows.map(({ seen_at }) => seen_at);
    };
    // Twice, because a beat shows before it frees anything.
    for (let beat = 0; beat < 2; beat += 1) {
      const before = await seen();
      for (const { bulletin } of both) bulletin.publish("nodes");
      await eventually(async () => {
        for (const [place, at] of (await seen()).entries()) expect(at > (before[place] ?? at)).toBe(true);
      }, soon);
    }

    const { rows } = await database.pool.query("select locked_by from graphile_worker.jobs where key = 'long'");
    expect(rows).toEqual([{ locked_by: expect.stringMatching(/^pool-/) }]);
    finish.abort();
    await Promise.all(running.map((jobs) => jobs.stop()));
    expect(begun).toBe(1);
  });

  it("lists who is alive, in which role, and what they do alone", async () => {
    await new Node("web-1", "web").start();
    const worker = await new Node("worker-1", "worker").start();
    await database.pool.query(
      "insert into duties (name, node, held_until) values ('poll-events:main', 'worker-1', now() + interval '9 s')",
    );
    await eventually(() => expect(worker.shares.at(-1)).toBe(1), soon);

    const listed = await listNodes(database.pool);
    expect(listed.map(({ id, role, alive, share, duties }) => ({ id, role, alive, share, duties }))).toEqual([
      { id: "web-1", role: "web", alive: true, share: 0, duties: [] },
      { id: "worker-1", role: "worker", alive: true, share: 1, duties: ["poll-events:main"] },
    ]);
  });
});
