/** docs/reference/rules.schema.json: the rules document as JSON Schema, for editors. */
import { isRecord } from "../../../src/lib/json.ts";
import { rulesJsonSchema } from "../../../src/rules/json-schema.ts";

/** The longest line, by .oxfmtrc.json. */
const printWidth = 120;

/** The whole file. */
export function rulesSchemaFile(): string {
  return `${printed(rulesJsonSchema(), "")}\n`;
}

/** As the formatter of this repository lays JSON out; `before` stands on the same line. */
function printed(value: unknown, indent: string, before = ""): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const line = `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;
    const isShort = indent.length + before.length + line.length < printWidth;
    if (isShort && !value.some(isRecord)) return line;
    return `[\n${value.map((item) => `${deeper}${printed(item, deeper)}`).join(",\n")}\n${indent}]`;
  }
  if (!isRecord(value)) return JSON.stringify(value);
  const lines = Object.entries(value).map(([key, one]) => {
    const name = `${JSON.stringify(key)}: `;
    return `${deeper}${name}${printed(one, deeper, name)}`;
  });
  return lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n${indent}}`;
}
