/** Texts are there, in the languages that are needed, and name only what their rules know. */
import { describe, expect, it } from "vitest";
import { hello, inDocument, inRule, message, problemsOf } from "../../../test/support/rule-documents.ts";

describe("a text", () => {
  const { en, de } = hello;
  const written = (text: object): readonly string[] => inDocument({ texts: { hello: text } });

  it("is written at least in the language for everybody", () => {
    expect(written({})).toEqual(["error texts.hello: it is written in no language"]);
    expect(written({ de })).toEqual([expect.stringContaining("error texts.hello.en: it is missing")]);
    expect(written({ en })).toEqual([
      "warning texts.hello.de: it is missing: customers who speak German get it in English",
    ]);
    expect(inDocument({ language: "de", texts: { hello: { en } } })).toEqual([
      expect.stringContaining("error texts.hello.de"),
    ]);
  });

  it("that only teammates read may be in one language", () => {
    expect(inRule({ steps: [{ note: { text: "hello" } }] }, { texts: { hello: { en } } })).toEqual([]);
  });

  it("of an e-mail has a subject, in each language", () => {
    const steps = [{ message: { channel: "email", text: "hello" } }];
    expect(inRule({ steps }, { texts: { hello: { en, de: { body: "Hallo" } } } })).toEqual([
      "error texts.hello.de.subject: an e-mail needs a subject",
    ]);
  });

  it("of a ticket's title is one line", () => {
    const steps = [{ ticket: { type: "1", title: "hello" } }];
    expect(inRule({ steps }, { texts: { hello: { en: { body: "one\ntwo" } } } })).toEqual([
      "error texts.hello.en.body: the title of a ticket is one line",
    ]);
  });

  it("names only what its rules know, and the rule that does not", () => {
    const text = (body: string): object => ({ texts: { hello: { en: { body }, de } } });
    expect(inRule({}, text("Your {{ profile.plann }}"))).toEqual([
      "error texts.hello.en.body: there is no “profile.plann”; did you mean “profile.plan”? (character 9)",
    ]);
    const one = { name: "one", description: "x", purpose: "x", on: { moment: "trial_ending" }, steps: [message] };
    const two = { ...one, name: "two", on: { manual: true } };
    expect(problemsOf({ version: 1, ...text("{{ moment.plan }}"), rules: [one] })).toEqual([]);
    expect(problemsOf({ version: 1, ...text("{{ moment.plan }}"), rules: [one, two] })).toEqual([
      expect.stringMatching(/^error texts\.hello\.en\.body: .*, in the rule two$/),
    ]);
  });

  it("that nobody uses is told of", () => {
    expect(inDocument({ texts: { hello, bye: hello } })).toEqual(["warning texts.bye: no rule uses this text"]);
  });
});
