/** How commands say that a document has errors: each in a line of its own, with exit code 1. */
import type { DocumentProblem } from "../../contract/mapping.ts";
import { RulesInvalid } from "../upkeep/rules/errors.ts";
import { linesOfFile, type LineOf } from "./document-file.ts";
import { faint, say, sayAll } from "./terminal.ts";

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

/** Each problem with its place, and its line where that is known; errors first. */
export function problemLines(problems: readonly DocumentProblem[], lineOf: LineOf = () => null): readonly string[] {
  const placeOf = (path: string): string => {
    const line = lineOf(path);
    return line === null ? path : `${path}, line ${line}`;
  };
  const sorted = problems.toSorted((a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"));
  return sorted.flatMap(({ code, path, problem, severity }) => [
    `  ${severity === "error" ? "✗" : "!"} ${placeOf(path)}`,
    `    ${problem}${code === undefined ? "" : `  ${faint(code)}`}`,
  ]);
}
