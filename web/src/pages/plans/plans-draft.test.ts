import { describe, expect, it } from "vitest";
import { plansDocument, type PlansDocument } from "../../../../contract/plans.ts";
import { findingProblems, formProblems, freshPlan, planChanges, planIdOf, putPlan, removePlan } from "./plans-draft.ts";

const document: PlansDocument = plansDocument.parse({
  version: 1,
  plans: [
    { id: "basic", name: "Basic", prices: ["price_1"] },
    { id: "team", name: "Team", prices: ["price_2", { id: "price_3", as: "seats" }], eligibleFrom: ["basic"] },
  ],
});

describe("a draft of the plans", () => {
  it("tells what was added, changed and removed", () => {
    const [basic] = document.plans;
    const after = putPlan(removePlan(document, 1), null, { ...freshPlan, id: "pro", name: "Pro" });
    const changed = putPlan(after, 0, { ...(basic ?? freshPlan), name: "Basic 2026" });
    expect(planChanges(document, document)).toEqual([]);
    expect(planChanges(document, changed)).toEqual([
      { kind: "changed", id: "basic", name: "Basic 2026" },
      { kind: "added", id: "pro", name: "Pro" },
      { kind: "removed", id: "team", name: "Team" },
    ]);
  });

  it("takes a removed plan out of the rules of the others", () => {
    expect(removePlan(document, 0).plans[0]).not.toHaveProperty("eligibleFrom");
  });

  it("shows problems of the form at their input", () => {
    const broken = putPlan(document, null, { ...freshPlan, id: "basic" });
    const paths = formProblems(broken).map(({ path }) => path);
    expect(formProblems(document)).toEqual([]);
    expect(paths).toEqual(expect.arrayContaining(["plans[2].name", "plans[2].prices[0].id"]));
  });

  it("puts what the server says about a price beside the price", () => {
    const finding = { level: "error", code: "price_unknown", text: "Not known." } as const;
    const paths = findingProblems(document, [
      { ...finding, plan: "team", price: "price_3" },
      { ...finding, plan: "team", price: null },
      { ...finding, plan: "gone", price: null },
    ]).map(({ path }) => path);
    expect(paths).toEqual(["plans[1].prices[1].id", "plans[1]", "plans"]);
  });

  it.each([
    ["Team Plus", "team-plus"],
    ["  Größe XL! ", "grosse-xl"],
    ["", ""],
  ])("makes an id of %j", (name, id) => {
    expect(planIdOf(name)).toBe(id);
  });
});
