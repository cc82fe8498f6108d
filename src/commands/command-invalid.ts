/** What was asked for on the command line cannot be done as it was written. */
import type { z } from "zod";
import { issueWords } from "../lib/issue-words.ts";
import { AppError } from "../model/error.ts";

/** An option or a file of a command cannot be understood; each problem is a line of its own. */
export class CommandInvalid extends AppError {
  readonly code = "COMMAND_INVALID";
  readonly kind = "invalid";
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
  }
}

/** What a schema has against options, as an error to throw. */
export function invalidOptions(
  issues: readonly z.core.$ZodIssue[],
  given: Readonly<Record<string, unknown>>,
): CommandInvalid {
  return new CommandInvalid(
    issues.map((issue) => `--${issue.path.join(".")}: ${issueWords(issue, given[String(issue.path[0])])}`),
  );
}
