/** What a pushed report does: adding, totals, periods, and what is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aCopy } from "../../test/support/builders.ts";
import { usageEntry, type UsageEntry } from "../../contract/usage.ts";
import type { UsageFacts } from "../model/stripe-object.ts";
import { decidePush, type PushInputs } from "./push.ts";

const period = { startS: 1_790_000_000, endS: 1_792_592_000 };
const nowS = 1_791_000_000;

function entry(parts: Partial<UsageEntry>): UsageEntry {
  return { id: "a", customer: "cus_1", meter: "documents", ...parts };
}

function inputs(parts: Partial<PushInputs> = {}): PushInputs {
  return { known: undefined, period, atS: nowS, nowS, meterId: null, ...parts };
}

function known(parts: Partial<UsageFacts> = {}): UsageFacts {
  return aCopy("usage", { source: "pushed", value: "10", asOfS: nowS - 100, unit: null, ...parts }).facts;
}

describe("a report that adds", () => {
  it("begins at nothing", () => {
    expect(decidePush(entry({ add: "2.5", unit: "Pages" }), inputs())).toEqual({
      result: "counted",
      reading: {
        meter: "documents",
        meterId: null,
        unit: "Pages",
        formula: "sum",
        periodStartS: period.startS,
        periodEndS: period.endS,
        value: "2.5",
        asOfS: nowS,
        source: "pushed",
      },
    });
  });

  it("adds to what was pushed in the same period, and begins anew in the next", () => {
    expect(decidePush(entry({ add: "0.1" }), inputs({ known: known({ value: "0.2" }) }))).toMatchObject({
      reading: { value: "0.3", meterId: "mtr_1" },
    });
    const before = known({ periodStartS: period.startS - 1000, periodEndS: period.startS });
    expect(decidePush(entry({ add: "7" }), inputs({ known: before }))).toMatchObject({ reading: { value: "7" } });
  });

  it("is refused where Stripe counts", () => {
    expect(decidePush(entry({ add: "1" }), inputs({ known: known({ source: "stripe" }) }))).toMatchObject({
      result: "refused",
      code: "read_from_stripe",
    });
  });

  it("may come late: the instant of the reading stays the newest", () => {
    expect(decidePush(entry({ add: "1" }), inputs({ known: known(), atS: nowS - 500 }))).toMatchObject({
      result: "counted",
      reading: { value: "11", asOfS: nowS - 100 },
    });
  });

  it("counts the same in any order", () => {
    const amounts = fc.array(
      fc.integer({ min: -500, max: 5000 }).map((cents) => String(cents / 100)),
      { maxLength: 20 },
    );
    const total = (adds: readonly string[]): string | undefined => {
      let facts: UsageFacts | undefined;
      for (const add of adds) {
        const pushed = decidePush(entry({ add }), inputs({ known: facts }));
        if (pushed.result === "counted") facts = { ...pushed.reading, judgedLimit: null };
      }
      return facts?.value;
    };
    fc.assert(
      fc.property(
        amounts.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          expect(total(shuffled)).toBe(total(list));
        },
      ),
    );
  });
});

describe("a total", () => {
  it("replaces what is known, also what Stripe said", () => {
    expect(decidePush(entry({ value: "3" }), inputs({ known: known({ source: "stripe" }) }))).toMatchObject({
      result: "counted",
      reading: { value: "3", source: "pushed" },
    });
  });

  it("that is older than what is known changes nothing", () => {
    expect(decidePush(entry({ value: "3" }), inputs({ known: known(), atS: nowS - 101 }))).toEqual({
      result: "superseded",
    });
  });
});

describe("a report is refused", () => {
  it.each<[string, Partial<PushInputs>, string]>([
    ["from the future", { atS: nowS + 301 }, "It lies in the future."],
    ["before its period", { atS: period.startS - 1 }, "It does not lie in the period that runs."],
    ["at the end of its period", { atS: period.endS, nowS: period.endS }, "It does not lie in the period that runs."],
    [
      "of a period that is over",
      { known: known({ periodStartS: period.startS + 1 }) },
      "Its period is over: a later one has begun.",
    ],
  ])("%s", (_name, parts, reason) => {
    expect(decidePush(entry({ add: "1" }), inputs(parts))).toEqual({
      result: "refused",
      code: "outside_period",
      reason,
    });
  });

  it("when the total would be out of range", () => {
    const huge = known({ value: "999999999999999" });
    expect(decidePush(entry({ add: "1" }), inputs({ known: huge }))).toMatchObject({ code: "out_of_range" });
  });
});

describe("an entry", () => {
  const base = { id: "a", customer: "cus_1", meter: "documents" };
  it.each<[unknown, string]>([
    [12, "12"],
    ["0012.50", "0012.50"],
    [1e-7, "0.0000001"],
    [-3, "-3"],
  ])("takes the amount %j", (add, read) => {
    expect(usageEntry.parse({ ...base, add }).add).toBe(read);
  });

  it.each<[string, unknown]>([
    ["no amount", base],
    ["two amounts", { ...base, add: 1, value: 1 }],
    ["an amount out of range", { ...base, add: 1e16 }],
    ["no number", { ...base, add: "many" }],
    ["an infinite number", { ...base, add: Number.POSITIVE_INFINITY }],
    ["an unknown field", { ...base, add: 1, amount: 1 }],
    ["a meter with a colon", { ...base, meter: "a:b", add: 1 }],
    ["a period that ends before it starts", { ...base, add: 1, period: { start: 1_790_000_001, end: 1_790_000_000 } }],
    ["a time without a zone", { ...base, add: 1, at: "2026-11-22T10:00:00" }],
  ])("is refused with %s", (_name, given) => {
    expect(usageEntry.safeParse(given).success).toBe(false);
  });

  it("takes times as seconds and as text", () => {
    expect(usageEntry.parse({ ...base, add: 1, at: "2026-11-22T11:00:00+01:00" }).at).toBe(
      Date.UTC(2026, 10, 22, 10) / 1000,
    );
  });
});
