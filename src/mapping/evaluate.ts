/** Station mapping: from a profile to the contact that Intercom should show. */
import type { AttributeDefinition, DesiredContact } from "../model/attribute.ts";
import type { AttributeValue } from "../model/contact.ts";
import type { Profile } from "../model/profile.ts";
import { attributeName, baseAttributes, type Preset } from "./preset.ts";

/** Intercom cuts no text, it refuses it (help article 179). */
const textLengthMax = 255;

/** The contact that this profile asks for. Never throws. */
export function evaluateMapping(preset: Preset, profile: Profile): DesiredContact {
  const custom = baseAttributes.map(({ key, value }): [string, AttributeValue] => [
    attributeName(preset, key),
    fit(value(profile)),
  ]);
  return {
    standard: { email: profile.email, name: fitText(profile.name), phone: fitText(profile.phone) },
    custom: Object.fromEntries(custom),
  };
}

/** What has to exist in Intercom before the mapping can write. */
export function attributeDefinitions(preset: Preset): readonly AttributeDefinition[] {
  return baseAttributes.map(({ key, type, help }) => ({
    name: attributeName(preset, key),
    type,
    description: help,
  }));
}

function fit(value: AttributeValue): AttributeValue {
  return typeof value === "string" ? fitText(value) : value;
}

function fitText(text: string | null): string | null {
  if (text === null || text.length <= textLengthMax) return text;
  // A cut between two halves of one character would leave a broken one.
  return `${text.slice(0, textLengthMax - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
