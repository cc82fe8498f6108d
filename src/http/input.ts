/** Reads what a caller sent, by its schema. */
import type { z } from "zod";
import { issueWords } from "../lib/issue-words.ts";
import { RequestInvalid } from "./failure.ts";

/** The input as its schema makes it. Throws RequestInvalid, which names every mistake. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) => {
    const where = issue.path.join(".");
    const problem = issueWords(issue, valueAt(input, issue.path));
    return where === "" ? problem : `${where}: ${problem}`;
  });
  throw new RequestInvalid(`The request cannot be understood. ${mistakes.join("; ")}.`);
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((here, step) => {
    return typeof here === "object" && here !== null && Object.hasOwn(here, step) ? Reflect.get(here, step) : undefined;
  }, input);
}
