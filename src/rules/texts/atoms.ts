/**
 * Station rules: values on their way through a text. A value is written into the text as an atom, a string in which nothing can
 * be read as Markdown, HTML or Liquid, and is written out again once the text's structure is known. So no value can change it.
 */

/** Neither can stand in a text: both are of Unicode's private use, and `withoutMarks` takes them out. */
const [opens, closes] = ["\uE000", "\uE001"];

/** text: literal · link: an address of ours · missing: the name of what is not known. */
export type AtomKind = "text" | "link" | "missing";
export type Atom = { readonly kind: AtomKind; readonly value: string };

const letters: Readonly<Record<AtomKind, string>> = { text: "t", link: "l", missing: "m" };
const kinds: ReadonlyMap<string, AtomKind> = new Map([
  ["t", "text"],
  ["l", "link"],
  ["m", "missing"],
]);

const atomPattern = /\uE000([tlm])([0-9a-f]*)\uE001/g;

/** The text without the two characters that atoms are made with. */
export function withoutMarks(text: string): string {
  return text.replaceAll(/[\uE000\uE001]/g, "");
}

/** Whether a text holds a character that atoms are made with. */
export function markIn(text: string): number | null {
  const at = text.search(/[\uE000\uE001]/);
  return at === -1 ? null : at;
}

/** A value as an atom. */
export function atomOf({ kind, value }: Atom): string {
  let hex = "";
  for (let at = 0; at < value.length; at += 1) hex += value.charCodeAt(at).toString(16).padStart(4, "0");
  return `${opens}${letters[kind]}${hex}${closes}`;
}

/** The atoms of a text and what is between them, in order. */
export function splitAtoms(text: string): readonly (string | Atom)[] {
  const parts: (string | Atom)[] = [];
  let end = 0;
  for (const match of text.matchAll(atomPattern)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push({ kind: kinds.get(match[1] ?? "") ?? "text", value: valueOfHex(match[2] ?? "") });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

function valueOfHex(hex: string): string {
  let value = "";
  for (let at = 0; at < hex.length; at += 4) value += String.fromCharCode(Number.parseInt(hex.slice(at, at + 4), 16));
  return value;
}
