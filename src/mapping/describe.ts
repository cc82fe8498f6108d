/** Station mapping: what the mapping says about one attribute, for people who ask where a value comes from. */
import { standardFields, type AttributeType, type StandardField } from "../model/attribute.ts";
import type { Profile, ProfileField } from "../model/profile.ts";
import { attributeName, baseAttributes, presets, presetVersion, type Preset } from "./preset.ts";

/** One line of the mapping. */
export type MappingLine = {
  /** As Intercom knows it: `stripe_plan`, or `email`. */
  readonly name: string;
  readonly type: AttributeType;
  readonly rule: string;
  readonly reads: readonly ProfileField[];
  /** Why there is no value; null where there always is one. */
  readonly whenEmpty: (profile: Profile) => string | null;
};

/** The mapping that asks for a value: preset and version, as it is kept with each write. */
export function mappingName(preset: Preset): string {
  return `${preset}@${presetVersion}`;
}

const standardRule =
  "Filled when it is empty in Intercom, and kept up to date as long as Intercom shows what Stripe said before; what people change there stays.";

function standardLine(field: StandardField): MappingLine {
  return {
    name: field,
    type: "string",
    rule: `The customer's ${field === "email" ? "e-mail" : field} in Stripe. ${standardRule}`,
    reads: [field],
    whenEmpty: () => `The Stripe customer has no ${field === "email" ? "e-mail" : field}.`,
  };
}

/** Every line of the mapping, standard fields first. */
export function listMappingLines(preset: Preset): readonly MappingLine[] {
  return linesOf[preset];
}

/** The line of an attribute, by its full name, its name without prefix, or its name in the other preset. */
export function findMappingLine(preset: Preset, name: string): MappingLine | undefined {
  const wanted = name.trim().toLowerCase();
  const key = presets.map((one) => attributeName(one, "")).find((prefix) => wanted.startsWith(prefix)) ?? "";
  const candidates = [wanted, attributeName(preset, wanted), attributeName(preset, wanted.slice(key.length))];
  return linesOf[preset].find((line) => candidates.includes(line.name));
}

/** What these attributes read, for the basis of a write; a name that the mapping no longer has reads nothing. */
export function readersOf(
  preset: Preset,
  names: readonly string[],
): readonly { readonly name: string; readonly reads: readonly ProfileField[] }[] {
  return names.map((name) => ({ name, reads: readsOf[preset].get(name) ?? [] }));
}

function makeLines(preset: Preset): readonly MappingLine[] {
  const mapped = baseAttributes.map(({ key, type, rule, reads, whenEmpty }): MappingLine => ({
    name: attributeName(preset, key),
    type,
    rule,
    reads,
    whenEmpty: (profile) => whenEmpty?.(profile) ?? null,
  }));
  return [...standardFields.map(standardLine), ...mapped];
}

const linesOf: Readonly<Record<Preset, readonly MappingLine[]>> = {
  stripe: makeLines("stripe"),
  billing: makeLines("billing"),
};

function makeReads(preset: Preset): ReadonlyMap<string, readonly ProfileField[]> {
  return new Map(linesOf[preset].map(({ name, reads }) => [name, reads]));
}

const readsOf: Readonly<Record<Preset, ReadonlyMap<string, readonly ProfileField[]>>> = {
  stripe: makeReads("stripe"),
  billing: makeReads("billing"),
};
