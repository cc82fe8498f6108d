import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../test/support/database.ts";
import type { ObjectCopy } from "../../model/stripe-object.ts";
import { askForNightly, fullRun } from "./ask.ts";
import { findUnrest, listWaiting, listWrittenValues } from "./contact-rows.ts";
import {
  addMarks,
  addSuspects,
  areMarksComplete,
  clearMarks,
  contactScope,
  endPass,
  findPass,
  listUnlistedContacts,
  listUnlistedCopies,
  savePass,
  scopeOf,
  takeSuspects,
  type Pass,
} from "./marks.ts";
import { endRun, findLastRun, hasOpenRun, listRuns, queueRun, takeRun } from "./runs.ts";
import { saveDrifts } from "./drift-rows.ts";

describe("the rows of reconcile", () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  beforeEach(async () => {
    await database.pool.query(
      "truncate reconcile_runs, reconcile_passes, reconcile_marks, stripe_objects, stripe_events, identities, sync_jobs, contact_writes cascade",
    );
  });

  afterAll(() => database.drop());

  async function begun(): Promise<number> {
    const id = await queueRun(database.pool, { options: fullRun, askedBy: "command" });
    await takeRun(database.pool);
    return id;
  }

  describe("of runs", () => {
    it("are worked on one at a time, and one that was broken off comes first", async () => {
      const { pool } = database;
      const first = await begun();
      await askForNightly(pool);
      await askForNightly(pool);
      expect(await takeRun(pool)).toMatchObject({ id: first, state: "running" });
      await endRun(pool, first, null);
      expect(await takeRun(pool)).toMatchObject({ askedBy: "schedule", state: "running" });
      expect(await hasOpenRun(pool)).toBe(true);
    });

    it("keep the last thirty with their findings", async () => {
      const { pool } = database;
      for (let n = 0; n < 33; n += 1) {
        const id = await begun();
        await saveDrifts(pool, id, [
          {
            class: "merged",
            account: "main",
            customerId: `cus_${n}`,
            contactId: "c",
            objectId: null,
            differences: [],
            done: "followed",
          },
        ]);
        await endRun(pool, id, n === 32 ? { code: "BUG", message: "It broke." } : null);
      }
      expect(await listRuns(pool, 100)).toHaveLength(30);
      expect((await pool.query("select 1 from drifts")).rowCount).toBe(30);
      expect(await findLastRun(pool)).toMatchObject({ state: "done", counts: { merged: 1 } });
    });
  });

  describe("of lists", () => {
    const pass: Pass = {
      account: "main",
      resource: "customers",
      cursor: "cus_9",
      startedS: 1000,
      answeredS: 1001,
      marked: 0,
    };

    async function addCopies(ids: readonly string[], asOfS: number): Promise<void> {
      await database.pool.query(
        `insert into stripe_objects (account, id, kind, as_of_s, rev, origin, facts)
         select 'main', id, 'customer', $2, 1, 'read', '{}' from unnest($1::text[]) as id`,
        [ids, asOfS],
      );
    }

    it("name the copies that a list has not shown, but none that is younger than the list", async () => {
      const { pool } = database;
      await savePass(pool, pass);
      await addCopies(["cus_1", "cus_2", "cus_3"], 500);
      await addCopies(["cus_new"], 1000);
      expect(await addMarks(pool, scopeOf(pass), ["cus_1", "cus_3", "cus_1"])).toBe(2);
      const unlisted = await listUnlistedCopies(pool, { pass, kind: "customer", after: "" });
      expect(unlisted).toEqual({ found: ["cus_2"], next: null });
      await endPass(pool, pass);
      expect(await findPass(pool, pass)).toBeUndefined();
    });

    it("notice when a crash of the database has taken the marks", async () => {
      const { pool } = database;
      const marked = await addMarks(pool, scopeOf(pass), ["cus_1", "cus_2"]);
      expect(await areMarksComplete(pool, scopeOf(pass), marked)).toBe(true);
      await clearMarks(pool, scopeOf(pass));
      expect(await areMarksComplete(pool, scopeOf(pass), marked)).toBe(false);
    });

    it("hand out suspects customers first, without those about which an event waits", async () => {
      const { pool } = database;
      const id = await begun();
      const copy = (kind: "customer" | "charge", name: string): ObjectCopy => trusted({ kind, id: name });
      const copies = [copy("charge", "ch_1"), copy("customer", "cus_1"), copy("charge", "ch_2")];
      await addSuspects(pool, id, { account: "main", copies });
      await pool.query(
        `insert into stripe_events (account, id, type, created_s, object_id, state, body) values ('main', 'evt_1', 'charge.failed', 1, 'ch_1', 'waiting', '')`,
      );
      expect((await takeSuspects(pool, id, 1))?.copies).toMatchObject([{ id: "cus_1" }]);
      expect((await takeSuspects(pool, id, 10))?.copies).toMatchObject([{ id: "ch_2" }]);
      expect(await takeSuspects(pool, id, 10)).toBeUndefined();
    });
  });

  describe("of contacts", () => {
    const key = (customerId: string) => ({ account: "main", customerId });

    async function addIdentity(
      customerId: string,
      row: { state: string; contactId?: string; inputs?: string },
    ): Promise<void> {
      const { state, contactId = null, inputs = "[]" } = row;
      await database.pool.query(
        "insert into identities (account, customer_id, state, contact_id, inputs, checked_at) values ('main', $1, $2, $3, $4, 'epoch')",
        [customerId, state, contactId, inputs],
      );
    }

    it("name linked contacts that were not listed", async () => {
      const { pool } = database;
      await addIdentity("cus_1", { state: "linked", contactId: "c1" });
      await addIdentity("cus_2", { state: "linked", contactId: "c2" });
      await addIdentity("cus_3", { state: "archived", contactId: "c3" });
      await addMarks(pool, contactScope, ["c1"]);
      const wanted = { after: "", beforeMs: Date.now(), account: null, limit: 10 };
      expect(await listUnlistedContacts(pool, wanted)).toEqual(["c2"]);
      expect(await listUnlistedContacts(pool, { ...wanted, account: "shop" })).toEqual([]);
      expect(await listUnlistedContacts(pool, { ...wanted, beforeMs: 0 })).toEqual([]);
    });

    it("name who waits under a user id or an address, by an index", async () => {
      const { pool } = database;
      await addIdentity("cus_1", { state: "left_out", inputs: '["u1","a@example.com","none"]' });
      await addIdentity("cus_2", { state: "left_out", inputs: '[null,"b@example.com","none"]' });
      await addIdentity("cus_3", { state: "linked", contactId: "c3", inputs: '["u3","b@example.com","none"]' });
      const waiting = await listWaiting(pool, { userIds: ["u1", "u3"], emails: ["b@example.com"], contactIds: ["c3"] });
      expect(waiting.map(({ customer }) => customer.customerId).toSorted()).toEqual(["cus_1", "cus_2"]);
    });

    it("name whose contact is being written, and what we wrote, newest first", async () => {
      const { pool } = database;
      const run = await begun();
      await pool.query("insert into sync_jobs (account, customer_id, lane, due_at) values ('main', 'cus_1', 1, now())");
      const stale = {
        class: "missed_event",
        contactId: null,
        objectId: null,
        differences: [],
        done: "renewed",
      } as const;
      await saveDrifts(pool, run, [{ ...stale, ...key("cus_2") }]);
      const unrest = await findUnrest(pool, run, [key("cus_1"), key("cus_2"), key("cus_3")]);
      expect(unrest).toEqual({ busy: new Set(["main cus_1"]), stale: new Set(["main cus_2"]) });

      for (const changes of ['[["a",1,2]]', '[["a",2,3],["b",null,1]]']) {
        await pool.query(
          "insert into contact_writes (account, customer_id, contact_id, kind, lane, changes) values ('main', 'cus_1', 'c1', 'update', 1, $1)",
          [changes],
        );
      }
      const values = await listWrittenValues(pool, [key("cus_1")]);
      expect(values.get("main cus_1")).toEqual([
        ["a", 2, 3],
        ["b", null, 1],
        ["a", 1, 2],
      ]);
    });
  });
});

/** Only kind and id matter here. */
function trusted(copy: Pick<ObjectCopy, "kind" | "id">): ObjectCopy {
  return copy as ObjectCopy; // oxlint-disable-line no-unsafe-type-assertion -- see above
}
