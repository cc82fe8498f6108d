/** When debits count as paid, by method, around cut-off, weekends, holidays and the change of clocks. */
import { describe, expect, it } from "vitest";
import { expectedAt } from "./expected.ts";
import { isBankDebit, timingOf } from "./methods.ts";

const atS = (text: string): number => Date.parse(text) / 1000;

function dueOf(method: string, created: string, isFirst = false): string | null {
  const timing = timingOf(method);
  return timing && new Date(expectedAt(timing, atS(created), isFirst) * 1000).toISOString().replace(".000Z", "Z");
}

describe("a SEPA debit counts as paid", () => {
  it.each([
    ["six business days later", "2026-11-10T08:00:00Z", "2026-11-18T00:00:00Z"],
    [
      "counted from the next day when it was made at the cut-off (10:30 CET)",
      "2026-11-10T09:30:00Z",
      "2026-11-19T00:00:00Z",
    ],
    ["counted from the day itself a second before", "2026-11-10T09:29:59Z", "2026-11-18T00:00:00Z"],
    ["with the cut-off an hour earlier in summer", "2026-07-07T08:30:00Z", "2026-07-16T00:00:00Z"],
    ["counted from Monday when it was made on Saturday", "2026-11-14T12:00:00Z", "2026-11-24T00:00:00Z"],
    ["counted from Monday when it was made late on Friday", "2026-11-13T18:00:00Z", "2026-11-24T00:00:00Z"],
    ["by the day in Frankfurt, where it is already Tuesday", "2026-11-09T23:30:00Z", "2026-11-18T00:00:00Z"],
    ["over Easter", "2026-03-31T06:00:00Z", "2026-04-10T00:00:00Z"],
    ["over Christmas and New Year", "2026-12-22T06:00:00Z", "2026-12-31T00:00:00Z"],
    ["over the first of May", "2028-04-27T06:00:00Z", "2028-05-08T00:00:00Z"],
    ["on the Sunday on which summer time begins", "2026-03-29T00:59:59Z", "2026-04-09T00:00:00Z"],
  ])("%s", (_, created, due) => {
    expect(dueOf("sepa_debit", created)).toBe(due);
  });
});

describe("other debits count as paid", () => {
  it.each([
    ["us_bank_account", "2026-11-24T12:00:00Z", false, "2026-12-01T00:00:00Z"], // over Thanksgiving
    ["bacs_debit", "2026-08-27T12:00:00Z", false, "2026-09-02T21:00:00Z"], // over the summer bank holiday
    ["bacs_debit", "2026-11-10T12:00:00Z", true, "2026-11-18T21:00:00Z"], // a new mandate
    ["au_becs_debit", "2026-04-24T01:00:00Z", false, "2026-04-28T00:00:00Z"],
    ["nz_bank_account", "2026-04-23T01:00:00Z", false, "2026-04-28T00:00:00Z"], // Anzac Day, kept on Monday
    ["nz_bank_account", "2026-07-08T01:00:00Z", false, "2026-07-13T00:00:00Z"], // over Matariki
    ["acss_debit", "2026-05-14T12:00:00Z", false, "2026-05-22T00:00:00Z"], // over Victoria Day
    ["acss_debit", "2026-09-28T12:00:00Z", false, "2026-10-06T00:00:00Z"], // over the day of Truth and Reconciliation
  ])("%s made at %s (first of its mandate: %s) at %s", (method, created, isFirst, due) => {
    expect(dueOf(method, created, isFirst)).toBe(due);
  });

  it("at a time that nobody promises when the kind of debit is new", () => {
    expect(isBankDebit("debit_of_tomorrow")).toBe(false);
    expect(dueOf("debit_of_tomorrow", "2026-11-10T12:00:00Z")).toBeNull();
  });

  it("only when they are debits", () => {
    expect(["card", "paypal", null, "toString"].map(isBankDebit)).toEqual([false, false, false, false]);
  });
});
