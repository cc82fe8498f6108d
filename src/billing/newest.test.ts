/** Which of two snapshots is newer, rule by rule. */
import { describe, expect, it } from "vitest";
import { aCopy } from "../../test/support/builders.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import { compareCopies, compareRead, type Snapshot, type Verdict } from "./newest.ts";

const second = 1_790_000_000;

/** A subscription with this status and quantity-like facts, as an event shows it. */
function seen(parts: { readonly status: string; readonly cancelAtPeriodEnd?: boolean; readonly type?: string; readonly previous?: Record<string, unknown> }): {
  readonly copy: ObjectCopy;
  readonly snapshot: Snapshot;
} {
  const { status, cancelAtPeriodEnd = false, type = "customer.subscription.updated", previous } = parts;
  const copy = aCopy("subscription", { status, cancelAtPeriodEnd, items: [] });
  const object = { id: copy.id, status, cancel_at_period_end: cancelAtPeriodEnd, created: copy.facts.createdS, start_date: copy.facts.startS, currency: "eur" };
  return { copy, snapshot: { type, object, previous: previous ?? null } };
}

function compare(stored: ReturnType<typeof seen>, incoming: ReturnType<typeof seen>): Verdict {
  return compareCopies(stored.copy, incoming.copy, { incoming: incoming.snapshot, stored: stored.snapshot });
}

const noSnapshots = { incoming: { type: "customer.updated", object: {}, previous: null }, stored: undefined };

describe("compareCopies", () => {
  const jane = { name: "Jane" };
  const joan = { name: "Joan" };

  it.each<[string, ObjectCopy | undefined, ObjectCopy, Verdict]>([
    ["nothing is stored", undefined, aCopy("customer"), "newer"],
    ["the stored one is deleted", aCopy("customer", jane, { deleted: true }), aCopy("customer", joan, { asOfS: second + 9 }), "older"],
    ["the incoming one is a deletion", aCopy("customer", jane, { asOfS: second + 9 }), aCopy("customer", jane, { deleted: true }), "newer"],
    ["the incoming one is of a later second", aCopy("customer", jane), aCopy("customer", joan, { asOfS: second + 1 }), "newer"],
    ["it is of a later second and says the same", aCopy("customer", jane), aCopy("customer", jane, { asOfS: second + 1 }), "newer"],
    ["the incoming one is of an earlier second", aCopy("customer", jane), aCopy("customer", joan, { asOfS: second - 1 }), "older"],
    ["both are of one second and nothing tells them apart", aCopy("customer", jane), aCopy("customer", joan), "doubt"],
    ["the stored one was fetched in that second", aCopy("customer", jane, { origin: "fetch" }), aCopy("customer", joan), "doubt"],
    ["the stored one was fetched and says the same", aCopy("customer", jane, { origin: "fetch" }), aCopy("customer", jane), "same"],
    ["the stored one was fetched earlier", aCopy("customer", jane, { origin: "fetch" }), aCopy("customer", joan, { asOfS: second + 1 }), "newer"],
    ["the stored one was read before", aCopy("customer", jane, { origin: "read" }), aCopy("customer", joan, { asOfS: second + 1 }), "newer"],
    ["the stored one was read in that second", aCopy("customer", jane, { origin: "read" }), aCopy("customer", joan), "doubt"],
    ["the stored one was read later and differs", aCopy("customer", jane, { origin: "read" }), aCopy("customer", joan, { asOfS: second - 9 }), "doubt"],
    ["the stored one was read later and says the same", aCopy("customer", jane, { origin: "read" }), aCopy("customer", jane, { asOfS: second - 9 }), "same"],
  ])("when %s", (_when, stored, incoming, verdict) => {
    expect(compareCopies(stored, incoming, noSnapshots)).toBe(verdict);
  });

  it("keeps the last facts of a deleted object, even when a fetch noticed the deletion before its event came", () => {
    const noticed = aCopy("customer", jane, { deleted: true, origin: "fetch", asOfS: second - 5 });
    const event = aCopy("customer", joan, { deleted: true });

    expect(compareCopies(noticed, event, noSnapshots)).toBe("newer");
  });
});

