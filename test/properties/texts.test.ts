/** Law: whatever a customer is called and whatever Stripe's fields hold, a text keeps its shape and says it literally. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RuleText } from "../../contract/rule.ts";
import { checkText } from "../../src/rules/texts/check.ts";
import { textFilters } from "../../src/rules/texts/filters.ts";
import { renderText, type TextChannel, type WrittenText } from "../../src/rules/texts/render.ts";
import { textScopeOf, type TextFacts } from "../../src/rules/texts/scope.ts";

const scope = textScopeOf({ profile: { plan: "string", metadata: "map" }, ages: {}, amounts: {} });

/** A value in every place that a text has one: words, bold, a list, a label, behind filters, in a condition. */
const text: RuleText = {
  subject: "For {{ customer.name }}: {{ profile.plan | capitalize }}",
  body: `Hello {{ customer.name }}, {{ customer.name | upcase }}
{{ customer.name }}
{{ profile.metadata.note }}

**{{ customer.name }}** *{{ profile.plan }}* ({{ profile.plan | plan: "month" }})
{% if customer.name != "nobody" %}
- {{ customer.name }}
{% endif %}
- [{{ customer.name }} again]({{ link.try_again }}){{ customer.name }}
1. {{ profile.metadata.note | truncate: 40 }}
{% assign kept = customer.name %}

{{ kept }}[x]({{ link.try_again }})https://docs.example/{% if kept %} {% endif %}{{ kept }}`,
};

const bits = [
  "<script>alert(1)</script>",
  "<b>",
  "</p>",
  "&lt;",
  "&amp;",
  '"',
  "'",
  "**",
  "*",
  "- ",
  "1. ",
  "[x](https://evil.example)",
  "](https://evil.example)",
  "[",
  "]",
  "(",
  ")",
  "\\",
  "https://evil.example",
  "javascript:alert(1)",
  "{{ business.name }}",
  "{% if 1 %}",
  "{{",
  "}}",
  "\n",
  "\r\n\r\n",
  "\u2028",
  "\uE000",
  "\uE000t0041\uE001",
  "\uE000l00680074\uE001",
  "\uE001",
  "\u202E",
  "\uD800",
  "\u0000",
  "Thea",
  "x",
  " ",
];

const hostile = fc
  .oneof(
    fc.array(fc.constantFrom(...bits), { minLength: 1, maxLength: 12 }).map((some) => some.join("")),
    fc.string({ unit: "binary", minLength: 1, maxLength: 60 }),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }),
  )
  // What has nothing to be seen counts as not known.
  .filter((value) => /[^\s\p{Cf}]/u.test(literal(value)));

function factsWith(name: string, plan: string, note: string): TextFacts {
  return {
    customer: { name },
    profile: { plan, metadata: { note } },
    business: { name: "Alpenglow" },
    link: { try_again: "https://billing.example/l/abc?x=1&y=2" },
  };
}

function written(facts: TextFacts, channel: TextChannel): WrittenText {
  const result = renderText(text, facts, { language: "en", timeZone: "UTC", channel });
  if ("missing" in result) throw new Error(`missing: ${result.missing.join(", ")}`);
  return result;
}

/** All tags with what is in them, in order. */
function tagsOf(html: string): readonly string[] {
  return [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag);
}

