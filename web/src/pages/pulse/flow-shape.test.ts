import { describe, expect, it } from "vitest";
import { flowShape } from "./flow-shape.ts";

/** All y values in a path, control points included: a Bézier curve stays inside their range. */
const heights = (path: string): readonly number[] => [...path.matchAll(/,(-?[\d.]+)/g)].map(([, y]) => Number(y));

describe("flowShape", () => {
  it("draws nothing from nothing", () => {
    expect(flowShape([], 1)).toEqual({ line: "", area: "" });
  });

  it("passes through every value, one step per second", () => {
    const { line } = flowShape([2, 4, 4], -1);
    expect(line.startsWith("M0,-2")).toBe(true);
    expect(line).toContain(" 1,-4C");
    expect(line.endsWith(" 2,-4")).toBe(true);
  });

  it("draws each count as high as it is told", () => {
    expect(flowShape([10, 20], -0.05).line).toMatch(/^M0,-0\.5C.* 1,-1$/);
  });

  it("closes the area on the waterline", () => {
    expect(flowShape([1, 3], 1).area.endsWith("L1,0L0,0Z")).toBe(true);
  });

  it("invents no peak above what was counted and nothing below zero", () => {
    const values = [0, 9, 0, 0, 3, 4, 8, 40, 2, 2, 0];
    const ys = heights(flowShape(values, 1).line);
    expect(Math.max(...ys)).toBeLessThanOrEqual(40);
    expect(Math.min(...ys)).toBeGreaterThanOrEqual(0);
  });
});
