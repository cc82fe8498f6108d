/** What `dunlin links show` prints. */
import { expect, it } from "vitest";
import type { CustomerAction } from "../links/action.ts";
import { describeActions } from "./links.ts";

const customer = { account: "main", customerId: "cus_1" };
const action: CustomerAction = {
  ...customer,
  key: "dunlin:pay:main:in_1:1",
  objectId: "in_1",
  attempt: 1,
  amount: { amountMinor: 4900, currency: "eur" },
  paymentMethod: null,
  plannedAt: new Date("2026-11-22T09:00:00.000Z"),
  state: "done",
  outcome: "paid",
};

it("says that nothing was paid", () => {
  expect(describeActions(customer, 0, [])).toEqual([
    "cus_1 (account main): links never revoked.",
    "Nothing was paid through a link.",
  ]);
});

it("aligns what was paid, and says what to do about what nobody knows", () => {
  const unknown: CustomerAction = { ...action, objectId: "in_2", state: "unknown", outcome: null };
  const lines = describeActions(customer, 2, [unknown, action]);
  expect(lines[0]).toBe("cus_1 (account main): links revoked 2 times.");
  expect(lines[3]).toMatch(/€49\.00 {2}unknown {2}– {8}in_2, attempt 1$/);
  expect(lines[4]).toMatch(/€49\.00 {2}done {5}paid {5}in_1, attempt 1$/);
  expect(lines.at(-1)).toContain("Dashboard");
});
