/** Station mapping: a mapping in force: what a contact is to show, what has to exist for it, and where each value comes from. */
import type { MappedAttribute, MappingDocument } from "../../contract/mapping.ts";
import {
  standardFields,
  type AttributeDefinition,
  type AttributeType,
  type DesiredContact,
  type StandardField,
} from "../model/attribute.ts";
import type { AttributeValue } from "../model/contact.ts";
import { isUnknown, type Profile, type ProfileField, type Unknown } from "../model/profile.ts";
import { readExpression } from "./expression.ts";
import { baseAttributes, presets } from "./preset.ts";
import { fitText, formed, type Form, type Raw } from "./values.ts";

/** One line of the mapping. */
export type MappingLine = {
  /** As Intercom knows it: `stripe_plan`, or `email`. */
  readonly name: string;
  readonly type: AttributeType;
  readonly rule: string;
  readonly purpose: string;
  readonly reads: readonly ProfileField[];
  /** Why there is no value; null where there always is one. */
  readonly whenEmpty: (profile: Profile) => string | null;
};

/** An attribute that is switched on, ready to be worked out. */
export type CompiledAttribute = MappingLine & {
  readonly description: string;
  readonly isUrgent: boolean;
  readonly isShared: boolean;
  /** Never throws: what cannot be known, or does not fit, is null. */
  readonly value: (profile: Profile) => AttributeValue;
};

/** The mapping in force. */
export type Mapping = {
  /** As it is kept with each write: `stripe@2` for a preset, `mapping@7` for the seventh version of a document. */
  readonly name: string;
  /** Of the document; 0 for a preset, and for one that is only tried. */
  readonly version: number;
  readonly document: MappingDocument;
  readonly attributes: readonly CompiledAttribute[];
  /** Those of companies; none while companies are off. */
  readonly companyAttributes: readonly CompiledAttribute[];
  /** Every line, standard fields first. */
  readonly lines: readonly MappingLine[];
  /** What has to exist in Intercom before it can write. */
  readonly definitions: readonly AttributeDefinition[];
  readonly companyDefinitions: readonly AttributeDefinition[];
  /** The keys of the customer's metadata that it looks at; undefined for all. */
  readonly metadataKeys: readonly string[] | undefined;
  /** Names of attributes that others may change too. */
  readonly shared: ReadonlySet<string>;
  /** By name, what each line reads. */
  readonly reads: ReadonlyMap<string, readonly ProfileField[]>;
  /** Names that it writes no more and whose values are being taken out of Intercom. */
  readonly retiring: readonly string[];
};

/** The contact that this profile asks for. Never throws. */
export function evaluateMapping(mapping: Mapping, profile: Profile): DesiredContact {
  const custom: Record<string, AttributeValue> = {};
  for (const { name, value } of mapping.attributes) custom[name] = value(profile);
  for (const name of mapping.retiring) custom[name] = null;
  return {
    standard: { email: profile.email, name: fitText(profile.name), phone: fitText(profile.phone) },
    custom,
    shared: mapping.shared,
  };
}

type CompileOptions = { readonly name: string; readonly version?: number; readonly retiring?: readonly string[] };

/** Makes a mapping of a document that was checked. Throws on what the check refuses. */
export function compileMapping(
  document: MappingDocument,
  { name, version = 0, retiring = [] }: CompileOptions,
): Mapping {
  const attributes = document.attributes.filter(({ on }) => on).map(compileAttribute);
  const { companies } = document;
  const companyAttributes = companies?.on ? companies.attributes.filter(({ on }) => on).map(compileAttribute) : [];
  const names = new Set([...attributes, ...companyAttributes].map((attribute) => attribute.name));
  const lines = [...standardFields.map(standardLine), ...attributes];
  return {
    name,
    version,
    document,
    attributes,
    companyAttributes,
    companyDefinitions: companyAttributes.map(toDefinition),
    lines,
    definitions: attributes.map(toDefinition),
    metadataKeys: document.metadataKeys && [...new Set([...document.metadataKeys, ...namedKeys(document)])],
    shared: new Set(attributes.filter(({ isShared }) => isShared).map((attribute) => attribute.name)),
    reads: new Map(lines.map((line) => [line.name, line.reads])),
    retiring: retiring.filter((one) => !names.has(one)),
  };
}

