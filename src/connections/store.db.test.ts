/** Joined accounts, their encrypted credentials, settings and totals. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { createSecretBox } from "../lib/secret-box.ts";
import {
  addTallies,
  findConnection,
  findCredentials,
  findSetting,
  findTallies,
  keepSetting,
  pauseConnection,
  resumeConnection,
  saveConnection,
  saveCredentials,
  saveSetting,
} from "./store.ts";

let database: TestDatabase;
const box = createSecretBox("a key of at least thirty-two characters");

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => database.pool.query("truncate connections, settings, tallies"));
afterAll(() => database.drop());

const stripe = {
  vendor: "stripe",
  accountId: "acct_1",
  label: "Acme · test mode",
  livemode: false,
  details: { endpointId: "we_1" },
} as const;
const why = { code: "STRIPE_UNAUTHORIZED", reason: "The key is not accepted." };

describe("connections", () => {
  it("come back as they were saved", async () => {
    expect(await findConnection(database.pool, "stripe")).toBeUndefined();
    await saveConnection(database.pool, stripe);

    expect(await findConnection(database.pool, "stripe")).toEqual({ ...stripe, pause: null });
    expect(await findConnection(database.pool, "intercom")).toBeUndefined();
  });

  it("keep the details that are not named again", async () => {
    await saveConnection(database.pool, stripe);
    await saveConnection(database.pool, { ...stripe, label: "Acme", details: { preset: "stripe" } });

    expect(await findConnection(database.pool, "stripe")).toMatchObject({
      label: "Acme",
      details: { endpointId: "we_1", preset: "stripe" },
    });
  });

  it("are paused once, so that one alert is raised, and keep the first reason", async () => {
    await saveConnection(database.pool, stripe);

    expect(await pauseConnection(database.pool, "stripe", why)).toBe(true);
    expect(await pauseConnection(database.pool, "stripe", { code: "OTHER", reason: "Another." })).toBe(false);
    expect((await findConnection(database.pool, "stripe"))?.pause).toEqual(why);
    expect(await resumeConnection(database.pool, "stripe")).toBe(true);
    expect(await resumeConnection(database.pool, "stripe")).toBe(false);
    expect((await findConnection(database.pool, "stripe"))?.pause).toBeNull();
  });

  it("are paused by one of many who notice at once", async () => {
    await saveConnection(database.pool, stripe);
    const paused = await Promise.all(Array.from({ length: 6 }, () => pauseConnection(database.pool, "stripe", why)));

    expect(paused.filter(Boolean)).toHaveLength(1);
  });
});

describe("credentials", () => {
  const credentials = { apiKey: "rk_live_very_secret", webhookSecret: "whsec_very_secret" };

  it("come back for whoever has the key", async () => {
    expect(await findCredentials(database.pool, box, "stripe")).toBeUndefined();
    await saveCredentials(database.pool, box, { vendor: "stripe", credentials });

    expect(await findCredentials(database.pool, box, "stripe")).toEqual(credentials);
  });

  it("are not to be read anywhere in the table", async () => {
    await saveConnection(database.pool, stripe);
    await saveCredentials(database.pool, box, { vendor: "stripe", credentials });
    const { rows } = await database.pool.query<{ text: string; credentials: Buffer }>(
      "select c::text as text, credentials from connections c",
    );
    const [row] = rows;

    expect(row?.text).toContain("acct_1");
    expect(row?.text).not.toMatch(/secret|rk_live|whsec/);
    expect(row?.credentials.toString("latin1")).not.toMatch(/secret|rk_live|whsec|apiKey/);
  });

  it("are no other vendor's, even when the bytes are copied over", async () => {
    await saveCredentials(database.pool, box, { vendor: "stripe", credentials });
    await database.pool.query(
      "insert into connections (vendor, credentials) select 'intercom', credentials from connections",
    );

    await expect(findCredentials(database.pool, box, "intercom")).rejects.toMatchObject({
      code: "CREDENTIALS_UNREADABLE",
    });
  });

  it("cannot be read with another key, and the error says what to do and nothing else", async () => {
    await saveCredentials(database.pool, box, { vendor: "stripe", credentials });
    const error: unknown = await findCredentials(
      database.pool,
      createSecretBox("another key of at least thirty-two chars"),
      "stripe",
    ).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: "CREDENTIALS_UNREADABLE", kind: "invalid" });
    expect(error instanceof Error ? error.message : "").toMatch(/DUNLIN_SECRET_KEY.*dunlin connect stripe/);
  });

  it("stay when the connection is saved again", async () => {
    await saveCredentials(database.pool, box, { vendor: "stripe", credentials });
    await saveConnection(database.pool, stripe);

    expect(await findCredentials(database.pool, box, "stripe")).toEqual(credentials);
  });
});

describe("settings", () => {
  it("hold any JSON, and tell none from never set", async () => {
    for (const value of [{ a: [1, null] }, "text", 5, false, null]) {
      await saveSetting(database.pool, "x", value);
      expect(await findSetting(database.pool, "x")).toEqual(value);
    }
    expect(await findSetting(database.pool, "y")).toBeUndefined();
  });

  it("are kept by whoever comes first", async () => {
    const kept = await Promise.all(
      ["a", "b", "c"].map((value) => keepSetting(database.pool, "admin-token-hash", value)),
    );

    expect(new Set(kept).size).toBe(1);
    expect(await findSetting(database.pool, "admin-token-hash")).toBe(kept[0]);
  });
});

describe("tallies", () => {
  it("add up what every node counts", async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        addTallies(database.pool, index % 2 === 0 ? { events: 2, writes: 1 } : { writes: 1, events: 2 }),
      ),
    );

    expect(await findTallies(database.pool)).toEqual({ events: 20, writes: 10 });
  });

  it("may be nothing", async () => {
    await addTallies(database.pool, {});

    expect(await findTallies(database.pool)).toEqual({});
  });
});
