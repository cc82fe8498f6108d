/** What nodes tell each other, as the text of a NOTIFY: who says it, and pairs of topic and payload. */
import { isRecord, parseJson } from "../lib/json.ts";

/** jobs: customers are due (payload: lane) · waiting-events: Stripe must be asked · pauses: somebody paused or resumed · nodes: one came or goes · effects: outside effects wait · products: names changed (payload: id) · mapping, rules: another version is in force · turns: runs of rules are due */
export const topics = [
  "jobs",
  "waiting-events",
  "pauses",
  "nodes",
  "effects",
  "products",
  "mapping",
  "rules",
  "turns",
] as const;
export type Topic = (typeof topics)[number];

export type Hint = readonly [topic: Topic, payload: string | null];

/** PostgreSQL takes fewer than 8,000 bytes. */
const bytesMax = 7_900;

/** As few texts as possible; a hint that is too long for one loses its payload, which says "look for yourself". */
export function joinHints(node: string, hints: readonly Hint[]): readonly string[] {
  const textOf = (some: readonly Hint[]): string => JSON.stringify({ node, hints: some });
  const fits = (some: readonly Hint[]): boolean => Buffer.byteLength(textOf(some)) <= bytesMax;
  const groups: Hint[][] = [];
  for (const hint of hints) {
    const short: Hint = fits([hint]) ? hint : [hint[0], null];
    const last = groups.at(-1);
    if (last && fits([...last, short])) last.push(short);
    else groups.push([short]);
  }
  return groups.map(textOf);
}

/** What a text says; undefined when it is not one of ours. Topics of another version are left out. */
export function splitHints(text: string): { readonly node: string; readonly hints: readonly Hint[] } | undefined {
  const value = parseJson(text);
  if (!isRecord(value) || typeof value["node"] !== "string" || !Array.isArray(value["hints"])) return undefined;
  return { node: value["node"], hints: value["hints"].flatMap((hint) => readHint(hint)) };
}

function readHint(hint: unknown): readonly Hint[] {
  if (!Array.isArray(hint)) return [];
  const [name, payload]: readonly unknown[] = hint;
  const topic = topics.find((known) => known === name);
  if (topic === undefined) return [];
  return [[topic, typeof payload === "string" ? payload : null]];
}
