/** Which permission of the Developer Hub a call needs, so that a refusal can say what to tick. */

type Need = { readonly path: RegExp; readonly read: string; readonly write: string };

/** First match wins; names as the Developer Hub shows them. */
const needs: readonly Need[] = [
  { path: /^\/contacts\/[^/]+\/tags/, read: "Read tags", write: "Write tags" },
  { path: /^\/tags/, read: "Read tags", write: "Write tags" },
  { path: /^\/events/, read: "Read events", write: "Write events" },
  { path: /^\/(contacts|companies)/, read: "Read users and companies", write: "Write users and companies" },
  { path: /^\/data_attributes/, read: "Read users and companies", write: "Write data attributes" },
  { path: /^\/(conversations|messages)/, read: "Read conversations", write: "Write conversations" },
  { path: /^\/ticket/, read: "Read tickets", write: "Write tickets" },
  { path: /^\/(admins|teams)/, read: "Read admins", write: "Write admins" },
  { path: /^\/data_connectors/, read: "Read data connectors", write: "Write data connectors" },
  { path: /^\/jobs/, read: "Read jobs", write: "Read jobs" },
];

/** The permission that this method on this path needs; null when we do not know. */
export function permissionFor(method: string, path: string): string | null {
  const need = needs.find((candidate) => candidate.path.test(path));
  if (need === undefined) return null;
  const reads = method === "GET" || (method === "POST" && path.endsWith("/search"));
  return reads ? need.read : need.write;
}
