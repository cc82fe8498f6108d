import { describe, expect, it } from "vitest";
import { toMajor } from "./minor-units.ts";

describe("toMajor", () => {
  it.each([
    [1234, "eur", 12.34],
    [1234, "JPY", 1234],
    [1234, "kwd", 1.234],
    [123_400, "isk", 1234],
    [-50, "usd", -0.5],
  ])("reads %d %s as %d", (minor, currency, major) => {
    expect(toMajor(minor, currency)).toBe(major);
  });
});
