/** What a schema has against a value is said so that whoever wrote it knows what to write instead. */
import { expect, it } from "vitest";
import { z } from "zod";
import { issueWords } from "./issue-words.ts";

const schema = z.strictObject({
  name: z.string().min(1).max(5),
  mode: z.enum(["draft", "live"]).optional(),
  share: z.number().int().min(0).max(100).optional(),
  over: z.number().positive().optional(),
  list: z.array(z.string()).min(1).optional(),
  own: z.string().min(2, "two letters").optional(),
});

it.each<[string, unknown, string]>([
  ["nothing", {}, "it is missing"],
  ["no text", { name: "" }, "it is empty"],
  ["a long text", { name: "abcdef" }, "it has to be 5 characters at most"],
  ["another type", { name: 7 }, "text is expected, not a number"],
  ["another word", { name: "a", mode: "fly" }, "it has to be draft or live"],
  ["a large number", { name: "a", share: 101 }, "it has to be 100 at most"],
  ["a small number", { name: "a", share: -1 }, "it has to be 0 at least"],
  ["a number that is none", { name: "a", share: Number.NaN }, "a number is expected, not something else"],
  ["a limit itself", { name: "a", over: 0 }, "it has to be more than 0"],
  ["an empty list", { name: "a", list: [] }, "it is empty"],
  ["text for a list", { name: "a", list: "x" }, "a list is expected, not text"],
  ["a schema's own words", { name: "a", own: "x" }, "two letters"],
  ["an unknown part", { name: "a", nope: 1 }, "there is no “nope” here"],
  ["a document of nothing", null, "it is empty"],
])("says of %s what it is", (_what, input, words) => {
  const [issue] = schema.safeParse(input).error?.issues ?? [];
  const key = issue?.path[0];
  const here: unknown =
    key === undefined ? input : typeof input === "object" && input !== null ? Reflect.get(input, key) : undefined;
  expect(issue && issueWords(issue, here)).toBe(words);
});
