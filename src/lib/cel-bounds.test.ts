/** Expressions that would take too long are refused when they are read; what people write is not. */
import { describe, expect, it } from "vitest";
import { CelReader, isCelProblem } from "./cel.ts";

const reader = new CelReader({ profile: { plan: "string", mrr: "double", metadata: "map" } });

function problemOf(text: string): string | null {
  const read = reader.read(text);
  return isCelProblem(read) ? read.problem : null;
}

const nine = "[1, 2, 3, 4, 5, 6, 7, 8, 9]";
const nested = ["a", "b", "c", "d", "e", "f", "g", "h"].reduceRight(
  (inner, name) => `${nine}.all(${name}, ${inner})`,
  "true",
);
const doubled = `["x"]${".map(x, x + x)".repeat(30)}[0]`;
const bound = Array.from({ length: 8 }).reduce<string>((inner) => `cel.bind(x, "ab", ${inner})`, "x + x");

describe("an expression is refused", () => {
  it.each([
    ["macros inside macros", nested],
    ["text that doubles", doubled],
    ["text that is bound and doubles", bound],
    ["lists that grow", `profile.plan${'.split("").join(profile.plan)'.repeat(4)}`],
    ["a regular expression", 'profile.plan.matches("^(a+)+$")'],
    ["a regular expression as a function", 'matches(profile.plan, "a")'],
    ["a regular expression deep inside", '["a"].exists(x, x != "" && x.matches("a+"))'],
  ])("with %s", (_, text) => {
    expect(problemOf(text)).not.toBeNull();
  });
});

describe("an expression is taken", () => {
  it.each([
    'profile.metadata["tags"].split(",").exists(tag, tag == "vip")',
    '["Pro", "Team"].exists(name, profile.plan.startsWith(name))',
    'profile.metadata["tags"].split(",").map(tag, tag.trim()).join(", ")',
    'has(profile.mrr) && profile.mrr > 100.0 ? "large" : "small"',
    'profile.metadata["matches"] == "yes"',
  ])("%s", (text) => {
    expect(problemOf(text)).toBeNull();
  });
});
