/** Who writes a document by hand is told in words where it is wrong and what they may have meant. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parseShape } from "./shape-problems.ts";

type Tree = { readonly tag?: string | undefined; readonly list?: readonly Tree[] | undefined };

const step: z.ZodType<unknown> = z.lazy(() =>
  z.union([
    z.strictObject({ tag: z.string(), note: z.string().optional() }),
    z.strictObject({ wait: z.strictObject({ hours: z.number().int(), why: z.enum(["reply", "time"]).optional() }) }),
    z.strictObject({ list: z.array(step) }),
  ]),
);
const schema = z.strictObject({
  name: z.string().min(2, "two letters at least"),
  level: z.enum(["low", "high"]).default("low"),
  size: z.union([z.number(), z.literal("auto")]).optional(),
  texts: z.record(z.string().regex(/^[a-z]+$/, "small letters"), z.string()).default({}),
  steps: z.array(step).default([]),
  one: z.strictObject({ step }).optional(),
});

function problemsOf(input: unknown): readonly string[] {
  const parsed = parseShape(schema, input);
  return "data" in parsed ? [] : parsed.problems.map(({ path, problem }) => `${path}: ${problem}`);
}

describe("a shape that is right", () => {
  it("gives the data with what was left out", () => {
    expect(parseShape(schema, { name: "ab" })).toEqual({ data: { name: "ab", level: "low", texts: {}, steps: [] } });
  });
});

describe("a shape that is wrong", () => {
  const withStep = (one: unknown): object => ({ name: "ab", steps: [{ tag: "a" }, one] });

  it.each<[string, unknown, readonly string[]]>([
    ["nothing", null, ["document: it is empty"]],
    ["a part that is missing", {}, ["name: it is missing"]],
    ["a mistyped part", { nane: "ab" }, ["name: it is missing", "nane: there is no “nane” here; did you mean “name”?"]],
    ["a mistyped word", { name: "ab", level: "hihg" }, ["level: it has to be low or high; did you mean “high”?"]],
    ["another type", { name: 7 }, ["name: text is expected, not a number"]],
    ["a broken limit", { name: "a" }, ["name: two letters at least"]],
    [
      "none of several types",
      { name: "ab", size: "aut" },
      ["size: a number is expected; or it has to be auto; did you mean “auto”?"],
    ],
    ["a name of a record", { name: "ab", texts: { A: "x" } }, ["texts.A: this name is not taken: small letters"]],
    ["a mistyped shape", withStep({ tga: "x" }), ["steps[1].tga: there is no “tga” here; did you mean “tag”?"]],
    [
      "a mistyped part of a shape",
      withStep({ tag: "x", nte: "" }),
      ["steps[1].nte: there is no “nte” here; did you mean “note”?"],
    ],
    [
      "two shapes at once",
      withStep({ tag: "x", wait: { hours: 1 } }),
      ["steps[1]: “wait” and “tag” do not go together"],
    ],
    ["no shape", withStep({}), ["steps[1]: it needs one of tag, wait, list"]],
    ["a part of several shapes that is missing", { name: "ab", one: {} }, ["one.step: it is missing"]],
    ["no object", withStep("x"), ["steps[1]: an object with named parts is expected"]],
    [
      "a mistake in a shape",
      withStep({ wait: { hours: "1" } }),
      ["steps[1].wait.hours: a number is expected, not text"],
    ],
    [
      "a mistake deep inside",
      withStep({ list: [{ list: [{ wait: { hours: 1, why: "repyl" } }] }] }),
      ["steps[1].list[0].list[0].wait.why: it has to be reply or time; did you mean “reply”?"],
    ],
  ])("has %s", (_what, input, problems) => {
    expect(problemsOf(input)).toEqual(problems);
  });

  it("is one that is deeper than the stack, or contains itself", () => {
    let deep: Tree = { tag: "x" };
    for (let depth = 0; depth < 50_000; depth += 1) deep = { list: [deep] };
    const circle: { list: unknown[] } = { list: [] };
    circle.list.push(circle);
    for (const one of [deep, circle]) {
      expect(problemsOf(withStep(one))).toEqual(["document: it is nested more than 100 levels deep"]);
    }
  });

  it("is one with more values than anybody writes, and a hundred problems are told at most", () => {
    expect(problemsOf({ name: "ab", steps: Array.from({ length: 200_001 }, () => 1) })).toEqual([
      "document: it has more than 200000 values",
    ]);
    const wrong = Array.from({ length: 5_000 }, () => ({ tga: "x", wati: 1 }));
    expect(problemsOf({ name: "ab", steps: wrong })).toHaveLength(100);
  });
});
