/** The order of events within one second, from what they say about each other. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aCopy } from "../../test/support/builders.ts";
import type { StripeCopy } from "../model/stripe-object.ts";
import { makeCopy } from "./apply.ts";
import { newestOfSecond, type Candidate } from "./one-second.ts";
import type { Raw } from "./read.ts";

const base = { id: "cus_1", email: "jane@example.com", created: 1_780_000_000 };

/** An event about a customer: what it shows, and what it says was there before. */
function event(eventId: string, shows: Raw, previous: Raw | null, type = "customer.updated"): Candidate {
  const object = { ...base, ...shows };
  const head = {
    kind: "customer",
    id: "cus_1",
    customerId: "cus_1",
    asOfS: 1_790_000_000,
    rev: 0,
    deleted: false,
  } as const;
  return { copy: makeCopy(object, { ...head, eventId, origin: "event" }), snapshot: { type, object, previous } };
}

/** The event that ends the second, whatever the order in which they are known; "?" when only Stripe can tell. */
function newest(...events: readonly Candidate[]): string {
  const answers = permutations(events).map((order) => newestOfSecond(order)?.copy.eventId ?? "?");
  const [answer = "?"] = answers;
  return answers.every((other) => other === answer) ? answer : `depends on the order: ${answers.join(", ")}`;
}

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

const created = event("created", { name: null }, null, "customer.created");
const toJane = event("toJane", { name: "Jane" }, { name: null });
const toJoan = event("toJoan", { name: "Joan" }, { name: "Jane" });
const backToJane = event("backToJane", { name: "Jane" }, { name: "Joan" });
const toNobody = event("toNobody", { name: null }, { name: "Joan" });

