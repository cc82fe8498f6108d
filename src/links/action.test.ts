/** What is made of an action whose end nobody has seen. */
import { expect, it } from "vitest";
import { attemptsOn, judgeOpenAction, mayStillArrive, payKey, stateOf, type CustomerAction } from "./action.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const action: CustomerAction = {
  key: payKey("main", "in_1", 1),
  account: "main",
  customerId: "cus_1",
  objectId: "in_1",
  attempt: 1,
  amount: { amountMinor: 4900, currency: "eur" },
  paymentMethod: null,
  state: "planned",
  outcome: null,
  plannedAt: new Date(0),
};

it.each([
  ["planned", minuteMs, "wait"],
  ["planned", 3 * minuteMs, "repeat"],
  ["unknown", 1_000, "repeat"],
  ["unknown", 22 * hourMs, "repeat"],
  ["unknown", 24 * hourMs, "look"],
  ["planned", 24 * hourMs, "look"],
  ["done", minuteMs, "ended"],
  ["failed", 24 * hourMs, "ended"],
] as const)("an action that is %s for %i ms: %s", (state, ageMs, what) => {
  expect(judgeOpenAction({ ...action, state }, ageMs)).toBe(what);
});

it("may still arrive for two minutes", () => {
  expect([mayStillArrive(action, minuteMs), mayStillArrive(action, 3 * minuteMs)]).toEqual([true, false]);
});

it("is done when money moves, and has another key for each attempt", () => {
  expect((["paid", "processing", "declined", "refused", "lost", null] as const).map(stateOf)).toEqual([
    "done",
    "done",
    "failed",
    "failed",
    "failed",
    "unknown",
  ]);
  expect(payKey("main", "in_1", 2)).not.toBe(action.key);
  expect(payKey("shop", "in_1", 1)).not.toBe(action.key);
});

it("counts what was tried on one invoice, ever and within a day", () => {
  const nowMs = 25 * hourMs;
  const ended: CustomerAction = { ...action, state: "failed", outcome: "declined" };
  const later: CustomerAction = { ...ended, attempt: 2, plannedAt: new Date(nowMs - minuteMs) };
  const other: CustomerAction = { ...action, objectId: "in_2", plannedAt: new Date(nowMs) };
  expect(attemptsOn("in_1", [later, ended, other], nowMs)).toEqual({
    isUnderWay: false,
    attempts: 2,
    attemptsToday: 1,
  });
  expect(attemptsOn("in_2", [later, ended, other], nowMs).isUnderWay).toBe(true);
  expect(attemptsOn(undefined, [other], nowMs)).toEqual({ isUnderWay: false, attempts: 0, attemptsToday: 0 });
});
