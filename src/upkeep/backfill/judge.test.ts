/** What a run would do with one customer. */
import { describe, expect, it } from "vitest";
import type { Identity } from "../../contacts/identity.ts";
import { inputsText } from "../../contacts/identity.ts";
import { knownFromContact } from "../../contacts/known.ts";
import type { DesiredContact } from "../../model/attribute.ts";
import type { Contact } from "../../model/contact.ts";
import { isWhyNot, judge, withLeaders, type Subject } from "./judge.ts";

const desired: DesiredContact = {
  standard: { email: "jane@example.com", name: "Jane", phone: null },
  custom: { stripe_plan: "Pro" },
  shared: new Set(),
};

function aContact(parts: Partial<Contact> = {}): Contact {
  return {
    id: "c1",
    role: "user",
    externalId: null,
    email: "jane@example.com",
    phone: null,
    name: "Jane",
    customAttributes: {},
    ...parts,
  };
}

const inputs = { userId: "user_1", email: "jane@example.com", createMode: "identified" } as const;

function aSubject(parts: Partial<Subject> = {}): Subject {
  return {
    identity: undefined,
    inputs,
    desired,
    deleted: false,
    contacts: [],
    groupMode: "person",
    isTaken: () => false,
    nowMs: 1_790_000_000_000,
    ...parts,
  };
}

function anIdentity(parts: Partial<Identity> = {}): Identity {
  return {
    state: "linked",
    reason: null,
    contactId: "c1",
    matchedBy: "user_id",
    inputs: inputsText(inputs),
    known: knownFromContact(aContact(), desired),
    doubted: false,
    checkedAtMs: 0,
    leader: null,
    members: [],
    proposals: [],
    decision: null,
    version: null,
    ...parts,
  };
}

const right = aContact({ externalId: "user_1", customAttributes: { stripe_plan: "Pro" } });
const eMailOnly = { ...inputs, userId: null };

describe("judge", () => {
  it.each<[string, Partial<Subject>, object]>([
    [
      "matches by user id",
      { contacts: [aContact({ externalId: "user_1" })] },
      { outcome: "matched", reason: "user_id", writes: true },
    ],
    [
      "needs no write when all is right",
      { contacts: [right] },
      { outcome: "matched", reason: "user_id", writes: false },
    ],
    ["matches by e-mail", { contacts: [aContact()] }, { outcome: "matched", reason: "email", target: "c1" }],
    ["never matches a lead", { contacts: [aContact({ role: "lead", externalId: "user_1" })] }, { outcome: "created" }],
    ["makes a contact for a known user id", {}, { outcome: "created", reason: "user_id", writes: true }],
    ["makes none for an e-mail alone", { inputs: eMailOnly }, { outcome: "skipped", reason: "no_user_id" }],
    [
      "makes one for an e-mail when told to",
      { inputs: { ...eMailOnly, createMode: "all" } },
      { outcome: "created", reason: "email" },
    ],
    [
      "makes none at all when told so",
      { inputs: { ...inputs, createMode: "none" } },
      { outcome: "skipped", reason: "creation_off" },
    ],
    ["leaves out who was deleted", { deleted: true }, { outcome: "skipped", reason: "customer_deleted" }],
    [
      "asks a person when several users share the e-mail",
      { inputs: eMailOnly, contacts: [aContact(), aContact({ id: "c2" })] },
      { outcome: "quarantined", reason: "email_ambiguous", target: null },
    ],
    [
      "groups who finds a contact that is taken",
      { contacts: [right], isTaken: () => true },
      { outcome: "grouped", reason: "user_id" },
    ],
    [
      "asks a person when the settings group nobody",
      { contacts: [right], isTaken: () => true, groupMode: "none" },
      { outcome: "quarantined", reason: "contact_shared" },
    ],
  ])("%s", (_, parts, expected) => {
    expect(judge(aSubject(parts))).toMatchObject(expected);
  });

  it("compares a linked contact with what it is known to show", () => {
    expect(judge(aSubject({ identity: anIdentity() }))).toMatchObject({ outcome: "linked", writes: true });
    const known = knownFromContact(right, desired);
    expect(judge(aSubject({ identity: anIdentity({ known }) }))).toMatchObject({ outcome: "linked", writes: false });
    const follower = anIdentity({ contactId: null, known: null, leader: { account: "main", customerId: "cus_0" } });
    expect(judge(aSubject({ identity: follower }))).toMatchObject({
      outcome: "linked",
      reason: "follows",
      writes: false,
    });
  });

  it("leaves alone whom a person decided about, and whose contact was deleted", () => {
    const ignored = anIdentity({ state: "ignored", reason: "ignored_by_person", decision: { kind: "ignore" } });
    expect(judge(aSubject({ identity: ignored }))).toMatchObject({ outcome: "skipped", reason: "ignored_by_person" });
    const gone = anIdentity({ state: "gone", reason: "contact_deleted", known: null });
    expect(judge(aSubject({ identity: gone }))).toMatchObject({ outcome: "skipped", reason: "contact_deleted" });
    const wanted = anIdentity({ state: "quarantined", contactId: null, decision: { kind: "link", contactId: "c9" } });
    expect(judge(aSubject({ identity: wanted }))).toMatchObject({ outcome: "matched", reason: "person", target: "c9" });
  });

  it("does not make a contact again that was linked once", () => {
    const archived = anIdentity({ state: "archived", reason: "contact_archived", known: null });
    expect(judge(aSubject({ identity: archived }))).toMatchObject({ outcome: "skipped", reason: "contact_archived" });
  });
});

describe("withLeaders", () => {
  const finding = { outcome: "matched", reason: "email", target: "c1", writes: true } as const;
  const sharing = [{ finding }, { finding }];

  it("lets the first lead and the others follow without a write of their own", () => {
    expect(withLeaders(sharing, "person").map((one) => one.finding)).toEqual([
      finding,
      { ...finding, outcome: "grouped", writes: false },
    ]);
  });

  it("asks a person where an e-mail is no proof", () => {
    expect(withLeaders(sharing, "user_id")[1]?.finding).toMatchObject({
      outcome: "quarantined",
      reason: "contact_shared",
    });
  });
});

describe("isWhyNot", () => {
  it("tells reasons against from ways of finding", () => {
    expect([isWhyNot("no_user_id"), isWhyNot("email"), isWhyNot("linked")]).toEqual([true, false, false]);
  });
});
