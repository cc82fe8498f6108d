/** Finds the contacts of many customers at once: in the census when there is one, else by asking Intercom. */
import { normaliseEmail } from "../../contacts/email.ts";
import type { IdentityInputs } from "../../contacts/identity.ts";
import { findContactByExternalId, searchContactsByEmail } from "../../intercom/contacts.ts";
import { IntercomContactMerged } from "../../intercom/failure.ts";
import type { Contact } from "../../model/contact.ts";
import { listFromCensus } from "../../pipeline/census.ts";
import type { SyncContext } from "../../pipeline/context.ts";

/** Answers the contacts that have these inputs' user id or e-mail. */
export type FindContacts = (inputs: IdentityInputs) => Promise<readonly Contact[]>;

/** Prepares the answers for a page of customers. */
export async function contactFinder(
  context: SyncContext,
  wanted: readonly IdentityInputs[],
  { census }: { readonly census: boolean },
): Promise<FindContacts> {
  return census ? fromCensus(context, wanted) : (inputs) => fromIntercom(context, inputs);
}

async function fromCensus({ pool }: SyncContext, wanted: readonly IdentityInputs[]): Promise<FindContacts> {
  const externalIds = wanted.map(({ userId }) => userId).filter((id) => id !== null);
  const emails = wanted.map(({ email }) => normaliseEmail(email)).filter((email) => email !== null);
  const contacts = await listFromCensus(pool, { externalIds: [...new Set(externalIds)], emails: [...new Set(emails)] });
  const byUserId = groupBy(contacts, ({ externalId }) => externalId);
  const byEmail = groupBy(contacts, ({ email }) => normaliseEmail(email));
  return ({ userId, email }) => {
    const found = [...(byUserId.get(userId ?? "") ?? []), ...(byEmail.get(normaliseEmail(email) ?? "") ?? [])];
    return Promise.resolve([...new Set(found)]);
  };
}

function groupBy(contacts: readonly Contact[], keyOf: (contact: Contact) => string | null): Map<string, Contact[]> {
  const groups = new Map<string, Contact[]>();
  for (const contact of contacts) {
    const key = keyOf(contact);
    if (key === null) continue;
    const group = groups.get(key);
    if (group) group.push(contact);
    else groups.set(key, [contact]);
  }
  return groups;
}

/** Asks by user id first, and by e-mail only when that finds nobody. */
async function fromIntercom({ intercom }: SyncContext, { userId, email }: IdentityInputs): Promise<readonly Contact[]> {
  const options = { lane: "backfill" } as const;
  if (userId !== null) {
    const contact = await findContactByExternalId(intercom, userId, options).catch((error: unknown) => {
      if (error instanceof IntercomContactMerged) return null;
      throw error;
    });
    if (contact) return [contact];
  }
  const normal = normaliseEmail(email);
  if (normal === null) return [];
  return searchContactsByEmail(intercom, [...new Set([normal, email?.trim() ?? normal])], options);
}
