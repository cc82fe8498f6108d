/** Links between customers and contacts: one contact belongs to one customer, and what was deleted stays known. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { aContact, anIdentity, mint } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { inputsText, type Identity } from "./identity.ts";
import { knownFromContact } from "./known.ts";
import { transaction } from "../db/transaction.ts";
import { customerKeyText, type CustomerKey } from "../model/customer-key.ts";
import {
  countIdentities,
  decideIdentity,
  doubtKnown,
  findIdentities,
  findUnlinkedBy,
  followMerge,
  forgetLookups,
  listIdentities,
  listLatestWrites,
  listLeadersByContact,
  markForReading,
  markGone,
  moveMembers,
  recordWrites,
  reserveContact,
  saveIdentities,
  saveKnown,
  succeed,
  unlink,
  type ContactWrite,
  type Reservation,
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
  shared: new Set(),
});

function linked(contactId: string, parts: Partial<Identity> = {}): Identity {
  return anIdentity({ state: "linked", contactId, matchedBy: "email", known, ...parts });
}

function follows(leader: string, parts: Partial<Identity> = {}): Identity {
  return linked("", { contactId: null, known: null, leader: key(leader), ...parts });
}

function key(customerId: string): CustomerKey {
  return { account, customerId };
}

function leftOut(email: string | null, userId: string | null = null): Identity {
  const inputs = inputsText({ userId, email, createMode: "identified" });
  return linked("", { state: "left_out", reason: "no_user_id", contactId: null, matchedBy: null, inputs, known: null });
}

/** Saves them over whatever is there, as a job does that has just read them. */
async function save(...records: readonly (readonly [customerId: string, identity: Identity])[]): Promise<void> {
  const stored = await findIdentities(
    database.pool,
    records.map(([customerId]) => key(customerId)),
  );
  await saveIdentities(
    database.pool,
    records.map(([customerId, identity]) => {
      const version = stored.get(customerKeyText(key(customerId)))?.version ?? null;
      return { account, customerId, identity: { ...identity, version } };
    }),
  );
}

/** The identity without its version, which no test can foretell. */
async function find(customerId: string): Promise<Identity | undefined> {
  const found = await findWithVersion(customerId);
  return found && { ...found, version: null };
}

async function findWithVersion(customerId: string): Promise<Identity | undefined> {
  return (await findIdentities(database.pool, [key(customerId)])).get(customerKeyText(key(customerId)));
}

async function ownerOf(contactId: string): Promise<string | undefined> {
  return (await listLeadersByContact(database.pool, [contactId]))[0]?.customer.customerId;
}

/** Contacts are unique in the workspace, so each test has contacts of its own. */
function contact(name: string): string {
  return `${account}-${name}`;
}

/** Who has the contact in its place; null when it is the customer's. */
async function reserve(
  customerId: string,
  contactId: string,
  parts: Partial<Reservation> = {},
): Promise<CustomerKey | "changed" | null> {
  const reserved = await reserveContact(database.pool, {
    customer: key(customerId),
    contactId,
    matchedBy: "email",
    inputs: anIdentity().inputs,
    known,
    version: (await findWithVersion(customerId))?.version ?? null,
    ...parts,
  });
  if (reserved.kind === "taken") return reserved.by;
  return reserved.kind === "changed" ? "changed" : null;
}

describe("identities", () => {
  it("come back as they were saved", async () => {
    await save(["cus_1", linked(contact("c1"))], ["cus_2", leftOut("jane@example.com")]);

    expect(await find("cus_1")).toEqual(linked(contact("c1")));
    expect(await find("cus_2")).toEqual(leftOut("jane@example.com"));
    expect(await find("cus_3")).toBeUndefined();
    expect(await ownerOf(contact("c1"))).toBe("cus_1");
  });

  it("are replaced by what was found later", async () => {
    await save(["cus_1", leftOut("jane@example.com")]);
    await save(["cus_1", linked(contact("c1"))]);
    await save(["cus_1", linked(contact("c2"))]);

    expect(await find("cus_1")).toMatchObject({ state: "linked", contactId: contact("c2") });
    expect(await ownerOf(contact("c1"))).toBeUndefined();
  });

  it("may be none", async () => {
    await save();
  });

  it("are counted by state and reason", async () => {
    await save(
      ["cus_1", linked(contact("c1"))],
      ["cus_2", leftOut("a@example.com")],
      ["cus_3", leftOut("b@example.com")],
    );

    expect(await countIdentities(database.pool, account)).toEqual(
      expect.arrayContaining([
        { state: "linked", reason: null, count: 1 },
        { state: "left_out", reason: "no_user_id", count: 2 },
      ]),
    );
  });
});

