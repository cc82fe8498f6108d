/** The mapping in force: the newest version, heard of by every node, and never one that cannot be understood. */
import { runMigrations } from "graphile-worker";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { captureLog } from "../../test/support/log-capture.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { eventually } from "../../test/support/wait.ts";
import { mappingDocument } from "../../contract/mapping.ts";
import { saveDocument } from "../documents/store.ts";
import { beginRollout, enterRolloutPhase, findRollout, saveRolloutPage } from "../mapping/store.ts";
import { saveMapping } from "../upkeep/mapping/save-mapping.ts";
import { mappingInForce, loadMapping, MappingUnreadable } from "./mapping-in-force.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await runMigrations({ pgPool: database.pool });
});
afterAll(() => database.drop());
beforeEach(() => database.pool.query("truncate documents, mapping_rollouts"));

const document = mappingDocument.parse({
  version: 1,
  attributes: [{ name: "plan", field: "plan", purpose: "Know it." }],
  retired: ["old_plan"],
});
const save = (basedOn: number): Promise<number> => saveMapping(database.pool, { document, basedOn, by: "test" });

describe("the mapping in force", () => {
  it("is the preset while nothing is saved, and then the newest version", async () => {
    expect((await loadMapping(database.pool, "billing")).name).toMatch(/^billing@/);
    await save(0);
    await save(1);
    expect((await loadMapping(database.pool, "billing")).name).toBe("mapping@2");
  });

  it("is saved once by two who saw the same version", async () => {
    const outcomes = await Promise.allSettled([save(0), save(0), save(0)]);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(refused).toEqual([
      expect.objectContaining({ code: "DOCUMENT_CHANGED" }),
      expect.objectContaining({ code: "DOCUMENT_CHANGED" }),
    ]);
  });

  it("takes retired names out until the rollout is done", async () => {
    const version = await save(0);
    expect((await loadMapping(database.pool, "auto")).retiring).toEqual(["old_plan"]);
    await enterRolloutPhase(database.pool, version, "done");
    expect((await loadMapping(database.pool, "auto")).retiring).toEqual([]);
  });

  it("is noticed by a node that no hint has reached", async () => {
    const ends = new AbortController();
    const { log } = captureLog();
    const inForce = mappingInForce({ pool: database.pool, preset: "stripe", log, signal: ends.signal });
    await inForce.start({ on: () => () => undefined });
    expect(inForce.current.name).toMatch(/^stripe@/);
    await save(0);
    await eventually(() => expect(inForce.current.name).toBe("mapping@1"), { withinMs: 10_000 });
    ends.abort();
    await inForce.watching;
  });

  it("cannot be one that this version does not understand", async () => {
    const body = { version: 1, attributes: [{ name: "plan", field: "no_such_field", purpose: "Know it." }] };
    await saveDocument(database.pool, { kind: "mapping", body, basedOn: 0, by: "a newer version" });
    await expect(loadMapping(database.pool, "auto")).rejects.toThrow(MappingUnreadable);
    await expect(loadMapping(database.pool, "auto")).rejects.toThrow(/attributes\[0\]\.field: .*dunlin mapping apply/);
  });
});

describe("a rollout", () => {
  it("ends when a newer version comes, wherever it is", async () => {
    await beginRollout(database.pool, 1);
    await enterRolloutPhase(database.pool, 1, "looking");
    await beginRollout(database.pool, 2);
    expect(await findRollout(database.pool, 1)).toMatchObject({ phase: "superseded" });
    expect(await enterRolloutPhase(database.pool, 1, "writing")).toBe(false);
    expect(await saveRolloutPage(database.pool, { version: 1, cursor: "x", looked: 1, affected: 1 })).toBe(false);
    expect(await findRollout(database.pool)).toMatchObject({ version: 2, phase: "preparing", looked: 0 });
  });
});
