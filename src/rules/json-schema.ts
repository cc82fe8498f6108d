/** Station rules: the rules document as JSON Schema, for editors that complete, explain and check while one writes. */
import { z } from "zod";
import {
  messageCap,
  quietHours,
  rule,
  ruleDuration,
  rulesDocument,
  ruleStep,
  ruleTrigger,
} from "../../contract/rule.ts";
import { isRecord } from "../lib/json.ts";
import { ruleWords } from "./rule-words.ts";

/** Parts that stand in several places, by the name under which their words are found. */
const shared = { rule, step: ruleStep, on: ruleTrigger, duration: ruleDuration, quietHours, cap: messageCap };

export type JsonSchema = { readonly [key: string]: unknown };

/** As draft 7, which editors know best. It says what may be written; what names mean is checked when rules are saved. */
export function rulesJsonSchema(): JsonSchema {
  const names = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(shared)) names.add(schema, { id });
  const { $schema, ...schema } = z.toJSONSchema(rulesDocument, { io: "input", metadata: names, target: "draft-7" });
  const definitions = isRecord(schema["definitions"]) ? schema["definitions"] : {};
  return {
    $schema,
    title: "Rules of Dunlin",
    ...worded(schema, "document"),
    definitions: Object.fromEntries(Object.entries(definitions).map(([id, one]) => [id, worded(one, id)])),
  };
}

/** Adds the words of each property. Throws where there are none. */
function worded(schema: unknown, name: string): JsonSchema {
  if (!isRecord(schema)) throw new Error(`The schema of ${name} is not an object.`);
  const { id: _id, definitions: _definitions, ...rest } = schema;
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, wordedPart(key, value, name)]));
}

function wordedPart(key: string, value: unknown, name: string): unknown {
  if (key === "properties" && isRecord(value)) {
    const properties = Object.entries(value);
    return Object.fromEntries(properties.map(([property, one]) => [property, described(one, name, property)]));
  }
  if (key === "anyOf" && Array.isArray(value)) return value.map((option) => worded(option, name));
  return (key === "items" || key === "additionalProperties") && isRecord(value) ? worded(value, name) : value;
}

function described(schema: unknown, name: string, property: string): JsonSchema {
  const words = ruleWords[name]?.[property];
  if (words === undefined) throw new Error(`The part ${property} of ${name} has no words in rule-words.ts.`);
  const isLanguage = property === "en" || property === "de";
  const { $ref, ...own } = worded(schema, isLanguage ? name : property);
  const description = words.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1");
  // Beside a reference draft 7 looks at nothing else.
  return { description, ...($ref === undefined ? {} : { allOf: [{ $ref }] }), ...own };
}
