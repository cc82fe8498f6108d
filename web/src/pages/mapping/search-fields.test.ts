import { describe, expect, it } from "vitest";
import type { MappingField } from "../../../../contract/mapping.ts";
import { searchFields } from "./search-fields.ts";

const field = (name: string, help: string): MappingField => ({
  field: name,
  type: "string",
  help,
  rule: "",
  purpose: "",
  isAmount: false,
});

const fields = [
  field("status", "Such as active or unpaid."),
  field("total_paid", "Received."),
  field("plan", "The plan."),
];

describe("searchFields", () => {
  it.each([
    ["paid", ["total_paid", "status"]],
    ["total paid", ["total_paid"]],
    ["", ["status", "total_paid", "plan"]],
    ["nothing", []],
  ])("finds for %j", (text, expected) => {
    expect(searchFields(fields, text).map((one) => one.field)).toEqual(expected);
  });
});
