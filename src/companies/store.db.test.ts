/** Customers are noted with their companies: what changed is due, what did not is left alone, and nothing is lost. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { transaction } from "../db/transaction.ts";
import {
  claimCompanies,
  finishCompany,
  queueHeldCompaniesAgain,
  postponeCompany,
  queueCompanies,
  type CompanyJob,
} from "../queue/company-jobs.ts";
import { nothingKnown } from "./known.ts";
import {
  countCompanies,
  doubtCompany,
  findCompany,
  forgetEmptyCompany,
  listComparable,
  listCompanies,
  listLinks,
  listMembers,
  listUnseen,
  noteCompanies,
  recordCompanyWrites,
  listCompanyWrites,
  saveLinks,
  saveOutcome,
  takeOverKnown,
  type CompanyNote,
  type CompanyOutcome,
} from "./store.ts";

let database: TestDatabase;
const worker = "w1";
const jane = "a".repeat(24);
const john = "b".repeat(24);

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.pool.query("truncate companies, company_members, company_contacts, company_writes, identities");
});
afterAll(() => database.drop());

async function link(customerId: string, contactId: string | null, leader: string | null = null): Promise<void> {
  await database.pool.query(
    `insert into identities (account, customer_id, state, contact_id, inputs, leader_account, leader_id)
      values ('main', $1, 'linked', $2, '[]', case when $3::text is null then null else 'main' end, $3)
      on conflict (account, customer_id) do update set contact_id = excluded.contact_id`,
    [customerId, contactId, leader],
  );
}

function aNote(customerId: string, parts: Partial<CompanyNote> = {}): CompanyNote {
  return { account: "main", customerId, key: "acme", staysPut: false, shows: "1", lane: "urgent", ...parts };
}

function note(...notes: readonly CompanyNote[]): Promise<number> {
  return transaction(database.pool, (tx) => noteCompanies(tx, notes, { settleMs: 60_000 }));
}

function claim({ by = worker, leaseMs = 10_000 } = {}): Promise<readonly CompanyJob[]> {
  return claimCompanies(database.pool, { limit: 10, worker: by, leaseMs, lanes: { from: 0, to: 2 } });
}

async function finishAll(): Promise<void> {
  for (const job of await claim()) await finishCompany(database.pool, job, worker);
}

async function dueKeys(): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ key: string }>(
    `select key from companies where due_at is not null order by key`,
  );
  return rows.map(({ key }) => key);
}

/** Until a statement of this database waits for another transaction. */
async function untilBlocked(): Promise<void> {
  await vi.waitFor(async () => {
    const text = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    expect((await database.pool.query(text)).rowCount).toBe(1);
  });
}

