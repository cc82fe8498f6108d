/** Finds a field of the catalogue by its name or its meaning. */
import type { MappingField } from "../../../../contract/mapping.ts";

/** Those in which every word of the text occurs; those that have all of it in their name come first. */
export function searchFields(fields: readonly MappingField[], text: string): readonly MappingField[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const occursIn = (hay: string): boolean => words.every((word) => hay.includes(word));
  const nameOf = ({ field }: MappingField): string => `${field} ${field.replaceAll("_", " ")}`.toLowerCase();
  const found = fields.filter((one) => occursIn(`${nameOf(one)} ${one.help.toLowerCase()}`));
  return [...found.filter((one) => occursIn(nameOf(one))), ...found.filter((one) => !occursIn(nameOf(one)))];
}
