import { describe, expect, it } from "vitest";
import { inputsText } from "../../contacts/identity.ts";
import type { KnownContact } from "../../contacts/known.ts";
import type { DesiredContact } from "../../model/attribute.ts";
import type { Contact } from "../../model/contact.ts";
import { compareContact, judgeAppeared, showsTheSame, type ContactView, type Waiting } from "./classify.ts";

const custom = { stripe_plan: "Team", stripe_status: "active", stripe_total_paid: 98.5, stripe_cancel_at: null };

const shown: Contact = {
  id: "c1",
  role: "user",
  externalId: "u1",
  email: "thea@example.com",
  phone: null,
  name: "Thea",
  customAttributes: custom,
};

const known: KnownContact = {
  standard: {
    email: { shown: "thea@example.com", asked: "thea@example.com", ours: true },
    name: { shown: "Thea", asked: "Thea", ours: true },
    phone: { shown: null, asked: null, ours: false },
  },
  custom,
};

const desired: DesiredContact = {
  standard: { email: "Thea@Example.com", name: "Thea", phone: null },
  custom,
  shared: new Set(),
};

function aView(parts: Partial<ContactView> = {}): ContactView {
  return { shown, known, desired, matchedBy: "user_id", userIds: ["u1"], ...parts };
}

function showing(parts: Partial<Contact>): ContactView {
  return aView({ shown: { ...shown, ...parts } });
}

function withAttributes(values: Contact["customAttributes"]): ContactView {
  return showing({ customAttributes: { ...custom, ...values } });
}

describe("compareContact", () => {
  it("finds nothing on a contact that shows what it should", () => {
    const view = aView();
    const { findings, known: after } = compareContact(view, []);
    expect(findings).toEqual([]);
    expect(after).toBe(view.known);
  });

  it("takes a value that nobody of us wrote for somebody else's", () => {
    const { findings, known: after } = compareContact(withAttributes({ stripe_plan: "Gold" }), []);
    expect(findings).toEqual([
      { class: "foreign_edit", done: "rewritten", differences: [["stripe_plan", "Team", "Gold"]] },
    ]);
    expect(after.custom["stripe_plan"]).toBe("Gold");
  });

  it("takes the value from before our last write for a lost write", () => {
    const { findings } = compareContact(withAttributes({ stripe_plan: "Starter" }), [
      ["stripe_plan", "Starter", "Team"],
      ["stripe_plan", null, "Starter"],
    ]);
    expect(findings).toEqual([
      { class: "lost_write", done: "rewritten", differences: [["stripe_plan", "Team", "Starter"]] },
    ]);
  });

  it("does not take a value of long ago for a lost write", () => {
    const { findings } = compareContact(withAttributes({ stripe_plan: null }), [
      ["stripe_plan", "Starter", "Team"],
      ["stripe_plan", null, "Starter"],
    ]);
    expect(findings.map((finding) => finding.class)).toEqual(["foreign_edit"]);
  });

  it("takes a value that was never written for a lost write", () => {
    const wanted = { ...desired, custom: { ...custom, stripe_status: "past_due" } };
    const { findings, known: after } = compareContact(aView({ desired: wanted }), []);
    expect(findings).toEqual([
      { class: "lost_write", done: "rewritten", differences: [["stripe_status", "past_due", "active"]] },
    ]);
    expect(after).toBe(known);
  });

  it("notes a value that somebody set to what it should be, and finds nothing", () => {
    const wanted = { ...desired, custom: { ...custom, stripe_status: "past_due" } };
    const view = { ...withAttributes({ stripe_status: "past_due" }), desired: wanted };
    const { findings, known: after } = compareContact(view, []);
    expect(findings).toEqual([]);
    expect(after.custom["stripe_status"]).toBe("past_due");
  });

  it("reports and leaves what others wrote where the mapping shares the attribute with them", () => {
    const shares = { ...desired, shared: new Set(["stripe_plan"]) };
    const view = { ...withAttributes({ stripe_plan: "Gold" }), desired: shares };
    const { findings, known: after } = compareContact(view, []);
    expect(findings).toEqual([
      { class: "foreign_edit", done: "left", differences: [["stripe_plan", custom.stripe_plan, "Gold"]] },
    ]);
    expect(after.custom["stripe_plan"]).toBe(custom.stripe_plan);
  });

  it("puts a shared attribute right that somebody emptied", () => {
    const shares = { ...desired, shared: new Set(["stripe_plan"]) };
    const { findings } = compareContact({ ...withAttributes({ stripe_plan: null }), desired: shares }, []);
    expect(findings).toMatchObject([{ class: "foreign_edit", done: "rewritten" }]);
  });

  it("leaves attributes alone that the mapping does not name", () => {
    expect(compareContact(withAttributes({ favourite_bird: "dunlin" }), []).findings).toEqual([]);
  });

  it("leaves a name, an e-mail and a phone to who changed them, and says it once", () => {
    const view = showing({ name: "Thea Moorkamp", phone: "+49 421 1" });
    const { findings, known: after } = compareContact(view, []);
    expect(findings).toEqual([
      {
        class: "foreign_edit",
        done: "left",
        differences: [
          ["name", "Thea", "Thea Moorkamp"],
          ["phone", null, "+49 421 1"],
        ],
      },
    ]);
    expect(compareContact({ ...view, known: after }, []).findings).toEqual([]);
  });

  it("does not mind how an e-mail is spelled", () => {
    expect(compareContact(showing({ email: "THEA@example.com" }), []).findings).toEqual([]);
  });

  it("finds a name that is ours to write and was not written", () => {
    const wanted = { ...desired, standard: { ...desired.standard, name: "Thea Dornhof" } };
    expect(compareContact(aView({ desired: wanted }), []).findings).toEqual([
      { class: "lost_write", done: "rewritten", differences: [["name", "Thea Dornhof", "Thea"]] },
    ]);
  });

  it("says what is shown otherwise even while our copies prove nothing, and nothing else", () => {
    expect(compareContact(aView({ desired: null }), []).findings).toEqual([]);
    const { findings } = compareContact({ ...withAttributes({ stripe_plan: "Gold" }), desired: null }, []);
    expect(findings).toEqual([
      { class: "foreign_edit", done: "rewritten", differences: [["stripe_plan", "Team", "Gold"]] },
    ]);
  });

  it.each([
    { what: "another user id", parts: { externalId: "u9" }, differences: [["external_id", "u1", "u9"]] },
    { what: "a lead", parts: { role: "lead" }, differences: [["role", "user", "lead"]] },
  ] as const)("finds that the contact is $what", ({ parts, differences }) => {
    expect(compareContact(showing(parts), []).findings).toEqual([{ class: "identity", done: "left", differences }]);
  });

  it.each([
    { why: "it has no user id", view: showing({ externalId: null }) },
    { why: "Stripe names no user id", view: aView({ userIds: [] }) },
    { why: "another customer of the person has that user id", view: aView({ userIds: ["u7", "u1"] }) },
    { why: "a person decided it", view: { ...showing({ externalId: "u9" }), matchedBy: "person" } },
    { why: "Intercom merged it", view: { ...showing({ externalId: "u9" }), matchedBy: "merged" } },
  ] as const)("does not question who the contact is when $why", ({ view }) => {
    expect(compareContact(view, []).findings).toEqual([]);
  });

  it("tells several reasons on one contact apart", () => {
    const view = { ...withAttributes({ stripe_plan: "Gold", stripe_status: "trialing" }), userIds: ["u2"] };
    const { findings } = compareContact(view, [["stripe_status", "trialing", "active"]]);
    expect(findings.map((finding) => finding.class)).toEqual(["lost_write", "foreign_edit", "identity"]);
  });
});

