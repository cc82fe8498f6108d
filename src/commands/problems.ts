/** How commands say that a document has errors: each in a line of its own, with exit code 1. */
import { RulesInvalid } from "../upkeep/rules/errors.ts";
import { linesOfFile } from "./document-file.ts";
import { problemLines } from "./mapping-text.ts";
import { say, sayAll } from "./terminal.ts";

/**
 * Runs `work`; of rules that are refused the problems are listed under `title`, which says what they are of, and with their lines
 * in `file`, where there is one.
 */
export async function withProblems(title: string, work: () => Promise<void>, file?: string): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof RulesInvalid)) throw error;
    say(`✗ ${title}:`);
    sayAll(problemLines(error.problems, file === undefined ? undefined : await linesOfFile(file)));
    process.exitCode = 1;
  }
}
