/** The meaning of expressions that we rely on, whatever version of the package is underneath. */
import { describe, expect, it } from "vitest";
import { CelReader, isCelProblem, type CelExpression, type CelOutcome, type CelProblem } from "./cel.ts";

const reader = new CelReader({
  profile: { mrr: "double", seats: "int", plan: "string", late: "bool", since: "timestamp", metadata: "map" },
});
const full = {
  profile: { mrr: 29.5, seats: 4n, plan: "Pro", late: false, since: new Date(0), metadata: { tier: "gold" } },
};

function read(text: string): CelExpression {
  const found = reader.read(text);
  if (isCelProblem(found)) throw new Error(found.problem);
  return found;
}

const evaluate = (text: string, values = full): CelOutcome => read(text).evaluate(values);

describe("an expression", () => {
  it.each<[string, string, unknown]>([
    ["profile.mrr > 29", "bool", true],
    ["profile.mrr * 12.0", "double", 354],
    ["profile.seats + 1", "int", 5n],
    ['profile.plan == "Pro" && !profile.late', "bool", true],
    ['profile.plan.startsWith("P") ? "p" : "other"', "string", "p"],
    ['profile.metadata["tier"] == "gold"', "bool", true],
    ["profile.metadata.tier", "dyn", "gold"],
    ['profile.since < timestamp("2026-01-01T00:00:00Z")', "bool", true],
    ['profile.plan in ["Pro", "Team"]', "bool", true],
  ])("%s answers a %s", (text, type, value) => {
    expect(read(text).type).toBe(type);
    expect(evaluate(text)).toEqual({ value });
  });

  it("tells what it looks at", () => {
    expect(read('profile.plan == "Pro" || has(profile.metadata.tier)').paths).toEqual([
      "profile.plan",
      "profile.metadata",
    ]);
    expect(read('profile["mrr"]').paths).toEqual(["profile"]);
  });

  it("has no value where a field that it needs is not known, and says which", () => {
    const nobody = { profile: {} };
    expect(read("profile.mrr > 29.0").evaluate(nobody)).toEqual({ unknown: "“mrr” is not known." });
    expect(read('has(profile.plan) && profile.plan == "Pro"').evaluate(nobody)).toEqual({ value: false });
    expect(read("has(profile.mrr) ? profile.mrr : 0.0").evaluate(nobody)).toEqual({ value: 0 });
  });

  it("cannot take a program with it when it fails", () => {
    expect(evaluate("1 / 0")).toEqual({ unknown: expect.stringMatching(/zero/i) });
    expect(evaluate('int(profile.metadata["tier"])')).toHaveProperty("unknown");
  });
});

describe("a mistake", () => {
  it.each<[string, Pick<CelProblem, "kind" | "position">, string]>([
    ["profile.nope > 1", { kind: "name", position: 9 }, "No such key: nope"],
    ["profil.mrr", { kind: "name", position: 1 }, "Unknown variable: profil"],
    ["profile.plan > 3", { kind: "type", position: 14 }, "no such overload"],
    ["profile.mrr * 12", { kind: "type", position: 13 }, "no such overload"],
    ["!profile.plan", { kind: "type", position: 1 }, "no such overload"],
    ["nope(1)", { kind: "type", position: 1 }, "found no matching overload"],
    ["profile.mrr >", { kind: "syntax", position: 14 }, "Unexpected token: EOF"],
    ["", { kind: "syntax", position: 1 }, "Unexpected token"],
  ])("in “%s” is told with its kind and its place", (text, place, problem) => {
    const found: CelExpression | CelProblem = reader.read(text);
    expect(found).toEqual({ ...place, problem: expect.stringContaining(problem) });
  });

  it.each<[string, number]>([
    ['profile.late && profile.seats > 3 && profile.mrr > "x"', 50],
    ['"a > b" == profile.plan || ((profile.plan)) > (3)', 45],
    ["profile.plan  in 3", 15],
    ["profile.plan\n  != 3", 16],
    ["profile.late || profile.seats", 14],
    ['profile.plan == "x" ? -profile.seats < "y" : false', 38],
  ])("of types in “%s” is told at its operator", (text, position) => {
    expect(reader.read(text)).toMatchObject({ kind: "type", position });
  });

  it("is to be very long or very deep", () => {
    expect(reader.read(Array.from({ length: 600 }, () => "1").join(" + "))).toMatchObject({ kind: "cost" });
    expect(reader.read(`${"(".repeat(100)}1${")".repeat(100)}`)).toMatchObject({ kind: "cost" });
  });

  it("is to reach for what a program could do", () => {
    for (const text of ["profile.constructor", "process.env", "globalThis", 'profile["__proto__"]']) {
      const found = reader.read(text);
      const outcome = isCelProblem(found) ? found : found.evaluate(full);
      expect(outcome).not.toHaveProperty("value");
    }
  });
});
