/** What `dunlin usage` prints. */
import { describe, expect, it } from "vitest";
import type { CustomerUsage, MeterView } from "../../contract/usage.ts";
import { usageLines } from "./usage-text.ts";

const documents: MeterView = {
  customerId: "cus_1",
  meter: "documents",
  unit: "Analysed documents",
  value: 12_845.5,
  limit: 15_000,
  limitSource: "tiers",
  limitUnknown: null,
  percent: 85.6,
  projectedValue: 25_691,
  projectedPercent: 171.2,
  periodStart: "2026-11-01T00:00:00.000Z",
  periodEnd: "2026-12-01T00:00:00.000Z",
  asOf: "2026-11-22T10:00:00.000Z",
  source: "stripe",
  status: "high_risk",
};
const exports: MeterView = {
  ...documents,
  meter: "exports",
  unit: null,
  value: 3,
  limit: null,
  limitSource: null,
  percent: null,
  projectedValue: null,
  projectedPercent: null,
  source: "pushed",
  status: null,
};
const usage: CustomerUsage = {
  account: "main",
  customerId: "cus_1",
  reading: "asked",
  problem: null,
  meters: [documents, exports],
  crossings: [
    {
      meter: "documents",
      threshold: 80,
      direction: "rising",
      at: "2026-11-20T08:00:00.000Z",
      value: "12000",
      limit: "15000",
    },
  ],
};

function printed(parts: Partial<CustomerUsage>): readonly string[] {
  return usageLines({ ...usage, ...parts }, "2026-11-22T10:05:00.000Z");
}

describe("the usage of a customer", () => {
  it("is a table, the worst first, with what is missing and where it comes from", () => {
    expect(printed({})).toEqual([
      "status     meter          used   limit   of it  at the end    of it  period ends",
      "high_risk  documents  12,845.5  15,000  85.6 %      25,691  171.2 %  2026-12-01 00:00:00 UTC",
      "–          exports           3       –       –           –        –  2026-12-01 00:00:00 UTC",
      "",
      "! Nobody states a limit for exports.",
      "  → metadata usage_limit_exports of the product in Stripe, or usage.limits in the mapping",
      "",
      "documents: “Analysed documents”; read from Stripe, true for 2026-11-22 10:00:00 UTC (5 min ago); limit from the tiers",
      "exports: pushed, true for 2026-11-22 10:00:00 UTC (5 min ago)",
      "",
      "2026-11-20 08:00:00 UTC  reached 80 %  documents",
    ]);
  });

  it("says why Stripe could not be asked, and shows what is known all the same", () => {
    const lines = printed({ reading: "failed", problem: "Stripe cannot be reached.", crossings: [] });
    expect(lines[0]).toBe("! Stripe could not be asked: Stripe cannot be reached.");
    expect(lines).toContainEqual(expect.stringContaining("12,845.5"));
  });

  it("says why a limit cannot be known", () => {
    const limitUnknown = "The metadata usage_limit of product prod_1 is no number above 0.";
    expect(printed({ meters: [{ ...exports, limitUnknown }] })).toContain(
      `! The limit of exports cannot be known: ${limitUnknown}`,
    );
  });

  it.each<[CustomerUsage["reading"], string]>([
    ["unmetered", "Nothing of cus_1 is metered, and nobody has pushed usage for them."],
    ["asked", "There is no reading of cus_1 for the period that runs."],
  ])("that is none is said plainly when it was %s", (reading, line) => {
    expect(printed({ reading, meters: [], crossings: [] })).toEqual([line]);
  });
});
