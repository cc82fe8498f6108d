/** The language of pages. */
import { expect, it } from "vitest";
import { languageOf } from "./language.ts";

it.each([
  ["de-AT", "en", "de"],
  ["de", undefined, "de"],
  ["fr", "de", "en"],
  [null, "de-CH,de;q=0.9,en;q=0.8", "de"],
  [null, "fr;q=0.9, de;q=0.5, en;q=0.7", "en"],
  [null, "de;q=0, en", "en"],
  [null, "nonsense;;;q=", "en"],
  [null, undefined, "en"],
] as const)("of a customer with the locale %s whose browser asks for %s is %s", (locale, accepted, language) => {
  expect(languageOf(locale, accepted)).toBe(language);
});
