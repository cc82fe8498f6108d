/** What the mapping says about itself is true of what it does. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { aProfile } from "../../test/support/builders.ts";
import type { Profile } from "../model/profile.ts";
import { presetDocument, presetMapping } from "./default-document.ts";
import { compileMapping, findMappingLine, readersOf } from "./mapping.ts";
import { baseAttributes } from "./preset.ts";
import { purposes } from "./purposes.ts";

const nobody = aProfile({
  balance: { amountMinor: 5, currency: null },
  country: null,
  subscription: null,
  card: null,
  lastPayment: null,
  totalPaid: null,
  paymentCount: 0,
  firstPaymentAtS: null,
});

const page = readFileSync(new URL("../../docs/reference/attributes.md", import.meta.url), "utf8");

describe("each attribute", () => {
  it.each(baseAttributes)("$key has a purpose", ({ key }) => {
    expect(purposes[key]).toMatch(/^[A-Z].*\.$/);
  });

  it.each(baseAttributes)("$key stands in the reference with its type", ({ key, type }) => {
    expect(page).toMatch(new RegExp(`^\\| \`${key}\` \\| ${type} \\|`, "m"));
  });

  it.each(baseAttributes)("$key reads what it says it reads, and nothing else", ({ reads, value }) => {
    const seen = new Set<string>();
    value(watched(aProfile(), seen));
    expect([...seen].toSorted()).toEqual([...reads].toSorted());
  });

  it.each(baseAttributes)("$key has a rule of one sentence", ({ rule }) => {
    expect(rule).toMatch(/^[A-Z].*\.$/);
  });

  it.each(baseAttributes)("$key says why it is empty when it is", ({ value, whenEmpty }) => {
    if (value(nobody) === null) expect(whenEmpty?.(nobody)).toMatch(/^[A-Z].*\.$/);
  });
});

describe("a line of the mapping", () => {
  it.each(["stripe_plan", "plan", "billing_plan", "STRIPE_PLAN", " plan "])("is found as %s", (name) => {
    expect(findMappingLine(presetMapping("stripe"), name)?.name).toBe("stripe_plan");
  });

  it("is found for the standard fields", () => {
    expect(findMappingLine(presetMapping("billing"), "email")).toMatchObject({ name: "email", reads: ["email"] });
  });

  it("is not found for what the mapping does not have", () => {
    expect(findMappingLine(presetMapping("stripe"), "stripe_shoe_size")).toBeUndefined();
  });

  it("exists for every attribute and standard field", () => {
    const document = presetDocument("billing");
    const attributes = document.attributes.map((attribute) => ({ ...attribute, on: true }));
    const { lines } = compileMapping({ ...document, attributes }, { name: "all" });
    expect(lines).toHaveLength(baseAttributes.length + 3);
  });

  it("says what an attribute reads; one that is gone reads nothing", () => {
    expect(readersOf(presetMapping("stripe"), ["stripe_status", "stripe_gone"])).toEqual([
      { name: "stripe_status", reads: ["subscription"] },
      { name: "stripe_gone", reads: [] },
    ]);
  });
});

describe("the mapping's name", () => {
  it("tells preset and version", () => {
    expect(presetMapping("stripe").name).toMatch(/^stripe@\d+$/);
  });
});

/** Notes which fields are looked at; the plan of a subscription counts by itself. */
function watched(profile: Profile, seen: Set<string>): Profile {
  const note = (path: string): void => {
    if (path === "subscription.plan") seen.delete("subscription");
    if (path !== "subscription" || !seen.has("subscription.plan")) seen.add(path);
  };
  const subscription =
    profile.subscription &&
    new Proxy(profile.subscription, {
      get: (target, key, receiver) => {
        if (key === "plan") note("subscription.plan");
        return Reflect.get(target, key, receiver);
      },
    });
  return new Proxy(
    { ...profile, subscription },
    {
      get: (target, key, receiver) => {
        note(String(key));
        return Reflect.get(target, key, receiver);
      },
    },
  );
}