describe("within one second", () => {
  const trialing = seen({ status: "trialing" });
  const active = seen({ status: "active", previous: { status: "trialing" } });

  it("the one whose former values the other shows is newer", () => {
    expect(compare(trialing, active)).toBe("newer");
    expect(compare(active, trialing)).toBe("older");
  });

  it("reads the chain through nested objects, of which Stripe names only the changed keys", () => {
    const before = aCopy("customer", { country: "DE" });
    const after = aCopy("customer", { country: "FR" });
    const base = { id: "cus_1", email: "jane@example.com", name: "Jane", created: 1_780_000_000, currency: "eur" };
    const first: Snapshot = { type: "customer.updated", object: { ...base, address: { city: "Bonn", country: "DE" } }, previous: { name: "J" } };
    const next: Snapshot = { type: "customer.updated", object: { ...base, address: { city: "Bonn", country: "FR" } }, previous: { address: { country: "DE" } } };

    expect(compareCopies(before, after, { stored: first, incoming: next })).toBe("newer");
    expect(compareCopies(after, before, { stored: next, incoming: first })).toBe("older");
  });

  it("takes a former null for a key that the earlier one does not have", () => {
    const before = aCopy("customer", { metadata: {} });
    const after = aCopy("customer", { metadata: { user_id: "u1" } });
    const base = { id: "cus_1", email: "jane@example.com", name: "Jane", created: 1_780_000_000, currency: "eur" };
    const first: Snapshot = { type: "customer.updated", object: { ...base, metadata: {} }, previous: { name: "J" } };
    const next: Snapshot = { type: "customer.updated", object: { ...base, metadata: { user_id: "u1" } }, previous: { metadata: { user_id: null } } };

    expect(compareCopies(before, after, { stored: first, incoming: next })).toBe("newer");
  });

  it("is in doubt about two that may each follow the other", () => {
    const there = seen({ status: "past_due", previous: { status: "active" } });
    const back = seen({ status: "active", previous: { status: "past_due" } });

    expect(compare(there, back)).toBe("doubt");
    expect(compare(back, there)).toBe("doubt");
  });

  it("nothing comes before a creation", () => {
    const created = seen({ status: "active", type: "customer.subscription.created" });
    const updated = seen({ status: "past_due", cancelAtPeriodEnd: true, previous: { cancel_at_period_end: null, status: "unpaid" } });

    expect(compare(created, updated)).toBe("newer");
    expect(compare(updated, created)).toBe("older");
  });

  it("does not take one for a successor that shows other values beside the former ones", () => {
    // a: flag off → on, while trialing. d: past_due → unpaid, later, after the flag was taken off again.
    const a = seen({ status: "trialing", cancelAtPeriodEnd: true, previous: { cancel_at_period_end: false } });
    const d = seen({ status: "unpaid", cancelAtPeriodEnd: false, previous: { status: "past_due" } });

    expect(compare(d, a)).not.toBe("newer");
  });

  it("does not call two the same when one of them came back to what it shows", () => {
    const unchanged = seen({ status: "active", previous: { metadata: { note: "x" } } });
    const cameBack = seen({ status: "active", previous: { status: "past_due" } });

    // Otherwise "past_due, formerly active" would follow the first one, although the second ended it.
    expect(compare(unchanged, cameBack)).not.toBe("same");
  });
});

