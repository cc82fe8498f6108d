/**
 * What reconcile looks for: a drift is one customer or contact that is not as it should be, for one reason.
 *
 * | class | meaning | what is done |
 * | --- | --- | --- |
 * | missed_event | Stripe shows something that our copies do not, and no event about it is on its way | our copy is renewed, the contact is looked at |
 * | lost_write | the contact does not show what we wrote, but what was there before; or a write that is due was never queued | the contact is written again |
 * | foreign_edit | somebody else changed the contact | an attribute of the mapping is written again; name, e-mail and phone are left to whoever changed them |
 * | deleted | Stripe does not have the customer or object any more | our copy is marked as deleted, the contact is looked at |
 * | archived | the linked contact is archived or deleted in Intercom, or has come back | the link is read again |
 * | merged | the linked contact was merged into another one | the link follows |
 * | identity | the contact is somebody else by its user id or role, or a contact has appeared for a customer without one | a person must decide; who waited is looked up again |
 */
import type { AttributeValue } from "../../model/contact.ts";

export const driftClasses = [
  "missed_event",
  "lost_write",
  "foreign_edit",
  "deleted",
  "archived",
  "merged",
  "identity",
] as const;
export type DriftClass = (typeof driftClasses)[number];

/** Field, what it should show, what was found. */
export type Difference = readonly [field: string, expected: AttributeValue, found: AttributeValue];

/**
 * - renewed: our copies were brought up to date and the contact is looked at
 * - rewritten: the contact is written again
 * - followed: the link is read again
 * - left: it belongs to others, or a person must decide
 * - reported: nothing, because the run only checks
 */
export type Remedy = "renewed" | "rewritten" | "followed" | "left" | "reported";

export type Drift = {
  readonly class: DriftClass;
  readonly account: string | null;
  readonly customerId: string | null;
  readonly contactId: string | null;
  /** Only for what belongs to no customer. */
  readonly objectId: string | null;
  readonly differences: readonly Difference[];
  readonly done: Remedy;
};

/** More would not help anybody to understand one customer. */
export const differencesMax = 20;