describe("noting", () => {
  it("makes the company due, with the customer's contact", async () => {
    await link("cus_1", jane);
    expect(await note(aNote("cus_1"))).toBe(1);
    expect(await listMembers(database.pool, "acme", 10)).toEqual([
      { customer: { account: "main", customerId: "cus_1" }, contactId: jane },
    ]);
    expect(await claim()).toMatchObject([{ key: "acme", lane: "urgent", version: 1, attempt: 1, wasHeld: false }]);
  });

  it("does nothing when nothing changed", async () => {
    await note(aNote("cus_1"));
    await finishAll();
    expect(await note(aNote("cus_1"))).toBe(0);
    expect(await dueKeys()).toEqual([]);
  });

  it("lets what is not urgent wait for more", async () => {
    await note(aNote("cus_1", { lane: "calm" }));
    expect(await claim()).toEqual([]);
    await note(aNote("cus_2", { lane: "urgent" }));
    expect(await claim()).toMatchObject([{ key: "acme", lane: "urgent", version: 2 }]);
  });

  it("makes both companies due when a customer moves from one to the other", async () => {
    await note(aNote("cus_1"), aNote("cus_2"));
    await finishAll();
    expect(await note(aNote("cus_1", { key: "globex" }))).toBe(2);
    expect(await dueKeys()).toEqual(["acme", "globex"]);
    expect((await listMembers(database.pool, "acme", 10)).map(({ customer }) => customer.customerId)).toEqual([
      "cus_2",
    ]);
  });

  it("lets go of a customer without a company", async () => {
    await note(aNote("cus_1"));
    await finishAll();
    expect(await note(aNote("cus_1", { key: null }))).toBe(1);
    expect(await listMembers(database.pool, "acme", 10)).toEqual([]);
    expect(await note(aNote("cus_9", { key: null }))).toBe(0);
  });

  it("keeps a deleted customer where they were", async () => {
    await note(aNote("cus_1"));
    await finishAll();
    expect(await note(aNote("cus_1", { key: null, staysPut: true, shows: "2" }))).toBe(1);
    expect(await listMembers(database.pool, "acme", 10)).toHaveLength(1);
  });

  it("notices another contact, and who follows has the contact of the leader", async () => {
    await link("cus_1", jane);
    await link("cus_2", null, "cus_1");
    await note(aNote("cus_1"), aNote("cus_2", { key: "globex" }));
    expect(await listMembers(database.pool, "globex", 1)).toMatchObject([{ contactId: jane }]);
    await finishAll();
    await link("cus_1", john);
    // Only the leader was synced: the company of the one who follows has another contact as well.
    expect(await note(aNote("cus_1"))).toBe(2);
    expect(await listMembers(database.pool, "globex", 1)).toMatchObject([{ contactId: john }]);
  });

  it("leaves a follower in the company that a job of their own moves them to meanwhile", async () => {
    await link("cus_1", jane);
    await link("cus_2", null, "cus_1");
    await note(aNote("cus_1"), aNote("cus_2", { key: "globex" }));
    await finishAll();
    await link("cus_1", john);
    const own = await database.pool.connect();
    try {
      await own.query("begin");
      await own.query("update company_members set company_key = 'initech', shows = '2' where customer_id = 'cus_2'");
      const noted = note(aNote("cus_1"));
      await untilBlocked();
      await own.query("commit");
      await noted;
    } finally {
      own.release();
    }
    expect(await listMembers(database.pool, "globex", 1)).toEqual([]);
    expect(await listMembers(database.pool, "initech", 1)).toMatchObject([{ contactId: john }]);
    expect(await dueKeys()).toEqual(["acme", "initech"]);
  });

  it("brings a company back that was given up", async () => {
    await note(aNote("cus_1"));
    await database.pool.query("update companies set dead = true, due_at = null, attempt = 5");
    await note(aNote("cus_1", { shows: "2" }));
    expect(await claim()).toMatchObject([{ key: "acme", attempt: 1 }]);
  });

  it("never waits in a circle when many nodes note many companies at once", async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `company-${index}`);
    const batch = (node: number): readonly CompanyNote[] =>
      (node % 2 === 0 ? keys : keys.toReversed()).map((key, index) => aNote(`cus_${node}_${index}`, { key }));
    await Promise.all(Array.from({ length: 8 }, (_, node) => note(...batch(node))));
    const { rows } = await database.pool.query<{ version: number }>("select distinct version from companies");
    expect(rows).toEqual([{ version: 8 }]);
  });
});

describe("a job", () => {
  it("stays due when a customer changed while it was worked on", async () => {
    await note(aNote("cus_1"));
    const [job] = await claim();
    await note(aNote("cus_2"));
    expect(job && (await finishCompany(database.pool, job, worker))).toBe(true);
    expect(await claim()).toMatchObject([{ key: "acme", version: 2, wasHeld: false }]);
  });

  it("is one worker's at a time, and says when somebody held it before", async () => {
    await note(aNote("cus_1"));
    const [lost] = await claim({ leaseMs: 0 });
    expect(await claim({ by: "w2" })).toMatchObject([{ wasHeld: true }]);
    expect(await claim({ by: "w3" })).toEqual([]);
    expect(lost && (await finishCompany(database.pool, lost, worker))).toBe(false);
  });

  it("that is put off remembers that something may have been written", async () => {
    await note(aNote("cus_1"));
    const [job] = await claim();
    const fault = { worker, code: "X", message: "x", delayMs: 60_000, attempt: 1, isDoubted: true };
    if (job) await postponeCompany(database.pool, job, fault);
    expect(await findCompany(database.pool, "acme")).toMatchObject({ doubted: true, error: { code: "X" } });
    expect(await claim()).toEqual([]);
  });
});

