/** Makes one contact show what Stripe says: profile → desired → difference to what Intercom shows → at most one write. */
import { buildProfile, type CustomerCopies } from "../billing/profile.ts";
import {
  inputsText,
  isWorthALook,
  userIdOf,
  type Identity,
  type IdentityInputs,
  type IdentityReason,
  type MatchedBy,
} from "../contacts/identity.ts";
import {
  describePatch,
  diffContact,
  knownAfter,
  knownAfterReading,
  knownFromContact,
  type KnownContact,
} from "../contacts/known.ts";
import { findCustomerOfContact } from "../contacts/store.ts";
import { getContact, updateContact } from "../intercom/contacts.ts";
import { IntercomConflict, IntercomContactMerged, IntercomNotFound, IntercomRejected } from "../intercom/failure.ts";
import { crashPoint } from "../lib/crash-point.ts";
import { evaluateMapping } from "../mapping/evaluate.ts";
import { standardFields, type DesiredContact } from "../model/attribute.ts";
import type { Contact, ContactPatch } from "../model/contact.ts";
import type { Lane } from "../model/lane.ts";
import type { SyncContext } from "./context.ts";
import { blamesPhone, resolveContact, type Resolved } from "./resolve-contact.ts";

/** A write that Intercom accepted. */
export type Written = {
  readonly kind: "create" | "update";
  readonly contactId: string;
  readonly changes: ReturnType<typeof describePatch>;
};

/** What a sync leaves to be recorded. */
export type Synced = { readonly identity: Identity; readonly written: Written | null };

export type CustomerToSync = {
  readonly customerId: string;
  readonly copies: CustomerCopies;
  readonly identity: Identity | undefined;
  readonly lane: Lane;
};

/** Syncs one customer. Throws what Intercom refuses; answers what is now known. */
export async function syncContact(context: SyncContext, customer: CustomerToSync): Promise<Synced> {
  const profile = buildProfile(customer.copies, { livemode: context.stripe.livemode });
  const desired = evaluateMapping(context.preset, profile);
  const inputs: IdentityInputs = {
    userId: userIdOf(profile.metadata, context.userIdKeys),
    email: profile.email,
    createMode: context.createMode,
  };
  const { identity } = customer;
  const work = new ContactSync(context, { customer, desired, inputs });
  if (identity?.state === "linked" && identity.contactId !== null && identity.known) {
    return work.update({ contactId: identity.contactId, known: identity.known, matchedBy: identity.matchedBy });
  }
  if (identity && !isWorthALook(identity, inputsText(inputs), context.nowMs())) return { identity, written: null };
  if (customer.copies.customer.deleted) return work.nobody("left_out", "customer_deleted");
  return work.find();
}

type Link = {
  readonly contactId: string;
  readonly known: KnownContact;
  readonly matchedBy: MatchedBy | null;
  /** The contact was read a moment ago. */
  readonly isFresh?: true;
};

type Subject = { readonly customer: CustomerToSync; readonly desired: DesiredContact; readonly inputs: IdentityInputs };

class ContactSync {
  readonly #context: SyncContext;
  readonly #subject: Subject;
  constructor(context: SyncContext, subject: Subject) {
    this.#context = context;
    this.#subject = subject;
  }