function toDefinition({ name, type, description }: CompiledAttribute): AttributeDefinition {
  return { name, type, description };
}

function namedKeys({ attributes, companies }: MappingDocument): readonly string[] {
  return [...attributes, ...(companies?.attributes ?? [])].flatMap(({ metadata }) => metadata ?? []);
}

/** What these attributes read, for the basis of a write; a name that the mapping no longer has reads nothing. */
export function readersOf(
  { reads }: Mapping,
  names: readonly string[],
): readonly { readonly name: string; readonly reads: readonly ProfileField[] }[] {
  return names.map((name) => ({ name, reads: reads.get(name) ?? [] }));
}

/** The line of an attribute, by its full name, its name without prefix, or its name in the other preset. */
export function findMappingLine({ lines }: Mapping, name: string): MappingLine | undefined {
  const wanted = name.trim().toLowerCase();
  const short = prefixes.map((prefix) => wanted.replace(prefix, "")).find((text) => text !== wanted) ?? wanted;
  const candidates = [wanted, short].flatMap((text) => [text, ...prefixes.map((prefix) => `${prefix}${text}`)]);
  return candidates
    .map((candidate) => lines.find((line) => line.name.toLowerCase() === candidate))
    .find((line) => line !== undefined);
}

const prefixes = presets.map((preset) => `${preset}_`);

const standardRule =
  "Filled when it is empty in Intercom, and kept up to date as long as Intercom shows what Stripe said before; what people change there stays.";

function standardLine(field: StandardField): MappingLine {
  const words = field === "email" ? "e-mail" : field;
  return {
    name: field,
    type: "string",
    rule: `The customer's ${words} in Stripe. ${standardRule}`,
    purpose: "Know who it is.",
    reads: [field],
    whenEmpty: () => `The Stripe customer has no ${words}.`,
  };
}

/** Where a value comes from, before it is given its form. */
export type Source = {
  readonly rule: string;
  readonly help: string;
  /** The type that the value has by itself; null when only its evaluation tells. */
  readonly type: AttributeType | null;
  readonly isAmount: boolean;
  /** Amounts that an expression looks at without their currency. */
  readonly bareAmounts: readonly string[];
  readonly reads: readonly ProfileField[];
  readonly raw: (profile: Profile) => Raw | Unknown;
  readonly whenEmpty: (profile: Profile) => string | null;
};

function compileAttribute(attribute: MappedAttribute): CompiledAttribute {
  const source = sourceOf(attribute);
  if ("problem" in source) throw new Error(`The attribute ${attribute.name} was not checked: ${source.problem}`);
  const form: Form = { ...attribute, type: typeOf(attribute, source) };
  const work = (profile: Profile): AttributeValue | Unknown => {
    const raw = source.raw(profile);
    return "unknown" in raw ? raw : formed(raw, form);
  };
  return {
    name: attribute.name,
    type: form.type,
    rule: [source.rule, ...formWords(form)].join(" "),
    purpose: attribute.purpose,
    description: attribute.description ?? source.help,
    reads: source.reads,
    isUrgent: attribute.lane === "urgent",
    isShared: attribute.ownership === "shared",
    value: (profile) => {
      const value = work(profile);
      return isReason(value) ? null : value;
    },
    whenEmpty: (profile) => {
      const value = work(profile);
      return isReason(value) ? value.unknown : source.whenEmpty(profile);
    },
  };
}

function isReason(value: AttributeValue | Unknown): value is Unknown {
  return typeof value === "object" && isUnknown(value);
}

