/** The laws of the difference between what Intercom shows and what the mapping asks for. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aContact } from "../../test/support/builders.ts";
import { standardFields, type DesiredContact, type StandardField } from "../model/attribute.ts";
import type { AttributeValue, Contact, ContactPatch } from "../model/contact.ts";
import {
  describePatch,
  diffContact,
  knownAfter,
  knownAfterDoubt,
  knownAfterReading,
  knownBeforeSending,
  knownFromContact,
  type KnownContact,
} from "./known.ts";

type Standard = Partial<Record<StandardField, string | null>>;

function desire(standard: Standard = {}, custom: Record<string, AttributeValue> = {}): DesiredContact {
  return { standard: { email: null, name: null, phone: null, ...standard }, custom, shared: new Set() };
}

/** A contact as Intercom shows it after it has accepted a patch. */
function accept(contact: Contact, patch: ContactPatch | null): Contact {
  const { customAttributes, ...standard } = patch ?? {};
  return { ...contact, ...standard, customAttributes: { ...contact.customAttributes, ...customAttributes } };
}

/** One sync: what is written, and what is known and shown afterwards. */
function sync(
  known: KnownContact,
  contact: Contact,
  desired: DesiredContact,
): { patch: ContactPatch | null; known: KnownContact; contact: Contact } {
  const patch = diffContact(known, desired);
  const shown = patch === null ? null : accept(contact, patch);
  return { patch, known: knownAfter(known, { desired, patch, shown }), contact: shown ?? contact };
}

/** The contact is adopted and brought up to date. */
function begin(contact: Contact, desired: DesiredContact): ReturnType<typeof sync> {
  return sync(knownFromContact(contact, desired), contact, desired);
}

const values = fc.oneof(
  fc.constantFrom<AttributeValue>(null, true, false, "", "Pro", 0, -1.5),
  fc.integer(),
  fc.string(),
);
const texts = fc.constantFrom(null, "Jane", "Joan", "jane@example.com", "JANE@example.com", "+49 30 1");
const standards = fc.record({ email: texts, name: texts, phone: texts });
const customs = fc.record({ stripe_plan: values, stripe_status: values, stripe_balance: values });
const desires = fc.record({ standard: standards, custom: customs, shared: fc.constant(new Set<string>()) });
const contacts = fc.record({
  email: texts,
  name: texts,
  phone: texts,
  customAttributes: fc.dictionary(fc.constantFrom("stripe_plan", "stripe_status", "theirs"), values),
});

describe("diff and patch", () => {
  it("leave no difference once the patch is accepted", () => {
    fc.assert(
      fc.property(contacts, desires, (shown, desired) => {
        const after = begin(aContact(shown), desired);

        expect(diffContact(after.known, desired)).toBeNull();
      }),
    );
  });

  it("make every mapped attribute what the mapping asks for, and touch no other", () => {
    fc.assert(
      fc.property(contacts, fc.array(desires, { minLength: 1, maxLength: 5 }), (shown, wishes) => {
        let state = begin(aContact(shown), wishes[0] ?? desire());
        for (const wish of wishes) state = sync(state.known, state.contact, wish);
        const shows = state.contact.customAttributes;

        for (const [name, value] of Object.entries(wishes.at(-1)?.custom ?? {}))
          expect(shows[name] ?? null).toBe(value);
        expect(shows["theirs"]).toBe(shown.customAttributes["theirs"]);
      }),
    );
  });

  it("write only what differs", () => {
    const contact = aContact({ customAttributes: { stripe_plan: "Pro", stripe_status: "active" } });
    const desired = desire({}, { stripe_plan: "Pro", stripe_status: "past_due", stripe_country: null });

    expect(begin(contact, desired).patch).toEqual({ customAttributes: { stripe_status: "past_due" } });
  });

  it("write nothing, not even an empty patch, when all is well", () => {
    const contact = aContact({ customAttributes: { stripe_plan: "Pro" } });

    expect(
      diffContact(knownFromContact(contact, desire({}, { stripe_plan: "Pro" })), desire({}, { stripe_plan: "Pro" })),
    ).toBeNull();
  });

  it("tell nothing from false and nought", () => {
    const known = knownFromContact(
      aContact({ customAttributes: { a: false, b: 0 } }),
      desire({}, { a: null, b: null, c: false }),
    );

    expect(diffContact(known, desire({}, { a: null, b: null, c: false }))).toEqual({
      customAttributes: { a: null, b: null, c: false },
    });
  });

  it("write the same difference again until Intercom has accepted it", () => {
    const known = knownFromContact(aContact(), desire({}, { stripe_plan: "Pro" }));

    expect(diffContact(known, desire({}, { stripe_plan: "Pro" }))).toEqual(
      diffContact(known, desire({}, { stripe_plan: "Pro" })),
    );
  });
});

