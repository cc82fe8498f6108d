/** How commands print tables: columns as wide as they need, at most so wide that a line stays readable. */

const widthMax = 44;

/** Aligns cells; the last column is never padded, and a cell that is too long does not widen its column. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(0, ...rows.map((row) => Math.min(widthMax, row[column]?.length ?? 0))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
