/** What is sent to Intercom when it refuses a part. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { aContact, aCopy, anIdentity, aSyncContext, mint } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { buildPerson } from "../billing/person.ts";
import { groupCopies } from "../billing/profile.ts";
import { inputsText } from "../contacts/identity.ts";
import { knownFromContact } from "../contacts/known.ts";
import { findIdentities, saveIdentities } from "../contacts/store.ts";
import type { IntercomClient } from "../intercom/client.ts";
import { IntercomRejected } from "../intercom/failure.ts";
import { presetMapping } from "../mapping/default-document.ts";
import { customerKeyText } from "../model/customer-key.ts";
import { syncContact } from "./sync-contact.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

it("nothing is written when a phone number was all there was, and Intercom refuses it", async () => {
  const contact = aContact();
  const puts: unknown[] = [];
  const request = async (call: { readonly method: string; readonly body?: unknown }): Promise<unknown> => {
    await Promise.resolve();
    if (call.method === "GET") return { data: contact, requestId: "req_1" };
    puts.push(call.body);
    const error = { code: "parameter_invalid", message: "Phone is invalid", field: "phone" };
    throw new IntercomRejected(error as never, { status: 400, vendorCode: error.code, requestId: null });
  };
  const customer = { account: mint("account"), customerId: mint("cus") };
  const desired = { standard: { email: null, name: null, phone: "12" }, custom: {}, shared: new Set<string>() };
  const inputs = inputsText({ userId: null, email: contact.email, createMode: "identified" });
  const known = knownFromContact(contact, { ...desired, standard: { ...desired.standard, phone: null } });
  const linked = anIdentity({ state: "linked", contactId: contact.id, matchedBy: "email", known, inputs });
  await saveIdentities(database.pool, [{ ...customer, identity: linked }]);
  const identity = (await findIdentities(database.pool, [customer])).get(customerKeyText(customer));
  const copies = groupCopies(customer.customerId, [
    aCopy("customer", { email: contact.email }, { id: customer.customerId }),
  ]);
  if (!copies) throw new Error("There is no customer.");
  const own = { account: customer.account, isMain: true, livemode: false, copies };
  const person = { ...buildPerson([own]), customers: [own], desired, mapping: presetMapping("stripe") };
  const intercom = { request, close: async () => undefined } as unknown as IntercomClient;
  const context = aSyncContext({ pool: database.pool, account: customer.account, intercom });
  const subject = { customer, person, identity, lane: "calm", guard: async () => undefined, isConnected: () => true };

  const synced = await syncContact(context, { ...subject, lane: "calm" });

  expect(puts).toHaveLength(1);
  expect(synced.written).toBeNull();
  // What was refused is not asked for twice.
  expect(synced.identity?.known?.standard.phone).toMatchObject({ shown: null, asked: "12" });
});
