/** Reads what a caller sent, by its schema. */
import type { z } from "zod";
import { RequestInvalid } from "./failure.ts";

/** The input as its schema makes it. Throws RequestInvalid, which names every mistake. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map(({ path, message }) => {
    const where = path.join(".");
    return where === "" ? message : `${where}: ${message}`;
  });
  throw new RequestInvalid(`The request cannot be understood. ${mistakes.join("; ")}.`);
}
