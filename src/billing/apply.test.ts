/** What becomes of events: folded into copies, noted, skipped, or left for a look at Stripe. */
import { describe, expect, it } from "vitest";
import { anEvent, aCopy } from "../../test/support/builders.ts";
import { useOf } from "../events/catalogue.ts";
import type { StripeEvent } from "../model/stripe-event.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import { foldEvents, idsNeeded, makeCopy, outcomeOf, snapshotOfEvent, type Folded, type Outcome } from "./apply.ts";

const incoming = (event: StripeEvent): Parameters<typeof foldEvents>[0][number] => ({ event, use: useOf(event.type) });

/** Folds events into what is known. */
function fold(
  events: readonly StripeEvent[],
  known: readonly ObjectCopy[] = [],
  seen: readonly StripeEvent[] = [],
): Folded {
  const snapshots = new Map(seen.map((event) => [event.id, snapshotOfEvent(event)]));
  return foldEvents(events.map(incoming), {
    find: (id) => known.find((copy) => copy.id === id),
    findSnapshot: (id) => snapshots.get(id),
  });
}

function outcome(event: StripeEvent, known: readonly ObjectCopy[] = []): Outcome | undefined {
  return fold([event], known).outcomes[0];
}

const customer = {
  id: "cus_1",
  object: "customer",
  email: "jane@example.com",
  name: "Jane",
  created: 1_780_000_000,
  currency: "eur",
};
const subscription = {
  id: "sub_1",
  object: "subscription",
  customer: "cus_1",
  status: "active",
  created: 1_780_000_000,
};

