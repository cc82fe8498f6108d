/** The curve through one value per second: smooth, and never above or below what was counted. */

/** The path of the curve alone and of the area between it and the waterline; x in seconds, y as a share of the axis. */
export type FlowShape = { readonly line: string; readonly area: string };

/**
 * Draws `values` at x = 0, 1, 2, … from the waterline at y = 0. `height` is what one count is worth, negative for a
 * curve that rises. The tangents are limited as by Fritsch and Carlson, so that the curve invents no peaks.
 */
export function flowShape(values: readonly number[], height: number): FlowShape {
  if (values.length === 0) return { line: "", area: "" };
  const tangents = tangentsOf(values);
  const y = (count: number): number => short(count * height);
  const curve = values.slice(1).map((value, i) => {
    const leave = y((values[i] ?? 0) + (tangents[i] ?? 0) / 3);
    const arrive = y(value - (tangents[i + 1] ?? 0) / 3);
    return `C${short(i + 1 / 3)},${leave} ${short(i + 2 / 3)},${arrive} ${i + 1},${y(value)}`;
  });
  const line = `M0,${y(values[0] ?? 0)}${curve.join("")}`;
  return { line, area: `${line}L${values.length - 1},0L0,0Z` };
}

function tangentsOf(values: readonly number[]): readonly number[] {
  return values.map((value, i) => {
    const before = values[i - 1];
    const after = values[i + 1];
    if (before === undefined || after === undefined) return 0;
    const rise = value - before;
    const next = after - value;
    if (rise * next <= 0) return 0;
    return Math.sign(rise) * Math.min(Math.abs(rise), Math.abs(next), Math.abs(rise + next) / 4) * 2;
  });
}

function short(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
