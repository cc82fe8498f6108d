/** Finds the contact of a customer who has no link yet, or makes one when the settings say so. */
import {
  chooseByEmail,
  mayCreate,
  proposalOf,
  type IdentityInputs,
  type IdentityReason,
  type IdentityState,
  type MatchedBy,
  type Proposal,
} from "../contacts/identity.ts";
import { normaliseEmail } from "../contacts/email.ts";
import {
  createContact,
  findContactByExternalId,
  getContact,
  searchContactsByEmail,
  type CallOptions,
  type ContactWritten,
} from "../intercom/contacts.ts";
import { IntercomConflict, IntercomContactMerged, IntercomNotFound, IntercomRejected } from "../intercom/failure.ts";
import type { DesiredContact } from "../model/attribute.ts";
import { AppError } from "../model/error.ts";
import type { Contact, ContactDraft, CustomAttributes } from "../model/contact.ts";
import type { Lane } from "../model/lane.ts";
import { findInCensus } from "./census.ts";
import type { SyncContext } from "./context.ts";

/** What became of the search. */
export type Resolved =
  | {
      readonly kind: "found";
      readonly contact: Contact;
      readonly matchedBy: MatchedBy;
      /** From a list that may be some hours old. */
      readonly isSeen: boolean;
    }
  | {
      readonly kind: "created";
      readonly contact: Contact;
      readonly sent: CustomAttributes;
      readonly requestId: string | null;
    }
  | { readonly kind: "archived"; readonly contactId: string }
  | {
      readonly kind: "nobody";
      readonly state: Exclude<IdentityState, "linked">;
      readonly reason: IdentityReason;
      /** Who could be meant. */
      readonly proposals: readonly Proposal[];
    };

export type Wanted = {
  readonly inputs: IdentityInputs;
  readonly desired: DesiredContact;
  readonly lane: Lane;
  readonly mayCreate: boolean;
  /** Rejects when another node has taken over. */
  readonly guard: () => Promise<void>;
};

/** Looks by user id, then by e-mail, and creates last. Never guesses: see the table in contacts/identity.ts. */
export async function resolveContact(context: SyncContext, wanted: Wanted): Promise<Resolved> {
  return resolveAmong(context, wanted, await seenByCensus(context, wanted));
}

async function resolveAmong(context: SyncContext, wanted: Wanted, seen: readonly Contact[] | null): Promise<Resolved> {
  const { inputs, lane } = wanted;
  const byUserId = await ofUserId(context, inputs.userId, { seen, lane });
  if (byUserId) return { kind: "found", contact: byUserId, matchedBy: "user_id", isSeen: seen !== null };
  const choice = chooseByEmail(seen ?? (await findByEmail(context, inputs.email, lane)), inputs);
  if (choice.kind === "match")
    return { kind: "found", contact: choice.contact, matchedBy: "email", isSeen: seen !== null };
  if (choice.kind === "quarantine") {
    const proposals = choice.candidates.map(proposalOf);
    return { kind: "nobody", state: "quarantined", reason: choice.reason, proposals };
  }
  // Whose contact went away waits for it to come back, also when nobody else would get one made.
  if (!wanted.mayCreate) return { kind: "nobody", state: "archived", reason: "contact_archived", proposals: [] };
  const refusal = mayCreate(inputs);
  if (refusal) return { kind: "nobody", state: "left_out", reason: refusal.reason, proposals: [] };
  // A merged contact is in no list, yet its user id leads to the one that survived.
  const survivor = seen && inputs.userId !== null ? await findByUserId(context, inputs.userId, lane) : null;
  if (survivor) return { kind: "found", contact: survivor, matchedBy: "user_id", isSeen: false };
  return create(context, wanted, seen);
}

/**
 * During a backfill all contacts have just been listed, so that nobody is searched for. What an event asks for is looked
 * up at Intercom itself: it never rests on an old look. Null when there is no list.
 */
async function seenByCensus({ pool }: SyncContext, { inputs, lane }: Wanted): Promise<readonly Contact[] | null> {
  if (lane !== "backfill") return null;
  const emails = inputs.email === null ? [] : [inputs.email];
  return findInCensus(pool, { externalId: inputs.userId, emails });
}

async function ofUserId(
  context: SyncContext,
  userId: string | null,
  { seen, lane }: { readonly seen: readonly Contact[] | null; readonly lane: Lane },
): Promise<Contact | null> {
  if (userId === null) return null;
  if (!seen) return findByUserId(context, userId, lane);
  return seen.find(({ role, externalId }) => role === "user" && externalId === userId) ?? null;
}

/** The user with this user id, also after a merge. */
export async function findByUserId({ intercom }: SyncContext, userId: string, lane: Lane): Promise<Contact | null> {
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

async function create(context: SyncContext, wanted: Wanted, seen: readonly Contact[] | null): Promise<Resolved> {
  const { inputs, desired, lane, guard } = wanted;
  const draft = draftOf(inputs, desired);
  try {
    const { contact, requestId } = await createOrDropField(context, draft, { lane, guard });
    return { kind: "created", contact, sent: draft.customAttributes ?? {}, requestId };
  } catch (error) {
    if (!(error instanceof IntercomConflict) || error.existingContactId === null) throw error;
    // Somebody has come since the list was made: Intercom's own search knows them, or will.
    if (seen) return resolveAmong(context, wanted, null);
    if (error.archived) return { kind: "archived", contactId: error.existingContactId };
    return adopt(context, { contactId: error.existingContactId, inputs, lane });
  }
}

/** A phone number that Intercom does not like must not keep the billing data away. */
async function createOrDropField(
  { intercom }: SyncContext,
  draft: ContactDraft,
  options: CallOptions,
): Promise<ContactWritten> {
  try {
    return await createContact(intercom, draft, options);
  } catch (error) {
    if (!(error instanceof IntercomRejected) || !blamesPhone(error) || draft.phone === undefined) throw error;
    const { phone: _, ...rest } = draft;
    return createContact(intercom, { ...rest, role: "user" }, options);
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

/** Intercom has somebody with this address whom its search does not show yet; there may be more of them. */
export class IntercomSearchBehind extends AppError {
  readonly code = "INTERCOM_SEARCH_BEHIND";
  readonly kind = "conflict";
  constructor() {
    super("Intercom has a user with this e-mail whom its search does not show yet; the customer is looked up again.");
  }
}

/**
 * Intercom says that the contact exists, which its search did not know yet. It is ours only if its user id says so: by
 * the address alone it would be a guess, since the search may know more users with it in a moment.
 */
async function adopt(
  { intercom }: SyncContext,
  { contactId, inputs, lane }: { readonly contactId: string; readonly inputs: IdentityInputs; readonly lane: Lane },
): Promise<Resolved> {
  try {
    const contact = await getContact(intercom, contactId, { lane });
    if (contact.externalId !== null && contact.externalId === inputs.userId)
      return { kind: "found", contact, matchedBy: "conflict", isSeen: false };
    const mayBeOurs = contact.externalId === null || inputs.userId === null;
    if (mayBeOurs && isSameAddress(contact, inputs)) throw new IntercomSearchBehind();
    return {
      kind: "nobody",
      state: "quarantined",
      reason: "email_of_another_user",
      proposals: [proposalOf(contact)],
    };
  } catch (error) {
    if (error instanceof IntercomNotFound) return { kind: "archived", contactId };
    throw error;
  }
}

function isSameAddress({ role, email }: Contact, inputs: IdentityInputs): boolean {
  return role === "user" && email !== null && normaliseEmail(email) === normaliseEmail(inputs.email);
}