describe("foldEvents", () => {
  it("makes the first copy of an object", () => {
    const event = anEvent({ type: "customer.created", object: customer });
    const folded = fold([event]);

    expect(folded.outcomes).toMatchObject([{ state: "applied", objectId: "cus_1", customerId: "cus_1", lane: "calm" }]);
    expect(folded.copies).toMatchObject([
      {
        id: "cus_1",
        kind: "customer",
        customerId: "cus_1",
        asOfS: event.createdS,
        rev: 0,
        eventId: event.id,
        origin: "event",
        deleted: false,
      },
    ]);
    expect(folded.snapshotsNeeded).toEqual([]);
  });

  it("replaces an older copy and names the revision that it has read", () => {
    const stored = aCopy("customer", { name: "Jane" }, { rev: 7, asOfS: 100 });
    const folded = fold([anEvent({ object: { ...customer, name: "Joan" }, createdS: 101 })], [stored]);

    expect(folded.copies).toMatchObject([{ rev: 7, asOfS: 101, facts: { name: "Joan" } }]);
    expect(folded.outcomes[0]?.changes).toContainEqual(["name", "Jane", "Joan"]);
  });

  it("leaves a newer copy alone", () => {
    const folded = fold([anEvent({ object: customer, createdS: 99 })], [aCopy("customer", {}, { asOfS: 100 })]);

    expect(folded).toMatchObject({ copies: [], outcomes: [{ state: "unchanged", lane: null, changes: [] }] });
  });

  it("goes forward in time without work when nothing that we keep has changed", () => {
    const stored = fold([anEvent({ object: customer, createdS: 100 })]).copies;
    const folded = fold([anEvent({ object: { ...customer, description: "new" }, createdS: 101 })], stored);

    expect(folded.copies).toMatchObject([{ asOfS: 101 }]);
    expect(folded.outcomes).toMatchObject([{ state: "unchanged", lane: null, changes: [] }]);
  });

  it("applies a change that is too long to be shown in full", () => {
    const long = "x".repeat(200);
    const stored = fold([
      anEvent({ object: { ...customer, metadata: { user_id: `${long}1` } }, createdS: 100 }),
    ]).copies;

    expect(
      outcome(anEvent({ object: { ...customer, metadata: { user_id: `${long}2` } }, createdS: 101 }), stored),
    ).toMatchObject({ state: "applied", lane: "calm" });
  });

  it("lets later events of a batch see what earlier ones changed", () => {
    const events = ["trialing", "active", "past_due"].map((status, index) =>
      anEvent({ type: "customer.subscription.updated", object: { ...subscription, status }, createdS: 100 + index }),
    );
    const folded = fold(events);

    expect(folded.outcomes.map(({ state }) => state)).toEqual(["applied", "applied", "applied"]);
    expect(folded.copies).toMatchObject([{ id: "sub_1", facts: { status: "past_due" } }]);
  });

  it("puts the events of one second in order, inside a batch too", () => {
    const older = anEvent({
      type: "customer.subscription.updated",
      object: { ...subscription, status: "active" },
      previous: { status: "incomplete" },
    });
    const newer = anEvent({
      type: "customer.subscription.updated",
      object: { ...subscription, status: "past_due" },
      previous: { status: "active" },
    });

    expect(fold([newer, older]).copies).toMatchObject([{ facts: { status: "past_due" } }]);
    expect(fold([older, newer]).copies).toMatchObject([{ facts: { status: "past_due" } }]);
  });

  it("asks for the bodies of one second before it decides, and decides when it has them", () => {
    const first = anEvent({
      type: "customer.subscription.updated",
      object: { ...subscription, status: "active" },
      previous: { status: "incomplete" },
    });
    const stored = fold([first]).copies;
    const next = anEvent({
      type: "customer.subscription.updated",
      object: { ...subscription, status: "past_due" },
      previous: { status: "active" },
    });

    expect(fold([next], stored).snapshotsNeeded).toEqual([first.id]);
    expect(fold([next], stored, [first])).toMatchObject({
      snapshotsNeeded: [],
      copies: [{ facts: { status: "past_due" } }],
    });
  });

  it("leaves what only Stripe can tell for a look at Stripe", () => {
    const first = anEvent({ object: { ...customer, name: "A" } });
    const stored = fold([first]).copies;
    const folded = fold([anEvent({ object: { ...customer, name: "B" } })], stored, [first]);

    expect(folded.copies).toEqual([]);
    expect(folded.outcomes).toMatchObject([{ state: "waiting", objectId: "cus_1", customerId: "cus_1", lane: null }]);
  });

  it("keeps the last facts of what was deleted, and applies nothing to it afterwards", () => {
    const gone = fold([anEvent({ type: "customer.deleted", object: customer, createdS: 100 })]);

    expect(gone).toMatchObject({
      outcomes: [{ state: "applied" }],
      copies: [{ deleted: true, facts: { email: "jane@example.com" } }],
    });
    expect(outcome(anEvent({ object: { ...customer, name: "Joan" }, createdS: 101 }), gone.copies)).toMatchObject({
      state: "unchanged",
    });
  });

  it("keeps a cancelled subscription, which is not a deletion", () => {
    const event = anEvent({ type: "customer.subscription.deleted", object: { ...subscription, status: "canceled" } });

    expect(fold([event]).copies).toMatchObject([{ deleted: false, facts: { status: "canceled" } }]);
  });

  it("keeps whose payment method it was after it was detached", () => {
    const attached = fold([
      anEvent({
        type: "payment_method.attached",
        object: { id: "pm_1", customer: "cus_1", type: "card" },
        createdS: 100,
      }),
    ]);
    const detached = anEvent({
      type: "payment_method.detached",
      object: { id: "pm_1", customer: null, type: "card" },
      previous: { customer: "cus_1" },
      createdS: 101,
    });

    expect(fold([detached]).copies).toMatchObject([{ customerId: "cus_1", facts: { attached: false } }]);
    expect(fold([detached], attached.copies).outcomes).toMatchObject([
      { state: "applied", customerId: "cus_1", lane: "calm" },
    ]);
  });
});

