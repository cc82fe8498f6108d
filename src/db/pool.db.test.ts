/** What a connection of ours looks like, and what happens when it breaks. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { createTestDatabase } from "../../test/support/database.ts";
import type { TestDatabase } from "../../test/support/database.ts";
import { createPool } from "./pool.ts";
import type { DatabaseConfig, PoolOptions } from "./pool.ts";
import { query, sql } from "./query.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function ask(
  text: string,
  options: PoolOptions = {},
  config: DatabaseConfig = database.config,
): Promise<unknown> {
  const pool = createPool(config, options);
  try {
    const [row] = await query<{ value: unknown }>(pool, sql.plain(text));
    return row?.value;
  } finally {
    await pool.end();
  }
}

/** The same database as an operator would give it. */
function asUrl(config: DatabaseConfig): string {
  if (config.kind === "url") return config.url;
  return `postgres:///${config.database}?host=${encodeURIComponent(config.host)}&user=${config.user}`;
}

describe("createPool", () => {
  it("reads integers as numbers, moments as dates and days as text", async () => {
    expect(await ask("select 9007199254740991::int8 as value")).toBe(9_007_199_254_740_991);
    expect(await ask("select timestamptz '2026-11-21 10:00:00+01' as value")).toEqual(new Date("2026-11-21T09:00:00Z"));
    expect(await ask("select date '2026-11-21' as value")).toBe("2026-11-21");
  });

  it("refuses an integer that a number cannot hold", async () => {
    await expect(ask("select 9007199254740993::int8 as value")).rejects.toThrow("9007199254740993");
  });

  it("commits durably unless told otherwise", async () => {
    const show = "select current_setting('synchronous_commit') as value";

    expect(await ask(show)).toBe("on");
    expect(await ask(show, { durable: false })).toBe("off");
  });

  it("gives the same session for an address as for a socket", async () => {
    const show = "select concat_ws(' ', current_setting('timezone'), current_setting('synchronous_commit')) as value";
    const url = asUrl(database.config);

    expect(await ask(show, { durable: false }, { kind: "url", url })).toBe("UTC off");
  });

  it("keeps the options that the address brings", async () => {
    const address = asUrl(database.config);
    const url = `${address}${address.includes("?") ? "&" : "?"}options=${encodeURIComponent("-c work_mem=3MB")}`;
    const show = "select concat_ws(' ', current_setting('timezone'), current_setting('work_mem')) as value";

    expect(await ask(show, {}, { kind: "url", url })).toBe("UTC 3MB");
  });

  it("refuses an address that is no URL, without repeating it", () => {
    expect(() => createPool({ kind: "url", url: "postgres://user:secret@:no" })).toThrow(/^(?!.*secret).*not a URL/);
  });

  it("ends a statement that runs too long, as a database that is away", async () => {
    await expect(ask("select pg_sleep(30) as value", { statementTimeoutMs: 50 })).rejects.toMatchObject({
      code: "DATABASE_UNAVAILABLE",
    });
  });

  it("reports an idle connection that was cut, and goes on with a new one", async () => {
    const warn = vi.fn<(o: object, m: string) => void>();
    const pool = createPool(database.config, { max: 1, log: { warn } });
    const { rows } = await pool.query<{ pid: number }>("select pg_backend_pid() as pid");

    await database.pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
    await vi.waitFor(() => expect(warn).toHaveBeenCalledOnce(), 5_000);

    expect(await query(pool, sql.plain("select 1 as value"))).toEqual([{ value: 1 }]);
    await pool.end();
  });
});

describe("sql.prepared", () => {
  it("plans a statement once per connection", async () => {
    const pool = createPool(database.config, { max: 1 });
    for (const value of [1, 2]) await query(pool, sql.prepared("add_one", "select $1::int + 1 as value", [value]));

    expect(await query(pool, sql.plain("select name from pg_prepared_statements"))).toEqual([{ name: "add_one" }]);
    await pool.end();
  });

  it("refuses a name that PostgreSQL would cut", () => {
    expect(() => sql.prepared("n".repeat(64), "select 1")).toThrow("longer than 63");
  });
});
