/** Texts of rules are written for one reader, from what is known, and fetch only what they name. */
import { describe, expect, it, vi } from "vitest";
import { aProfile } from "../../test/support/builders.ts";
import { aTrigger, mondayS } from "../../test/support/rules.ts";
import type { RulesDocument } from "../../contract/rule.ts";
import type { Profile } from "../model/profile.ts";
import { languageOf, textFactsOf, writeText, type Telling, type TextSources } from "./rule-texts.ts";

type Texts = RulesDocument["texts"];

function telling(texts: Texts, parts: Partial<Profile> = {}, more: Partial<Telling> = {}): Telling {
  return {
    document: { business: { name: "Lapwing" }, language: "en", texts },
    profile: aProfile(parts),
    trigger: aTrigger(),
    nowS: mondayS,
    timeZone: "Europe/Berlin",
    ...more,
  };
}

function sources(): TextSources & { readonly link: ReturnType<typeof vi.fn> } {
  return {
    link: vi.fn(async (purpose: string) => `https://dunlin.example/${purpose}`),
    saving: vi.fn(async () => null),
  };
}

async function written(
  texts: Texts,
  { parts, reader = "customer", more, from = sources() }: Parts = {},
): Promise<string> {
  const made = await writeText(telling(texts, parts, more), "hello", { channel: "plain", sources: from, reader });
  return "missing" in made ? `missing: ${made.missing.join(", ")}` : made.body;
}

type Parts = {
  readonly parts?: Partial<Profile>;
  readonly reader?: "customer" | "teammate";
  readonly more?: Partial<Telling>;
  readonly from?: TextSources;
};

describe("the language of a text", () => {
  it.each([
    ["de", "de"],
    ["de-AT", "de"],
    ["DE", "de"],
    ["en-GB", "en"],
    ["fr", "en"],
    [null, "en"],
  ] as const)("for a customer with the locale %s is %s", (locale, language) => {
    expect(languageOf(locale, "en")).toBe(language);
  });

  it("is the customer's for customers, and the document's for teammates", async () => {
    const texts = { hello: { en: { body: "Hello" }, de: { body: "Hallo" } } };

    expect(await written(texts, { parts: { locale: "de" } })).toBe("Hallo");
    expect(await written(texts, { parts: { locale: "de" }, reader: "teammate" })).toBe("Hello");
  });

  it("is the document's where there is no other", async () => {
    expect(await written({ hello: { en: { body: "Hello" } } }, { parts: { locale: "de" } })).toBe("Hello");
    expect(await written({ hello: { de: { body: "Hallo" } } }, { parts: { locale: "fr" } })).toBe(
      "missing: the text “hello”",
    );
  });
});

describe("what a text names", () => {
  const en = (body: string): Texts => ({ hello: { en: { body } } });
  const english = { locale: "en" } as const;

  it("is written as what it is", async () => {
    const body =
      "{{ customer.first_name }}, {{ business.name }}: {{ profile.plan }}, {{ profile.total_paid | money }}, {{ profile.created_at | date }}";

    const made = await written(en(body), { parts: { ...english, name: "Ada Byron" } });
    expect(made.replaceAll("\u00A0", " ")).toBe("Ada, Lapwing: Pro, €120.00, 28 May 2026");
  });

  it("has the amount of what happened with its currency", async () => {
    const at = (facts: Record<string, number | string>): Promise<string> =>
      written(en("{{ moment.amount | money }}"), { parts: english, more: { trigger: aTrigger({ facts }) } });

    expect(await at({ amount: 49, currency: "EUR" })).toBe("€49.00");
    expect(await at({ amount: 500, currency: "JPY" })).toBe("JP¥500");
    expect(await at({})).toBe("missing: moment.amount");
  });

  it("is missing when it is not known", async () => {
    expect(
      await written(en("{{ failure.reason }} {{ profile.card_brand }}"), { parts: { ...english, card: null } }),
    ).toBe("missing: failure.reason, profile.card_brand");
  });

  it("may be a link, which is made only then", async () => {
    const from = sources();
    expect(await written(en("Hello"), { parts: english, from })).toBe("Hello");
    expect(from.link).not.toHaveBeenCalled();

    expect(await written(en("Pay: {{ link.try_again }}"), { parts: english, from })).toContain(
      "https://dunlin.example/try_again",
    );
    expect(from.link).toHaveBeenCalledExactlyOnceWith("try_again");
    expect(from.saving).not.toHaveBeenCalled();
  });

  it("is missing when it is a link, or a saving, that there is none of", async () => {
    const from: TextSources = { link: async () => null, saving: async () => null };
    const body = "{{ link.show_saving }} {{ saving.per_year | money }}";

    expect(await written(en(body), { parts: english, from })).toBe("missing: link.show_saving, saving.per_year");
  });
});

describe("the customer's name", () => {
  const customerOf = (name: string | null) => textFactsOf(telling({}, { name }), "en")["customer"];

  it("is theirs in full, with the first one where it is certain", () => {
    expect(customerOf("Dr. Ada Byron")).toEqual({ name: "Dr. Ada Byron", first_name: "Ada" });
    expect(customerOf("Byron GmbH")).toEqual({ name: "Byron GmbH" });
    expect(customerOf(null)).toEqual({});
  });

  it("is not known when it would become a link", () => {
    for (const name of ["www.evil.example", "Win at evil.com", "https://evil.example"])
      expect(customerOf(name)).not.toHaveProperty("name");
  });
});
