/** From the place of a problem to the part of the page where it can be put right. */
import type { AttributePlace } from "./mapping-draft.ts";

export const mappingTabs = ["attributes", "companies", "events", "usage", "plan", "history"] as const;
export type MappingTab = (typeof mappingTabs)[number];

export type Place = { readonly tab: MappingTab; readonly attribute: (AttributePlace & { index: number }) | null };

const personAttribute = /^attributes\[(\d+)\]/;
const companyAttribute = /^companies\.attributes\[(\d+)\]/;

const tabsByStart: readonly (readonly [string, MappingTab])[] = [
  ["attributes", "attributes"],
  ["retired", "attributes"],
  ["companies", "companies"],
  ["events", "events"],
  ["usage", "usage"],
];

/** Where a path of the document is shown. */
export function placeOf(path: string): Place {
  const [, person] = personAttribute.exec(path) ?? [];
  if (person !== undefined) return { tab: "attributes", attribute: { holder: "people", index: Number(person) } };
  const [, company] = companyAttribute.exec(path) ?? [];
  if (company !== undefined) return { tab: "companies", attribute: { holder: "companies", index: Number(company) } };
  return { tab: tabsByStart.find(([start]) => path.startsWith(start))?.[1] ?? "plan", attribute: null };
}

/** The name of the moment that a path speaks of; null for other paths. */
export function momentIn(path: string): string | null {
  return /^events\.([a-z_]+)/.exec(path)?.[1] ?? null;
}
