/** Several nodes and one trouble: one of them tries whether it is over, and one alert is raised. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { eventually } from "../../test/support/wait.ts";
import type { PauseScope } from "../connections/pause.ts";
import { StripeUnauthorized } from "../stripe/failure.ts";
import { beginProbes, claimProbe, endProbes, giveBackProbe } from "./pause-probes.ts";
import { Pauses } from "./pauses.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.pool.query("delete from pauses; delete from pause_probes");
});

const soon = { withinMs: 5_000, everyMs: 10 };
const trouble = { scope: "stripe:main", reason: "The key was revoked." } as const;

/** Lets the time of the next probe come. */
async function timePasses(): Promise<void> {
  await database.pool.query("update pause_probes set due_at = now()");
}

async function waitS(): Promise<number> {
  const { rows } = await database.pool.query<{ wait: number }>(
    "select extract(epoch from due_at - now())::float8 as wait from pause_probes",
  );
  return rows[0]?.wait ?? 0;
}

describe("probes of what is paused", () => {
  it("are one node's at a time, and the longer apart the more were in vain", async () => {
    const { pool } = database;
    await beginProbes(pool, trouble);
    expect(await claimProbe(pool, trouble)).toBe(false);
    const waits: number[] = [];
    for (let probe = 0; probe < 40; probe += 1) {
      await timePasses();
      const claims = await Promise.all([0, 1, 2, 3].map(() => claimProbe(pool, trouble)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      waits.push(await waitS());
    }

    expect(waits[0]).toBeCloseTo(3, 0);
    expect(waits[3]).toBeGreaterThan(waits[2] ?? 0);
    expect(waits.at(-1)).toBeCloseTo(120, 0);
  });

  it("are anybody's at once when whoever has the turn cannot make it", async () => {
    const { pool } = database;
    await beginProbes(pool, trouble);
    await timePasses();
    expect(await claimProbe(pool, trouble)).toBe(true);
    await giveBackProbe(pool, trouble);
    expect(await claimProbe(pool, trouble)).toBe(true);
    expect(await waitS()).toBeCloseTo(3, 0);
  });

  it("go on ever more seldom, without an alert, when the same trouble is back soon after one went well", async () => {
    const { pool } = database;
    expect(await beginProbes(pool, trouble)).toBe(true);
    for (let probe = 0; probe < 3; probe += 1) {
      await timePasses();
      await claimProbe(pool, trouble);
    }
    await endProbes(pool, trouble);
    expect(await beginProbes(pool, trouble)).toBe(false);
    expect(await waitS()).toBeGreaterThan(6);
    expect(await beginProbes(pool, { ...trouble, reason: "Something else." })).toBe(true);
    expect(await waitS()).toBeCloseTo(2, 0);

    await pool.query("update pause_probes set resumed_at = now() - interval '1 hour'");
    expect(await beginProbes(pool, { ...trouble, reason: "Something else." })).toBe(true);
  });

  it("begin at once for a pause of a version that kept no record of them", async () => {
    expect(await claimProbe(database.pool, trouble)).toBe(true);
  });
});

describe("a trouble that several nodes meet", () => {
  const ends = new AbortController();
  const nodes: Node[] = [];
  let works = false;

  class Node {
    readonly probed: PauseScope[] = [];
    readonly alerts: string[] = [];
    readonly pauses: Pauses;
    constructor() {
      this.pauses = new Pauses({
        pool: database.pool,
        bulletin: { on: () => () => undefined, publish: () => undefined },
        log: {
          debug: () => undefined,
          info: () => undefined,
          warn: () => undefined,
          error: (_facts: object, message: string) => void this.alerts.push(message),
        },
        signal: ends.signal,
        probe: async (scope) => {
          this.probed.push(scope);
          if (!works) throw new StripeUnauthorized();
          return true;
        },
        onChange: () => undefined,
      });
      nodes.push(this);
    }
  }

  const all = (what: "probed" | "alerts"): readonly string[] => nodes.flatMap((node) => node[what]);

  afterEach(async () => {
    ends.abort();
    for (const { pauses } of nodes) await pauses.idle();
  });

  it("is tried by one of them at each time, told of once, and over for all when it works", async () => {
    for (let count = 0; count < 4; count += 1) await new Node().pauses.start();
    await Promise.all(nodes.map(({ pauses }) => pauses.block(new StripeUnauthorized(), "main")));
    expect(all("alerts")).toHaveLength(1);
    for (let probe = 1; probe <= 3; probe += 1) {
      await timePasses();
      await Promise.all(nodes.map(({ pauses }) => pauses.read()));
      await eventually(() => expect(all("probed")).toHaveLength(probe), soon);
    }
    works = true;
    await timePasses();
    await eventually(() => {
      for (const { pauses } of nodes) expect(pauses.current).toEqual([]);
    }, soon);

    expect(all("probed")).toHaveLength(4);
    expect(all("alerts")).toHaveLength(1);
  });
});
