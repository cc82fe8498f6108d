/** What a mapping would change, without changing anything: counts and examples by attribute. */
import type { MappingDiff, MappingDiffLine } from "../../../contract/mapping.ts";
import { countLinked } from "../../contacts/store.ts";
import type { Mapping } from "../../mapping/mapping.ts";
import type { Contexts } from "../../pipeline/context.ts";
import { ProductCache } from "../../pipeline/load-customer.ts";
import { lookAtPage, type Affected } from "./look-at-contacts.ts";

const examplesMax = 3;

export type DiffOptions = {
  /** Contacts to look at, at most. */
  readonly contactsMax: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (looked: number, contacts: number) => void;
};

type Line = { contacts: number; readonly examples: MappingDiffLine["examples"] };

/** Compares what contacts show with what the mapping would ask for. */
export async function diffMapping(
  contexts: Contexts,
  { mapping, inForce }: { readonly mapping: Mapping; readonly inForce: Mapping },
  { contactsMax, signal, onProgress }: DiffOptions,
): Promise<MappingDiff> {
  const contacts = await countLinked(contexts.main.pool);
  const lines = new Map<string, Line>();
  const products = new ProductCache();
  let looked = 0;
  let affected = 0;
  for (let after = ""; looked < contactsMax;) {
    signal?.throwIfAborted();
    const page = await lookAtPage({ contexts, mapping, products }, after);
    if (!page) break;
    looked += page.looked;
    affected += page.affected.filter(({ changes }) => changes.length > 0).length;
    for (const one of page.affected) note(lines, one);
    onProgress?.(looked, Math.max(looked, contacts));
    after = page.cursor;
  }
  const before = new Set(inForce.definitions.map(({ name }) => name));
  return {
    contacts: Math.max(looked, contacts),
    looked,
    affected,
    lines: [...lines]
      .map(([name, line]) => ({ name, ...line }))
      .toSorted((a, b) => b.contacts - a.contacts || a.name.localeCompare(b.name)),
    added: mapping.definitions.map(({ name }) => name).filter((name) => !before.has(name)),
    retired: [...mapping.retiring],
  };
}

function note(lines: Map<string, Line>, { customer, changes }: Affected): void {
  for (const [name, before, after] of changes) {
    const line = lines.get(name) ?? { contacts: 0, examples: [] };
    line.contacts += 1;
    if (line.examples.length < examplesMax) line.examples.push({ customerId: customer.customerId, before, after });
    lines.set(name, line);
  }
}
