/** Station rules: what is found wrong with a document. An error keeps it from being saved, a warning does not. */
import type { DocumentProblem } from "../../../contract/mapping.ts";

export type Problems = readonly DocumentProblem[];

export const fine: Problems = [];

export function error(path: string, problem: string): DocumentProblem {
  return { path, problem, severity: "error" };
}

export function warning(path: string, problem: string): DocumentProblem {
  return { path, problem, severity: "warning" };
}
