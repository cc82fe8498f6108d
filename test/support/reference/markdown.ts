/** What the generated pages are written with. */

/** A table; no cell may break it. */
export function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, heads.map(() => "---"), ...rows.map((row) => row.map(cellOf))];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function cellOf(text: string): string {
  if (text.includes("\n")) throw new Error(`A cell of a table has one line: ${text}`);
  return text.replaceAll("|", "\\|");
}

/** Tells who would change the page by hand where to do it. */
export function generatedNote(source: string): string {
  return `Made of \`${source}\` by \`node scripts/reference.mjs\`; change it there.`;
}
