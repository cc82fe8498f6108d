/** What people are told about customers without a contact. */
import type { Identity, IdentityReason, MatchedBy } from "../contacts/identity.ts";

const hints: Readonly<Record<IdentityReason, string>> = {
  no_user_id:
    "Only an e-mail is known and nobody in Intercom has it. Put your user id into the Stripe customer's metadata, or set DUNLIN_CREATE_CONTACTS=all.",
  creation_off: "Nobody in Intercom matches, and DUNLIN_CREATE_CONTACTS=none makes no contacts.",
  no_address: "The Stripe customer has neither a user id nor an e-mail.",
  customer_deleted: "The customer was deleted in Stripe before they had a contact.",
  email_ambiguous:
    "Several users in Intercom share the e-mail. Merge them, or put your user id into the Stripe customer's metadata.",
  email_of_another_user: "The e-mail belongs to a user with another user id in Intercom.",
  contact_shared:
    "Another Stripe customer is already linked to that contact, and DUNLIN_GROUP_CUSTOMERS does not take the two for one person.",
  contact_archived: "The contact is archived or gone in Intercom. Unarchive it there and billing data returns.",
  contact_deleted: "The contact was deleted in Intercom; it is never made again.",
  contact_unknown: "The contact that was chosen for this customer does not exist in Intercom. Choose another one.",
  ignored_by_person: "Somebody decided that this customer has no contact.",
};

/** Why, and what to do about it. */
export function leftOutHint(reason: IdentityReason | null): string {
  return reason === null ? "No contact was found." : hints[reason];
}

const matches: Readonly<Record<MatchedBy, string>> = {
  user_id: "matched by the user id in the Stripe customer's metadata",
  email: "matched by e-mail: exactly one user in Intercom has it",
  created: "created by Dunlin",
  conflict: "found when Intercom refused to create it a second time",
  merged: "follows a contact that was merged into this one",
  person: "chosen by a person",
};

/** Why this contact, or why none, in a sentence. */
export function identityText({ state, reason, matchedBy, leader }: Identity): string {
  if (state !== "linked") return leftOutHint(reason);
  const how = matchedBy === null ? "linked" : matches[matchedBy];
  return leader === null ? `The contact was ${how}.` : `The same person as ${leader.customerId}; ${how}.`;
}
