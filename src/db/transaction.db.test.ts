/** Transactions that win, lose, wait for each other, and lose their connection. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { createTestDatabase } from "../../test/support/database.ts";
import type { TestDatabase } from "../../test/support/database.ts";
import type { Tx } from "./pool.ts";
import { transaction } from "./transaction.ts";

let database: TestDatabase;
const atOnce = { jitter: () => 0 };

beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query("create table counters (id int primary key, n int not null)");
});
beforeEach(() => database.pool.query("truncate counters; insert into counters values (1, 0), (2, 0)"));
afterAll(() => database.drop());

const increment = (tx: Tx, id: number): Promise<unknown> =>
  tx.query("update counters set n = n + 1 where id = $1", [id]);

const read = async (): Promise<readonly number[]> => {
  const { rows } = await database.pool.query<{ n: number }>("select n from counters order by id");
  return rows.map(({ n }) => n);
};

describe("transaction", () => {
  it("commits what the work did and returns its result", async () => {
    const result = await transaction(database.pool, async (tx) => {
      await increment(tx, 1);
      return "done";
    });

    expect(result).toBe("done");
    expect(await read()).toEqual([1, 0]);
  });

  it("keeps nothing when the work throws, and passes its error on", async () => {
    const refusal = new Error("no");

    const outcome = transaction(database.pool, async (tx) => {
      await increment(tx, 1);
      throw refusal;
    });

    await expect(outcome).rejects.toBe(refusal);
    expect(await read()).toEqual([0, 0]);
  });

  it("runs the loser of a deadlock again", async () => {
    const bothHoldTheirs = meetingOf(2);
    let runs = 0;
    const crossing = (own: number, other: number) => async (tx: Tx) => {
      runs += 1;
      await tx.query("set local deadlock_timeout = '10ms'");
      await increment(tx, own);
      await bothHoldTheirs();
      await increment(tx, other);
    };

    await Promise.all([
      transaction(database.pool, crossing(1, 2), atOnce),
      transaction(database.pool, crossing(2, 1), atOnce),
    ]);

    expect(await read()).toEqual([2, 2]);
    expect(runs).toBe(3);
  });

  it("gives up after five attempts, as a conflict", async () => {
    let runs = 0;
    const losing = transaction(
      database.pool,
      async (tx) => {
        runs += 1;
        await tx.query("do $$ begin raise exception using errcode = '40001'; end $$");
      },
      atOnce,
    );

    await expect(losing).rejects.toMatchObject({ code: "DATABASE_CONFLICT", kind: "conflict" });
    expect(runs).toBe(5);
  });

  it("does not pretend to have committed when the work swallowed a failed statement", async () => {
    const outcome = transaction(database.pool, async (tx) => {
      await increment(tx, 1);
      await tx.query("select 1 / 0").catch(() => undefined);
    });

    await expect(outcome).rejects.toThrow("nothing was committed");
    expect(await read()).toEqual([0, 0]);
  });

  it("throws away a connection that was cut between two statements", async () => {
    const outcome = transaction(database.pool, async (tx) => {
      const { rows } = await tx.query<{ pid: number }>("select pg_backend_pid() as pid");
      const gone = new Promise((resolve) => tx.once("end", resolve));
      await database.pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
      await gone;
      await increment(tx, 1);
    });

    await expect(outcome).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    expect(await read()).toEqual([0, 0]);
  });
});

/** Resolves for everybody once `size` have come; later callers pass at once. */
function meetingOf(size: number): () => Promise<void> {
  let come = 0;
  let open = (): void => undefined;
  const complete = new Promise<void>((resolve) => (open = resolve));
  return () => {
    come += 1;
    if (come === size) open();
    return complete;
  };
}
