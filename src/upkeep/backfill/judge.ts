/** What a run would do with one customer: the same decisions as syncing, taken on what the census shows. Pure. */
import { mayGroup, chooseByEmail, isWorthALook, inputsText, mayCreate } from "../../contacts/identity.ts";
import type { GroupMode, Identity, IdentityInputs, IdentityReason, MatchedBy } from "../../contacts/identity.ts";
import { normaliseEmail } from "../../contacts/email.ts";
import { diffContact, knownFromContact } from "../../contacts/known.ts";
import type { DesiredContact } from "../../model/attribute.ts";
import type { Contact } from "../../model/contact.ts";

export const outcomes = ["linked", "matched", "grouped", "created", "skipped", "quarantined"] as const;
export type Outcome = (typeof outcomes)[number];

/** linked: "linked" · matched, grouped: by what · created: by what they are known · skipped, quarantined: why. */
export type FindingReason = IdentityReason | MatchedBy | "linked" | "follows";

export type Finding = {
  readonly outcome: Outcome;
  readonly reason: FindingReason;
  /** The contact, or a name for one that would be made; null without one. */
  readonly target: string | null;
  /** A call that writes is needed. */
  readonly writes: boolean;
};

export type Subject = {
  readonly identity: Identity | undefined;
  readonly inputs: IdentityInputs;
  readonly desired: DesiredContact;
  /** The Stripe customer was deleted. */
  readonly deleted: boolean;
  /** Contacts with the user id or the e-mail. */
  readonly contacts: readonly Contact[];
  /** The groups that the settings allow. */
  readonly groupMode: GroupMode;
  /** Whether a contact is some other customer's already. */
  readonly isTaken: (contactId: string) => boolean;
  readonly nowMs: number;
};

/** Judges one customer. What several customers of this run share is seen afterwards, see `withLeaders`. */
export function judge(subject: Subject): Finding {
  const { identity, inputs, deleted } = subject;
  const decided = byDecision(subject);
  if (decided) return decided;
  if (identity?.state === "linked") return linked(identity, subject);
  if (identity && !isWorthALook(identity, inputsText(inputs), subject.nowMs)) return asBefore(identity);
  if (deleted) return skipped("customer_deleted");
  return found(subject) ?? nobody(subject);
}

function byDecision({ identity }: Subject): Finding | null {
  const decision = identity?.decision;
  if (decision?.kind === "ignore") return skipped("ignored_by_person");
  if (decision?.kind !== "link" || identity?.contactId === decision.contactId) return null;
  return { outcome: "matched", reason: "person", target: decision.contactId, writes: true };
}

/** Only the leader writes, with the sums of all. */
function linked({ leader, contactId, known }: Identity, { desired }: Subject): Finding {
  const isLeader = leader === null && contactId !== null && known !== null;
  const writes = isLeader && diffContact(known, desired) !== null;
  return { outcome: "linked", reason: leader ? "follows" : "linked", target: null, writes };
}

/** Looked up a short while ago, with the same result. */
function asBefore({ state, reason }: Identity): Finding {
  const why = reason ?? "no_address";
  return state === "quarantined" ? quarantined(why) : skipped(why);
}

function found(subject: Subject): Finding | null {
  const { inputs, contacts } = subject;
  const byUserId = contacts.find(
    ({ role, externalId }) => role === "user" && externalId !== null && externalId === inputs.userId,
  );
  if (byUserId) return matched(byUserId, "user_id", subject);
  const choice = chooseByEmail(contacts, inputs);
  if (choice.kind === "match") return matched(choice.contact, "email", subject);
  return choice.kind === "quarantine" ? quarantined(choice.reason) : null;
}

function matched(contact: Contact, by: MatchedBy, { desired, isTaken, groupMode }: Subject): Finding {
  if (isTaken(contact.id))
    return mayGroup(by, groupMode)
      ? { outcome: "grouped", reason: by, target: null, writes: false }
      : quarantined("contact_shared");
  const writes = diffContact(knownFromContact(contact, desired), desired) !== null;
  return { outcome: "matched", reason: by, target: contact.id, writes };
}

function nobody({ identity, inputs }: Subject): Finding {
  const refusal = mayCreate(inputs);
  if (refusal) return skipped(refusal.reason);
  // A contact that once was linked is not made again: somebody removed it.
  if (identity && identity.contactId !== null) return skipped("contact_archived");
  const { userId, email } = inputs;
  if (userId !== null) return { outcome: "created", reason: "user_id", target: `new user ${userId}`, writes: true };
  return { outcome: "created", reason: "email", target: `new e-mail ${normaliseEmail(email) ?? ""}`, writes: true };
}

function skipped(reason: IdentityReason): Finding {
  return { outcome: "skipped", reason, target: null, writes: false };
}

function quarantined(reason: IdentityReason): Finding {
  return { outcome: "quarantined", reason, target: null, writes: false };
}

/** Of several customers who share a target, the first leads; the others follow it, or a person has to look. */
export function withLeaders<T extends { readonly finding: Finding }>(
  sharing: readonly T[],
  mode: GroupMode,
): readonly T[] {
  return sharing.map((one, place) => (place === 0 ? one : { ...one, finding: asFollower(one.finding, mode) }));
}

function asFollower({ reason, target }: Finding, mode: GroupMode): Finding {
  const by: MatchedBy = reason === "email" ? "email" : "user_id";
  return mayGroup(by, mode)
    ? { outcome: "grouped", reason: by, target, writes: false }
    : { ...quarantined("contact_shared"), target };
}

/** True for a reason why a customer has no contact. */
export function isWhyNot(reason: FindingReason): reason is IdentityReason {
  return !howFound.has(reason);
}

const howFound: ReadonlySet<FindingReason> = new Set<FindingReason>([
  "user_id",
  "email",
  "created",
  "conflict",
  "merged",
  "person",
  "linked",
  "follows",
]);
