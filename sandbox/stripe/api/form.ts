/** Reads form-encoded bodies and queries with Stripe's brackets: `items[0][price]=…`, `metadata[key]=…`, `expand[]=…`. */

export type FormValue = string | FormValue[] | { [key: string]: FormValue };
export type Form = { [key: string]: FormValue };

type Branch = Map<string, Branch | string>;

/** Turns the pairs into nested objects; objects whose keys are 0, 1, 2… (or empty) become arrays. */
export function parseForm(pairs: Iterable<readonly [string, string]>): Form {
  const root: Branch = new Map();
  for (const [key, value] of pairs) place(root, segmentsOf(key), value);
  return Object.fromEntries([...root].map(([key, branch]) => [key, grown(branch)]));
}

function segmentsOf(key: string): readonly string[] {
  const open = key.indexOf("[");
  if (open < 0) return [key];
  const rest = key.slice(open + 1).replace(/\]$/, "");
  return [key.slice(0, open), ...rest.split("][")];
}

function place(root: Branch, segments: readonly string[], value: string): void {
  let branch = root;
  segments.forEach((segment, depth) => {
    const key = segment === "" ? String(branch.size) : segment;
    if (depth === segments.length - 1) {
      branch.set(key, value);
      return;
    }
    const known = branch.get(key);
    const next: Branch = known instanceof Map ? known : new Map();
    branch.set(key, next);
    branch = next;
  });
}

function grown(branch: Branch | string): FormValue {
  if (typeof branch === "string") return branch;
  const keys = [...branch.keys()];
  if (keys.every((key) => /^\d+$/.test(key))) return [...branch.values()].map(grown);
  return Object.fromEntries([...branch].map(([key, child]) => [key, grown(child)]));
}
