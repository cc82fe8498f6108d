/** `previous_attributes`: what an update changed, in the values from before. */

type Fields = Readonly<Record<string, unknown>>;

/**
 * The changed fields with their old values, or undefined when nothing changed. A changed object shows only its changed
 * keys (a key that is new shows null); a changed array shows all of its old value. Keys that disappeared are shown too.
 */
export function previousAttributes(before: object, after: object): Fields | undefined {
  const [old, now] = [fields(before), fields(after)];
  const previous: Record<string, unknown> = {};
  for (const key of Object.keys({ ...old, ...now })) {
    if (same(old[key], now[key])) continue;
    previous[key] = previousValue(old[key], now[key]);
  }
  return Object.keys(previous).length === 0 ? undefined : previous;
}

function previousValue(old: unknown, now: unknown): unknown {
  if (isObject(old) && isObject(now)) return previousAttributes(old, now) ?? null;
  return old ?? null;
}

function same(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => same(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys({ ...left, ...right });
  return keys.every((key) => same(left[key], right[key]));
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fields(object: object): Fields {
  return Object.fromEntries(Object.entries(object));
}
