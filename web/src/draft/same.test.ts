import { describe, expect, it } from "vitest";
import { isSame } from "./same.ts";

describe("isSame", () => {
  it.each([
    [1, 1],
    [
      { a: 1, b: [1, 2] },
      { b: [1, 2], a: 1 },
    ],
    [{ a: 1, b: undefined }, { a: 1 }],
    [null, null],
  ])("takes %j and %j for the same", (a, b) => {
    expect(isSame(a, b)).toBe(true);
  });

  it.each([
    [1, "1"],
    [
      [1, 2],
      [2, 1],
    ],
    [[], {}],
    [{ a: 1 }, { a: 1, b: null }],
    [null, {}],
  ])("tells %j and %j apart", (a, b) => {
    expect(isSame(a, b)).toBe(false);
  });
});
