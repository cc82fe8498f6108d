/** Texts with a customer's facts: clean HTML and plain lines, and nothing at all rather than a gap. */
import { describe, expect, it } from "vitest";
import type { RuleText } from "../../../contract/rule.ts";
import { renderAll, renderText, type TextOptions } from "./render.ts";
import type { TextFacts } from "./scope.ts";

const facts: TextFacts = {
  customer: { name: "Thea Ernst", first_name: "Thea" },
  business: { name: "Alpenglow" },
  profile: {
    plan: "Team",
    plan_interval: "month",
    mrr: { amountMinor: 4_900, currency: "eur" },
    trial_end: { atS: Date.UTC(2026, 10, 15, 12) / 1000 },
    delinquent: false,
    metadata: { tier: "gold", "with-dash": "x", my_link: "https://evil.example" },
    customer_link: "https://dashboard.stripe.com/customers/cus_1",
    usage_percent: 84.5,
  },
  ages: { days_to_trial_end: 3 },
  link: { try_again: "https://billing.example/l/a?b=1&c=2" },
  moment: { stripe_link: { url: "https://dashboard.stripe.com/charges/ch_1" } },
};
const chat: TextOptions = { language: "en", timeZone: "Europe/Berlin", channel: "chat" };

function bodyOf(body: string, options: Partial<TextOptions> = {}, given: TextFacts = facts): unknown {
  const written = renderText({ body }, given, { ...chat, ...options });
  return "missing" in written ? written : written.body.replaceAll("\u00A0", " ");
}

describe("a text", () => {
  it.each([
    ["Hello {{ customer.first_name }}", "<p>Hello Thea</p>"],
    ["a\nb\n\nc\n\n\n\nd", "<p>a<br>b</p><p>c</p><p>d</p>"],
    ["**bold {{ profile.plan }}** and *leaning*", "<p><b>bold Team</b> and <i>leaning</i></p>"],
    ["5 * 3 * 2 and snake_case and 2**3", "<p>5 * 3 * 2 and snake_case and 2**3</p>"],
    [
      String.raw`\*no\* \[no\](https://x.example)`,
      '<p>*no* [no](<a href="https://x.example">https://x.example</a>)</p>',
    ],
    ["- a\n- **b**\n\n- c\n\nend", "<ul><li>a</li><li><b>b</b></li><li>c</li></ul><p>end</p>"],
    ["1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"],
    ["so:\n- a", "<p>so:</p><ul><li>a</li></ul>"],
    ["- a\n{% if profile.delinquent %}\n- b\n{% endif %}\n- c", "<ul><li>a</li><li>c</li></ul>"],
    [
      "[try **again**]({{ link.try_again }}).",
      '<p><a href="https://billing.example/l/a?b=1&amp;c=2">try <b>again</b></a>.</p>',
    ],
    [
      "{{ link.try_again }}",
      '<p><a href="https://billing.example/l/a?b=1&amp;c=2">https://billing.example/l/a?b=1&amp;c=2</a></p>',
    ],
    ["See https://docs.example/a.", '<p>See <a href="https://docs.example/a">https://docs.example/a</a>.</p>'],
    ["[Stripe]({{ moment.stripe_link }})", '<p><a href="https://dashboard.stripe.com/charges/ch_1">Stripe</a></p>'],
    [
      "[Stripe]({{ profile.customer_link }})",
      '<p><a href="https://dashboard.stripe.com/customers/cus_1">Stripe</a></p>',
    ],
    ["[worst]({{ profile.metadata.my_link }})", "<p>[worst](https://evil.example)</p>"],
    ["[bad](javascript:alert(1)) [worse]({{ profile.plan }})", "<p>[bad](javascript:alert(1)) [worse](Team)</p>"],
    ["a < b & c > d <b>e</b>", "<p>a &lt; b &amp; c &gt; d &lt;b&gt;e&lt;/b&gt;</p>"],
    ["{{ profile.mrr }} or {{ profile.mrr | money }}", "<p>€49.00 or €49.00</p>"],
    ["{{ profile.trial_end }}, {{ ages.days_to_trial_end | days: 'in' }}", "<p>15 November 2026, in 3 days</p>"],
    ["{{ profile.plan | plan: profile.plan_interval | upcase }}", "<p>TEAM, MONTHLY</p>"],
    ["{{ profile.usage_percent | percent }} {{ profile.delinquent }}", "<p>84.5% no</p>"],
    ['{{ profile.metadata.tier | capitalize }} {{ profile.metadata["with-dash"] }}', "<p>Gold x</p>"],
    ["{% assign p = profile.plan | default: 'none' %}{{ p }}", "<p>Team</p>"],
    ["{% case profile.plan %}{% when 'Solo' %}1{% when 'Team', 'Big' %}2{% else %}3{% endcase %}", "<p>2</p>"],
    ["{% if profile.mrr > 48.99 and profile.mrr < 49.01 %}yes{% endif %}", "<p>yes</p>"],
    ["{% comment %}{{ nothing }}{% endcomment %}x", "<p>x</p>"],
  ])("%j is %s", (body, html) => {
    expect(bodyOf(body)).toBe(html);
  });

  it("is written in the reader's language", () => {
    const body = "{{ profile.mrr }}, {{ profile.plan | plan: profile.plan_interval }}, {{ profile.trial_end }}";
    expect(bodyOf(body, { language: "de" })).toBe("<p>49,00 €, Team, monatlich, 15. November 2026</p>");
  });

  it("is plain where Intercom takes no HTML, and one line as a title", () => {
    const body = "Hi <there> **you**\n\n- a\n- [b]({{ link.try_again }})\n\n1. c";
    expect(bodyOf(body, { channel: "plain" })).toBe(
      "Hi <there> you\n\n- a\n- b: https://billing.example/l/a?b=1&c=2\n\n1. c",
    );
    expect(bodyOf("Failed:\n**{{ profile.mrr }}**", { channel: "title" })).toBe("Failed: €49.00");
    expect(bodyOf("x".repeat(300), { channel: "title" })).toHaveLength(255);
  });

  it("has a subject of one plain line", () => {
    const text: RuleText = { subject: "{{ customer.name }}: **{{ profile.mrr }}**", body: "x" };
    const given = { ...facts, customer: { name: "a\r\nBcc: b <i>" } };
    expect(renderText(text, given, { ...chat, channel: "email" })).toEqual({
      subject: "a Bcc: b <i>: **€49.00**",
      body: "<p>x</p>",
    });
    expect(renderText(text, {}, chat)).toEqual({ subject: null, body: "<p>x</p>" });
  });

  it("is there in each language that it is written in", () => {
    const written = renderAll(
      { de: { body: "{{ failure.reason }}" }, en: { body: "{{ failure.reason }}" } },
      (language) => ({ failure: { reason: language === "de" ? "Konto leer" : "No funds" } }),
      { timeZone: "UTC", channel: "note" },
    );
    expect(written).toEqual({
      en: { subject: null, body: "<p>No funds</p>" },
      de: { subject: null, body: "<p>Konto leer</p>" },
    });
  });
});

