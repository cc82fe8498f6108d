/**
 * Station contacts: who a Stripe customer is in Intercom.
 *
 * | state | meaning | who ends it |
 * | --- | --- | --- |
 * | linked | the contact is known | – |
 * | left_out | no contact, and the settings do not make one | a contact appears, the customer or the setting changes |
 * | quarantined | more than one contact could be meant, or the one found is somebody else's | a person |
 * | archived | the contact is archived in Intercom | a person unarchives it |
 * | gone | the linked contact was deleted; it is never made again | a person |
 */
import type { Contact } from "../model/contact.ts";
import { normaliseEmail } from "./email.ts";
import type { KnownContact } from "./known.ts";

export type IdentityState = "linked" | "left_out" | "quarantined" | "archived" | "gone";

/** Why a customer has no contact. */
export type IdentityReason =
  | "no_user_id" // left_out: only an e-mail is known, and creating by e-mail alone is off
  | "creation_off" // left_out: DUNLIN_CREATE_CONTACTS=none
  | "no_address" // left_out: neither user id nor e-mail
  | "customer_deleted" // left_out: deleted in Stripe before it had a contact
  | "email_ambiguous" // quarantined: several users share the e-mail
  | "email_of_another_user" // quarantined: the e-mail belongs to a user with another user id
  | "contact_shared" // quarantined: another customer is linked to that contact
  | "contact_archived" // archived
  | "contact_deleted"; // gone

export type MatchedBy = "user_id" | "email" | "created" | "conflict" | "merged";

/** What is stored about a customer's identity. */
export type Identity = {
  readonly state: IdentityState;
  readonly reason: IdentityReason | null;
  readonly contactId: string | null;
  readonly matchedBy: MatchedBy | null;
  readonly inputs: string;
  readonly known: KnownContact | null;
  readonly checkedAtMs: number;
};

export const createModes = ["none", "identified", "all"] as const;
/** Who gets a contact made: nobody, customers whose user id is known, everybody with an e-mail too. */
export type CreateMode = (typeof createModes)[number];

/** What identity rests on. */
export type IdentityInputs = {
  readonly userId: string | null;
  readonly email: string | null;
  readonly createMode: CreateMode;
};

/** One text for the inputs, to notice when they change. */
export function inputsText({ userId, email, createMode }: IdentityInputs): string {
  return JSON.stringify([userId, normaliseEmail(email), createMode]);
}

/** The business's own user id: the first of the keys that the customer's metadata has. */
export function userIdOf(metadata: Readonly<Record<string, string>>, keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = metadata[key]?.trim();
    if (value) return value;
  }
  return null;
}

export type Choice =
  | { readonly kind: "match"; readonly contact: Contact }
  | { readonly kind: "none" }
  | { readonly kind: "quarantine"; readonly reason: IdentityReason };

/**
 * Which of the contacts that answer to an e-mail is the customer. Leads are never taken: anybody can type any address
 * into a chat window. A user with another user id is somebody else who shares the address.
 */
export function chooseByEmail(contacts: readonly Contact[], { userId, email }: IdentityInputs): Choice {
  const wanted = normaliseEmail(email);
  if (wanted === null) return { kind: "none" };
  const users = contacts.filter(({ role, email: theirs }) => role === "user" && normaliseEmail(theirs) === wanted);
  const own = users.find(({ externalId }) => userId !== null && externalId === userId);
  if (own) return { kind: "match", contact: own };
  const [candidate] = userId === null ? users : users.filter(({ externalId }) => externalId === null);
  if (!candidate) return { kind: "none" };
  return users.length > 1 ? { kind: "quarantine", reason: "email_ambiguous" } : { kind: "match", contact: candidate };
}

/** Whether a contact is made for a customer that none was found for; otherwise why not. */
export function mayCreate({ userId, email, createMode }: IdentityInputs): { readonly reason: IdentityReason } | null {
  if (createMode === "none") return { reason: "creation_off" };
  if (userId !== null) return null;
  if (normaliseEmail(email) === null) return { reason: "no_address" };
  return createMode === "all" ? null : { reason: "no_user_id" };
}

/** How long a customer without contact is not looked up again while nothing about them changes. */
const recheckAfterMs = 15 * 60_000;

/** True when looking again could change the answer. */
export function isWorthALook(identity: Identity, inputs: string, nowMs: number): boolean {
  if (identity.state === "gone") return false;
  return identity.inputs !== inputs || nowMs - identity.checkedAtMs > recheckAfterMs;
}
