/** Careful readers for Stripe's JSON: what is absent or of another type is null, never a guess. */
import { isRecord } from "../lib/json.ts";

export type Raw = Readonly<Record<string, unknown>>;

export function textOf(raw: Raw, key: string): string | null {
  const value = raw[key];
  return typeof value === "string" && value !== "" ? value : null;
}

export function wholeOf(raw: Raw, key: string): number | null {
  const value = raw[key];
  return typeof value === "number" && Number.isSafeInteger(value) ? value : null;
}

export function flagOf(raw: Raw, key: string): boolean {
  return raw[key] === true;
}

/** A nested object, or an empty one. */
export function partOf(raw: Raw, key: string): Raw {
  const value = raw[key];
  return isRecord(value) ? value : {};
}

/** The id of a reference, expanded or not. */
export function idOf(raw: Raw, key: string): string | null {
  const value = raw[key];
  if (isRecord(value)) return textOf(value, "id");
  return textOf(raw, key);
}

/** The entries of a list object or an array. */
export function listOf(raw: Raw, key: string): readonly Raw[] {
  const value = raw[key];
  const items = isRecord(value) ? value["data"] : value;
  return Array.isArray(items) ? items.filter(isRecord) : [];
}

/** The entries of an array, whatever they are. */
export function entriesOf(raw: Raw, key: string): readonly unknown[] {
  const value: unknown = raw[key];
  return Array.isArray(value) ? value : [];
}

/** The texts of an array. */
export function textsOf(raw: Raw, key: string): readonly string[] {
  return entriesOf(raw, key).filter((entry) => typeof entry === "string");
}

/** A decimal that Stripe writes as text or number. */
export function decimalOf(raw: Raw, key: string): string | null {
  const value = raw[key];
  if (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value)) return value;
  return typeof value === "number" && Number.isFinite(value) ? String(value) : null;
}

/** String values of a metadata map. */
export function metadataOf(raw: Raw): Readonly<Record<string, string>> {
  const entries = Object.entries(partOf(raw, "metadata"));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
