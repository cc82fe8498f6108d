/**
 * Station rules: the shape of a text. Paragraphs are parted by blank lines; lines that begin with `- ` or `1. ` are lists;
 * `**bold**`, `*italic*` and `[label](https://…)` are as in Markdown, and `\*` is a star. Atoms are words, whatever they hold.
 */
import { splitAtoms } from "./atoms.ts";

/** A piece of a line. */
export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "missing"; readonly name: string }
  | { readonly kind: "bold" | "italic"; readonly inside: readonly Inline[] }
  | { readonly kind: "link"; readonly url: string; readonly inside: readonly Inline[] };

export type Line = readonly Inline[];

export type Block =
  | { readonly kind: "paragraph"; readonly lines: readonly Line[] }
  | { readonly kind: "list"; readonly isNumbered: boolean; readonly items: readonly Line[] };

/** The blocks of a text with atoms; those that come out empty are left out. */
export function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let isOpen = false;
  for (const raw of text.replaceAll(/\r\n?/g, "\n").split("\n")) {
    const line = raw.trim();
    const marker = /^(?:-|(\d{1,3})\.) +/.exec(line);
    if (line === "") isOpen = false;
    else if (marker) {
      addItem(blocks, marker[1] !== undefined, inlineOf(line.slice(marker[0].length)));
      isOpen = false;
    } else {
      addLine(blocks, isOpen, inlineOf(line));
      isOpen = true;
    }
  }
  return blocks;
}

/** An item goes on with the list before it, even over a blank line. */
function addItem(blocks: Block[], isNumbered: boolean, item: Line): void {
  if (isBlank(item)) return;
  const last = blocks.at(-1);
  if (last?.kind === "list" && last.isNumbered === isNumbered) {
    blocks[blocks.length - 1] = { ...last, items: [...last.items, item] };
  } else blocks.push({ kind: "list", isNumbered, items: [item] });
}

function addLine(blocks: Block[], isOpen: boolean, line: Line): void {
  if (isBlank(line)) return;
  const last = blocks.at(-1);
  if (isOpen && last?.kind === "paragraph") blocks[blocks.length - 1] = { ...last, lines: [...last.lines, line] };
  else blocks.push({ kind: "paragraph", lines: [line] });
}

function isBlank(line: Line): boolean {
  return line.every((piece) => piece.kind === "text" && piece.text.trim() === "");
}

const atom = "\uE000[tlm][0-9a-f]*\uE001";

/** Targets that a link may have: an address that is written down, or one atom. */
const target = String.raw`https?://[^\s()<>"\\` + "\uE000]+|" + atom;

/** Each alternative stops at the character that it begins with, so that reading takes no longer than the text is long. */
const marks = new RegExp(
  [
    String.raw`\\([\\*[\]()-])`,
    String.raw`\[([^[\]]+)\]\((${target})\)`,
    String.raw`\*\*(?!\s)([^*]+)(?<!\s)\*\*`,
    String.raw`\*(?!\s)([^*]+)(?<!\s)\*`,
    `(${target})`,
  ].join("|"),
  "g",
);

/** The pieces of one line. */
function inlineOf(line: string): Line {
  const pieces: Inline[] = [];
  let end = 0;
  for (const match of line.matchAll(marks)) {
    pieces.push(...literalLine(line.slice(end, match.index)));
    end = match.index + match[0].length;
    pieces.push(...pieceOf(match));
  }
  return [...pieces, ...literalLine(line.slice(end))];
}

function pieceOf(match: RegExpMatchArray): readonly Inline[] {
  const [all, literal, label, labelled, bold, italic, address] = match;
  if (literal !== undefined) return literalLine(literal);
  if (bold !== undefined) return [{ kind: "bold", inside: inlineOf(bold) }];
  if (italic !== undefined) return [{ kind: "italic", inside: inlineOf(italic) }];
  if (label !== undefined && labelled !== undefined)
    return linkTo(labelled, inlineOf(label).flatMap(withoutLinks), all);
  if (address === undefined) return literalLine(all);
  // What ends a sentence does not belong to the address before it.
  const bare = address.replace(/[.,;:!?]+$/, "");
  return [...linkTo(bare, null, bare), ...literalLine(address.slice(bare.length))];
}

/** A link, or the words themselves when the target is a value that is no address of ours. */
function linkTo(target: string, label: readonly Inline[] | null, written: string): readonly Inline[] {
  const [only, ...more] = splitAtoms(target);
  if (more.length > 0 || only === undefined) return literalLine(written);
  if (typeof only === "string") return [{ kind: "link", url: only, inside: label ?? literalLine(only) }];
  if (only.kind === "link") {
    return [{ kind: "link", url: only.value, inside: label ?? [{ kind: "text", text: only.value }] }];
  }
  return literalLine(written);
}

/** A link in a link's label is its label. */
function withoutLinks(piece: Inline): readonly Inline[] {
  if (piece.kind === "link") return piece.inside.flatMap(withoutLinks);
  return "inside" in piece ? [{ ...piece, inside: piece.inside.flatMap(withoutLinks) }] : [piece];
}

/** Words and values as they are, without reading marks. */
export function literalLine(text: string): readonly Inline[] {
  return splitAtoms(text).map((part): Inline => {
    if (typeof part === "string") return { kind: "text", text: part };
    return part.kind === "missing" ? { kind: "missing", name: part.value } : { kind: "text", text: part.value };
  });
}
