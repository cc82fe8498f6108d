/** `previous_attributes`: what an update changed, in the values from before. */

type Fields = Readonly<Record<string, unknown>>;

/**
 * The changed fields with their old values, or undefined when nothing changed. A changed object shows only its changed
 * keys (a key that is new shows null); a changed array shows all of its old value. Keys that disappeared are shown too.
 */
export function previousAttributes(before: unknown, after: unknown): Fields | undefined {
  if (!isObject(before) || !isObject(after)) return undefined;
  let previous: Record<string, unknown> | undefined;
  for (const key in before) {
    if (same(before[key], after[key])) continue;
    previous ??= {};
    previous[key] = previousAttributes(before[key], after[key]) ?? before[key];
  }
  for (const key in after) {
    if (key in before) continue;
    previous ??= {};
    previous[key] = null;
  }
  return previous;
}

function same(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => same(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  return previousAttributes(left, right) === undefined;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
