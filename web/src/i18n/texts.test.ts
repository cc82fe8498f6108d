import { describe, expect, it } from "vitest";
import de from "./de.json";
import en from "./en.json";

type Texts = { readonly [key: string]: string | Texts };

/** Every path with its text, e.g. `headline.quiet`. */
function pathsOf(texts: Texts, prefix = ""): ReadonlyMap<string, string> {
  const entries = Object.entries(texts).flatMap(([key, value]): (readonly [string, string])[] =>
    typeof value === "string" ? [[prefix + key, value]] : [...pathsOf(value, `${prefix}${key}.`)],
  );
  return new Map(entries);
}

const placeholders = (text: string): readonly string[] =>
  [...text.matchAll(/\{\{(\w+)/g)].map(([, name]) => name ?? "").sort();

const english = pathsOf(en);
const german = pathsOf(de);

describe("the texts", () => {
  it("have the same keys in English and German", () => {
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it("are never empty", () => {
    expect([...english, ...german].filter(([, text]) => text.trim() === "")).toEqual([]);
  });

  it("use the same placeholders in both languages", () => {
    const differing = [...english.keys()].filter(
      (path) => placeholders(english.get(path) ?? "").join() !== placeholders(german.get(path) ?? "").join(),
    );
    expect(differing).toEqual([]);
  });

  it("have every plural form that the language has", () => {
    for (const [language, texts] of [
      ["en", english],
      ["de", german],
    ] as const) {
      const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
      const stems = [...texts.keys()].filter((path) => path.endsWith("_other")).map((path) => path.slice(0, -6));
      for (const stem of stems) {
        for (const form of forms) expect([...texts.keys()]).toContain(`${stem}_${form}`);
      }
    }
  });
});
