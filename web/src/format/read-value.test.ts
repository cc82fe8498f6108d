import { describe, expect, it } from "vitest";
import { readValue } from "./read-value.ts";

describe("readValue", () => {
  it.each([
    ["status", null, { kind: "empty" }],
    ["delinquent", "true", { kind: "flag", on: true }],
    ["mrr", "49.00 EUR", { kind: "money", major: 49, currency: "EUR" }],
    ["stripe_mrr", "49.5", { kind: "number", value: 49.5, decimals: 1 }],
    ["items[0].periodEndS", "1795000000", { kind: "moment", at: new Date(1_795_000_000_000) }],
    ["trial_end", "1795000000", { kind: "moment", at: new Date(1_795_000_000_000) }],
    ["current_period_end", "2026-12-01T00:00:00Z", { kind: "day", at: new Date("2026-12-01T00:00:00Z") }],
    ["stripe_status", "past_due", { kind: "text", text: "past_due" }],
  ])("reads %s = %s", (field, value, expected) => {
    expect(readValue(field, value)).toEqual(expected);
  });

  it("leaves digits alone that are no amount", () => {
    expect(readValue("card_last4", "4242")).toEqual({ kind: "text", text: "4242" });
    expect(readValue("phone", "1795000000")).toEqual({ kind: "text", text: "1795000000" });
  });

  it("leaves text alone that only looks like a date", () => {
    expect(readValue("name", "2026-99-99T99:99")).toEqual({ kind: "text", text: "2026-99-99T99:99" });
  });
});
