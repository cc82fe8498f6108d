/** The name of a changed field, as our copies of Stripe's objects spell it, taken apart for people. */

/** `key` looks a name up; `unit` says how the number in it counts. */
export type ReadField = { readonly key: string; readonly unit: "seconds" | "minor" | null };

const suffixes = [
  ["S", "seconds"],
  ["Minor", "minor"],
] as const;

/** `items[0].periodEndS` → key `period_end`, in unix seconds. What the business keeps in metadata stays as it is. */
export function readField(field: string): ReadField {
  if (field.startsWith("metadata.")) return { key: field, unit: null };
  const name = field.slice(field.lastIndexOf(".") + 1);
  const [suffix, unit] = suffixes.find(([end]) => name.length > end.length && name.endsWith(end)) ?? ["", null];
  const bare = name.slice(0, name.length - suffix.length);
  return { key: bare.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), unit };
}
