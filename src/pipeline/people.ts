/** Who joins a person and who leaves one: each step is one transaction that also queues whoever has to be looked at. */
import { forgetLookups, lockPeople, moveMembers, saveIdentities, succeed, unlink } from "../contacts/store.ts";
import type { Identity } from "../contacts/identity.ts";
import { transaction } from "../db/transaction.ts";
import { AppError } from "../model/error.ts";
import { customerKeyText, type CustomerKey } from "../model/customer-key.ts";
import type { Lane } from "../model/lane.ts";
import { queuePeople } from "../queue/sync-jobs.ts";
import { wakeTurns } from "../rules/store.ts";
import type { SyncContext } from "./context.ts";

/** The person is no longer what this job read: who leads it, or who follows. */
export class PersonChanged extends AppError {
  readonly code = "PERSON_CHANGED";
  readonly kind = "conflict";
  constructor() {
    super("Somebody joined or left this person at the same moment; the customer is looked at again.");
  }
}

/**
 * The customer follows the leader from now on, with all who followed the customer; the leader's job writes for all.
 * Throws PersonChanged when the leader has left the contact meanwhile.
 */
export function joinPerson(
  { pool }: SyncContext,
  { customer, identity, leader, contactId, lane }: Join,
): Promise<void> {
  return transaction(pool, async (tx) => {
    const contacts = await lockPeople(tx, [customer, leader]);
    if (contacts.get(customerKeyText(leader)) !== contactId) throw new PersonChanged();
    if ((await saveIdentities(tx, [{ ...customer, identity }])).size === 0) throw new PersonChanged();
    await moveMembers(tx, { from: customer, to: leader });
    await forgetLookups(tx, [leader]);
    await queuePeople(tx, { customers: [leader], lane });
  });
}

export type Join = {
  readonly customer: CustomerKey;
  readonly identity: Identity;
  readonly leader: CustomerKey;
  /** The contact that the leader has. */
  readonly contactId: string;
  readonly lane: Lane;
};

/**
 * The customer is linked to nobody any more and is looked up afresh; the others of the person stay together, led by the
 * first of them. Throws PersonChanged when the last of them left meanwhile, so that nobody has cleared the contact.
 */
export function leavePerson(
  { pool }: SyncContext,
  { customer, isCleared, lane }: { readonly customer: CustomerKey; readonly isCleared: boolean; readonly lane: Lane },
): Promise<void> {
  return transaction(pool, async (tx) => {
    await lockPeople(tx, [customer]);
    const left = await unlink(tx, customer);
    if (!left && !isCleared) throw new PersonChanged();
    await queuePeople(tx, { customers: left ? [customer, left] : [customer], lane });
  });
}

/**
 * The leader's account is not connected any more, so nobody would write for the person: this customer leads it from now on. Runs
 * of rules come along at once, since nobody syncs the former leader, which is what would have them looked at.
 */
export function leadPerson(
  { pool }: SyncContext,
  { customer, from, lane }: { readonly customer: CustomerKey; readonly from: CustomerKey; readonly lane: Lane },
): Promise<void> {
  return transaction(pool, async (tx) => {
    if (!(await succeed(tx, { customer, from }))) throw new PersonChanged();
    await queuePeople(tx, { customers: [customer], lane });
    await wakeTurns(tx, [from]);
  });
}
