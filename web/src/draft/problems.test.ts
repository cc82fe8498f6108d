import { describe, expect, it } from "vitest";
import {
  errorsAt,
  isMissing,
  pathText,
  problemsAt,
  problemsBeside,
  problemsWithin,
  sentence,
  type Problem,
} from "./problems.ts";

const error = (path: string, problem = "wrong"): Problem => ({ path, problem, severity: "error" });
const warning = (path: string): Problem => ({ path, problem: "look", severity: "warning" });

const problems = [
  error("attributes[1].cel", "unexpected token"),
  error("attributes[1]"),
  error("attributes[10].name"),
  warning("attributes[1].name"),
];

describe("the place of a problem", () => {
  it("tells the first from the tenth", () => {
    expect(problemsWithin(problems, "attributes[1]")).toHaveLength(3);
    expect(problemsWithin(problems, "attributes[10]")).toEqual([error("attributes[10].name")]);
  });

  it("is exact where it is asked for exactly", () => {
    expect(problemsAt(problems, "attributes[1]")).toEqual([error("attributes[1]")]);
  });

  it("leaves to the form what no input shows, and hints", () => {
    const beside = problemsBeside(problems, "attributes[1]", ["cel", "name"]);
    expect(beside).toEqual([error("attributes[1]"), warning("attributes[1].name")]);
  });

  it("gives an input its errors, and no warnings", () => {
    expect(errorsAt(problems, "attributes[1].cel")).toEqual(["unexpected token"]);
    expect(errorsAt(problems, "attributes[1].name")).toEqual([]);
    expect(sentence("unexpected token")).toBe("Unexpected token.");
  });

  it("knows when something is merely missing", () => {
    expect(isMissing("Too small: expected string to have >=1 characters")).toBe(true);
    expect(isMissing("Too small: expected number to be >0")).toBe(false);
  });

  it("is spelled as the server spells it", () => {
    expect(pathText(["plans", 0, "prices", 2, "id"])).toBe("plans[0].prices[2].id");
  });
});
