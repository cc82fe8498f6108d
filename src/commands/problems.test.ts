/** How problems of documents are listed. */
import { describe, expect, it } from "vitest";
import type { DocumentProblem } from "../../contract/mapping.ts";
import { problemLines } from "./problems.ts";
import { missingLines } from "./recipes.ts";

const unknown = { code: "TEAM_UNKNOWN", path: "rules[0].steps[0].assign.team", severity: "warning" } as const;
const team = { ...unknown, problem: "Intercom has no team 4711" };

describe("problems", () => {
  it("are listed with place, line and code, errors first; those of a mapping have no code", () => {
    const error: DocumentProblem = { path: "attributes[0].cel", problem: "it ends too early", severity: "error" };
    expect(problemLines([team, error], (path) => (path === error.path ? 7 : null))).toEqual([
      "  ✗ attributes[0].cel, line 7",
      "    it ends too early",
      "  ! rules[0].steps[0].assign.team",
      "    Intercom has no team 4711  TEAM_UNKNOWN",
    ]);
  });

  it("of a recipe are told once, however often it names the same", () => {
    expect(missingLines([team, { ...team, path: "rules[0].steps[1].ticket.team" }])).toEqual([
      "  ! Intercom has no team 4711",
    ]);
  });
});
