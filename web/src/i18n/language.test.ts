import { describe, expect, it } from "vitest";
import { chooseLanguage, localeOf } from "./language.ts";

describe("chooseLanguage", () => {
  it("takes the person's earlier choice first", () => {
    expect(chooseLanguage("de", ["en-US"])).toBe("de");
  });

  it("takes the first of the browser's languages that there are texts in", () => {
    expect(chooseLanguage(null, ["fr-FR", "de-AT", "en"])).toBe("de");
  });

  it("falls back to English, also for a stored value that means nothing", () => {
    expect(chooseLanguage("tlh", ["fr"])).toBe("en");
  });
});

describe("localeOf", () => {
  it("keeps the browser's regional form of the language", () => {
    expect(localeOf("de", ["en-GB", "de-AT"])).toBe("de-AT");
  });

  it("uses the plain language when the browser has no form of it", () => {
    expect(localeOf("de", ["en-GB"])).toBe("de");
  });
});
