/** Duties on a real database: exactly one node does each, and another takes over. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { eventually } from "../../test/support/wait.ts";
import type { Listener } from "../db/bulletin.ts";
import type { Topic } from "../db/hint.ts";
import { transaction } from "../db/transaction.ts";
import { aborted } from "../lib/aborted.ts";
import { Duties, DutyLost, type Held } from "./duties.ts";

const log = { info: () => undefined, warn: () => undefined };
const soon = { withinMs: 2_000, everyMs: 5 };

/** Hints within this process; the bulletin's own way is tested beside it. */
class Board {
  readonly #listeners = new Set<Listener>();
  on = (_topic: Topic, listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
  publish = (): void => this.#listeners.forEach((listener) => setImmediate(() => listener(undefined)));
}

describe("a duty", () => {
  let database: TestDatabase;
  let board: Board;
  let doing: string[] = [];
  const started: Duties[] = [];

  function start(node: string, work: (held: Held) => Promise<void> = () => Promise.resolve()): Duties {
    const duties = new Duties({ pool: database.pool, node, bulletin: board, log });
    duties.add("poll", async (held) => {
      doing.push(node);
      await work(held);
      await aborted(held.signal);
      doing.splice(doing.indexOf(node), 1);
    });
    duties.start();
    started.push(duties);
    return duties;
  }

  beforeAll(async () => {
    database = await createTestDatabase();
    board = new Board();
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((duties) => duties.stop()));
    await database.pool.query("delete from duties");
    doing = [];
  });
  afterAll(() => database.drop());

  it("is done by one of many nodes that start together", async () => {
    for (const node of ["a", "b", "c", "d"]) start(node);
    await eventually(() => expect(doing).toHaveLength(1), soon);
    for (let turn = 0; turn < 3; turn += 1) board.publish();
    await database.pool.query("select pg_sleep(0.1)");

    expect(doing).toHaveLength(1);
  });

  it("is taken over at once when its holder leaves, with a higher fence", async () => {
    const first = start("a");
    await eventually(() => expect(doing).toEqual(["a"]), soon);
    start("b");
    await first.stop();
    await eventually(() => expect(doing).toEqual(["b"]), soon);

    const { rows } = await database.pool.query("select node, fence from duties");
    expect(rows).toEqual([{ node: "b", fence: 2 }]);
  });

  it("is begun again when the work broke off", async () => {
    let times = 0;
    start("a", () => (++times === 1 ? Promise.reject(new Error("no")) : Promise.resolve()));
    await eventually(() => {
      board.publish();
      expect(times).toBe(2);
    }, soon);
  });

  it("is taken from a node whose lease has lapsed, which then can neither go on nor write", async () => {
    let held: Held | undefined;
    start("a", async (mine) => void (held = mine));
    await eventually(() => expect(doing).toEqual(["a"]), soon);
    await transaction(database.pool, async (tx) => held?.confirm(tx));
    await database.pool.query("update duties set held_until = now() - interval '1 ms'");
    const duties = new Duties({
      pool: database.pool,
      node: "b",
      bulletin: { on: () => () => undefined, publish: board.publish },
      log,
    });
    duties.add("poll", ({ signal }) => aborted(signal));
    duties.start();
    started.push(duties);
    await eventually(async () => {
      const { rows } = await database.pool.query("select node, fence from duties");
      expect(rows).toEqual([{ node: "b", fence: 2 }]);
    }, soon);

    await expect(transaction(database.pool, async (tx) => held?.confirm(tx))).rejects.toThrow(DutyLost);
    board.publish();
    await eventually(() => expect(doing).toEqual([]), soon);
    expect(held?.signal.aborted).toBe(true);
  });
});
