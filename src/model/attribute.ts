/** An attribute of an Intercom contact, as the mapping asks for it. */
import type { AttributeValue } from "./contact.ts";

/** Intercom's types of custom attributes that we use; dates are unix seconds. */
export type AttributeType = "string" | "integer" | "float" | "boolean" | "date";

/** What has to exist in Intercom before a value can be written. */
export type AttributeDefinition = {
  readonly name: string;
  readonly type: AttributeType;
  readonly description: string;
};

/** The standard fields of a contact that the mapping fills. */
export const standardFields = ["email", "name", "phone"] as const;
export type StandardField = (typeof standardFields)[number];

/** The contact that the mapping asks for. */
export type DesiredContact = {
  readonly standard: Readonly<Record<StandardField, string | null>>;
  /** Every mapped custom attribute by name; null clears it. */
  readonly custom: Readonly<Record<string, AttributeValue>>;
  /** Those of them that others may change too: what they write stays until billing changes. */
  readonly shared: ReadonlySet<string>;
};