describe("one contact and two customers", () => {
  it("belongs to whoever reserved it first", async () => {
    expect(await reserve("cus_z", contact("c1"))).toBeNull();
    expect(await reserve("cus_a", contact("c1"))).toEqual(key("cus_z"));
    expect(await reserve("cus_z", contact("c1"))).toBeNull();

    expect(await find("cus_z")).toMatchObject({ state: "linked", contactId: contact("c1") });
    expect(await find("cus_a")).toBeUndefined();
  });

  it("belongs to one of them when both reserve it at the same moment", async () => {
    const answers = await Promise.all(["cus_a", "cus_b", "cus_c", "cus_d"].map((id) => reserve(id, contact("c1"))));
    const owner = await ownerOf(contact("c1"));

    expect(answers.filter((answer) => answer === null)).toHaveLength(1);
    expect(answers.filter((answer) => typeof answer === "object" && answer?.customerId === owner)).toHaveLength(3);
  });

  it("belongs to a customer of any account only once", async () => {
    const id = contact("c1");
    await reserve("cus_a", id);
    const first = key("cus_a");
    account = mint("account");

    expect(await reserve("cus_b", id)).toEqual(first);
  });

  it("refuses a link that was not reserved", async () => {
    await reserve("cus_a", contact("c1"));

    await expect(save(["cus_b", linked(contact("c1"))])).rejects.toMatchObject({ code: "23505" });
  });

  it("is not kept by somebody who is not linked", async () => {
    await reserve("cus_a", contact("c1"));
    await save(["cus_b", linked(contact("c1"), { state: "archived", reason: "contact_archived", known: null })]);

    expect(await find("cus_b")).toMatchObject({ state: "archived", contactId: null });
  });
});

describe("a person with several customers", () => {
  it("is led by one, who knows the others", async () => {
    await reserve("cus_a", contact("c1"));
    await save(["cus_b", follows("cus_a")], ["cus_c", follows("cus_a")]);

    expect((await find("cus_a"))?.members).toEqual([key("cus_b"), key("cus_c")]);
    expect(await find("cus_b")).toMatchObject({ leader: key("cus_a"), contactId: null, members: [] });
  });

  it("follows another leader as a whole", async () => {
    await reserve("cus_a", contact("c1"));
    await reserve("cus_z", contact("c2"));
    await save(["cus_b", follows("cus_a")]);
    await moveMembers(database.pool, { from: key("cus_a"), to: key("cus_z") });

    expect((await find("cus_b"))?.leader).toEqual(key("cus_z"));
    expect((await find("cus_a"))?.members).toEqual([]);
  });

  it("is led by the first of the others when the leader leaves", async () => {
    await reserve("cus_a", contact("c1"));
    await save(["cus_b", follows("cus_a")], ["cus_c", follows("cus_a")]);
    await transaction(database.pool, (tx) => unlink(tx, key("cus_a")));

    expect(await find("cus_a")).toMatchObject({ state: "left_out", contactId: null, known: null, checkedAtMs: 0 });
    expect(await find("cus_b")).toMatchObject({
      contactId: contact("c1"),
      known,
      doubted: true,
      leader: null,
      members: [key("cus_c")],
    });
  });

  it("is left by a member without a trace on the others", async () => {
    await reserve("cus_a", contact("c1"));
    await save(["cus_b", follows("cus_a")]);
    await transaction(database.pool, (tx) => unlink(tx, key("cus_b")));

    expect(await find("cus_b")).toMatchObject({ state: "left_out", leader: null });
    expect(await find("cus_a")).toMatchObject({ state: "linked", contactId: contact("c1"), members: [] });
  });
});

