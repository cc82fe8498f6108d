/** What the census answers, and when it does not. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import type { Contact } from "../model/contact.ts";
import { addCensusPage, beginCensus, clearCensus, findCensus, findInCensus, listFromCensus } from "./census.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(() => clearCensus(database.pool));

function aContact(id: string, parts: Partial<Contact> = {}): Contact {
  return { id, role: "user", externalId: null, email: null, phone: null, name: null, customAttributes: {}, ...parts };
}

const names = new Set(["stripe_plan"]);
const jane = aContact("c1", {
  externalId: "user_1",
  email: "Jane@Example.com",
  customAttributes: { stripe_plan: "Pro", shoe_size: 41 },
});
const lead = aContact("c2", { role: "lead", externalId: "user_1", email: "jane@example.com " });
const john = aContact("c3", { externalId: "user_3", email: "john@example.com" });

async function take(contacts: readonly Contact[]): Promise<void> {
  await beginCensus(database.pool);
  const page = { contacts, total: contacts.length, cursor: null };
  await addCensusPage(database.pool, { page, after: null, names });
}

const idsOf = (contacts: readonly Contact[] | null) => contacts?.map(({ id }) => id).toSorted();

describe("findInCensus", () => {
  it("knows nothing without a census, or before it is complete", async () => {
    expect(await findInCensus(database.pool, { externalId: "user_1", emails: [] })).toBeNull();
    await beginCensus(database.pool);
    const page = { contacts: [jane], total: 2, cursor: "next" };
    await addCensusPage(database.pool, { page, after: null, names });
    expect(await findInCensus(database.pool, { externalId: "user_1", emails: [] })).toBeNull();
    expect(await findCensus(database.pool)).toEqual({ cursor: "next", contacts: 1, total: 2, complete: false });
  });

  it("finds users by their id, and everybody by e-mail in any spelling", async () => {
    await take([jane, lead, john]);
    expect(idsOf(await findInCensus(database.pool, { externalId: "user_1", emails: [] }))).toEqual(["c1"]);
    const byEmail = await findInCensus(database.pool, { externalId: null, emails: ["JANE@example.com"] });
    expect(idsOf(byEmail)).toEqual(["c1", "c2"]);
    expect(await findInCensus(database.pool, { externalId: "user_9", emails: ["nobody@example.com"] })).toEqual([]);
  });

  it("keeps of the attributes those of the mapping only", async () => {
    await take([jane]);
    const [found] = (await findInCensus(database.pool, { externalId: "user_1", emails: [] })) ?? [];
    expect(found).toEqual({ ...jane, customAttributes: { stripe_plan: "Pro" } });
  });

  it("is not believed after a day", async () => {
    await take([jane]);
    await database.pool.query("update census set started_at = now() - interval '25 hours'");
    expect(await findInCensus(database.pool, { externalId: "user_1", emails: [] })).toBeNull();
    expect(await beginCensus(database.pool)).toEqual({ cursor: null, contacts: 0, total: null, complete: false });
  });
});

describe("addCensusPage", () => {
  it("does not add a page that somebody else has added", async () => {
    await beginCensus(database.pool);
    const page = { contacts: [jane], total: 2, cursor: "next" };
    await addCensusPage(database.pool, { page, after: null, names });
    await addCensusPage(database.pool, { page, after: null, names });
    expect(await findCensus(database.pool)).toMatchObject({ contacts: 1, cursor: "next" });
  });
});

describe("listFromCensus", () => {
  it("answers for many at once, each contact once", async () => {
    await take([jane, lead, john]);
    const wanted = { externalIds: ["user_1", "user_3"], emails: ["john@example.com"] };
    expect(idsOf(await listFromCensus(database.pool, wanted))).toEqual(["c1", "c2", "c3"]);
  });
});