describe("a text with a value that means harm", () => {
  it("is one that checking lets pass", () => {
    expect(checkText(text, scope)).toEqual([]);
  });

  it("has the same tags as with a harmless value, and no other angle brackets", () => {
    const harmless = tagsOf(written(factsWith("Thea", "Team", "note"), "chat").body);
    fc.assert(
      fc.property(hostile, hostile, hostile, (name, plan, note) => {
        const { body } = written(factsWith(name, plan, note), "chat");
        expect(tagsOf(body)).toEqual(harmless);
        expect(body.replaceAll(/<[^>]*>/g, "")).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot);)/);
      }),
      { numRuns: 1_000 },
    );
  });

  it("says the value literally", () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const { body } = written(factsWith(name, "Team", "note"), "email");
        const words = decoded(body.replaceAll(/<[^>]*>/g, "\n"));
        expect(words).toContain(`Hello ${literal(name)}, `);
      }),
      { numRuns: 1_000 },
    );
  });

  it("keeps to its lines where there is no HTML", () => {
    const harmless = written(factsWith("Thea", "Team", "note"), "plain");
    fc.assert(
      fc.property(hostile, hostile, hostile, (name, plan, note) => {
        const facts = factsWith(name, plan, note);
        const { subject } = written(facts, "email");
        const { body } = written(facts, "plain");
        expect(subject).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(body.split("\n")).toHaveLength(harmless.body.split("\n").length);
      }),
      { numRuns: 1_000 },
    );
  });

  it("never breaks off once checking has let it pass, whatever is known", () => {
    const typed = textScopeOf(
      {
        profile: { plan: "string", mrr: "double", trial_end: "timestamp", is_late: "bool" },
        ages: { days: "int" },
        amounts: { mrr: "mrr_currency" },
      },
      {},
    );
    const name = fc.constantFrom(
      "profile.plan",
      "profile.mrr",
      "profile.trial_end",
      "profile.is_late",
      "ages.days",
      "kept",
    );
    const filter = fc.constantFrom(
      ...Object.keys(textFilters).map((each) => ` | ${each}`),
      ' | default: "x"',
      ' | date: "day"',
      "",
    );
    const value = fc.tuple(name, filter, filter).map((parts) => parts.join(""));
    const bit = fc.oneof(
      value.map((one) => `{{ ${one} }}`),
      fc
        .tuple(name, fc.constantFrom("==", "!=", "<", ">="), name)
        .map((parts) => `{% if ${parts.join(" ")} %}\na\n{% endif %}`),
      value.map((one) => `{% assign kept = ${one} %}`),
      fc.constantFrom("**", "- ", "[a](https://x.example)", "\n", "\n\n", "words", "{% else %}", "{%", "}}"),
    );
    const known = fc.record(
      {
        profile: fc.record(
          {
            plan: fc.string({ maxLength: 9 }),
            mrr: fc.record({ amountMinor: fc.integer(), currency: fc.constantFrom("eur", "jpy", "xyz") }),
            trial_end: fc.record({ atS: fc.double() }),
            is_late: fc.boolean(),
          },
          { requiredKeys: [] },
        ),
        ages: fc.record({ days: fc.oneof(fc.integer(), fc.double()) }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    );
    let passed = 0;
    fc.assert(
      fc.property(fc.array(bit, { minLength: 1, maxLength: 6 }), known, (bits, facts) => {
        const body = bits.join(" ");
        if (checkText({ body }, typed).length > 0) return;
        passed += 1;
        const result = renderText({ body }, facts, {
          language: "de",
          timeZone: "Europe/Berlin",
          channel: "chat",
          nowS: 0,
        });
        if ("missing" in result) expect(result.missing.length).toBeGreaterThan(0);
        else expect(result.body).toMatch(/^<(?:p|ul)>.*<\/(?:p|ul)>$/s);
      }),
      { numRuns: 2_000 },
    );
    expect(passed).toBeGreaterThan(200);
  });

  it("never reaches what is not the text's own", () => {
    const path = fc.constantFrom(
      "constructor",
      "__proto__",
      "prototype",
      "toString",
      "size",
      "first",
      "last",
      "length",
    );
    fc.assert(
      fc.property(
        fc.constantFrom("customer", "profile", "profile.metadata", "link", "customer.name"),
        path,
        (start, name) => {
          const body = `{{ ${start}.${name} }}`;
          expect(checkText({ body }, scope).length).toBe(start === "profile.metadata" ? 0 : 1);
          const options = { language: "en", timeZone: "UTC", channel: "chat" } as const;
          expect(renderText({ body }, factsWith("Thea", "Team", "note"), options)).toHaveProperty("missing");
        },
      ),
    );
  });
});

/** What of a value may be seen: line ends and control characters are blanks, marks of direction and halves of characters gone. */
function literal(value: string): string {
  return value
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replaceAll(/[\p{Cs}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, "");
}

function decoded(html: string): string {
  return html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}