describe("a standard field", () => {
  const empty = aContact({ name: null, phone: null, email: "jane@example.com" });

  it.each(standardFields)("%s is filled when it is empty", (field) => {
    const contact = aContact({ email: null, name: null, phone: null });

    expect(begin(contact, desire({ [field]: "jane@example.com" })).patch).toEqual({ [field]: "jane@example.com" });
  });

  it.each(standardFields)("%s is left alone when somebody else has filled it", (field) => {
    const contact = aContact({ email: "theirs@example.com", name: "theirs", phone: "theirs" });

    expect(begin(contact, desire({ [field]: "ours@example.com" })).patch).toBeNull();
  });

  it.each(standardFields)("%s follows Stripe while Intercom shows what Stripe said", (field) => {
    const first = begin(aContact({ email: null, name: null, phone: null }), desire({ [field]: "one@example.com" }));
    const second = sync(first.known, first.contact, desire({ [field]: "two@example.com" }));

    expect(second.patch).toEqual({ [field]: "two@example.com" });
  });

  it("follows Stripe from a contact that showed the same from the beginning", () => {
    const first = begin(aContact({ name: "Jane" }), desire({ name: "Jane" }));

    expect(sync(first.known, first.contact, desire({ name: "Joan" })).patch).toEqual({ name: "Joan" });
  });

  it("is left alone for good once somebody has changed it in Intercom", () => {
    const first = begin(empty, desire({ name: "Jane" }, { stripe_plan: "A" }));
    const edited = { ...first.contact, name: "Dr. Jane" };
    const noticed = sync(first.known, edited, desire({ name: "Jane" }, { stripe_plan: "B" }));
    const later = sync(noticed.known, noticed.contact, desire({ name: "Joan" }, { stripe_plan: "B" }));

    expect(later.patch).toBeNull();
    expect(sync(later.known, later.contact, desire({ name: "Jo" })).patch).toBeNull();
  });

  it("is not emptied because Stripe has nothing to say", () => {
    const first = begin(empty, desire({ name: "Jane", phone: "+49 30 1" }));

    expect(sync(first.known, first.contact, desire()).patch).toBeNull();
  });

  it("is not asked for twice when it was refused", () => {
    const desired = desire({ phone: "not a phone" }, { stripe_plan: "Pro" });
    const known = knownFromContact(empty, desired);
    const sent: ContactPatch = { customAttributes: { stripe_plan: "Pro" } };
    const after = knownAfter(known, { desired, patch: sent, shown: accept(empty, sent) });

    expect(diffContact(after, desired)).toBeNull();
  });

  it("is asked for again when Stripe says something new after a refusal", () => {
    const first = begin(aContact({ email: null }), desire({ email: "one@example.com" }));
    const refused = desire({ email: "taken@example.com" });
    const after = knownAfter(first.known, { desired: refused, patch: {}, shown: first.contact });

    expect(diffContact(after, desire({ email: "three@example.com" }))).toEqual({ email: "three@example.com" });
  });

  it("goes on following Stripe when Intercom writes it in another way than we did", () => {
    const desired = desire({ phone: "+49 30 1" });
    const written = diffContact(knownFromContact(empty, desired), desired);
    const after = knownAfter(knownFromContact(empty, desired), {
      desired,
      patch: written,
      shown: { ...empty, phone: "+49301" },
    });

    expect(diffContact(after, desired)).toBeNull();
    expect(diffContact(after, desire({ phone: "+49 30 2" }))).toEqual({ phone: "+49 30 2" });
  });

  it("does not change because an address is written in another case", () => {
    const contact = aContact({ email: "Jane@Example.com " });

    expect(begin(contact, desire({ email: "jane@example.com" })).patch).toBeNull();
  });
});

