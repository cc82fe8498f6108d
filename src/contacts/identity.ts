/**
 * Station contacts: who a Stripe customer is in Intercom.
 *
 * | state | meaning | who ends it |
 * | --- | --- | --- |
 * | linked | the contact is known, or the leader is who has it | – |
 * | left_out | no contact, and the settings do not make one | a contact appears, the customer or the setting changes |
 * | quarantined | more than one contact could be meant, or the one found is somebody else's | a person |
 * | archived | the contact is archived in Intercom | a person unarchives it |
 * | gone | the linked contact was deleted; it is never made again | a person |
 * | ignored | a person decided that this customer has no contact | a person |
 *
 * A contact belongs to one customer, the leader. Further customers of the same person, also of other Stripe accounts,
 * are its members: their row names the leader, and only the leader's job writes to the contact.
 */
import type { Contact } from "../model/contact.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import { parseStored } from "../lib/json.ts";
import { normaliseEmail } from "./email.ts";
import type { KnownContact } from "./known.ts";

export type IdentityState = "linked" | "left_out" | "quarantined" | "archived" | "gone" | "ignored";

/** Why a customer has no contact. */
export type IdentityReason =
  | "no_user_id" // left_out: only an e-mail is known, and creating by e-mail alone is off
  | "creation_off" // left_out: DUNLIN_CREATE_CONTACTS=none
  | "no_address" // left_out: neither user id nor e-mail
  | "customer_deleted" // left_out: deleted in Stripe before it had a contact
  | "email_ambiguous" // quarantined: several users share the e-mail
  | "email_of_another_user" // quarantined: the e-mail belongs to a user with another user id
  | "contact_shared" // quarantined: another customer is linked to that contact, and the settings do not group them
  | "contact_archived" // archived; quarantined when a person is to be asked
  | "contact_deleted" // gone
  | "contact_unknown" // quarantined: the contact that a person chose does not exist
  | "ignored_by_person"; // ignored

export type MatchedBy = "user_id" | "email" | "created" | "conflict" | "merged" | "person";

/** A contact that could be meant, for the person who decides. */
export type Proposal = {
  readonly contactId: string;
  readonly role: Contact["role"] | null;
  readonly externalId: string | null;
  readonly name: string | null;
};

/** What a person decided. It outranks every rule, and stays until it is taken back. */
export type Decision = { readonly kind: "link"; readonly contactId: string } | { readonly kind: "ignore" };

/** What is stored about a customer's identity. */
export type Identity = {
  readonly state: IdentityState;
  readonly reason: IdentityReason | null;
  readonly contactId: string | null;
  readonly matchedBy: MatchedBy | null;
  readonly inputs: string;
  readonly known: KnownContact | null;
  /** A write may have reached Intercom that `known` does not tell: the contact is read before it is written. */
  readonly doubted: boolean;
  readonly checkedAtMs: number;
  /** Whom this customer follows; null for who has the contact. */
  readonly leader: CustomerKey | null;
  /** Who follows this customer; known by the members' own rows. */
  readonly members: readonly CustomerKey[];
  readonly proposals: readonly Proposal[];
  /** What a person decided and has not been done yet. */
  readonly decision: Decision | null;
  /** Which state of the row this is; null while there is none. Whoever saves must name it, so that nobody's change is lost. */
  readonly version: string | null;
};

export const createModes = ["none", "identified", "all"] as const;
/** Who gets a contact made: nobody, customers whose user id is known, everybody with an e-mail too. */
export type CreateMode = (typeof createModes)[number];

export const groupModes = ["person", "user_id", "none"] as const;
/** Which customers are one person: those who find the same contact, those who share a user id, none. */
export type GroupMode = (typeof groupModes)[number];

export const archivedPolicies = ["skip", "unarchive", "ask"] as const;
/** What is done when the contact is archived: left alone, brought back, a person is asked. */
export type ArchivedPolicy = (typeof archivedPolicies)[number];

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

/** The user id that stored inputs rest on. */
export function userIdOfInputs(inputs: string): string | null {
  const [userId] = parseStored<readonly [string | null, string | null, CreateMode]>(inputs);
  return userId;
}

/** The business's own user id: the first of the keys that the customer's metadata has. */
export function userIdOf(metadata: Readonly<Record<string, string>>, keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = Object.hasOwn(metadata, key) ? metadata[key]?.trim() : undefined;
    if (value) return value;
  }
  return null;
}

export type Choice =
  | { readonly kind: "match"; readonly contact: Contact }
  | { readonly kind: "none" }
  | { readonly kind: "quarantine"; readonly reason: IdentityReason; readonly candidates: readonly Contact[] };

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
  return users.length > 1
    ? { kind: "quarantine", reason: "email_ambiguous", candidates: users }
    : { kind: "match", contact: candidate };
}

/** What a person sees of a contact that could be meant. */
export function proposalOf({ id, role, externalId, name }: Contact): Proposal {
  return { contactId: id, role, externalId, name };
}

/**
 * Whether two customers who find the same contact are one person. A decision always counts, and so does a merge, which is
 * one. The same user id is proof; the same e-mail is what Intercom itself takes for one user.
 */
export function mayGroup(matchedBy: MatchedBy, mode: GroupMode): boolean {
  if (matchedBy === "person" || matchedBy === "merged") return true;
  return mode === "person" || (mode === "user_id" && matchedBy === "user_id");
}

/**
 * Whether a linked customer may have become somebody else: the business put another user id into Stripe. Then the link
 * is questioned, unless a person made it.
 */
export function isLinkInDoubt(
  { matchedBy, inputs }: Pick<Identity, "matchedBy" | "inputs">,
  { userId }: IdentityInputs,
): boolean {
  return matchedBy !== "person" && userId !== null && userId !== userIdOfInputs(inputs);
}

/** Whether the linked contact is still the customer's, whose user id is now another one. Undecided: ask for that user id. */
export function judgeLink(contact: Contact, { userId }: IdentityInputs): "keep" | "leave" | "undecided" {
  if (contact.externalId === userId) return "keep";
  return contact.externalId === null ? "undecided" : "leave";
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
  if (identity.state === "gone" || identity.state === "ignored") return false;
  return identity.inputs !== inputs || nowMs - identity.checkedAtMs > recheckAfterMs;
}