describe("what is not known", () => {
  it("is what a text says of which nothing is left", () => {
    expect(bodyOf("{% if profile.nope %}a{% endif %}\n\n{{ profile.nope | default: '' }}")).toEqual({
      missing: ["any word in the text"],
    });
    const text = { subject: "{% if profile.nope %}a{% endif %}", body: "x" };
    expect(renderText(text, facts, { ...chat, channel: "email" })).toEqual({ missing: ["any word in the subject"] });
  });

  it.each<[string, readonly string[]]>([
    ["{{ profile.arr }} {{ customer.nick }}", ["profile.arr", "customer.nick"]],
    ["{{ profile.arr | money }}", ["profile.arr"]],
    ["{{ profile.metadata.nope }}", ["profile.metadata.nope"]],
    ["{% assign x = profile.arr %}{{ x }}", ["profile.arr"]],
    ["{% if profile.delinquent %}{% assign x = 1 %}{% endif %}{{ x }}", ["x"]],
    ["[x]({{ link.switch_plan }})", ["link.switch_plan"]],
    ["**[{{ profile.arr }}](https://x.example)**", ["profile.arr"]],
    ["{{ profile.arr | default: profile.nope }}", ["profile.nope"]],
    ["{{ profile.plan | money }}", ["… | money"]],
    ["{{ profile.trial_end | days_until }}", ["… | days_until"]],
  ])("is told: %s", (body, missing) => {
    expect(bodyOf(body)).toEqual({ missing });
  });

  it.each([
    ["{{ profile.arr | money | default: 'much' }}", "<p>much</p>"],
    ["{% if profile.arr %}{{ profile.arr }}{% else %}none{% endif %}", "<p>none</p>"],
    ["{% unless profile.arr %}none{% endunless %}", "<p>none</p>"],
    [
      "{% if profile.nope != 'x' %}a{% elsif profile.nope < 5 %}b{% elsif profile.nope == 'x' %}c{% else %}d{% endif %}",
      "<p>d</p>",
    ],
    [
      "{% if profile.nope == nil and profile.nope == blank %}a{% endif %}{% if profile.plan != nil %}b{% endif %}",
      "<p>ab</p>",
    ],
    ["{{ profile.plan | plan: profile.nope }}", "<p>Team</p>"],
  ])("is not missed: %s", (body, html) => {
    expect(bodyOf(body)).toBe(html);
  });

  it("is an amount of unknown decimals, an instant beyond the calendar, a link elsewhere", () => {
    const given = {
      profile: { mrr: { amountMinor: 1, currency: "xyz" }, trial_end: { atS: 1e20 } },
      link: { try_again: "javascript:alert(1)" },
    };
    expect(bodyOf("{{ profile.mrr }} {{ profile.trial_end }} {{ link.try_again }}", {}, given)).toEqual({
      missing: ["…", "link.try_again"],
    });
  });

  it.each(["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"])(
    "is what objects inherit: %s",
    (name) => {
      for (const body of [
        `{{ ${name} }}`,
        `{{ profile.${name} }}`,
        `{{ profile.plan.${name} }}`,
        `{{ profile.mrr.${name} }}`,
      ]) {
        expect(bodyOf(body)).toHaveProperty("missing");
      }
    },
  );
});

it("breaks off a text that was never checked", () => {
  expect(() => bodyOf("{% for a in b %}{% endfor %}")).toThrow("cannot be read");
});
