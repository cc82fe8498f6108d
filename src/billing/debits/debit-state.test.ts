/** The states of a debit: each from what Stripe shows, and every move between them. */
import { describe, expect, it } from "vitest";
import { aCopy } from "../../../test/support/builders.ts";
import type { Debit, DebitState } from "../../model/payment-trouble.ts";
import type { DisputeFacts } from "../../model/stripe-object.ts";
import { debitPhase } from "./clock.ts";
import { debitMoves, debitState, holdingDispute } from "./debit-state.ts";

const atS = (text: string): number => Date.parse(text) / 1000;
const disputes = (facts: Partial<DisputeFacts>): readonly ReturnType<typeof aCopy<"dispute">>[] => [
  aCopy("dispute", facts),
];

function stateOf(status: string, facts?: Partial<DisputeFacts>): DebitState {
  return debitState({ status }, facts && holdingDispute(disputes(facts))?.facts);
}

/** What Stripe may show of one debit, each with the state that it means. */
const sights: readonly (readonly [DebitState, () => DebitState])[] = [
  ["pending", () => stateOf("pending")],
  ["settled", () => stateOf("succeeded")],
  ["settled", () => stateOf("succeeded", { status: "won" })],
  ["settled", () => stateOf("succeeded", { status: "warning_needs_response" })],
  ["returned", () => stateOf("failed")],
  ["returned", () => stateOf("succeeded", { status: "lost", reason: "insufficient_funds" })],
  ["returned", () => stateOf("succeeded", { status: "lost", reason: "incorrect_account_details" })],
  ["disputed", () => stateOf("succeeded", { status: "lost", reason: "general" })],
  ["disputed", () => stateOf("succeeded", { status: "lost", reason: "debit_not_authorized" })],
  ["disputed", () => stateOf("succeeded", { status: "needs_response", reason: null })],
];

describe("a debit", () => {
  it.each(sights)("is %s", (expected, look) => {
    expect(look()).toBe(expected);
  });

  it("is in states that all can be reached, and none goes back to pending", () => {
    const targets = new Set(Object.values(debitMoves).flat());
    expect([...targets].toSorted()).toEqual(["disputed", "returned", "settled"]);
    expect(Object.keys(debitMoves).toSorted()).toEqual(["disputed", "pending", "returned", "settled"]);
  });

  it.each<[DebitState, DebitState]>([
    ["pending", "settled"], // charge.succeeded
    ["pending", "returned"], // charge.failed
    ["settled", "returned"], // charge.dispute.created with a bank's reason
    ["settled", "disputed"], // charge.dispute.created with the payer's
    ["disputed", "settled"], // charge.dispute.closed, won
    ["returned", "settled"],
  ])("moves from %s to %s", (from, to) => {
    expect(debitMoves[from]).toContain(to);
  });

  it("holds its money by the latest of several disputes", () => {
    const earlier = aCopy("dispute", { createdS: 1, reason: "general", status: "lost" }, { id: "dp_2" });
    const later = aCopy("dispute", { createdS: 2, reason: "insufficient_funds", status: "lost" }, { id: "dp_1" });
    expect(holdingDispute([later, earlier])?.id).toBe("dp_1");
    expect(holdingDispute([earlier, later])?.id).toBe("dp_1");
  });
});

describe("at an instant, a debit", () => {
  const pending: Debit = {
    method: "sepa_debit",
    state: "pending",
    submittedAtS: atS("2026-11-13T18:00:00Z"), // a Friday, after the cut-off
    expectedAtS: atS("2026-11-24T00:00:00Z"),
    debitDayS: null,
    mandate: "unknown",
  };
  const settled: Debit = { ...pending, state: "settled", expectedAtS: null };

  it.each([
    ["submitted", pending, "2026-11-15T23:59:59Z"],
    ["pending", pending, "2026-11-16T00:00:00Z"],
    ["pending", pending, "2026-11-25T00:00:00Z"],
    ["overdue", pending, "2026-11-25T00:00:01Z"],
    ["settled", settled, "2027-01-19T12:00:00Z"],
    ["final", settled, "2027-01-20T00:00:00Z"],
    ["disputed", { ...settled, state: "disputed" }, "2027-02-01T00:00:00Z"],
    ["returned", { ...settled, state: "returned" }, "2027-02-01T00:00:00Z"],
    ["pending", { ...pending, method: "debit_of_tomorrow", expectedAtS: null }, "2027-02-01T00:00:00Z"],
    ["overdue", { ...pending, method: "acss_debit" }, "2027-02-01T00:00:00Z"],
    ["settled", { ...settled, method: "bacs_debit" }, "2036-02-01T00:00:00Z"], // Bacs' guarantee has no end
  ] as const)("is %s", (phase, debit, now) => {
    expect(debitPhase(debit, atS(now))).toBe(phase);
  });
});
