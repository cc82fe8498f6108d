/** A mistake in a file is told with the line on which it stands. */
import { expect, it } from "vitest";
import { linesOf, parseText } from "./document-file.ts";

const text = `version: 1
texts:
  hello:
    en: { body: "Hi" }
rules:
  - name: a
    steps:
      - tag: x
      - branch:
          - if: "true"
            then:
              - tag: y
        else: [{ tag: z }]
`;

it.each<[string, number | null]>([
  ["version", 1],
  ["texts.hello.en.body", 4],
  ["texts.hello.de", 3],
  ["rules[0]", 6],
  ["rules[0].if", 6],
  ["rules[0].steps[0].tag", 8],
  ["rules[0].steps[1].branch[0].if", 10],
  ["rules[0].steps[1].else[0].tag", 13],
  ["rules[7].name", 5],
  ["document", null],
])("finds %s", (path, line) => {
  expect(linesOf(text)(path)).toBe(line);
});

it("finds places in JSON, too", () => {
  expect(linesOf('{\n  "rules": [\n    {"name": "a"}]}')("rules[0].name")).toBe(3);
});

it("tells the first mistake of what is no YAML, and what is mostly behind it", () => {
  const broken = 'texts:\n  hi:\n    en: { body: "x" }\n    subject: Hello {{ name | default: "there" }}\nrules: [\n';
  expect(() => parseText(broken, "rules.yaml")).toThrow(
    /^rules\.yaml: [^\n]* at line 4, column \d+\.\nText with “: ”, “{” or “#” in it belongs in quotes/,
  );
});
