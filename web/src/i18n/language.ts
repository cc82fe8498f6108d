/** Which language the page speaks, and in which regional form it writes numbers and dates. */

/** The languages that the texts exist in, each with its own name for itself. */
export const languages = { en: "English", de: "Deutsch" } as const;

export type Language = keyof typeof languages;

/** The language of a tag such as `de-AT`, `undefined` when there are no texts in it. */
export function languageOf(tag: string | null): Language | undefined {
  const base = tag?.toLowerCase().split("-")[0];
  return base === "en" || base === "de" ? base : undefined;
}

/** What the person chose before, else the first of the browser's languages that we have, else English. */
export function chooseLanguage(stored: string | null, preferred: readonly string[]): Language {
  const candidates = [stored, ...preferred].map(languageOf);
  return candidates.find((language) => language !== undefined) ?? "en";
}

/** The browser's regional form of the language (en-GB, de-AT), so that dates look as they do elsewhere. */
export function localeOf(language: string, preferred: readonly string[]): string {
  return preferred.find((tag) => languageOf(tag) === languageOf(language)) ?? language;
}
