import { describe, expect, it } from "vitest";
import { rulesDocument } from "../../contract/rule.ts";
import { addRecipe, fillRecipe, listingOf, readRecipe } from "./recipes.ts";

const source = `
title: { en: Greeting, de: Gruß }
summary: { en: Greets., de: Grüßt. }
inputs:
  - { name: team, type: id, what: { en: A team, de: Ein Team }, where: { en: In Intercom, de: In Intercom }, example: "5001" }
  - { name: amount, type: number, what: { en: An amount, de: Ein Betrag }, where: { en: Yours, de: Ihrer }, example: "9.5", default: "500" }
  - { name: plan, type: text, what: { en: A plan, de: Ein Tarif }, where: { en: Stripe, de: Stripe }, example: Team }
texts:
  hello:
    en: { body: "Hello from \${plan}" }
    de: { body: "Hallo von \${plan}" }
rules:
  - name: greeting
    description: Greets.
    purpose: Be kind.
    on:
      becomes: profile.total_paid >= double(\${amount}) && profile.plan == "\${plan}"
    steps:
      - message: { channel: chat, text: hello }
      - assign: { team: "\${team}" }
`;
const recipe = readRecipe("greeting", source);
const empty = rulesDocument.parse({ version: 1 });

describe("a recipe", () => {
  it("says what it is, what it asks for and which rules it brings", () => {
    expect(listingOf(recipe)).toMatchObject({
      name: "greeting",
      title: { de: "Gruß" },
      rules: ["greeting"],
      languages: ["en", "de"],
      dunning: false,
    });
  });

  it("is filled with the business's own values, and with what it has by itself", () => {
    const part = fillRecipe(recipe, { team: "77", plan: "Team & Co" });
    expect(part).toMatchObject({
      texts: { hello: { de: { body: "Hallo von Team & Co" } } },
      rules: [
        {
          on: { becomes: 'profile.total_paid >= double(500) && profile.plan == "Team & Co"' },
          steps: [{ message: { text: "hello" } }, { assign: { team: "77" } }],
        },
      ],
    });
  });

  it.each([
    ["MISSING inputs.team", { plan: "Team" }, /it is missing: A team \(In Intercom\); for example 5001/],
    ["INVALID inputs.team", { team: "support", plan: "Team" }, /“support” is not digits/],
    ["INVALID inputs.amount", { team: "1", plan: "Team", amount: "-1" }, /is not a number/],
    ["INVALID inputs.plan", { team: "1", plan: 'Team" || true || "' }, /without "/],
    ["INVALID inputs.plan", { team: "1", plan: "{{ profile.mrr }}" }, /without "/],
    ["INVALID inputs.plan", { team: "1", plan: "${team}" }, /without "/],
    ["UNKNOWN inputs.tream", { team: "1", plan: "Team", tream: "1" }, /asks for no “tream”; did you mean “team”\?/],
    ["MISSING inputs.plan", { team: "1", plan: "  " }, /is missing/],
  ])("takes no value that could mean something else, and says what is %s: %j", (place, values, problem) => {
    const [what = "", path] = place.split(" ");
    expect(fillRecipe(recipe, values)).toEqual({
      problems: [{ code: `RECIPE_INPUT_${what}`, path, problem: expect.stringMatching(problem), severity: "error" }],
    });
  });

  it("goes behind what the document has already", () => {
    const part = fillRecipe(recipe, { team: "77", plan: "Team" });
    if ("problems" in part) throw new Error("not filled");
    const added = addRecipe(empty, part);
    expect(added).toMatchObject({ document: { language: "en", rules: [{ name: "greeting" }], texts: { hello: {} } } });
  });

  it("is refused when a rule or text of its name is there", () => {
    const part = fillRecipe(recipe, { team: "77", plan: "Team" });
    if ("problems" in part) throw new Error("not filled");
    const once = addRecipe(empty, part);
    if ("problems" in once) throw new Error("not added");
    const code = "RULE_DUPLICATE";
    expect(addRecipe(rulesDocument.parse(once.document), part)).toEqual({
      problems: [
        // Its texts came with it, and say nothing new.
        { code, path: "rules", problem: expect.stringContaining("“greeting”"), severity: "error" },
      ],
    });
    const withText = rulesDocument.parse({ version: 1, texts: { hello: { en: { body: "Hi" } } } });
    expect(addRecipe(withText, part)).toEqual({
      problems: [{ code, path: "texts.hello", problem: expect.stringContaining("already"), severity: "error" }],
    });
  });

  it.each([
    ["texts: [", "missing"],
    [source.replace("name: amount", "name: sum"), "${amount} is not among its inputs"],
    [source.replace("summary:", "summery:"), "summary"],
  ])("cannot be read when its file is damaged", (damaged, why) => {
    expect(() => readRecipe("greeting", damaged)).toThrow(why === "missing" ? /cannot be read/ : why);
  });
});