describe("events that are not enough by themselves", () => {
  const charge = aCopy("charge", {}, { id: "ch_1" });
  const dispute = {
    id: "dp_1",
    object: "dispute",
    charge: "ch_1",
    amount: 1000,
    currency: "eur",
    status: "needs_response",
  };
  const refund = { id: "re_1", object: "refund", charge: "ch_1", amount: 100, currency: "eur", status: "succeeded" };

  it.each<[string, StripeEvent, readonly ObjectCopy[], Outcome["state"]]>([
    ["a payload of an older shape", anEvent({ object: customer, apiVersion: "2024-06-20" }), [], "waiting"],
    [
      "a payload of a newer version than we know",
      anEvent({ object: customer, apiVersion: "2027-03-31.future" }),
      [],
      "waiting",
    ],
    ["a payload since basil", anEvent({ object: customer, apiVersion: "2025-03-31.basil" }), [], "applied"],
    ["a payload that names no version", anEvent({ object: customer, apiVersion: null }), [], "applied"],
    ["a dispute about an unknown charge", anEvent({ type: "charge.dispute.created", object: dispute }), [], "waiting"],
    [
      "a dispute about a known charge",
      anEvent({ type: "charge.dispute.created", object: dispute }),
      [charge],
      "applied",
    ],
    ["a refund that went through", anEvent({ type: "refund.created", object: refund }), [charge], "applied"],
    [
      "a refund that failed",
      anEvent({ type: "refund.failed", object: { ...refund, status: "failed" } }),
      [charge],
      "waiting",
    ],
    [
      "a refund that is told to have failed",
      anEvent({ type: "refund.updated", object: { ...refund, status: "failed" } }),
      [charge],
      "waiting",
    ],
  ])("%s", (_what, event, known, state) => {
    expect(outcome(event, known)).toMatchObject({ state });
  });
});

describe("notes and types that are not used", () => {
  const session = { id: "cs_1", object: "checkout.session", customer: "cus_1" };

  it("asks for a customer whom nobody has told of yet", () => {
    expect(outcome(anEvent({ type: "checkout.session.completed", object: session }))).toMatchObject({
      state: "unchanged",
      customerId: "cus_1",
      lane: "calm",
    });
  });

  it("asks for nobody when the customer is known, or there is none", () => {
    expect(
      outcome(anEvent({ type: "checkout.session.completed", object: session }), [aCopy("customer")]),
    ).toMatchObject({ lane: null });
    expect(
      outcome(anEvent({ type: "checkout.session.completed", object: { ...session, customer: null } })),
    ).toMatchObject({ customerId: null, lane: null });
  });

  it.each(["invoice.created", "v1.something.new", "payout.paid"])("skips %s", (type) => {
    expect(fold([anEvent({ type, object: { id: "x_1" } })])).toMatchObject({
      copies: [],
      outcomes: [{ state: "skipped", lane: null }],
    });
  });

  it("skips an object without an id: a preview of an invoice has none", () => {
    expect(outcome(anEvent({ type: "customer.updated", object: { object: "customer" } }))).toMatchObject({
      state: "skipped",
      objectId: null,
    });
  });
});

describe("idsNeeded", () => {
  it("names the object, and for disputes and refunds the charge too", () => {
    const dispute = anEvent({
      type: "charge.dispute.created",
      object: { id: "dp_1", charge: "ch_1", payment_intent: "pi_1" },
    });

    expect(idsNeeded(incoming(anEvent({ object: customer })))).toEqual(["cus_1"]);
    expect(idsNeeded(incoming(dispute))).toEqual(["dp_1", "ch_1", "pi_1"]);
  });

  it("names the customer of a note, and nothing of a type that is not used", () => {
    expect(
      idsNeeded(incoming(anEvent({ type: "checkout.session.completed", object: { id: "cs_1", customer: "cus_1" } }))),
    ).toEqual(["cus_1"]);
    expect(idsNeeded(incoming(anEvent({ type: "invoice.created", object: { id: "in_1" } })))).toEqual([]);
  });
});

