/** How commands print tables: columns as wide as they need, at most so wide that a line stays readable. */

const widthMax = 44;

/**
 * Aligns cells, those of the columns in `right` at their end; the last column is never padded, and a cell that is too
 * long does not widen its column.
 */
export function tableLines(
  rows: readonly (readonly string[])[],
  { right = [] }: { readonly right?: readonly number[] } = {},
): readonly string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(0, ...rows.map((row) => Math.min(widthMax, row[column]?.length ?? 0))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}