describe("showsTheSame", () => {
  it.each([
    ["Team ", "Team"],
    ["", null],
    [49, "49.0"],
    [0.1 + 0.2, 0.3],
    [true, "true"],
    ["Ro\u0301isi\u0301n", "R\u00F3is\u00EDn"],
  ])("takes %j and %j for the same", (sent, found) => {
    expect(showsTheSame(sent, found)).toBe(true);
  });

  it.each([
    ["Team", "team"],
    [0, null],
    [false, null],
    [49, 49.01],
    ["49", "49.0"],
  ])("tells %j and %j apart", (sent, found) => {
    expect(showsTheSame(sent, found)).toBe(false);
  });
});

describe("judgeAppeared", () => {
  function aWaiting(parts: Partial<Waiting> & { userId?: string | null; email?: string | null } = {}): Waiting {
    const { userId = null, email = "thea@example.com", ...rest } = parts;
    const inputs = inputsText({ userId, email, createMode: "identified" });
    return { state: "left_out", reason: "no_user_id", contactId: null, inputs, ...rest };
  }

  it.each([
    { what: "a user with their e-mail", waiting: aWaiting(), answer: "appeared" },
    { what: "a user with their user id", waiting: aWaiting({ userId: "u1", email: null }), answer: "appeared" },
    { what: "a user with another user id", waiting: aWaiting({ userId: "u2" }), answer: null },
    {
      what: "their archived contact",
      waiting: aWaiting({ state: "archived", reason: "contact_archived", contactId: "c1" }),
      answer: "returned",
    },
    {
      what: "one of two with their e-mail",
      waiting: aWaiting({ state: "quarantined", reason: "email_ambiguous" }),
      answer: null,
    },
    {
      what: "the one of two that has their user id",
      waiting: aWaiting({ state: "quarantined", reason: "email_ambiguous", userId: "u1" }),
      answer: "appeared",
    },
    {
      what: "nobody's, as they are deleted in Stripe",
      waiting: aWaiting({ reason: "customer_deleted" }),
      answer: null,
    },
  ])("takes it for $what", ({ waiting, answer }) => {
    expect(judgeAppeared(shown, waiting)).toBe(answer);
  });

  it("never takes a lead", () => {
    expect(judgeAppeared({ ...shown, role: "lead" }, aWaiting())).toBeNull();
  });
});
