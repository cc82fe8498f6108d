/** Station rules: a text's shape written out, as HTML that Intercom keeps or as plain lines. */
import type { Block, Inline, Line } from "./markdown.ts";

/** Clean HTML of `p`, `br`, `b`, `i`, `a`, `ul`, `ol` and `li`, in which all words are escaped. */
export function htmlOf(blocks: readonly Block[]): string {
  return blocks.map(htmlOfBlock).join("");
}

/** Plain text: paragraphs parted by a blank line, links as `label: address`. */
export function plainOf(blocks: readonly Block[]): string {
  return blocks.map(plainOfBlock).join("\n\n");
}

/** One line of plain text, with single blanks. */
export function lineOf(line: Line): string {
  return line.map(plainOfPiece).join("").replaceAll(/\s+/g, " ").trim();
}

/** The names of what is not known, each once. */
export function missingIn(lines: readonly Line[]): readonly string[] {
  return [...new Set(lines.flatMap((line) => line.flatMap(missingOfPiece)))];
}

/** All lines of these blocks. */
export function linesOf(blocks: readonly Block[]): readonly Line[] {
  return blocks.flatMap((block) => (block.kind === "list" ? block.items : block.lines));
}

function missingOfPiece(piece: Inline): readonly string[] {
  if (piece.kind === "missing") return [piece.name];
  return piece.kind === "text" ? [] : piece.inside.flatMap(missingOfPiece);
}

function htmlOfBlock(block: Block): string {
  if (block.kind === "paragraph") return `<p>${block.lines.map(htmlOfLine).join("<br>")}</p>`;
  const tag = block.isNumbered ? "ol" : "ul";
  return `<${tag}>${block.items.map((item) => `<li>${htmlOfLine(item)}</li>`).join("")}</${tag}>`;
}

function htmlOfLine(line: Line): string {
  return line.map(htmlOfPiece).join("");
}

function htmlOfPiece(piece: Inline): string {
  switch (piece.kind) {
    case "text":
      return escapeHtml(piece.text);
    case "missing":
      return "";
    case "bold":
      return `<b>${htmlOfLine(piece.inside)}</b>`;
    case "italic":
      return `<i>${htmlOfLine(piece.inside)}</i>`;
    case "link":
      return `<a href="${escapeHtml(piece.url)}">${htmlOfLine(piece.inside)}</a>`;
  }
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? "");
}

function plainOfBlock(block: Block): string {
  if (block.kind === "paragraph") return block.lines.map(lineOf).join("\n");
  return block.items.map((item, at) => `${block.isNumbered ? `${at + 1}.` : "-"} ${lineOf(item)}`).join("\n");
}

function plainOfPiece(piece: Inline): string {
  switch (piece.kind) {
    case "text":
      return piece.text;
    case "missing":
      return "";
    case "bold":
    case "italic":
      return piece.inside.map(plainOfPiece).join("");
    case "link": {
      const label = piece.inside.map(plainOfPiece).join("");
      return label === piece.url ? label : `${label}: ${piece.url}`;
    }
  }
}
