/** Links between customers and contacts: one contact belongs to one customer, and what was deleted stays known. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { aContact, mint } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { inputsText, type Identity } from "./identity.ts";
import { knownFromContact } from "./known.ts";
import {
  countIdentities,
  findCustomerOfContact,
  findIdentities,
  findUnlinkedBy,
  forgetLookups,
  listLatestWrites,
  markForReading,
  markGone,
  recordWrites,
  saveIdentities,
  type ContactWrite,
} from "./store.ts";

let database: TestDatabase;
let account: string;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  account = mint("account");
});
afterAll(() => database.drop());

const known = knownFromContact(aContact(), {
  standard: { email: null, name: null, phone: null },
  custom: { stripe_plan: "Pro" },
});

function linked(contactId: string, parts: Partial<Identity> = {}): Identity {
  return {
    state: "linked",
    reason: null,
    contactId,
    matchedBy: "email",
    inputs: "x",
    known,
    checkedAtMs: 1_790_000_000_000,
    ...parts,
  };
}

function leftOut(email: string | null, userId: string | null = null): Identity {
  const inputs = inputsText({ userId, email, createMode: "identified" });
  return linked("", { state: "left_out", reason: "no_user_id", contactId: null, matchedBy: null, inputs, known: null });
}

function save(...records: readonly (readonly [customerId: string, identity: Identity])[]): Promise<void> {
  return saveIdentities(
    database.pool,
    records.map(([customerId, identity]) => ({ account, customerId, identity })),
  );
}

async function find(customerId: string): Promise<Identity | undefined> {
  return (await findIdentities(database.pool, account, [customerId])).get(customerId);
}

describe("identities", () => {
  it("come back as they were saved", async () => {
    await save(["cus_1", linked("c1")], ["cus_2", leftOut("jane@example.com")]);

    expect(await find("cus_1")).toEqual(linked("c1"));
    expect(await find("cus_2")).toEqual(leftOut("jane@example.com"));
    expect(await find("cus_3")).toBeUndefined();
    expect(await findCustomerOfContact(database.pool, account, "c1")).toBe("cus_1");
  });

  it("are replaced by what was found later", async () => {
    await save(["cus_1", leftOut("jane@example.com")]);
    await save(["cus_1", linked("c1")]);
    await save(["cus_1", linked("c2")]);

    expect(await find("cus_1")).toMatchObject({ state: "linked", contactId: "c2" });
    expect(await findCustomerOfContact(database.pool, account, "c1")).toBeNull();
  });

  it("may be none", async () => {
    await save();
  });

  it("are counted by state and reason", async () => {
    await save(["cus_1", linked("c1")], ["cus_2", leftOut("a@example.com")], ["cus_3", leftOut("b@example.com")]);

    expect(await countIdentities(database.pool, account)).toEqual(
      expect.arrayContaining([
        { state: "linked", reason: null, count: 1 },
        { state: "left_out", reason: "no_user_id", count: 2 },
      ]),
    );
  });
});

describe("one contact and two customers", () => {
  const shared = { state: "quarantined", reason: "contact_shared", contactId: null, known: null };

  it("keeps the links of others when two customers claim one contact", async () => {
    await save(["cus_a", linked("c1")], ["cus_b", linked("c1")], ["cus_c", linked("c2")]);

    expect(await find("cus_a")).toEqual(linked("c1"));
    expect(await find("cus_b")).toMatchObject(shared);
    expect(await find("cus_c")).toEqual(linked("c2"));
  });

  it("leaves the contact to whoever had it first", async () => {
    await save(["cus_z", linked("c1")]);
    await save(["cus_a", linked("c1")]);

    expect(await find("cus_z")).toEqual(linked("c1"));
    expect(await find("cus_a")).toMatchObject(shared);
  });

  it("lets the owner save the link again", async () => {
    await save(["cus_a", linked("c1")]);
    await save(["cus_a", linked("c1", { checkedAtMs: 1_790_000_001_000 })]);

    expect(await find("cus_a")).toMatchObject({ state: "linked", checkedAtMs: 1_790_000_001_000 });
  });

  it("gives the contact of another account to anybody", async () => {
    await save(["cus_a", linked("c1")]);
    account = mint("account");
    await save(["cus_b", linked("c1")]);

    expect(await find("cus_b")).toEqual(linked("c1"));
  });

  it("ends well when two nodes record at the same moment", async () => {
    const outcomes = await Promise.allSettled([
      save(["cus_a", linked("c1")], ["cus_x", linked("c8")]),
      save(["cus_b", linked("c1")], ["cus_y", linked("c9")]),
    ]);
    const rejected = outcomes.filter((outcome) => outcome.status === "rejected");

    // Who loses the race may have to record again; a second attempt succeeds.
    for (const _ of rejected)
      await save(["cus_a", linked("c1")], ["cus_b", linked("c1")], ["cus_x", linked("c8")], ["cus_y", linked("c9")]);
    const states = await Promise.all(["cus_a", "cus_b", "cus_x", "cus_y"].map(async (id) => (await find(id))?.state));
    expect(states.filter((state) => state === "linked")).toHaveLength(3);
    expect(states.filter((state) => state === "quarantined")).toHaveLength(1);
  });
});

describe("signals", () => {
  it("find who waits for somebody with this address or user id", async () => {
    await save(
      ["cus_mail", leftOut("jane@example.com")],
      ["cus_id", leftOut(null, "u1")],
      ["cus_both", leftOut("jane@example.com", "u1")],
      ["cus_other", leftOut("joan@example.com", "u2")],
      [
        "cus_linked",
        linked("c1", { inputs: inputsText({ userId: "u1", email: "jane@example.com", createMode: "all" }) }),
      ],
    );
    const by = (userId: string | null, email: string | null): Promise<readonly string[]> =>
      findUnlinkedBy(database.pool, account, { userId, email });

    expect((await by(null, "jane@example.com")).toSorted()).toEqual(["cus_both", "cus_mail"]);
    expect((await by("u1", null)).toSorted()).toEqual(["cus_both", "cus_id"]);
    expect((await by("u1", "jane@example.com")).toSorted()).toEqual(["cus_both", "cus_id", "cus_mail"]);
    expect(await by(null, null)).toEqual([]);
    expect(await by("jane@example.com", "u1")).toEqual([]);
  });

  it("make the next job look again", async () => {
    await save(["cus_1", leftOut("jane@example.com")]);
    await forgetLookups(database.pool, account, ["cus_1"]);

    expect((await find("cus_1"))?.checkedAtMs).toBe(0);
  });

  it("leave a tombstone of a deleted contact", async () => {
    await save(["cus_1", linked("c1")]);
    await markGone(database.pool, account, "c1");

    expect(await find("cus_1")).toMatchObject({
      state: "gone",
      reason: "contact_deleted",
      contactId: "c1",
      known: null,
    });
  });

  it("have an archived contact read again", async () => {
    await save(["cus_1", linked("c1")]);

    expect(await markForReading(database.pool, account, { contactId: "c1", survivorId: null })).toBe("cus_1");
    expect(await find("cus_1")).toMatchObject({ state: "archived", contactId: "c1", known: null, checkedAtMs: 0 });
    expect(await markForReading(database.pool, account, { contactId: "c9", survivorId: null })).toBeNull();
  });

  it("follow a merged contact, unless the survivor is somebody else's", async () => {
    await save(["cus_1", linked("c1")], ["cus_2", linked("c2")], ["cus_3", linked("c3")]);

    expect(await markForReading(database.pool, account, { contactId: "c1", survivorId: "c9" })).toBe("cus_1");
    expect(await find("cus_1")).toMatchObject({ contactId: "c9" });
    expect(await markForReading(database.pool, account, { contactId: "c2", survivorId: "c3" })).toBe("cus_2");
    expect(await find("cus_2")).toMatchObject({ contactId: "c2" });
    expect(await find("cus_3")).toEqual(linked("c3"));
  });

  it("do not bring a deleted contact back", async () => {
    await save(["cus_1", linked("c1")]);
    await markGone(database.pool, account, "c1");

    expect(await markForReading(database.pool, account, { contactId: "c1", survivorId: null })).toBeNull();
    expect(await find("cus_1")).toMatchObject({ state: "gone" });
  });
});

describe("the record of writes", () => {
  it("lists the latest first", async () => {
    const write: ContactWrite = {
      account,
      customerId: "cus_1",
      contactId: "c1",
      kind: "create",
      lane: "urgent",
      changes: "[]",
      requestId: null,
      lagMs: 12.4,
      at: new Date(1_790_000_000_000),
    };
    await recordWrites(database.pool, [write, { ...write, kind: "update", lane: "calm" }]);
    await recordWrites(database.pool, []);

    expect(await listLatestWrites(database.pool, account, 5)).toMatchObject([
      { kind: "update", lane: "calm" },
      { kind: "create", lane: "urgent", customer_id: "cus_1", contact_id: "c1", lag_ms: 12, at: write.at },
    ]);
  });
});
