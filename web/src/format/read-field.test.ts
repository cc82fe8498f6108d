import { describe, expect, it } from "vitest";
import { readField } from "./read-field.ts";

describe("readField", () => {
  it.each([
    ["status", { key: "status", unit: null }],
    ["items[0].periodEndS", { key: "period_end", unit: "seconds" }],
    ["amountDueMinor", { key: "amount_due", unit: "minor" }],
    ["cancelAtPeriodEnd", { key: "cancel_at_period_end", unit: null }],
    ["attempt_count", { key: "attempt_count", unit: null }],
    ["metadata.teamS", { key: "metadata.teamS", unit: null }],
  ])("takes %s apart", (field, expected) => {
    expect(readField(field)).toEqual(expected);
  });
});
