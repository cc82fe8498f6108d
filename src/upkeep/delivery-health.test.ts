/** When deliveries count as missing, and when they work again. */
import { describe, expect, it } from "vitest";
import { firstHealth, isOverdue, isYoung, nextHealth, overdueAfterMs, type DeliveryHealth } from "./delivery-health.ts";

const working = firstHealth(1);
const refused: DeliveryHealth = { ...working, refused: true };
const missing: DeliveryHealth = { state: "missing", sinceMs: 1, refused: false };
const rejected: DeliveryHealth = { ...missing, refused: true };

describe("nextHealth", () => {
  const cases = [
    ["working", working, "delivered", working],
    ["working", working, "refused", refused],
    ["working", working, "missed", { ...missing, sinceMs: 9 }],
    ["refused", refused, "delivered", working],
    ["refused", refused, "refused", refused],
    ["refused", refused, "missed", { ...rejected, sinceMs: 9 }],
    ["missing", missing, "delivered", firstHealth(9)],
    ["missing", missing, "refused", rejected],
    ["missing", missing, "missed", missing],
    ["missing and refused", rejected, "delivered", firstHealth(9)],
    ["missing and refused", rejected, "refused", rejected],
    ["missing and refused", rejected, "missed", rejected],
  ] as const;

  it.each(cases)("while %s, after %j and %s", (_name, before, sign, after) => {
    expect(nextHealth(before, sign, 9)).toEqual(after);
  });

  it("answers the same object when a sign says nothing new", () => {
    expect(nextHealth(working, "delivered", 9)).toBe(working);
    expect(nextHealth(missing, "missed", 9)).toBe(missing);
  });
});

describe("isOverdue", () => {
  const at = { nowMs: 200_000, listeningMs: 100_000, afterMs: 60_000 };
  const old = { createdS: 130, isSubscribed: true, isNew: true };

  it.each([
    ["an event that should have been delivered long before", old, true],
    ["one that a delivery had brought", { ...old, isNew: false }, false],
    ["one of a type that is not delivered", { ...old, isSubscribed: false }, false],
    ["one that may be on its way", { ...old, createdS: 140 }, false],
    ["one whose second ended exactly at the limit", { ...old, createdS: 139 }, true],
    ["one from the future, where a clock is wrong", { ...old, createdS: 300 }, false],
    ["one from before anybody listened", { ...old, createdS: 99 }, false],
  ])("of %s", (_name, event, expected) => {
    expect(isOverdue(event, at)).toBe(expected);
  });

  it("is left to its delivery while that may be on its way, and not when a clock is wrong", () => {
    expect([139, 140, 200, 204, 206].map((createdS) => isYoung(createdS, at))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
  });

  it("waits a minute, less where the list is read more often", () => {
    expect(overdueAfterMs(300_000)).toBe(60_000);
    expect(overdueAfterMs(10_000)).toBe(2_000);
  });
});