describe("newestOfSecond", () => {
  it("follows the former values from one event to the next", () => {
    expect(newest(toJane, toJoan)).toBe("toJoan");
    expect(newest(created, toJane, toJoan)).toBe("toJoan");
  });

  it("follows them through different fields", () => {
    const owes = event("owes", { name: "Joan", balance: 500 }, { balance: 0 });

    expect(newest(toJane, toJoan, owes)).toBe("owes");
  });

  it("follows them into nested objects, of which Stripe names only the changed keys", () => {
    const inBonn = event("inBonn", { address: { city: "Bonn", country: "DE" } }, { email: "old@example.com" });
    const inParis = event(
      "inParis",
      { address: { city: "Paris", country: "FR" } },
      { address: { city: "Bonn", country: "DE" } },
    );
    const named = event("named", { metadata: { user_id: "u1" } }, { metadata: { user_id: null } });

    expect(newest(inBonn, inParis)).toBe("inParis");
    expect(newest(event("new", { metadata: {} }, null, "customer.created"), named)).toBe("named");
  });

  it("takes a creation for the beginning, also when the object comes back to it", () => {
    const undone = event("undone", { name: null }, { name: "Jane" });

    expect(newest(created, toJane)).toBe("toJane");
    for (const order of permutations([created, toJane, undone])) {
      expect(newestOfSecond(order)?.copy.facts).toEqual(undone.copy.facts);
    }
  });

  it("does not guess when an event in between is still missing", () => {
    expect(newest(created, toJoan)).toBe("?");
    expect(newest(toJane, event("owes", { name: "Joan", balance: 500 }, { balance: 0 }))).toBe("?");
  });

  it("does not guess when changes were taken back", () => {
    expect(newest(toJoan, backToJane)).toBe("?");
    expect(newest(toJane, toJoan, toNobody)).toBe("?");
  });

  it("finds the end behind a change that was taken back and made again", () => {
    const again = event("again", { name: "Joan" }, { name: "Jane" });

    expect(["again", "toJoan"]).toContain(newestOfSecond([toJane, toJoan, backToJane, again])?.copy.eventId ?? "again");
    expect(newestOfSecond([toJane, toJoan, backToJane])?.copy.facts ?? toJane.copy.facts).toEqual(toJane.copy.facts);
  });

  it("is content with two events that tell of one change", () => {
    const twin = event("twin", { name: "Jane" }, { name: null });

    expect(newestOfSecond([toJane, twin])?.copy.facts).toEqual(toJane.copy.facts);
  });

  it("is content with events that change nothing that we keep", () => {
    const noted = event("noted", { name: "Jane", description: "b" }, { description: "a" });
    const notedAgain = event("notedAgain", { name: "Jane", description: "c" }, { description: "b" });

    expect(newestOfSecond([noted, notedAgain])?.copy.facts).toEqual(noted.copy.facts);
    expect(newestOfSecond([noted, toJane])?.copy.facts).toEqual(toJane.copy.facts);
  });

  it("never names a wrong end, whichever of the changes are known", () => {
    const values = fc.array(fc.constantFrom(null, "Jane", "Joan", "Jo"), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(values, (names) => {
        const moves = names
          .slice(1)
          .flatMap((name, index) =>
            name === names[index] ? [] : [event(`${index}`, { name }, { name: names[index] ?? null })],
          );
        const end = moves.at(-1);
        fc.pre(end !== undefined);
        for (const order of permutations(moves)) {
          const answer = newestOfSecond(order);
          if (answer) expect(answer.copy.facts).toEqual(end?.copy.facts);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("facts that only move one way", () => {
  const seen = (copy: StripeCopy, eventId: string): Candidate => ({
    copy: { ...copy, eventId },
    snapshot: { type: "x.updated", object: {}, previous: null },
  });

  it.each<[string, StripeCopy, StripeCopy]>([
    [
      "an incomplete subscription became something else",
      aCopy("subscription", { status: "incomplete" }),
      aCopy("subscription", { status: "active" }),
    ],
    [
      "a subscription ended",
      aCopy("subscription", { status: "active" }),
      aCopy("subscription", { status: "canceled", endedAtS: 1 }),
    ],
    [
      "a first payment never came",
      aCopy("subscription", { status: "incomplete" }),
      aCopy("subscription", { status: "incomplete_expired" }),
    ],
    ["an invoice was finalised", aCopy("invoice", { status: "draft" }), aCopy("invoice", { status: "open" })],
    [
      "an uncollectible invoice was paid",
      aCopy("invoice", { status: "uncollectible" }),
      aCopy("invoice", { status: "paid", amountPaidMinor: 1000 }),
    ],
    ["an invoice was tried again", aCopy("invoice", { attemptCount: 1 }), aCopy("invoice", { attemptCount: 2 })],
    [
      "a pending charge succeeded",
      aCopy("charge", { status: "pending", capturedMinor: 0 }),
      aCopy("charge", { status: "succeeded" }),
    ],
    [
      "a pending charge failed",
      aCopy("charge", { status: "pending", capturedMinor: 0 }),
      aCopy("charge", { status: "failed", capturedMinor: 0 }),
    ],
    ["a charge was captured", aCopy("charge", { capturedMinor: 0 }), aCopy("charge", { capturedMinor: 1000 })],
    ["more was refunded", aCopy("charge", { refundedMinor: 100 }), aCopy("charge", { refundedMinor: 300 })],
    [
      "a payment intent succeeded",
      aCopy("payment_intent", { status: "processing" }),
      aCopy("payment_intent", { status: "succeeded" }),
    ],
    [
      "a payment intent was cancelled",
      aCopy("payment_intent", { status: "requires_action" }),
      aCopy("payment_intent", { status: "canceled" }),
    ],
    ["a refund went through", aCopy("refund", { status: "pending" }), aCopy("refund", { status: "succeeded" })],
    ["a refund failed after all", aCopy("refund", { status: "succeeded" }), aCopy("refund", { status: "failed" })],
    ["a dispute was decided", aCopy("dispute", { status: "under_review" }), aCopy("dispute", { status: "lost" })],
  ])("decide when %s", (_what, earlier, later) => {
    expect(newest(seen(earlier, "earlier"), seen(later, "later"))).toBe("later");
  });

  it.each<[string, StripeCopy, StripeCopy]>([
    [
      "one is ahead and the other too",
      aCopy("charge", { capturedMinor: 0, refundedMinor: 500 }),
      aCopy("charge", { capturedMinor: 1000, refundedMinor: 0 }),
    ],
    [
      "a subscription runs in two ways",
      aCopy("subscription", { status: "past_due" }),
      aCopy("subscription", { status: "active" }),
    ],
    [
      "a dispute is still open",
      aCopy("dispute", { status: "needs_response" }),
      aCopy("dispute", { status: "under_review" }),
    ],
    ["a product has two names", aCopy("product", { name: "A" }), aCopy("product", { name: "B" })],
    ["a card has two expiries", aCopy("payment_method", { expYear: 2027 }), aCopy("payment_method", { expYear: 2028 })],
  ])("decide nothing when %s", (_what, one, other) => {
    expect(newest(seen(one, "one"), seen(other, "other"))).toBe("?");
  });
});
