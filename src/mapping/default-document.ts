/** Station mapping: the document that every connection starts with, and that people change. */
import { mappingDocument, type MappingDocument } from "../../contract/mapping.ts";
import { compileMapping, type Mapping } from "./mapping.ts";
import { baseAttributes, nameInPreset, presetVersion, presets, type Preset } from "./preset.ts";
import { purposes } from "./purposes.ts";

/** All fields of the profile under this prefix; those that hold personal data, or that few businesses have, are off. */
export function presetDocument(preset: Preset): MappingDocument {
  return mappingDocument.parse({
    version: 1,
    attributes: baseAttributes.map((field) => ({
      name: nameInPreset(preset, field),
      field: field.key,
      purpose: purposes[field.key] ?? field.help,
      on: field.isOff !== true,
    })),
  });
}

/** The mapping in force while nobody has saved one. */
export function presetMapping(preset: Preset): Mapping {
  return made[preset];
}

const made: Readonly<Record<Preset, Mapping>> = { stripe: make("stripe"), billing: make("billing") };

function make(preset: Preset): Mapping {
  return compileMapping(presetDocument(preset), { name: `${preset}@${presetVersion}` });
}

/** The prefix whose preset this is; null for a document that somebody saved. */
export function presetOf(mapping: Mapping): Preset | null {
  return presets.find((preset) => made[preset] === mapping) ?? null;
}
