/** Markup as a tagged template: whatever is put in is escaped, unless it is markup itself. */

/** Markup that is safe to send. Made by `html` alone. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | null | readonly Markup[];

/** The markup with its parts filled in; null is nothing. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(texts.map((text, index) => text + partText(parts[index] ?? null)).join(""));
}

function partText(part: Part): string {
  if (part === null) return "";
  if (typeof part === "string" || typeof part === "number") return escape(String(part));
  return part instanceof Markup ? part.text : part.map(({ text }) => text).join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? "");
}
