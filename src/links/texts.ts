/** Station links: what pages say to customers. */
import type { LinkLanguage } from "./language.ts";
import { german } from "./words-de.ts";
import { english } from "./words-en.ts";
import type { Words } from "./words.ts";

const texts: Readonly<Record<LinkLanguage, Words>> = { en: english, de: german };

/** All that pages say in a language. */
export function textsIn(language: LinkLanguage): Words {
  return texts[language];
}

/** The text with what belongs in its `{…}`. */
export function fill(text: string, parts: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => String(parts[name] ?? hole));
}