describe("a row that others have changed meanwhile", () => {
  it("is not overwritten by a job that read it before", async () => {
    await reserve("cus_a", contact("c1"));
    await reserve("cus_b", contact("c2"));
    await save(["cus_c", follows("cus_a")]);
    const read = await findWithVersion("cus_c");
    // The leader leaves, and the member inherits the contact.
    await transaction(database.pool, (tx) => unlink(tx, key("cus_a")));
    if (!read) throw new Error("There is no cus_c.");
    const saved = await saveIdentities(database.pool, [
      { ...key("cus_c"), identity: { ...read, inputs: '["u","x","all"]' } },
    ]);

    expect(saved.size).toBe(0);
    expect(await find("cus_c")).toMatchObject({ contactId: contact("c1"), leader: null });
  });

  it.each<[string, () => Promise<unknown>]>([
    ["a tombstone", () => markGone(database.pool, contact("c1"))],
    ["a doubt", () => doubtKnown(database.pool, [key("cus_a")])],
    ["a decision", () => decideIdentity(database.pool, key("cus_a"), { kind: "ignore" })],
    [
      "a merge",
      () =>
        transaction(database.pool, (tx) => followMerge(tx, { contactId: contact("c1"), survivorId: contact("c8") })),
    ],
  ])("keeps %s", async (_what, change) => {
    await reserve("cus_a", contact("c1"));
    const read = await findWithVersion("cus_a");
    await change();
    const changed = await find("cus_a");
    if (!read) throw new Error("There is no cus_a.");

    expect((await saveIdentities(database.pool, [{ ...key("cus_a"), identity: read }])).size).toBe(0);
    expect(await saveKnown(database.pool, key("cus_a"), { known, version: read.version })).toBeNull();
    expect(await reserve("cus_a", contact("c3"), { version: read.version })).toBe("changed");
    expect(await find("cus_a")).toEqual(changed);
  });

  it("is saved by whoever read it last", async () => {
    await reserve("cus_a", contact("c1"));
    const version = await saveKnown(database.pool, key("cus_a"), {
      known,
      version: (await findWithVersion("cus_a"))?.version ?? null,
    });
    const identity = linked(contact("c1"), { version });

    expect((await saveIdentities(database.pool, [{ ...key("cus_a"), identity }])).size).toBe(1);
  });
});

describe("a leader whose account is no longer connected", () => {
  it("is succeeded by one who follows, with the contact and all the others", async () => {
    await reserve("cus_a", contact("c1"));
    await save(["cus_b", follows("cus_a")], ["cus_c", follows("cus_a")]);
    const succession = { customer: key("cus_c"), from: key("cus_a") };

    expect(await transaction(database.pool, (tx) => succeed(tx, succession))).toBe(true);
    expect(await find("cus_c")).toMatchObject({ contactId: contact("c1"), leader: null, doubted: true });
    expect((await find("cus_c"))?.members).toEqual([key("cus_a"), key("cus_b")]);
    expect(await transaction(database.pool, (tx) => succeed(tx, succession))).toBe(false);
  });
});

describe("a doubt about what Intercom shows", () => {
  it("stays until the contact was read or written", async () => {
    await reserve("cus_a", contact("c1"));
    await doubtKnown(database.pool, [key("cus_a")]);
    expect(await find("cus_a")).toMatchObject({ doubted: true, known });
    await save(["cus_a", linked(contact("c1"))]);

    expect(await find("cus_a")).toMatchObject({ doubted: false });
  });
});