describe("outcomeOf", () => {
  const head = {
    kind: "customer",
    id: "cus_1",
    customerId: "cus_1",
    rev: 0,
    asOfS: 100,
    eventId: "evt_1",
    origin: "read",
    deleted: false,
  } as const;

  it("says that something changed when the object came to belong to somebody", () => {
    const guest = makeCopy(
      { id: "ch_1", status: "succeeded" },
      { ...head, kind: "charge", id: "ch_1", customerId: null },
    );

    expect(outcomeOf(guest, { ...guest, customerId: "cus_1" })).toMatchObject({ state: "applied", lane: "calm" });
  });

  it("says that nothing changed when only the second did", () => {
    const copy = makeCopy(customer, head);

    expect(outcomeOf(copy, { ...copy, asOfS: 200, eventId: "evt_2" })).toMatchObject({
      state: "unchanged",
      lane: null,
      changes: [],
    });
  });
});

describe("an event that names an object without showing it", () => {
  const discount = { id: "di_1", object: "discount", customer: "cus_1", subscription: null, source: { coupon: "ten" } };
  const discounted = aCopy("customer", { discount: { id: "di_1", endS: null, couponId: "ten" } });

  it("waits for a look at the customer whose discount it is", () => {
    const event = anEvent({ type: "customer.discount.created", object: discount });
    expect(outcome(event, [aCopy("customer")])).toMatchObject({ state: "waiting", customerId: "cus_1" });
    expect(idsNeeded(incoming(event))).toEqual(["cus_1"]);
  });

  it("is no news when the customer's copy says so already, or a subscription's own events do", () => {
    const of = (type: string, parts: object = {}): StripeEvent =>
      anEvent({ type: `customer.discount.${type}`, object: { ...discount, ...parts } });
    expect(outcome(of("created"), [discounted])?.state).toBe("unchanged");
    expect(outcome(of("deleted"), [aCopy("customer")])?.state).toBe("unchanged");
    expect(outcome(of("deleted"), [discounted])?.state).toBe("waiting");
    expect(outcome(of("created", { subscription: "sub_1" }))?.state).toBe("unchanged");
  });

  it("waits when billing credits change, even if it names only the grant", () => {
    const grant = anEvent({ type: "billing.credit_grant.created", object: { id: "credgr_1", customer: "cus_1" } });
    const used = anEvent({
      type: "billing.credit_balance_transaction.created",
      object: { id: "cbtxn_1", credit_grant: "credgr_1" },
    });
    expect(outcome(grant)).toMatchObject({ state: "waiting", customerId: "cus_1" });
    expect(outcome(used)).toMatchObject({ state: "waiting", customerId: null });
  });
});

describe("entitlements", () => {
  const of = (hasMore: boolean): StripeEvent =>
    anEvent({
      type: "entitlements.active_entitlement_summary.updated",
      object: {
        object: "entitlements.active_entitlement_summary",
        customer: "cus_1",
        entitlements: { data: [{ lookup_key: "sso" }], has_more: hasMore },
      },
    });

  it("are taken from the event, of which there is one copy for each customer", () => {
    expect(fold([of(false)]).copies).toMatchObject([
      { id: "entitlements:cus_1", customerId: "cus_1", facts: { features: ["sso"] } },
    ]);
  });

  it("are read when there are more than it shows", () => {
    expect(outcome(of(true))).toMatchObject({ state: "waiting", objectId: "entitlements:cus_1" });
  });
});

describe("a subscription with more items than an event shows", () => {
  const of = (hasMore: boolean): StripeEvent =>
    anEvent({
      type: "customer.subscription.updated",
      object: { object: "subscription", id: "sub_1", customer: "cus_1", items: { data: [], has_more: hasMore } },
    });

  it("is read", () => {
    expect(outcome(of(true))).toMatchObject({ state: "waiting", objectId: "sub_1", customerId: "cus_1" });
    expect(outcome(of(false))).toMatchObject({ state: "applied" });
  });
});

describe("a mandate", () => {
  const event = anEvent({
    type: "mandate.updated",
    object: { id: "mandate_1", status: "inactive", payment_method: "pm_1" },
  });

  it("belongs to whoever its payment method does, and is read when that is not known", () => {
    const method = aCopy("payment_method", {}, { id: "pm_1" });
    expect(outcome(event, [method])).toMatchObject({ state: "applied", customerId: "cus_1" });
    expect(outcome(event)?.state).toBe("waiting");
  });
});
