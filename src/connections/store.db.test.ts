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
  liftPause,
  listFurtherAccounts,
  listPauses,
  keepSetting,
  saveConnection,
  saveCredentials,
  savePause,
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

describe("connections", () => {
  it("come back as they were saved", async () => {
    expect(await findConnection(database.pool, "stripe")).toBeUndefined();
    await saveConnection(database.pool, stripe);

    expect(await findConnection(database.pool, "stripe")).toEqual(stripe);
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
});

describe("pauses", () => {
  const trouble = {
    scope: "intercom",
    by: "dunlin",
    code: "INTERCOM_UNAUTHORIZED",
    reason: "Revoked.",
    lastsMs: null,
  } as const;
  const byHand = { ...trouble, by: "person", code: "PAUSED_BY_HAND", reason: "Maintenance." } as const;

  it("are new once, so that one alert is raised, even of many who notice at once", async () => {
    const saved = await Promise.all(Array.from({ length: 6 }, () => savePause(database.pool, trouble)));

    expect(saved.filter(Boolean)).toHaveLength(1);
    expect(await listPauses(database.pool)).toMatchObject([{ scope: "intercom", by: "dunlin", reason: "Revoked." }]);
  });

  it("of a person and of Dunlin are lifted each by itself", async () => {
    await savePause(database.pool, trouble);
    await savePause(database.pool, byHand);

    expect(await liftPause(database.pool, trouble)).toBe(true);
    expect(await liftPause(database.pool, trouble)).toBe(false);
    expect((await listPauses(database.pool)).map(({ by }) => by)).toEqual(["person"]);
  });

  it("lapse by themselves", async () => {
    await savePause(database.pool, { ...byHand, lastsMs: 3_600_000 });
    expect((await listPauses(database.pool))[0]?.until).toBeInstanceOf(Date);
    await savePause(database.pool, { ...byHand, lastsMs: -1 });

    expect(await listPauses(database.pool)).toEqual([]);
  });
});

describe("credentials", () => {
  const credentials = { apiKey: "rk_live_very_secret", webhookSecret: "whsec_very_secret" };

  it("come back for whoever has the key", async () => {
    expect(await findCredentials(database.pool, box, { vendor: "stripe" })).toBeUndefined();
    await saveCredentials(database.pool, box, { vendor: "stripe", credentials });

    expect(await findCredentials(database.pool, box, { vendor: "stripe" })).toEqual(credentials);
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

    await expect(findCredentials(database.pool, box, { vendor: "intercom" })).rejects.toMatchObject({
      code: "CREDENTIALS_UNREADABLE",
    });
  });

  it("are no other account's either", async () => {
    await saveCredentials(database.pool, box, { vendor: "stripe", account: "shop", credentials });

    expect(await findCredentials(database.pool, box, { vendor: "stripe" })).toBeUndefined();
    expect(await findCredentials(database.pool, box, { vendor: "stripe", account: "shop" })).toEqual(credentials);
    expect(await listFurtherAccounts(database.pool)).toEqual(["shop"]);
    await database.pool.query(
      "insert into connections (vendor, account, credentials) select vendor, 'other', credentials from connections",
    );
    await expect(findCredentials(database.pool, box, { vendor: "stripe", account: "other" })).rejects.toMatchObject({
      code: "CREDENTIALS_UNREADABLE",
    });
  });

  it("cannot be read with another key, and the error says what to do and nothing else", async () => {
    await saveCredentials(database.pool, box, { vendor: "stripe", credentials });
    const error: unknown = await findCredentials(
      database.pool,
      createSecretBox("another key of at least thirty-two chars"),
      { vendor: "stripe" },
    ).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: "CREDENTIALS_UNREADABLE", kind: "invalid" });
    expect(error instanceof Error ? error.message : "").toMatch(/DUNLIN_SECRET_KEY.*dunlin connect stripe/);
  });

  it("stay when the connection is saved again", async () => {
    await saveCredentials(database.pool, box, { vendor: "stripe", credentials });
    await saveConnection(database.pool, stripe);

    expect(await findCredentials(database.pool, box, { vendor: "stripe" })).toEqual(credentials);
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