  /** Looks for the contact and brings it up to date. */
  async find(): Promise<Synced> {
    const { customer, desired, inputs } = this.#subject;
    const { identity, lane } = customer;
    const returned = await this.#returned(identity);
    if (returned) return this.#adopt(returned, identity?.matchedBy ?? "email");
    // A contact that once was linked is not made again: somebody removed it.
    const isFirst = !identity || identity.contactId === null;
    const resolved = await resolveContact(this.#context, { inputs, desired, lane, mayCreate: isFirst });
    switch (resolved.kind) {
      case "nobody":
        return this.nobody(resolved.state, resolved.reason);
      case "found":
        return this.#adopt(resolved.contact, resolved.matchedBy);
      case "created":
        return this.#created(resolved);
    }
  }

  /** The linked contact, if it was archived and has come back. */
  async #returned(identity: Identity | undefined): Promise<Contact | null> {
    if (identity?.state !== "archived" || identity.contactId === null) return null;
    try {
      return await getContact(this.#context.intercom, identity.contactId, { lane: this.#subject.customer.lane });
    } catch (error) {
      if (error instanceof IntercomNotFound || error instanceof IntercomContactMerged) return null;
      throw error;
    }
  }

  async #adopt(contact: Contact, matchedBy: MatchedBy): Promise<Synced> {
    const { customer, desired } = this.#subject;
    const other = await findCustomerOfContact(this.#context.pool, this.#context.account, contact.id);
    const isTaken = other !== null && other !== customer.customerId;
    if (isTaken || !this.#context.claims.claim(contact.id, customer.customerId))
      return this.nobody("quarantined", "contact_shared");
    return this.update({ contactId: contact.id, known: knownFromContact(contact, desired), matchedBy, isFresh: true });
  }

  async #created({ contact, sent }: Extract<Resolved, { kind: "created" }>): Promise<Synced> {
    await crashPoint("after-intercom-before-record");
    const { desired } = this.#subject;
    const before = { ...knownFromContact(contact, desired), custom: {} };
    const standard = Object.entries(desired.standard).filter(([, value]) => value !== null);
    const patch: ContactPatch = { ...Object.fromEntries(standard), customAttributes: sent };
    const known = knownAfter(before, { desired, patch, shown: contact });
    const changes = describePatch(null, patch);
    return {
      identity: this.#linked({ contactId: contact.id, known, matchedBy: "created" }),
      written: { kind: "create", contactId: contact.id, changes },
    };
  }

  /** Writes what differs; follows a merged contact and notices a removed one. */
  async update(link: Link): Promise<Synced> {
    const { desired } = this.#subject;
    const patch = diffContact(link.known, desired);
    if (patch && !link.isFresh && standardFields.some((field) => patch[field] !== undefined)) return this.#reread(link);
    if (!patch)
      return {
        identity: this.#linked({ ...link, known: knownAfter(link.known, { desired, patch: null, shown: null }) }),
        written: null,
      };
    try {
      const { contact, sent } = await this.#send(link.contactId, patch);
      await crashPoint("after-intercom-before-record");
      const known = knownAfter(link.known, { desired, patch: sent, shown: contact });
      const changes = describePatch(link.known, sent);
      return {
        identity: this.#linked({ ...link, known }),
        written: { kind: "update", contactId: link.contactId, changes },
      };
    } catch (error) {
      return this.#missing(link, error);
    }
  }

  /** A merged contact lives on as another one; one that is not found was archived or deleted. */
  async #missing(link: Link, error: unknown): Promise<Synced> {
    if (error instanceof IntercomContactMerged && error.canonicalContactId !== null) {
      const { lane } = this.#subject.customer;
      return this.#adopt(await getContact(this.#context.intercom, error.canonicalContactId, { lane }), "merged");
    }
    if (error instanceof IntercomNotFound) return this.#vanished(link);
    throw error;
  }

  /** E-mail, name and phone may have been changed by people: they are looked at before they are changed, which is rare. */
  async #reread(link: Link): Promise<Synced> {
    try {
      const contact = await getContact(this.#context.intercom, link.contactId, { lane: this.#subject.customer.lane });
      return await this.update({ ...link, known: knownAfterReading(link.known, contact), isFresh: true });
    } catch (error) {
      return this.#missing(link, error);
    }
  }

  /** Leaves out what Intercom refuses for good, so that the rest arrives. */
  async #send(id: string, patch: ContactPatch): Promise<{ readonly contact: Contact; readonly sent: ContactPatch }> {
    const { intercom, provision } = this.#context;
    const { lane } = this.#subject.customer;
    const send = async (sent: ContactPatch): Promise<{ contact: Contact; sent: ContactPatch }> => ({
      contact: await updateContact(intercom, { id, patch: sent }, { lane }),
      sent,
    });
    try {
      return await send(patch);
    } catch (error) {
      // The address belongs to somebody else in Intercom.
      if (error instanceof IntercomConflict && patch.email !== undefined) return send(without(patch, "email"));
      if (!(error instanceof IntercomRejected)) throw error;
      if (error.unknownAttribute !== null) {
        await provision();
        return send(patch);
      }
      if (blamesPhone(error) && patch.phone !== undefined) return send(without(patch, "phone"));
      throw error;
    }
  }

  /** The link stays on record: if the contact was only archived, it may come back. */
  #vanished(link: Link): Synced {
    return this.nobody("archived", "contact_archived", link.contactId);
  }

  nobody(
    state: Exclude<Identity["state"], "linked">,
    reason: IdentityReason,
    contactId: string | null = this.#subject.customer.identity?.contactId ?? null,
  ): Synced {
    const inputs = inputsText(this.#subject.inputs);
    const identity = {
      state,
      reason,
      contactId,
      matchedBy: null,
      inputs,
      known: null,
      checkedAtMs: this.#context.nowMs(),
    };
    return { identity, written: null };
  }

  #linked({ contactId, known, matchedBy }: Link): Identity {
    const inputs = inputsText(this.#subject.inputs);
    return { state: "linked", reason: null, contactId, matchedBy, inputs, known, checkedAtMs: this.#context.nowMs() };
  }
}

function without(patch: ContactPatch, field: "email" | "phone"): ContactPatch {
  const { [field]: _, ...rest } = patch;
  return rest;
}
