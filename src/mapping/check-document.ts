/** Station mapping: what is wrong with a mapping document, found before it is saved. Pure; what the workspace has comes in. */
import {
  mappingDocument,
  type DocumentProblem,
  type MappedAttribute,
  type MappingDocument,
} from "../../contract/mapping.ts";
import { parseShape } from "../lib/shape-problems.ts";
import type { AttributeDefinition, AttributeType } from "../model/attribute.ts";
import { checkEvents } from "../model/moment-switch.ts";
import { nativeNameIn, typeClashes, type ExistingAttribute } from "./choose-preset.ts";
import { baseAttributes } from "./preset.ts";
import { compileMapping, sourceOf, typeOf, type Source } from "./mapping.ts";

export type CheckedDocument = {
  /** Undefined when there is any error. */
  readonly document: MappingDocument | undefined;
  readonly problems: readonly DocumentProblem[];
};

/** Intercom: custom attributes of contacts and companies together, per workspace (help article 179). */
const attributesMax = 250;

/** Names of Intercom's own fields of a contact: a custom attribute of that name would be read as them. */
const standardNames = new Set(
  "id type role name email phone avatar user_id external_id owner_id created_at updated_at signed_up_at last_seen_at last_contacted_at unsubscribed_from_emails location language browser os tags segments companies notes".split(
    " ",
  ),
);

/** Checks a document by itself: its shape, names, sources, expressions, types and forms. Never throws. */
export function checkDocument(input: unknown): CheckedDocument {
  const parsed = parseShape(mappingDocument, input);
  if ("problems" in parsed)
    return { document: undefined, problems: parsed.problems.map(({ path, problem }) => error(path, problem)) };
  const document = parsed.data;
  const company = document.companies?.attributes ?? [];
  const problems = [
    ...document.attributes.flatMap((attribute, index) => checkAttribute(attribute, `attributes[${index}]`)),
    ...company.flatMap((attribute, index) => checkAttribute(attribute, `companies.attributes[${index}]`)),
    ...checkNames(document),
    ...checkRetired(document),
    ...checkBudget(document),
    ...checkEvents(document.events, "stripe_"),
  ];
  const isBroken = problems.some(({ severity }) => severity === "error");
  return { document: isBroken ? undefined : document, problems };
}

/** The custom attributes that a workspace has, by model. */
export type WorkspaceAttributes = {
  readonly people: readonly ExistingAttribute[];
  readonly companies: readonly ExistingAttribute[];
};

/** Checks a document against what the workspace has already. */
export function checkAgainstWorkspace(
  document: MappingDocument,
  { people, companies }: WorkspaceAttributes,
): readonly DocumentProblem[] {
  const { definitions, companyDefinitions } = compileMapping(document, { name: "check" });
  const places = { people: pathsIn(document.attributes, "attributes"), companies: companyPaths(document) };
  return [
    ...clashesOf(definitions, people, places.people),
    ...clashesOf(companyDefinitions, companies, places.companies),
    ...takenBy("companies", definitions, companies, places.people),
    ...takenBy("people", companyDefinitions, people, places.companies),
    ...checkRoom([...definitions, ...companyDefinitions], [...people, ...companies]),
    ...besideNativeApp(document, people),
  ];
}

type Paths = ReadonlyMap<string, string>;

function pathsIn(attributes: readonly MappedAttribute[], list: string): Paths {
  return new Map(attributes.map(({ name }, index) => [name, `${list}[${index}].name`]));
}

function companyPaths({ companies }: MappingDocument): Paths {
  return pathsIn(companies?.attributes ?? [], "companies.attributes");
}

function clashesOf(
  definitions: readonly AttributeDefinition[],
  existing: readonly ExistingAttribute[],
  paths: Paths,
): readonly DocumentProblem[] {
  return typeClashes(definitions, existing).map(({ name, has, needs }) =>
    error(paths.get(name) ?? name, `Intercom has “${name}” as ${has}, and ${needs} is needed; it cannot change a type`),
  );
}

/** Intercom gives a name to people or to companies, never to both. */
function takenBy(
  model: keyof WorkspaceAttributes,
  definitions: readonly AttributeDefinition[],
  existing: readonly ExistingAttribute[],
  paths: Paths,
): readonly DocumentProblem[] {
  const taken = new Set(existing.map(({ name }) => name));
  return definitions
    .filter(({ name }) => taken.has(name))
    .map(({ name }) => error(paths.get(name) ?? name, `${model} have an attribute “${name}” in Intercom already`));
}

function checkRoom(
  definitions: readonly AttributeDefinition[],
  existing: readonly ExistingAttribute[],
): readonly DocumentProblem[] {
  const known = new Set(existing.map(({ name }) => name));
  const fresh = definitions.filter(({ name }) => !known.has(name)).length;
  if (existing.length + fresh <= attributesMax) return [];
  return [
    error(
      "attributes",
      `the workspace has ${existing.length} custom attributes, and ${fresh} would be added: Intercom takes ${attributesMax} in all. Switch some off, or archive what nobody uses`,
    ),
  ];
}

