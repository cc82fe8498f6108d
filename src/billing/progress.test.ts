/** Facts that only move one way, state by state. */
import { describe, expect, it } from "vitest";
import { aCopy } from "../../test/support/builders.ts";
import { progressOf } from "./progress.ts";

/** Every later state is ahead of every earlier one; states in one group say nothing about each other. */
function expectOrder(groups: readonly (readonly string[])[], progress: (status: string) => number): void {
  const steps = groups.map((group) => group.map(progress));
  for (const group of steps) expect(new Set(group).size).toBe(1);
  const firsts = steps.map(([first]) => first ?? Number.NaN);
  expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
  expect(new Set(firsts).size).toBe(firsts.length);
}

const first = (numbers: readonly number[]): number => numbers[0] ?? Number.NaN;

describe("progressOf", () => {
  it("knows where a subscription can never return to", () => {
    expectOrder(
      [
        ["incomplete"],
        ["trialing", "active", "past_due", "unpaid", "paused", "something_new"],
        ["canceled", "incomplete_expired"],
      ],
      (status) => first(progressOf(aCopy("subscription", { status }))),
    );
  });

  it("knows that an uncollectible invoice can still be paid or voided", () => {
    expectOrder([["draft"], ["open"], ["uncollectible"]], (status) => first(progressOf(aCopy("invoice", { status }))));
    for (const status of ["paid", "void"]) {
      expect(first(progressOf(aCopy("invoice", { status })))).toBeGreaterThan(
        first(progressOf(aCopy("invoice", { status: "uncollectible" }))),
      );
    }
  });

  it("knows that a charge waits before it succeeds or fails", () => {
    for (const status of ["succeeded", "failed"]) {
      expect(first(progressOf(aCopy("charge", { status })))).toBeGreaterThan(
        first(progressOf(aCopy("charge", { status: "pending" }))),
      );
    }
  });

  it("counts what was captured and refunded, which only grows", () => {
    const [, captured, refunded] = progressOf(aCopy("charge", { capturedMinor: 900, refundedMinor: 300 }));

    expect([captured, refunded]).toEqual([900, 300]);
  });

  it("knows the final states of payment intents and disputes", () => {
    expectOrder(
      [
        ["requires_payment_method", "requires_action", "processing", "requires_capture"],
        ["succeeded", "canceled"],
      ],
      (status) => first(progressOf(aCopy("payment_intent", { status }))),
    );
    expectOrder(
      [
        ["warning_needs_response", "needs_response", "under_review"],
        ["won", "lost", "warning_closed", "prevented"],
      ],
      (status) => first(progressOf(aCopy("dispute", { status }))),
    );
  });

  it("knows that a refund can fail after it had succeeded", () => {
    expectOrder([["pending"], ["succeeded"], ["failed"]], (status) => first(progressOf(aCopy("refund", { status }))));
  });

  it("has nothing to say where values go up and down", () => {
    expect([progressOf(aCopy("customer")), progressOf(aCopy("payment_method")), progressOf(aCopy("product"))]).toEqual([
      [],
      [],
      [],
    ]);
  });
});
