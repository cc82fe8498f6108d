import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { withFreeLock, withLock } from "./lock.ts";
import { createPool } from "./pool.ts";

describe("work under a lock", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it("is done by one node after the other", async () => {
    const other = createPool(database.config, { max: 2 });
    const steps: string[] = [];
    const work = (who: string) => async (): Promise<void> => {
      steps.push(`${who} begins`);
      await database.pool.query("select pg_sleep(0.02)");
      steps.push(`${who} ends`);
    };
    await Promise.all([
      ...["a", "b"].map((who) => withLock(database.pool, "join", work(who))),
      ...["c", "d"].map((who) => withLock(other, "join", work(who))),
    ]);
    await other.end();

    expect(steps).toHaveLength(8);
    for (let index = 0; index < steps.length; index += 2)
      expect(steps[index + 1]).toBe(steps[index]?.replace("begins", "ends"));
  });

  it("does not hold up work of another name", async () => {
    await withLock(database.pool, "one", () => withLock(database.pool, "two", () => Promise.resolve()));
  });

  it("has all of the pool to itself, however many locks are held and waited for", async () => {
    const small = createPool(database.config, { max: 1 });
    const read = async (): Promise<void> => void (await small.query("select 1"));
    const names = ["a", "a", "b", "c", "d"];
    await withFreeLock(small, "hours", () => Promise.all(names.map((name) => withLock(small, name, read))));

    expect(small.totalCount).toBe(1);
    await small.end();
  });

  it("is left undone when somebody else is at it and it need not be done twice", async () => {
    await withLock(database.pool, "busy", async () => {
      expect(await withFreeLock(database.pool, "busy", () => Promise.resolve("done"))).toBeUndefined();
    });
    expect(await withFreeLock(database.pool, "free", () => Promise.resolve("done"))).toEqual({ result: "done" });
  });

  it("leaves the lock free when it fails", async () => {
    await expect(withLock(database.pool, "join", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await withLock(database.pool, "join", () => Promise.resolve("again"))).toBe("again");
  });
});
