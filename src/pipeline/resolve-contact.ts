/** Finds the contact of a customer who has no link yet, or makes one when the settings say so. */
import {
  chooseByEmail,
  mayCreate,
  type IdentityInputs,
  type IdentityReason,
  type IdentityState,
  type MatchedBy,
} from "../contacts/identity.ts";
import { normaliseEmail } from "../contacts/email.ts";
import { createContact, findContactByExternalId, getContact, searchContactsByEmail } from "../intercom/contacts.ts";
import { IntercomConflict, IntercomContactMerged, IntercomNotFound, IntercomRejected } from "../intercom/failure.ts";
import type { DesiredContact } from "../model/attribute.ts";
import type { Contact, ContactDraft, CustomAttributes } from "../model/contact.ts";
import type { Lane } from "../model/lane.ts";
import type { SyncContext } from "./context.ts";

/** What became of the search. */
export type Resolved =
  | { readonly kind: "found"; readonly contact: Contact; readonly matchedBy: MatchedBy }
  | { readonly kind: "created"; readonly contact: Contact; readonly sent: CustomAttributes }
  | { readonly kind: "nobody"; readonly state: Exclude<IdentityState, "linked">; readonly reason: IdentityReason };

export type Wanted = {
  readonly inputs: IdentityInputs;
  readonly desired: DesiredContact;
  readonly lane: Lane;
  readonly mayCreate: boolean;
};

/** Looks by user id, then by e-mail, and creates last. Never guesses: see the table in contacts/identity.ts. */
export async function resolveContact(context: SyncContext, wanted: Wanted): Promise<Resolved> {
  const { inputs, lane } = wanted;
  const byUserId = inputs.userId === null ? null : await findByUserId(context, inputs.userId, lane);
  if (byUserId) return { kind: "found", contact: byUserId, matchedBy: "user_id" };
  const choice = chooseByEmail(await findByEmail(context, inputs.email, lane), inputs);
  if (choice.kind === "match") return { kind: "found", contact: choice.contact, matchedBy: "email" };
  if (choice.kind === "quarantine") return { kind: "nobody", state: "quarantined", reason: choice.reason };
  const refusal = mayCreate(inputs);
  if (refusal) return { kind: "nobody", state: "left_out", reason: refusal.reason };
  if (!wanted.mayCreate) return { kind: "nobody", state: "archived", reason: "contact_archived" };
  return create(context, wanted);
}

async function findByUserId({ intercom }: SyncContext, userId: string, lane: Lane): Promise<Contact | null> {
  try {
    return await findContactByExternalId(intercom, userId, { lane });
  } catch (error) {
    if (!(error instanceof IntercomContactMerged) || error.canonicalContactId === null) throw error;
    return getContact(intercom, error.canonicalContactId, { lane });
  }
}

/** Asks for the address as it is and in its normal form: whether Intercom's search minds the case is not documented. */
async function findByEmail({ intercom }: SyncContext, email: string | null, lane: Lane): Promise<readonly Contact[]> {
  const normal = normaliseEmail(email);
  if (normal === null) return [];
  const asked = new Set([normal, email?.trim() ?? normal]);
  return searchContactsByEmail(intercom, [...asked], { lane });
}

async function create(context: SyncContext, { inputs, desired, lane }: Wanted): Promise<Resolved> {
  const draft = draftOf(inputs, desired);
  try {
    const contact = await createOrDropField(context, draft, lane);
    return { kind: "created", contact, sent: draft.customAttributes ?? {} };
  } catch (error) {
    if (!(error instanceof IntercomConflict) || error.existingContactId === null) throw error;
    if (error.archived) return { kind: "nobody", state: "archived", reason: "contact_archived" };
    return adopt(context, { contactId: error.existingContactId, inputs, lane });
  }
}

/** A phone number that Intercom does not like must not keep the billing data away. */
async function createOrDropField({ intercom }: SyncContext, draft: ContactDraft, lane: Lane): Promise<Contact> {
  try {
    return await createContact(intercom, draft, { lane });
  } catch (error) {
    if (!(error instanceof IntercomRejected) || !blamesPhone(error) || draft.phone === undefined) throw error;
    const { phone: _, ...rest } = draft;
    return createContact(intercom, { ...rest, role: "user" }, { lane });
  }
}

/** True when Intercom refused the phone number, not the rest. */
export function blamesPhone(error: IntercomRejected): boolean {
  return error.field === "phone" || /\bphone\b/i.test(error.message);
}

function draftOf({ userId, email }: IdentityInputs, { standard, custom }: DesiredContact): ContactDraft {
  const address = normaliseEmail(email);
  const set = Object.entries(custom).filter(([, value]) => value !== null);
  return {
    role: "user",
    ...(userId === null ? {} : { externalId: userId }),
    ...(address === null ? {} : { email: address }),
    ...(standard.name === null ? {} : { name: standard.name }),
    ...(standard.phone === null ? {} : { phone: standard.phone }),
    customAttributes: Object.fromEntries(set),
  };
}

/** Intercom says that the contact exists, which its search did not know yet. It is ours only if its ids say so. */
async function adopt(
  { intercom }: SyncContext,
  { contactId, inputs, lane }: { readonly contactId: string; readonly inputs: IdentityInputs; readonly lane: Lane },
): Promise<Resolved> {
  try {
    const contact = await getContact(intercom, contactId, { lane });
    const isOurs = contact.externalId === null ? isSameAddress(contact, inputs) : contact.externalId === inputs.userId;
    const sharesAddress = inputs.userId === null && isSameAddress(contact, inputs);
    if (isOurs || sharesAddress) return { kind: "found", contact, matchedBy: "conflict" };
    return { kind: "nobody", state: "quarantined", reason: "email_of_another_user" };
  } catch (error) {
    if (error instanceof IntercomNotFound) return { kind: "nobody", state: "archived", reason: "contact_archived" };
    throw error;
  }
}

function isSameAddress({ role, email }: Contact, inputs: IdentityInputs): boolean {
  return role === "user" && email !== null && normaliseEmail(email) === normaliseEmail(inputs.email);
}
