/** Checking texts: what customers must never see is refused when it is saved, with its place and what to do. */
import { describe, expect, it } from "vitest";
import { checkText, variablesOf } from "./check.ts";
import { textScopeOf } from "./scope.ts";

const scope = textScopeOf(
  {
    profile: {
      plan: "string",
      mrr: "double",
      trial_end: "timestamp",
      delinquent: "bool",
      metadata: "map",
      all: "list",
    },
    ages: { days_to_trial_end: "int" },
    amounts: { mrr: "mrr_currency" },
  },
  { amount: "number", currency: "text", stripe_link: "link" },
);

function problemsOf(body: string): readonly string[] {
  return checkText({ body }, scope).map(({ problem, position }) => `${position ?? "?"}: ${problem}`);
}

describe("a text that is good", () => {
  it.each([
    "Hello {{ customer.first_name | default: 'there' }}, {{ profile.mrr | money }} {{ moment.amount }}",
    "{% if profile.delinquent %}{{ profile.trial_end | date: 'short' }}{% endif %}",
    "{{ profile.trial_end | days_until | days: 'in' }}, {{ ages.days_to_trial_end | days }}",
    "[a]({{ link.try_again }}) [b](https://x.example/a_b?c=1#d) [c]({{ moment.stripe_link }}) https://x.example",
    '{{ profile.metadata.tier }} {{ profile.metadata["my tier"] }}',
    "1 < 2 & 3 > 2, R&D; a -> b",
    "{% if ages.days_to_trial_end <profile.mrr %}x{% endif %}",
    "{% assign a = profile.plan %}{{ a }}",
  ])("%s", (body) => {
    expect(problemsOf(body)).toEqual([]);
  });
});

describe("a text that is refused", () => {
  it.each<[string, string]>([
    ["a {{ profile.pln }}", "6: there is no “profile.pln”; did you mean “profile.plan”?"],
    ["a\n\n {{ prfile.plan }}", "8: there is no “prfile.plan”; did you mean “profile.plan”?"],
    ["{{ profile.all }}", "4: there is no “profile.all”"],
    ["{{ link.tryagain }}", "4: there is no “link.tryagain”; did you mean “link.try_again”?"],
    ["{{ profile.plan.constructor }}", "4: there is no “profile.plan.constructor”"],
    ["{{ __proto__ }}", "4: there is no “__proto__”"],
    ["{{ profile }}", "4: “profile” is a group; write one of its names, such as profile.plan"],
    ["{{ profile.metadata }}", "4: “profile.metadata” is a group; write one of its keys behind it"],
    ["{{ profile.mrr | mony }}", "there is no filter “mony”; did you mean “money”?"],
    ["{{ profile.plan | raw }}", "there is no filter “raw”"],
    ["{{ profile.plan | money }}", "4: “profile.plan” is text, and money takes an amount"],
    [
      "{{ profile.trial_end | days_until | money }}",
      "what days_until makes of “profile.trial_end” is a number, and money",
    ],
    ["{% assign a = profile.mrr | default: 'x' | date %}", "“profile.mrr” is an amount, and date takes a date"],
    ["{{ profile.mrr | date }}", "4: “profile.mrr” is an amount, and date takes a date"],
    ["{{ profile.trial_end | date: '%Y' }}", "4: date knows no “%Y”, but long, short, weekday, day, month, time"],
    [
      "x {% for a in profile.plan %}{% endfor %}",
      "3: the tag “for” is not taken; there are if, unless, case, assign, comment",
    ],
    ["{% include 'x' %}", "1: the tag “include” is not taken"],
    ["{% render 'x' %}", "1: the tag “render” is not taken"],
    ["{% layout 'x' %}", "1: the tag “layout” is not taken"],
    ["{% capture x %}{% endcapture %}", "1: the tag “capture” is not taken"],
    ["{% liquid echo profile.plan %}", "1: the tag “liquid” is not taken"],
    ["{% raw %}{% endraw %}", "1: the tag “raw” is not taken"],
    ["{{ profile.plan", "not closed"],
    ["{% if profile.plan %}", "not closed"],
    ["{{ (1..9999999) }}", "1: ranges such as (1..3) are not taken"],
    ["{% assign profile = 1 %}", "?: “profile” has a meaning already"],
    ["a <b>x</b>", "3: HTML such as “<b>” is not taken; write **bold**"],
    ["a <!-- x -->", "3: HTML such as"],
    ["a&nbsp;b", "2: “&nbsp;” would be seen as it is; write the character itself"],
    ["[a](javascript:alert(1))", "5: “javascript:alert(1” is no target"],
    ["[a]({{ profile.plan }})", "5: “{{ profile.plan }}” is no target"],
    ["[a](https://x.example/{{ profile.plan }})", "5: “https://x.example/{{ profile.plan }}” is no target"],
    ["https://x.example/?p={{ profile.plan }}", "1: an address that is written down cannot hold a value"],
    ["a \uE000", "3: the characters U+E000 and U+E001 are not taken"],
  ])("%j: %s", (body, problem) => {
    expect(problemsOf(body).join("\n")).toContain(problem);
  });

  it("says whether it is the subject", () => {
    expect(checkText({ subject: "a\nb {{ profile.nope }}", body: "{{ profile.zzz }}" }, scope)).toEqual([
      { code: "TEXT_LINES", part: "subject", problem: "a subject is one line", position: 2 },
      {
        code: "TEXT_VARIABLE_UNKNOWN",
        part: "subject",
        problem: "there is no “profile.nope”; there are plan, mrr, trial_end, delinquent, metadata",
        position: 8,
      },
      {
        code: "TEXT_VARIABLE_UNKNOWN",
        part: "body",
        problem: "there is no “profile.zzz”; there are plan, mrr, trial_end, delinquent, metadata",
        position: 4,
      },
    ]);
  });
});

describe("what a text names", () => {
  it("is told with its path, wherever it stands", () => {
    const body =
      "{% if profile.a == ages.b %}{{ link.try_again }}{% endif %}{{ x.y | default: profile.c }}{% assign v = saving.plan %}{{ v }}";
    expect(variablesOf({ subject: "{{ profile.metadata.tier }}", body })).toEqual([
      "ages.b",
      "link.try_again",
      "profile.a",
      "profile.c",
      "profile.metadata.tier",
      "saving.plan",
      "x.y",
    ]);
  });

  it("is nothing where it cannot be read", () => {
    expect(variablesOf({ body: "{{ profile" })).toEqual([]);
  });
});
