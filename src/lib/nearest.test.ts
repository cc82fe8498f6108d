/** Who has mistyped a name is told which one they meant; who meant something else is not. */
import { describe, expect, it } from "vitest";
import { didYouMean, whatThereIs } from "./nearest.ts";

const names = ["plan", "plan_price", "status", "status_detail", "total_paid", "trial_end"];

describe("a hint", () => {
  it.each([
    ["plann", "plan"],
    ["paln", "plan"],
    ["Plan", "plan"],
    ["planPrice", "plan_price"],
    ["statsu", "status"],
    ["trialend", "trial_end"],
    ["total_payed", "total_paid"],
  ])("takes %s for %s", (wanted, name) => {
    expect(didYouMean(wanted, names)).toBe(`; did you mean “${name}”?`);
  });

  it.each(["", "x", "colour", "__proto__", "p".repeat(100)])("is none where nothing is near “%s”", (wanted) => {
    expect(didYouMean(wanted, names)).toBe("");
  });
});

it("names those that there are where none comes near and they are few", () => {
  expect(whatThereIs("pln", ["plan", "status"])).toBe("; did you mean “plan”?");
  expect(whatThereIs("amount", ["plan", "status"])).toBe("; there are plan, status");
  expect(whatThereIs("amount", ["now"])).toBe("; there is only now");
  const many = Array.from({ length: 40 }, (_, index) => `field_${index}`);
  expect(whatThereIs("amount", many)).toBe("");
});
