/** What becomes of a contact of which Intercom refuses a part, or that is not there. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { aContact, aCopy, anIdentity, aSyncContext, mint } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { buildPerson } from "../billing/person.ts";
import { groupCopies } from "../billing/profile.ts";
import { inputsText } from "../contacts/identity.ts";
import { knownFromContact } from "../contacts/known.ts";
import { findIdentities, saveIdentities } from "../contacts/store.ts";
import type { IntercomClient } from "../intercom/client.ts";
import { IntercomContactMerged, IntercomNotFound, IntercomRejected } from "../intercom/failure.ts";
import { presetMapping } from "../mapping/default-document.ts";
import { customerKeyText } from "../model/customer-key.ts";
import { syncContact, type Synced } from "./sync-contact.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const contact = aContact();

type Call = { readonly method: string; readonly params?: { readonly id?: string }; readonly body?: unknown };

/** Syncs a linked customer whose phone number alone has changed, with an Intercom that answers like this. */
async function syncPhone(answer: (call: Call) => typeof contact): Promise<Synced> {
  const customer = { account: mint("account"), customerId: mint("cus") };
  const desired = { standard: { email: null, name: null, phone: "12" }, custom: {}, shared: new Set<string>() };
  const inputs = inputsText({ userId: null, email: contact.email, createMode: "identified" });
  const known = knownFromContact(contact, { ...desired, standard: { ...desired.standard, phone: null } });
  const linked = anIdentity({ state: "linked", contactId: contact.id, matchedBy: "email", known, inputs });
  await saveIdentities(database.pool, [{ ...customer, identity: linked }]);
  const identity = (await findIdentities(database.pool, [customer])).get(customerKeyText(customer));
  const { customerId: id } = customer;
  const copies = groupCopies(id, [aCopy("customer", { email: contact.email }, { id })]);
  if (!copies) throw new Error("There is no customer.");
  const own = { account: customer.account, isMain: true, livemode: false, copies };
  const person = { ...buildPerson([own]), customers: [own], desired, mapping: presetMapping("stripe") };
  const request = async (call: Call): Promise<unknown> => {
    await Promise.resolve();
    return { data: answer(call), requestId: "req_1" };
  };
  // oxlint-disable-next-line no-unsafe-type-assertion -- it answers what the client would have parsed
  const intercom = { request, close: async () => undefined } as unknown as IntercomClient;
  const context = aSyncContext({ pool: database.pool, account: customer.account, intercom });
  const guard = async (): Promise<void> => undefined;
  const synced = await syncContact(context, {
    customer,
    person,
    identity,
    lane: "calm",
    guard,
    isConnected: () => true,
  });
  // A contact belongs to one customer, and each test has its own.
  await database.pool.query("delete from identities where contact_id = $1", [contact.id]);
  return synced;
}

const refused = { status: 404, vendorCode: "not_found", requestId: null };

it("nothing is written when a phone number was all there was, and Intercom refuses it", async () => {
  const puts: unknown[] = [];
  const synced = await syncPhone(({ method, body }) => {
    if (method === "GET") return contact;
    puts.push(body);
    const error = { code: "parameter_invalid", message: "Phone is invalid", field: "phone" };
    throw new IntercomRejected(error as never, { ...refused, status: 400, vendorCode: error.code });
  });

  expect(puts).toHaveLength(1);
  expect(synced.written).toBeNull();
  // What was refused is not asked for twice.
  expect(synced.identity?.known?.standard.phone).toMatchObject({ shown: null, asked: "12" });
});

it("a contact that was merged into one that is archived counts as archived, and the survivor is waited for", async () => {
  const survivorId = "64b7f0c2a1d3e4f5a6b7c8aa";
  const synced = await syncPhone(({ params }) => {
    if (params?.id === survivorId) throw new IntercomNotFound("GET /contacts/{id}", refused);
    throw new IntercomContactMerged(survivorId, { ...refused, status: 410 });
  });

  expect(synced.identity).toMatchObject({ state: "archived", contactId: survivorId });
});