describe("describePatch", () => {
  it("tells name, value before and value after", () => {
    const known = knownFromContact(
      aContact({ name: null, customAttributes: { stripe_plan: "Basic" } }),
      desire({}, { stripe_plan: "Pro" }),
    );

    expect(
      describePatch(known, { name: "Jane", customAttributes: { stripe_plan: "Pro", stripe_status: null } }),
    ).toEqual([
      ["name", null, "Jane"],
      ["stripe_plan", "Basic", "Pro"],
      ["stripe_status", null, null],
    ]);
    expect(describePatch(null, { phone: "1" })).toEqual([["phone", null, "1"]]);
  });
});

describe("a write that nobody remembers", () => {
  const shown = aContact({ name: "Jane", email: null, customAttributes: { stripe_plan: "Pro" } });

  it("is seen once the contact is read, so that a value which went there and back is put right", () => {
    const start = begin(shown, desire({ name: "Jane" }, { stripe_plan: "Pro" }));
    // The next write arrived, and its record was lost; Stripe has gone back since.
    const reality = accept(start.contact, { customAttributes: { stripe_plan: "Team" } });
    const desired = desire({ name: "Jane" }, { stripe_plan: "Pro" });
    expect(diffContact(start.known, desired)).toBeNull();

    expect(diffContact(knownAfterDoubt(start.known, reality, desired), desired)).toEqual({
      customAttributes: { stripe_plan: "Pro" },
    });
  });

  it("is seen of an attribute that was never written before, too", () => {
    const start = begin(shown, desire({ name: "Jane" }, { stripe_plan: "Pro" }));
    const reality = accept(start.contact, { customAttributes: { stripe_cancel_at: 1_790_000_000 } });
    const desired = desire({ name: "Jane" }, { stripe_plan: "Pro", stripe_cancel_at: null });
    expect(diffContact(start.known, desired)).toBeNull();

    expect(diffContact(knownAfterDoubt(start.known, reality, desired), desired)).toEqual({
      customAttributes: { stripe_cancel_at: null },
    });
  });

  it("is not seen of an attribute that others may change: what they wrote stays until billing changes", () => {
    const start = begin(shown, desire({}, { stripe_plan: "Pro" }));
    const reality = accept(start.contact, { customAttributes: { stripe_plan: "Gold" } });
    const shares = (plan: string): DesiredContact => ({
      ...desire({}, { stripe_plan: plan }),
      shared: new Set(["stripe_plan"]),
    });

    const known = knownAfterDoubt(start.known, reality, shares("Pro"));
    expect(diffContact(known, shares("Pro"))).toBeNull();
    expect(diffContact(known, shares("Team"))).toEqual({ customAttributes: { stripe_plan: "Team" } });
  });

  it("of a name is ours when Intercom shows what we were about to write", () => {
    const start = begin(shown, desire({ name: "Jane" }));
    const noted = knownBeforeSending(start.known, { name: "Jane Doe" });
    const reality = accept(start.contact, { name: "Jane Doe" });
    if (!noted) throw new Error("A name is a standard field.");

    const known = knownAfterReading(noted, reality);
    expect(diffContact(known, desire({ name: "Jane Roe" }))).toEqual({ name: "Jane Roe" });
  });

  it("of a name stays somebody else's when Intercom shows a third value", () => {
    const start = begin(shown, desire({ name: "Jane" }));
    const noted = knownBeforeSending(start.known, { name: "Jane Doe" });
    if (!noted) throw new Error("A name is a standard field.");

    const known = knownAfterReading(noted, accept(start.contact, { name: "J. D. (VIP)" }));
    expect(diffContact(known, desire({ name: "Jane Roe" }))).toBeNull();
  });

  it("need not be noted when no standard field is written", () => {
    expect(knownBeforeSending(begin(shown, desire()).known, { customAttributes: { stripe_plan: "Team" } })).toBeNull();
  });
});
