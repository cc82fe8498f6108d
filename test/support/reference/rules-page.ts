/** docs/reference/rules.md: its prose as it stands, and between pairs of marks the tables that are made of the contract. */
import { readFileSync } from "node:fs";
import { ruleVocabulary } from "../../../src/pipeline/rule-vocabulary.ts";
import { isRecord } from "../../../src/lib/json.ts";
import { rulesJsonSchema, type JsonSchema } from "../../../src/rules/json-schema.ts";
import { ruleWords } from "../../../src/rules/rule-words.ts";
import { momentFacts } from "../../../src/rules/vocabulary.ts";
import { tableOf } from "./markdown.ts";

const path = new URL("../../../docs/reference/rules.md", import.meta.url);

/** What stands between `<!-- name: begin -->` and `<!-- name: end -->`. */
const parts: Readonly<Record<string, () => string>> = {
  document: () => partsTable(schemaOf("document"), "document"),
  rule: () => partsTable(schemaOf("rule"), "rule"),
  triggers: () => wordsTable("trigger", "on"),
  steps: () => [wordsTable("step", "step"), ...Object.keys(ruleWords["step"] ?? {}).flatMap(stepTable)].join("\n\n"),
  facts: () =>
    tableOf(
      ["trigger", "facts"],
      [
        ["`moment`", "those of the moment, see [data events](data-events.md); without links and `money`"],
        ["`stripe`", factsOf({ stripe: "charge.succeeded" })],
        ["`signal`", factsOf({ signal: "replied" })],
      ],
    ),
  ages: () =>
    Object.keys(ruleVocabulary.ages)
      .map((name) => `\`ages.${name}\``)
      .join(", ") + ".",
  dates: () => ruleVocabulary.dates.map((name) => `\`${name}\``).join(", ") + ".",
};

/** The page as it should be. */
export function rulesPage(): string {
  return Object.entries(parts).reduce(withPart, readFileSync(path, "utf8"));
}

function withPart(page: string, [name, make]: readonly [string, () => string]): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`docs/reference/rules.md has no place for ${name}.`);
  return `${page.slice(0, from)}${begin}\n\n${make()}\n\n${page.slice(to)}`;
}

function schemaOf(name: string): JsonSchema {
  const schema = rulesJsonSchema();
  const definitions = schema["definitions"];
  const found: unknown = name === "document" ? schema : isRecord(definitions) ? definitions[name] : undefined;
  if (!isRecord(found)) throw new Error(`There is no schema of ${name}.`);
  return found;
}

/** Every part with its words, and what counts when it is left out. */
function partsTable(schema: JsonSchema, name: string): string {
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  const rows = Object.entries(properties).map(([property, one]) => {
    const standard: unknown = isRecord(one) ? one["default"] : undefined;
    const left = required.includes(property) ? "has to be there" : standard === undefined ? "" : plain(standard);
    return [`\`${property}\``, wordsOf(name, property), left];
  });
  return tableOf(["part", "what it says", "left out"], rows);
}

function plain(value: unknown): string {
  return `\`${JSON.stringify(value).replaceAll('"', "").replaceAll(":", ": ").replaceAll(",", ", ")}\``;
}

function wordsOf(name: string, property: string): string {
  return ruleWords[name]?.[property] ?? "";
}

function wordsTable(head: string, name: string): string {
  const rows = Object.entries(ruleWords[name] ?? {}).map(([property, words]) => [`\`${property}\``, words]);
  return tableOf([head, "what it says"], rows);
}

/** The parts of a step that has any. */
function stepTable(step: string): readonly string[] {
  const words = ruleWords[step];
  if (words === undefined || step === "id") return [];
  const rows = Object.entries(words).map(([property, text]) => [`\`${step}.${property}\``, text]);
  const nested = Object.keys(words).flatMap((property) =>
    property === "draft" || property === "until"
      ? Object.entries(ruleWords[property] ?? {}).map(([name, text]) => [`\`${step}.${property}.${name}\``, text])
      : [],
  );
  return [tableOf([`\`${step}\``, "what it says"], [...rows, ...nested])];
}

function factsOf(trigger: Parameters<typeof momentFacts>[1]): string {
  const facts = Object.entries(momentFacts(ruleVocabulary, trigger) ?? {}).filter(([, type]) => type !== "money");
  return facts.map(([name]) => `\`moment.${name}\``).join(", ");
}
