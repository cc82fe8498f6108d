/** Every reason to say nothing is in both languages, and in the guide. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isRefusal, refusalCodes, refuse } from "./refusals.ts";

describe("a refusal", () => {
  it("fills in what it is about, in both languages", () => {
    const found = refuse("price_unknown", { price: "price_1" });
    expect(found).toEqual({
      code: "price_unknown",
      en: "The price price_1 is not known.",
      de: "Der Preis price_1 ist nicht bekannt.",
    });
    expect(isRefusal(found)).toBe(true);
  });

  it("never fills in a text as if it were a pattern", () => {
    expect(refuse("price_unknown", { price: "$& {price}" }).en).toBe("The price $& {price} is not known.");
  });
});

describe("the guide", () => {
  const guide = readFileSync(new URL("../../../docs/guides/savings.md", import.meta.url), "utf8");
  const listed = new Set([...guide.matchAll(/`([a-z]+(?:_[a-z]+)*)`/g)].map(([, code]) => code));

  it.each(refusalCodes)("explains %s", (code) => {
    expect(listed.has(code)).toBe(true);
  });
});
