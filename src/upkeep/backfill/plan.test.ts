/** From findings to numbers that people read. */
import { describe, expect, it } from "vitest";
import { minutesFor, planOf } from "./plan.ts";
import { isCensusWorth } from "./take-census.ts";

const pace = { limit: 1666 };

describe("planOf", () => {
  it("adds up customers, calls and what changes", () => {
    const plan = planOf({
      groups: [
        {
          outcome: "matched",
          reason: "user_id",
          count: 900,
          writes: 700,
          examples: [{ customerId: "cus_1", target: "c1" }],
        },
        {
          outcome: "created",
          reason: "user_id",
          count: 50,
          writes: 50,
          examples: [{ customerId: "cus_2", target: "new user u" }],
        },
        { outcome: "skipped", reason: "no_user_id", count: 30, writes: 0, examples: [] },
        { outcome: "quarantined", reason: "email_ambiguous", count: 5, writes: 0, examples: [] },
        { outcome: "linked", reason: "linked", count: 10, writes: 2, examples: [] },
        { outcome: "linked", reason: "follows", count: 5, writes: 0, examples: [] },
      ],
      nowMs: 0,
      pace,
      hintOf: (reason) => `because of ${reason}`,
    });
    expect(plan).toMatchObject({ customers: 1000, linked: 15, changes: 702, calls: 802, minutes: 0.1 });
    expect(plan.matched[0]).toMatchObject({
      text: "by the user id in Stripe's metadata",
      examples: [{ contactId: "c1" }],
    });
    expect(plan.created[0]?.examples).toEqual([{ customerId: "cus_2", label: null, contactId: null }]);
    expect(plan.skipped[0]?.text).toBe("because of no_user_id");
  });
});

describe("minutesFor", () => {
  it.each([
    [0, 0],
    [9_596, 1],
    [10_000, 1.1],
    [200_000, 20.9],
  ])("%d calls take %d minutes at Intercom's usual limit", (calls, minutes) => {
    expect(minutesFor(calls, pace)).toBe(minutes);
  });
});

describe("isCensusWorth", () => {
  it.each([
    ["nobody has to be found", 100_000, 0, false],
    ["as many contacts as customers", 10_000, 10_000, true],
    ["a few customers among a million contacts", 1_000_000, 100, false],
    ["a small workspace", 400, 1, true],
    ["ten thousand customers among a million contacts", 1_000_000, 10_000, false],
    ["a product with a free plan", 250_000, 10_000, true],
  ])("%s", (_, contacts, customers, worth) => {
    expect(isCensusWorth({ contacts, customers })).toBe(worth);
  });
});
