/** JSON at the edges of what we trust: parsing text that is not ours, and text that we stored ourselves. */

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [key: string]: JsonValue | undefined };

/** Parses text from outside; what is not JSON is `undefined`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True for `{…}`: not null, not an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads back what this program wrote as `JSON.stringify(x as T)`; the column is written by one place only. */
export function parseStored<T>(text: string): T {
  return JSON.parse(text) as T; // oxlint-disable-line no-unsafe-type-assertion -- see above
}

/** Deep equality of JSON values; an absent key equals null, as Stripe writes both for "none". */
export function sameJson(a: unknown, b: unknown): boolean {
  const left = a ?? null;
  const right = b ?? null;
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) return sameArrays(left, right);
  return isRecord(left) && isRecord(right) && sameRecords(left, right);
}

function sameRecords(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (!sameJson(a[key], b[key])) return false;
  }
  return true;
}

function sameArrays(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
}
