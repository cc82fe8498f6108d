/** Which of two copies is newer, rule by rule. */
import { describe, expect, it } from "vitest";
import { aCopy } from "../../test/support/builders.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import { compareCopies, compareRead, type Verdict } from "./newest.ts";

const second = 1_790_000_000;

describe("compareCopies", () => {
  const jane = { name: "Jane" };
  const joan = { name: "Joan" };

  it.each<[string, ObjectCopy | undefined, ObjectCopy, Verdict]>([
    ["nothing is stored", undefined, aCopy("customer"), "newer"],
    [
      "the stored one is deleted",
      aCopy("customer", jane, { deleted: true }),
      aCopy("customer", joan, { asOfS: second + 9 }),
      "older",
    ],
    [
      "the incoming one is a deletion",
      aCopy("customer", jane, { asOfS: second + 9 }),
      aCopy("customer", jane, { deleted: true }),
      "newer",
    ],
    [
      "the incoming one is of a later second",
      aCopy("customer", jane),
      aCopy("customer", joan, { asOfS: second + 1 }),
      "newer",
    ],
    [
      "it is of a later second and says the same",
      aCopy("customer", jane),
      aCopy("customer", jane, { asOfS: second + 1 }),
      "newer",
    ],
    [
      "the incoming one is of an earlier second",
      aCopy("customer", jane),
      aCopy("customer", joan, { asOfS: second - 1 }),
      "older",
    ],
    ["both come from events of one second", aCopy("customer", jane), aCopy("customer", joan), "same second"],
    [
      "both come from events of one second and say the same",
      aCopy("customer", jane),
      aCopy("customer", jane),
      "same second",
    ],
    [
      "the stored one was fetched in that second",
      aCopy("customer", jane, { origin: "fetch" }),
      aCopy("customer", joan),
      "doubt",
    ],
    [
      "the stored one was fetched and says the same",
      aCopy("customer", jane, { origin: "fetch" }),
      aCopy("customer", jane),
      "same",
    ],
    [
      "the stored one was fetched earlier",
      aCopy("customer", jane, { origin: "fetch" }),
      aCopy("customer", joan, { asOfS: second + 1 }),
      "newer",
    ],
    [
      "the stored one was read before",
      aCopy("customer", jane, { origin: "read" }),
      aCopy("customer", joan, { asOfS: second + 1 }),
      "newer",
    ],
    [
      "the stored one was read in that second",
      aCopy("customer", jane, { origin: "read" }),
      aCopy("customer", joan),
      "doubt",
    ],
    [
      "the stored one was read later and differs",
      aCopy("customer", jane, { origin: "read" }),
      aCopy("customer", joan, { asOfS: second - 9 }),
      "doubt",
    ],
    [
      "the stored one was read later and says the same",
      aCopy("customer", jane, { origin: "read" }),
      aCopy("customer", jane, { asOfS: second - 9 }),
      "same",
    ],
  ])("when %s", (_when, stored, incoming, verdict) => {
    expect(compareCopies(stored, incoming)).toBe(verdict);
  });

  it("keeps the last facts of a deleted object, even when a fetch noticed the deletion before its event came", () => {
    const noticed = aCopy("customer", jane, { deleted: true, origin: "fetch", asOfS: second - 5 });
    const event = aCopy("customer", joan, { deleted: true });

    expect(compareCopies(noticed, event)).toBe("newer");
  });
});

describe("compareRead", () => {
  const jane = { name: "Jane" };
  const joan = { name: "Joan" };

  it.each<[string, ObjectCopy | undefined, ObjectCopy, Verdict]>([
    ["nothing is stored", undefined, aCopy("customer", jane, { origin: "read" }), "newer"],
    [
      "both say the same",
      aCopy("customer", jane),
      aCopy("customer", jane, { origin: "read", asOfS: second + 9 }),
      "same",
    ],
    [
      "it was read after the event's second",
      aCopy("customer", jane),
      aCopy("customer", joan, { origin: "read", asOfS: second + 1 }),
      "newer",
    ],
    [
      "it was read in the event's second",
      aCopy("customer", jane),
      aCopy("customer", joan, { origin: "read" }),
      "older",
    ],
    [
      "it was read before the event",
      aCopy("customer", jane),
      aCopy("customer", joan, { origin: "read", asOfS: second - 1 }),
      "older",
    ],
    [
      "the stored one is deleted",
      aCopy("customer", jane, { deleted: true }),
      aCopy("customer", joan, { origin: "read", asOfS: second + 1 }),
      "older",
    ],
  ])("when %s", (_when, stored, read, verdict) => {
    expect(compareRead(stored, read)).toBe(verdict);
  });
});