describe("decisions", () => {
  it("stay when a job saves what it found before", async () => {
    await save(["cus_1", leftOut("jane@example.com")]);
    expect(await decideIdentity(database.pool, key("cus_1"), { kind: "link", contactId: "c7" })).toBe(true);
    await save(["cus_1", leftOut("jane@example.com")]);

    expect((await find("cus_1"))?.decision).toEqual({ kind: "link", contactId: "c7" });
  });

  it("are done once the contact is the customer's", async () => {
    await save(["cus_1", leftOut("jane@example.com")]);
    await decideIdentity(database.pool, key("cus_1"), { kind: "link", contactId: contact("c7") });
    await reserve("cus_1", contact("c7"), { matchedBy: "person" });

    expect(await find("cus_1")).toMatchObject({ decision: null, matchedBy: "person", contactId: contact("c7") });
  });

  it("can be taken back", async () => {
    await save(["cus_1", anIdentity({ state: "ignored", reason: "ignored_by_person" })]);
    await decideIdentity(database.pool, key("cus_1"), { kind: "ignore" });
    expect((await find("cus_1"))?.decision).toEqual({ kind: "ignore" });
    await decideIdentity(database.pool, key("cus_1"), null);

    expect(await find("cus_1")).toMatchObject({ decision: null, state: "left_out", checkedAtMs: 0 });
  });

  it("need a customer that is known", async () => {
    expect(await decideIdentity(database.pool, key("cus_unknown"), { kind: "ignore" })).toBe(false);
  });

  it("are prepared by a list of who waits, page by page", async () => {
    const proposals = [{ contactId: "c1", role: "user" as const, externalId: null, name: "Jane" }];
    await save(["cus_1", anIdentity({ state: "quarantined", reason: "email_ambiguous", proposals })]);
    await save(["cus_2", anIdentity({ state: "quarantined", reason: "email_ambiguous" })]);
    const page = { states: ["quarantined" as const], after: { account, customerId: "" }, limit: 1 };
    const [first] = await listIdentities(database.pool, page);
    const [second] = await listIdentities(database.pool, { ...page, after: first?.customer ?? null });

    expect(first).toMatchObject({ customer: key("cus_1"), identity: { proposals } });
    expect(second?.customer).toEqual(key("cus_2"));
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
        linked(contact("c1"), { inputs: inputsText({ userId: "u1", email: "jane@example.com", createMode: "all" }) }),
      ],
    );
    const by = async (userId: string | null, email: string | null): Promise<readonly string[]> => {
      const found = await findUnlinkedBy(database.pool, { userId, email });
      return found
        .filter((customer) => customer.account === account)
        .map(({ customerId }) => customerId)
        .toSorted();
    };

    expect(await by(null, "jane@example.com")).toEqual(["cus_both", "cus_mail"]);
    expect(await by("u1", null)).toEqual(["cus_both", "cus_id"]);
    expect(await by("u1", "jane@example.com")).toEqual(["cus_both", "cus_id", "cus_mail"]);
    expect(await by(null, null)).toEqual([]);
    expect(await by("jane@example.com", "u1")).toEqual([]);
  });

  it("make the next job look again", async () => {
    await save(["cus_1", leftOut("jane@example.com")]);
    await forgetLookups(database.pool, [key("cus_1")]);

    expect((await find("cus_1"))?.checkedAtMs).toBe(0);
  });

  it("leave a tombstone of a deleted contact", async () => {
    await save(["cus_1", linked(contact("c1"))]);
    await markGone(database.pool, contact("c1"));

    expect(await find("cus_1")).toMatchObject({
      state: "gone",
      reason: "contact_deleted",
      contactId: contact("c1"),
      known: null,
    });
    expect(await markForReading(database.pool, contact("c1"))).toBeNull();
    expect(await find("cus_1")).toMatchObject({ state: "gone" });
  });

  it("have an archived contact read again", async () => {
    await save(["cus_1", linked(contact("c1"))]);

    expect(await markForReading(database.pool, contact("c1"))).toEqual(key("cus_1"));
    expect(await find("cus_1")).toMatchObject({ state: "archived", known: null, checkedAtMs: 0 });
    expect(await markForReading(database.pool, contact("c9"))).toBeNull();
  });

  it("have a contact read that comes back to who has none meanwhile", async () => {
    await save(["cus_1", linked(contact("c1"), { state: "left_out", reason: "no_user_id", known: null })]);

    expect(await markForReading(database.pool, contact("c1"))).toEqual(key("cus_1"));
    expect(await find("cus_1")).toMatchObject({ state: "archived", checkedAtMs: 0 });
  });

  it("follow a merged contact", async () => {
    await save(["cus_1", linked(contact("c1"))]);

    expect(await merge("c1", "c9")).toEqual([key("cus_1")]);
    expect(await find("cus_1")).toMatchObject({ state: "archived", contactId: contact("c9"), checkedAtMs: 0 });
  });

  it("make one person of two customers whose contacts were merged", async () => {
    await save(["cus_1", linked(contact("c1"))], ["cus_2", linked(contact("c2"))]);
    await save(["cus_3", follows("cus_1")]);

    expect(await merge("c1", "c2")).toEqual([key("cus_2"), key("cus_1")]);
    expect(await find("cus_1")).toMatchObject({ state: "linked", leader: key("cus_2"), contactId: null });
    expect((await find("cus_2"))?.members).toEqual([key("cus_1"), key("cus_3")]);
    expect(await merge("c7", "c2")).toEqual([key("cus_2")]);
  });

  const merge = (from: string, into: string): Promise<readonly CustomerKey[]> =>
    transaction(database.pool, (tx) => followMerge(tx, { contactId: contact(from), survivorId: contact(into) }));
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
      basis: null,
      mapping: "stripe@1",
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
