/** How `dunlin mapping` prints: a preview, differences, a rollout. Pure. */
import type {
  MappingBoard,
  MappingDiff,
  MappingField,
  MappingPreview,
  MappingRollout,
} from "../../contract/mapping.ts";
import type { AttributeValue } from "../model/contact.ts";
import { tableLines } from "./table.ts";
import { utcText } from "./times.ts";

/** The fields that attributes can be made of. */
export function fieldLines(fields: readonly MappingField[]): readonly string[] {
  return tableLines([["FIELD", "TYPE", "WHAT IT SAYS"], ...fields.map(({ field, type, help }) => [field, type, help])]);
}

/** What one contact shows and would show; what differs is marked. */
export function previewLines({ customer, contactId, lines }: MappingPreview): readonly string[] {
  const title = customer.label === null ? customer.customerId : `${customer.label} (${customer.customerId})`;
  const rows = lines.map(({ name, type, shown, desired, whyEmpty }) => [
    sameValue(shown, desired) ? " " : "~",
    name,
    typedText(shown, type),
    typedText(desired, type),
    desired === null ? (whyEmpty ?? "") : "",
  ]);
  return [
    `${title}${contactId === null ? ", without a contact in Intercom" : ""}`,
    "",
    ...tableLines([["", "ATTRIBUTE", "SHOWN", "WOULD SHOW", "WHY EMPTY"], ...rows]),
  ];
}

function sameValue(a: AttributeValue, b: AttributeValue): boolean {
  return (a ?? null) === (b ?? null);
}

/** What saving a document would change: how many contacts, and by attribute with examples. */
export function diffLines({ contacts, looked, affected, lines, added, retired }: MappingDiff): readonly string[] {
  const part = looked < contacts ? ` (of ${contacts}; the others were not looked at)` : "";
  return [
    `${affected} of ${looked} contacts would be written${part}.`,
    ...(added.length > 0 ? [`New in Intercom: ${added.join(", ")}`] : []),
    ...(retired.length > 0 ? [`Taken out of Intercom and archived: ${retired.join(", ")}`] : []),
    ...(lines.length > 0 ? [""] : []),
    ...tableLines(
      [
        ...(lines.length > 0 ? [["CONTACTS", "ATTRIBUTE", "FOR EXAMPLE"]] : []),
        ...lines.map(({ name, contacts: count, examples }) => [String(count), name, exampleText(examples[0])]),
      ],
      { right: [0] },
    ),
  ];
}

function exampleText(example: MappingDiff["lines"][number]["examples"][number] | undefined): string {
  if (!example) return "";
  return `${example.customerId}: ${valueText(example.before)} → ${valueText(example.after)}`;
}

function typedText(value: AttributeValue, type: MappingPreview["lines"][number]["type"]): string {
  if (type !== "date" || typeof value !== "number") return valueText(value);
  return new Date(value * 1000).toISOString().replace("T", " ").replace(".000Z", " UTC");
}

/** One value as a person reads it. */
export function valueText(value: AttributeValue): string {
  if (value === null) return "–";
  return typeof value === "string" ? value : String(value);
}

/** How far the rollout is, as one line. */
export function rolloutLine(rollout: MappingRollout): string {
  const { version, phase, contacts, looked, affected, waiting } = rollout;
  switch (phase) {
    case "preparing":
      return `Version ${version}: its attributes are made in Intercom.`;
    case "looking":
      return `Version ${version}: ${looked} of ${contacts} contacts looked at, ${affected} to be written.`;
    case "writing":
      return `Version ${version}: ${Math.max(0, affected - waiting)} of ${affected} contacts written.`;
    case "retiring":
      return `Version ${version}: attributes that are mapped no more are archived.`;
    case "done":
      return `Version ${version} is on all contacts: ${affected} of ${contacts} were written.`;
    case "superseded":
      return `Version ${version} was replaced by a newer one.`;
  }
}

/** The versions, newest first. */
export function versionLines({ versions }: Pick<MappingBoard, "versions">): readonly string[] {
  if (versions.length === 0)
    return ["No mapping was saved yet; the preset is in force. Begin with: dunlin mapping show > mapping.yaml"];
  return tableLines([
    ["VERSION", "SAVED", "BY", "NOTE"],
    ...versions.map(({ version, savedAt, savedBy, note }) => [String(version), utcText(savedAt), savedBy, note ?? ""]),
  ]);
}