describe("facts that only move one way", () => {
  it.each<[string, ObjectCopy, ObjectCopy]>([
    ["an incomplete subscription became something else", aCopy("subscription", { status: "incomplete" }), aCopy("subscription", { status: "active" })],
    ["a subscription ended", aCopy("subscription", { status: "active" }), aCopy("subscription", { status: "canceled", endedAtS: second })],
    ["a first payment never came", aCopy("subscription", { status: "incomplete" }), aCopy("subscription", { status: "incomplete_expired" })],
    ["an invoice was finalised", aCopy("invoice", { status: "draft" }), aCopy("invoice", { status: "open" })],
    ["an uncollectible invoice was paid", aCopy("invoice", { status: "uncollectible" }), aCopy("invoice", { status: "paid", amountPaidMinor: 1000 })],
    ["an invoice was tried again", aCopy("invoice", { attemptCount: 1 }), aCopy("invoice", { attemptCount: 2 })],
    ["a pending charge succeeded", aCopy("charge", { status: "pending", capturedMinor: 0 }), aCopy("charge", { status: "succeeded" })],
    ["a pending charge failed", aCopy("charge", { status: "pending", capturedMinor: 0 }), aCopy("charge", { status: "failed", capturedMinor: 0 })],
    ["a charge was captured", aCopy("charge", { capturedMinor: 0 }), aCopy("charge", { capturedMinor: 1000 })],
    ["more was refunded", aCopy("charge", { refundedMinor: 100 }), aCopy("charge", { refundedMinor: 300 })],
    ["a payment intent succeeded", aCopy("payment_intent", { status: "processing" }), aCopy("payment_intent", { status: "succeeded" })],
    ["a payment intent was cancelled", aCopy("payment_intent", { status: "requires_action" }), aCopy("payment_intent", { status: "canceled" })],
    ["a refund went through", aCopy("refund", { status: "pending" }), aCopy("refund", { status: "succeeded" })],
    ["a refund failed after all", aCopy("refund", { status: "succeeded" }), aCopy("refund", { status: "failed" })],
    ["a dispute was decided", aCopy("dispute", { status: "under_review" }), aCopy("dispute", { status: "lost" })],
  ])("decide when %s", (_what, earlier, later) => {
    expect(compareCopies(earlier, later, noSnapshots)).toBe("newer");
    expect(compareCopies(later, earlier, noSnapshots)).toBe("older");
  });

  it("decide nothing when one is ahead and another behind", () => {
    const refunded = aCopy("charge", { capturedMinor: 0, refundedMinor: 500 });
    const captured = aCopy("charge", { capturedMinor: 1000, refundedMinor: 0 });

    expect(compareCopies(refunded, captured, noSnapshots)).toBe("doubt");
  });

  it("decide nothing between two running states", () => {
    expect(compareCopies(aCopy("subscription", { status: "past_due" }), aCopy("subscription", { status: "active" }), noSnapshots)).toBe("doubt");
    expect(compareCopies(aCopy("dispute", { status: "needs_response" }), aCopy("dispute", { status: "under_review" }), noSnapshots)).toBe("doubt");
    expect(compareCopies(aCopy("product", { name: "A" }), aCopy("product", { name: "B" }), noSnapshots)).toBe("doubt");
    expect(compareCopies(aCopy("payment_method", { expYear: 2027 }), aCopy("payment_method", { expYear: 2028 }), noSnapshots)).toBe("doubt");
  });
});

describe("compareRead", () => {
  const jane = { name: "Jane" };
  const joan = { name: "Joan" };

  it.each<[string, ObjectCopy | undefined, ObjectCopy, Verdict]>([
    ["nothing is stored", undefined, aCopy("customer", jane, { origin: "read" }), "newer"],
    ["both say the same", aCopy("customer", jane), aCopy("customer", jane, { origin: "read", asOfS: second + 9 }), "same"],
    ["it was read after the event's second", aCopy("customer", jane), aCopy("customer", joan, { origin: "read", asOfS: second + 1 }), "newer"],
    ["it was read in the event's second", aCopy("customer", jane), aCopy("customer", joan, { origin: "read" }), "older"],
    ["it was read before the event", aCopy("customer", jane), aCopy("customer", joan, { origin: "read", asOfS: second - 1 }), "older"],
    ["the stored one is deleted", aCopy("customer", jane, { deleted: true }), aCopy("customer", joan, { origin: "read", asOfS: second + 1 }), "older"],
  ])("when %s", (_when, stored, read, verdict) => {
    expect(compareRead(stored, read)).toBe(verdict);
  });
});