/** Intercom's native Stripe app writes `stripe_*` itself: two writers of one name undo each other. */
function besideNativeApp(
  { attributes }: MappingDocument,
  existing: readonly ExistingAttribute[],
): readonly DocumentProblem[] {
  const native = nativeNameIn(existing);
  if (native === undefined) return [];
  return attributes.flatMap(({ name, on }, index) =>
    on && name.startsWith("stripe_")
      ? [
          warning(
            `attributes[${index}].name`,
            `Intercom's native Stripe app is at work (${native}) and may own this name`,
          ),
        ]
      : [],
  );
}

function error(path: string, problem: string): DocumentProblem {
  return { path, problem, severity: "error" };
}

function warning(path: string, problem: string): DocumentProblem {
  return { path, problem, severity: "warning" };
}

function checkAttribute(attribute: MappedAttribute, path: string): readonly DocumentProblem[] {
  const source = sourceOf(attribute);
  if ("problem" in source) {
    const key = attribute.field === undefined ? "cel" : "field";
    return [error(`${path}.${key}`, source.problem)];
  }
  const problem = problemOfForm(attribute, source);
  if (problem !== null) return [error(path, problem)];
  return source.bareAmounts.map((field) =>
    warning(
      `${path}.cel`,
      `profile.${field} is in each customer's own currency; say which one is meant with profile.${currencyOf(field)}, or use profile.total_paid_reporting`,
    ),
  );
}

function currencyOf(field: string): string {
  return baseAttributes.find(({ key }) => key === field)?.currencyKey ?? "";
}

/** Whether the value can get its type, precision and format; null when it can. */
function problemOfForm(attribute: MappedAttribute, source: Source): string | null {
  const { precision, format, type: asked } = attribute;
  if (source.type === null && asked === undefined) return "the type must be said: what it will be is not known before";
  const isNumber = source.type === null || source.type === "integer" || source.type === "float";
  if (precision !== "exact" && !isNumber) return "only numbers can be rounded or put into bands";
  const banded = precision !== "exact" && "bands" in precision;
  if (banded && asked !== undefined && asked !== "string") return "a band is text: its type must be string";
  const type = typeOf(attribute, source);
  if (format !== "plain" && type !== "string") return `the format ${format} makes text: its type must be string`;
  if (format === "money" && !(isNumber && !banded)) return "the format money is for amounts";
  if (format === "date" && source.type !== "date") return "the format date is for dates";
  return banded || canBecome(source.type, type, attribute)
    ? null
    : `a value of type ${source.type ?? "unknown"} cannot be written as ${type}`;
}

function canBecome(from: AttributeType | null, to: AttributeType, { precision }: MappedAttribute): boolean {
  if (from === null || from === to || to === "string") return true;
  if (from === "integer") return to === "float";
  const isWhole = precision !== "exact" && "round" in precision && Number.isInteger(precision.round);
  return from === "float" && to === "integer" && isWhole;
}

/** Intercom compares names without regard to case. */
function checkNames({ attributes, companies }: MappingDocument): readonly DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  const people = new Map<string, string>();
  attributes.forEach(({ name }, index) => {
    problems.push(...checkName(name, { path: `attributes[${index}].name`, taken: people }));
  });
  const ofCompanies = new Map<string, string>();
  companies?.attributes.forEach(({ name }, index) => {
    const path = `companies.attributes[${index}].name`;
    problems.push(...checkName(name, { path, taken: ofCompanies }));
    const clash = people.get(name.toLowerCase());
    if (clash !== undefined) {
      problems.push(error(path, `${clash} has this name too; people and companies need different ones`));
    }
  });
  return problems;
}

function checkName(
  name: string,
  { path, taken }: { readonly path: string; readonly taken: Map<string, string> },
): readonly DocumentProblem[] {
  const key = name.toLowerCase();
  const other = taken.get(key);
  taken.set(key, path);
  if (other !== undefined) return [error(path, `“${name}” stands at ${other} already`)];
  if (name in Object.prototype) return [error(path, `“${name}” means something of its own here; choose another name`)];
  if (standardNames.has(key)) return [error(path, `“${name}” is a field of Intercom's own; choose another name`)];
  return [];
}

function checkRetired(document: MappingDocument): readonly DocumentProblem[] {
  const inUse = new Set(attributesOn(document).map(({ name }) => name));
  return document.retired.flatMap((name, index) =>
    inUse.has(name) ? [error(`retired[${index}]`, `“${name}” is still mapped`)] : [],
  );
}

/** What is written, of people and of companies. */
function attributesOn({ attributes, companies }: MappingDocument): MappingDocument["attributes"] {
  return [...attributes, ...(companies?.on ? companies.attributes : [])].filter(({ on }) => on);
}

function checkBudget(document: MappingDocument): readonly DocumentProblem[] {
  const on = attributesOn(document).length;
  if (on > attributesMax) {
    return [error("attributes", `${on} attributes are on; Intercom takes ${attributesMax} in a workspace`)];
  }
  return on > attributesMax * 0.8 ? [warning("attributes", `${on} of Intercom's ${attributesMax} attributes`)] : [];
}
