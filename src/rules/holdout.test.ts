/** For whom a rule acts. */
import { describe, expect, it } from "vitest";
import { aRule } from "../../test/support/rules.ts";
import { assign, isInGroup } from "./holdout.ts";

const people = Array.from({ length: 4_000 }, (_, index) => ({ account: "acct_1", customerId: `cus_${index}` }));

function armsOf(rule: Readonly<Record<string, unknown>>, groups = {}) {
  const compiled = aRule({ rule });
  return people.map((person) => assign(compiled, groups, person).arm);
}

const count = (arms: readonly string[], arm: string): number => arms.filter((one) => one === arm).length;

describe("the share of a rule", () => {
  it("is about as large as it says", () => {
    expect(count(armsOf({ share: 10 }), "treated") / people.length).toBeCloseTo(0.1, 1);
    expect(count(armsOf({ share: 100 }), "treated")).toBe(people.length);
    expect(count(armsOf({ share: 0 }), "not_yet")).toBe(people.length);
  });

  it("only gains people when it grows", () => {
    const shares = [1, 10, 50, 100].map((share) => armsOf({ share, holdout: 20 }));
    for (const [index, larger] of shares.slice(1).entries()) {
      const smaller = shares[index] ?? [];
      expect(people.every((_, one) => smaller[one] === "not_yet" || smaller[one] === larger[one])).toBe(true);
    }
  });

  it("is of other people in another rule", () => {
    const [one, other] = [armsOf({ share: 50 }), armsOf({ share: 50, name: "upsell-scout" })];
    const both = people.filter((_, index) => one[index] === "treated" && other[index] === "treated").length;

    expect(both / people.length).toBeCloseTo(0.25, 1);
  });
});

describe("who is held out", () => {
  it("is a share of those whom the rule is live for", () => {
    const arms = armsOf({ share: 50, holdout: 20 });

    expect(count(arms, "holdout") / (people.length - count(arms, "not_yet"))).toBeCloseTo(0.2, 1);
  });

  it("is the same in all rules with the same group", () => {
    const groups = { everybody: { share: 20 } };
    const holdout = { group: "everybody" };
    const [one, other] = [armsOf({ holdout }, groups), armsOf({ holdout, name: "upsell-scout" }, groups)];

    expect(one).toEqual(other);
    expect(count(one, "holdout") / people.length).toBeCloseTo(0.2, 1);
    expect(people.map((person) => isInGroup("everybody", groups, person))).toEqual(one.map((arm) => arm === "holdout"));
  });

  it("is nobody for a group that the document does not have", () => {
    expect(count(armsOf({ holdout: { group: "nobody" } }), "holdout")).toBe(0);
  });
});
