/** Station links: the language that a customer reads pages in. */
import type { Language } from "../model/payment-trouble.ts";

export type LinkLanguage = Language;

const languages: readonly LinkLanguage[] = ["en", "de"];

/**
 * The customer's own language as Stripe keeps it, else the first of the browser's (`Accept-Language`, RFC 9110 §12.5.4)
 * that pages are written in, else English.
 */
export function languageOf(locale: string | null, acceptLanguage: string | undefined): LinkLanguage {
  if (locale !== null) return known(locale) ?? "en";
  const wanted = (acceptLanguage ?? "")
    .slice(0, 200)
    .split(",")
    .map((part, place) => ({ tag: part.split(";")[0]?.trim() ?? "", weight: weightOf(part), place }))
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight || a.place - b.place);
  return wanted.map(({ tag }) => known(tag)).find((language) => language !== undefined) ?? "en";
}

function weightOf(part: string): number {
  const weight = /;\s*q=([01](?:\.\d{0,3})?)\s*$/.exec(part)?.[1];
  return weight === undefined ? 1 : Number(weight);
}

function known(tag: string): LinkLanguage | undefined {
  const main = tag.toLowerCase().split(/[-_]/)[0];
  return languages.find((language) => language === main);
}