/** Bands make text of a number; else it is what the document says, or what the source has. */
export function typeOf(attribute: MappedAttribute, source: Pick<Source, "type">): AttributeType {
  const { precision, type } = attribute;
  if (precision !== "exact" && "bands" in precision) return "string";
  return type ?? source.type ?? "string";
}

/** The source of an attribute, or what is wrong with it. */
export function sourceOf(attribute: MappedAttribute): Source | { readonly problem: string } {
  if (attribute.field !== undefined) return fieldSource(attribute.field);
  if (attribute.metadata !== undefined) return metadataSource(attribute.metadata);
  return expressionSource(attribute.cel ?? "");
}

const fieldsByKey = new Map(baseAttributes.map((field) => [field.key, field]));

function fieldSource(key: string): Source | { readonly problem: string } {
  const field = fieldsByKey.get(key);
  if (!field) return { problem: `the profile has no field “${key}”${hintFor(key)}` };
  const currency = field.currencyKey === undefined ? undefined : fieldsByKey.get(field.currencyKey);
  return {
    rule: field.rule,
    help: field.help,
    type: field.type,
    isAmount: currency !== undefined,
    bareAmounts: [],
    reads: [...new Set([...field.reads, ...(currency?.reads ?? [])])],
    raw: (profile) => ({ value: field.value(profile), currency: textOrNull(currency?.value(profile)) }),
    whenEmpty: (profile) => field.whenEmpty?.(profile) ?? null,
  };
}

function textOrNull(value: AttributeValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function metadataSource(key: string): Source {
  return {
    rule: `What the Stripe customer's metadata says under “${key}”.`,
    help: `From the Stripe customer's metadata: ${key}.`,
    type: null,
    isAmount: false,
    bareAmounts: [],
    reads: ["metadata"],
    // A key may be called like something that every object has, such as `constructor`.
    raw: ({ metadata }) => ({ value: Object.hasOwn(metadata, key) ? (metadata[key] ?? null) : null, currency: null }),
    whenEmpty: () => `The Stripe customer's metadata has no “${key}”.`,
  };
}

function expressionSource(text: string): Source | { readonly problem: string } {
  const expression = readExpression(text);
  if (isCelProblemOf(expression)) {
    const place = expression.position === null ? "" : ` (character ${expression.position})`;
    return { problem: `${expression.problem}${place}` };
  }
  return {
    rule: `The expression: ${text}`,
    help: "Worked out from billing by an expression.",
    type: expression.type,
    isAmount: false,
    bareAmounts: expression.bareAmounts,
    reads: expression.reads,
    raw: (profile) => {
      const value = expression.value(profile);
      return isReason(value) ? value : { value, currency: null };
    },
    whenEmpty: () => "The expression answers nothing.",
  };
}

type Read = ReturnType<typeof readExpression>;

function isCelProblemOf(read: Read): read is Extract<Read, { readonly problem: string }> {
  return "problem" in read;
}

/** The most similar field, for who has mistyped one. */
function hintFor(key: string): string {
  const wanted = key.toLowerCase();
  const near = [...fieldsByKey.keys()].find(
    (known) => known.includes(wanted) || wanted.includes(known) || sameLetters(known, wanted),
  );
  return near === undefined ? "" : `; did you mean “${near}”?`;
}

function sameLetters(a: string, b: string): boolean {
  const letters = (text: string): string => text.replaceAll(/[^a-z]/g, "");
  return letters(a) === letters(b);
}

function formWords({ precision, format }: Form): readonly string[] {
  const exactness =
    precision === "exact"
      ? []
      : "round" in precision
        ? [`Rounded to a multiple of ${precision.round}.`]
        : [`Only as a band between ${precision.bands.join(", ")}.`];
  return format === "plain" ? exactness : [...exactness, `Written as ${format}.`];
}
