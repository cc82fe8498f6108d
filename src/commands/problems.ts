/** How commands say that a document has errors: each in a line of its own, with exit code 1. */
import { RulesInvalid } from "../upkeep/rules/errors.ts";
import { problemLines } from "./mapping-text.ts";
import { say, sayAll } from "./terminal.ts";

/** Runs `work`; of rules that are refused the problems are listed under `title`, which says what they are of. */
export async function withProblems(title: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof RulesInvalid)) throw error;
    say(`✗ ${title}:`);
    sayAll(problemLines(error.problems));
    process.exitCode = 1;
  }
}
