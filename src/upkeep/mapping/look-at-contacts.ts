/** Goes through the linked contacts page by page and finds which of them show something else than a mapping asks for. */
import { diffContact } from "../../contacts/known.ts";
import { listLinked, type Identified } from "../../contacts/store.ts";
import { evaluateMapping, type Mapping } from "../../mapping/mapping.ts";
import { customerKeyText, type CustomerKey } from "../../model/customer-key.ts";
import type { AttributeValue } from "../../model/contact.ts";
import { Contexts } from "../../pipeline/context.ts";
import type { ProductCache } from "../../pipeline/load-customer.ts";
import { loadStoredPeople } from "../../pipeline/person.ts";

/** Small enough that a page with all its payments fits well into memory. */
const pageSize = 200;

/** One attribute of one contact that would be written. */
export type Change = readonly [name: string, before: AttributeValue, after: AttributeValue];

export type Affected = {
  readonly customer: CustomerKey;
  readonly changes: readonly Change[];
  /** False when something must be read from Stripe first, so that only the customer's own job can tell what changes. */
  readonly isComplete: boolean;
};

export type LookedPage = {
  /** The last contact of the page. */
  readonly cursor: string;
  readonly looked: number;
  readonly affected: readonly Affected[];
};

export type Looking = {
  readonly contexts: Contexts;
  readonly mapping: Mapping;
  readonly products: ProductCache;
};

/** The next page of contacts after this one; undefined after the last. Reads what is stored, and asks no vendor. */
export async function lookAtPage(looking: Looking, after: string): Promise<LookedPage | undefined> {
  const contexts = withMapping(looking.contexts, looking.mapping);
  const leaders = await listLinked(contexts.main.pool, { after, limit: pageSize });
  const cursor = leaders.at(-1)?.identity.contactId ?? null;
  if (cursor === null) return undefined;
  const people = await loadStoredPeople(contexts, looking.products, leaders);
  const affected = leaders.flatMap((leader): readonly Affected[] => {
    const { customer } = leader;
    const found = people.get(customerKeyText(customer));
    const changes = found ? changesOf(leader, evaluateMapping(looking.mapping, found.person.profile)) : [];
    const isComplete = found?.isComplete === true;
    return changes.length === 0 && isComplete ? [] : [{ customer, changes, isComplete }];
  });
  return { cursor, looked: leaders.length, affected };
}

function changesOf({ identity }: Identified, desired: ReturnType<typeof evaluateMapping>): readonly Change[] {
  const { known } = identity;
  const patch = known && diffContact(known, desired);
  return Object.entries(patch?.customAttributes ?? {}).map(([name, value]): Change => [
    name,
    known?.custom[name] ?? null,
    value,
  ]);
}

/** The same accounts under another mapping: who speaks for a person may depend on it. */
function withMapping({ all }: Contexts, mapping: Mapping): Contexts {
  return new Contexts(all.map((context) => ({ ...context, mapping: () => mapping })));
}
