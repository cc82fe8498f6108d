/** Station rules: what is found wrong with a document. An error keeps it from being saved, a warning does not. */
import type { RuleProblem, RuleProblemCode } from "../../../contract/rule-problem.ts";

export type Problems = readonly RuleProblem[];

export const fine: Problems = [];

export function error(code: RuleProblemCode, path: string, problem: string): RuleProblem {
  return { code, path, problem, severity: "error" };
}

export function warning(code: RuleProblemCode, path: string, problem: string): RuleProblem {
  return { code, path, problem, severity: "warning" };
}