describe("what Intercom shows", () => {
  async function shown(key: string, intercomId: string): Promise<void> {
    await note(aNote(`cus_${key}`, { key }));
    await saveOutcome(database.pool, { key, version: 1 }, { ...asShown, intercomId });
    await finishAll();
  }

  const asShown: CompanyOutcome = {
    state: "shown",
    intercomId: "1",
    known: nothingKnown,
    doubted: false,
    unknowns: [["a", "b"]],
  };

  async function renew(key: string): Promise<void> {
    await doubtCompany(database.pool, key);
    await queueCompanies(database.pool, { keys: [key], lane: "urgent" });
  }

  it("is worked on once more when something else came into force meanwhile", async () => {
    await shown("acme", "1");
    await note(aNote("cus_2", { key: "acme" }));
    const [held] = await claim();
    await queueHeldCompaniesAgain(database.pool);
    expect(held && (await finishCompany(database.pool, held, worker))).toBe(true);
    expect((await claim()).map(({ key }) => key)).toEqual(["acme"]);
  });

  it("stays in doubt when somebody asked for another look while it was worked on", async () => {
    await shown("acme", "1");
    const version = 1;
    await renew("acme");
    await saveOutcome(database.pool, { key: "acme", version }, asShown);
    expect(await findCompany(database.pool, "acme")).toMatchObject({ state: "shown", intercomId: "1", doubted: true });
    await saveOutcome(database.pool, { key: "acme", version: version + 1 }, asShown);
    expect(await findCompany(database.pool, "acme")).toMatchObject({ doubted: false });
  });

  it("is not deleted for good when somebody asked meanwhile that it be made again", async () => {
    await shown("acme", "1");
    await saveOutcome(database.pool, { key: "acme", version: 1 }, { ...asShown, state: "gone" });
    await renew("acme");
    await saveOutcome(database.pool, { key: "acme", version: 1 }, { ...asShown, state: "gone" });
    expect(await findCompany(database.pool, "acme")).toMatchObject({
      state: "waiting",
      intercomId: null,
      doubted: true,
    });
  });

  it("is read back as it was saved", async () => {
    await shown("acme", "1");
    await saveLinks(database.pool, "acme", [{ contactId: jane, state: "attaching" }]);
    await saveLinks(database.pool, "acme", [
      { contactId: jane, state: "ours" },
      { contactId: john, state: "refused" },
    ]);
    await recordCompanyWrites(database.pool, "acme", [{ kind: "create", changes: "[]", requestId: "r1" }]);
    expect(await findCompany(database.pool, "acme")).toMatchObject({
      state: "shown",
      intercomId: "1",
      known: nothingKnown,
      unknowns: [["a", "b"]],
      memberCount: 1,
      contactCount: 1,
      isDue: false,
    });
    expect(await listLinks(database.pool, "acme")).toHaveLength(2);
    expect(await listCompanyWrites(database.pool, "acme", 5)).toMatchObject([{ kind: "create", requestId: "r1" }]);
  });

  it("is compared with a list only when the list is younger than the last write", async () => {
    await shown("acme", "1");
    await recordCompanyWrites(database.pool, "acme", [{ kind: "update", changes: "[]", requestId: null }]);
    const list = { ids: ["1"], keys: ["acme"] };
    expect(await listComparable(database.pool, { ...list, before: new Date(0) })).toEqual([]);
    const [found] = await listComparable(database.pool, { ...list, before: new Date(Date.now() + 60_000) });
    expect(found).toMatchObject({ key: "acme", known: nothingKnown });
    await doubtCompany(database.pool, "acme");
    expect(found && (await takeOverKnown(database.pool, found))).toBe(false);
  });

  it("names those that a list has not shown although they have people", async () => {
    await shown("acme", "1");
    await shown("globex", "2");
    for (const key of ["acme", "globex"]) await saveLinks(database.pool, key, [{ contactId: jane, state: "ours" }]);
    const before = new Date(Date.now() + 60_000);
    expect(await listUnseen(database.pool, { seen: ["1"], before, limit: 10 })).toEqual(["globex"]);
    expect(await listUnseen(database.pool, { seen: [], before, limit: 10 })).toEqual(["acme", "globex"]);
  });

  it("is listed by page and by trouble", async () => {
    await shown("acme", "1");
    await shown("globex", "2");
    await database.pool.query("update companies set state = 'gone' where key = 'globex'");
    expect(await countCompanies(database.pool)).toEqual({ all: 2, dead: 0, gone: 1 });
    const keysOf = async (filter: Parameters<typeof listCompanies>[1]): Promise<readonly string[]> =>
      (await listCompanies(database.pool, filter)).map(({ key }) => key);
    expect(await keysOf({ show: "all", after: "", limit: 10 })).toEqual(["acme", "globex"]);
    expect(await keysOf({ show: "all", after: "acme", limit: 10 })).toEqual(["globex"]);
    expect(await keysOf({ show: "trouble", after: "", limit: 10 })).toEqual(["globex"]);
    expect(await keysOf({ show: "shown", after: "", limit: 10 })).toEqual(["acme"]);
  });

  it("is forgotten when nobody counts to a company that Intercom was never told about", async () => {
    await note(aNote("cus_1"));
    await note(aNote("cus_1", { key: null }));
    await forgetEmptyCompany(database.pool, "acme");
    expect(await findCompany(database.pool, "acme")).toBeDefined();
    await finishAll();
    await forgetEmptyCompany(database.pool, "acme");
    expect(await findCompany(database.pool, "acme")).toBeUndefined();
  });
});
