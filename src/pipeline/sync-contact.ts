/** Makes one contact show what Stripe says: person → desired → difference to what Intercom shows → at most one write. */
import { basisOf } from "../billing/basis.ts";
import {
  inputsText,
  isLinkInDoubt,
  isWorthALook,
  judgeLink,
  mayGroup,
  userIdOf,
  type Decision,
  type Identity,
  type IdentityInputs,
  type IdentityReason,
  type MatchedBy,
  type Proposal,
} from "../contacts/identity.ts";
import {
  describePatch,
  diffContact,
  knownAfter,
  knownAfterDoubt,
  knownAfterReading,
  knownBeforeSending,
  knownFromContact,
  type KnownContact,
} from "../contacts/known.ts";
import { findIdentities, reserveContact, saveKnown } from "../contacts/store.ts";
import {
  getContact,
  unarchiveContact,
  updateContact,
  type CallOptions,
  type ContactWritten,
} from "../intercom/contacts.ts";
import { IntercomConflict, IntercomContactMerged, IntercomNotFound, IntercomRejected } from "../intercom/failure.ts";
import { crashPoint } from "../lib/crash-point.ts";
import { readersOf } from "../mapping/mapping.ts";
import { standardFields, type DesiredContact } from "../model/attribute.ts";
import type { AttributeValue, Contact, ContactPatch } from "../model/contact.ts";
import { customerKeyText, type CustomerKey } from "../model/customer-key.ts";
import type { Lane } from "../model/lane.ts";
import { queuePeople } from "../queue/sync-jobs.ts";
import { moveSignals } from "../signals/store.ts";
import type { SyncContext } from "./context.ts";
import { joinPerson, leadPerson, leavePerson, PersonChanged } from "./people.ts";
import type { Person } from "./person.ts";
import { blamesPhone, findByUserId, resolveContact, type Resolved } from "./resolve-contact.ts";

/** A write that Intercom accepted. */
export type Written = {
  readonly kind: "create" | "update";
  readonly contactId: string;
  readonly changes: Changes;
  /** Intercom's id of the call. */
  readonly requestId: string | null;
  /** Which copies and events the changed attributes rest on. */
  readonly basis: string | null;
  /** The mapping that asked for it. */
  readonly mapping: string;
};

type Changes = ReturnType<typeof describePatch>;

/** What a sync leaves to be recorded; a null identity is as it was, or saved already. */
export type Synced = { readonly identity: Identity | null; readonly written: Written | null };

const settled: Synced = { identity: null, written: null };

export type CustomerToSync = {
  readonly customer: CustomerKey;
  /** Of a leader with all who follow; of somebody who follows, or is linked to nobody, without others. */
  readonly person: Person;
  readonly identity: Identity | undefined;
  readonly lane: Lane;
  /** Rejects when another node has taken over; asked right before anything is written. */
  readonly guard: () => Promise<void>;
  /** Whether a Stripe account is connected. */
  readonly isConnected: (account: string) => boolean;
};

/** Syncs one customer. Throws what Intercom refuses; answers what is now known. */
export async function syncContact(context: SyncContext, subject: CustomerToSync): Promise<Synced> {
  const { identity, person } = subject;
  const own = person.customers[0]?.copies.customer;
  if (!own) return settled;
  const inputs: IdentityInputs = {
    userId: userIdOf(own.facts.metadata, context.policy.userIdKeys),
    email: own.facts.email,
    createMode: context.policy.createMode,
  };
  const work = new ContactSync(context, subject, inputs);
  if (identity?.decision && !work.isCarriedOut(identity.decision)) return work.carryOut(identity.decision);
  if (identity?.state === "linked") return work.linked(identity);
  if (identity && !isWorthALook(identity, inputsText(inputs), context.nowMs())) return settled;
  return own.deleted ? work.findFormer() : work.find();
}

type Learn = (known: KnownContact, contact: Contact, desired: DesiredContact) => KnownContact;

type Found = {
  readonly contact: Contact;
  readonly matchedBy: MatchedBy;
  /** From a list that may be some hours old, not read a moment ago. */
  readonly isSeen?: boolean;
};

type Link = {
  readonly contactId: string;
  readonly known: KnownContact;
  readonly matchedBy: MatchedBy | null;
  /** The contact was read a moment ago. */
  readonly isFresh?: true;
};

class ContactSync {
  readonly #context: SyncContext;
  readonly #subject: CustomerToSync;
  readonly #inputs: IdentityInputs;
  /** Of the customer's row, as we last read or wrote it. */
  #version: string | null;
  constructor(context: SyncContext, subject: CustomerToSync, inputs: IdentityInputs) {
    this.#context = context;
    this.#version = subject.identity?.version ?? null;
    this.#subject = subject;
    this.#inputs = inputs;
  }

  /** How calls that write are made. */
  get #writing(): CallOptions {
    const { lane, guard } = this.#subject;
    return { lane, guard };
  }

  /** A linked customer: the contact is written, by the leader for all of the person. */
  async linked(identity: Identity): Promise<Synced> {
    if (isLinkInDoubt(identity, this.#inputs) && !(await this.#isStillRight(identity))) return this.#leave(identity);
    if (identity.leader) return this.#follow(identity, identity.leader);
    const { contactId, known, matchedBy } = identity;
    if (contactId === null || !known) return this.find();
    const link = { contactId, known, matchedBy };
    return identity.doubted ? this.#reread(link, knownAfterDoubt) : this.update(link);
  }

  isCarriedOut(decision: Decision): boolean {
    const { identity } = this.#subject;
    if (decision.kind === "ignore") return identity?.state === "ignored";
    const isHopeless =
      identity?.reason === "contact_unknown" && identity.proposals[0]?.contactId === decision.contactId;
    return isHopeless && !isWorthALook(identity, inputsText(this.#inputs), this.#context.nowMs());
  }

  /** What a person decided outranks every rule. */
  async carryOut(decision: Decision): Promise<Synced> {
    const { identity } = this.#subject;
    const isElsewhere = identity?.state === "linked" && (await this.#linkedContact(identity)) !== wantedBy(decision);
    if (isElsewhere) return this.#leave(identity);
    if (decision.kind === "ignore") return this.nobody("ignored", "ignored_by_person", { contactId: null });
    const contact = await this.#readOrUnarchive(decision.contactId);
    if (contact) return this.#adopt({ contact, matchedBy: "person" });
    const unknown = { contactId: decision.contactId, role: null, externalId: null, name: null };
    return this.nobody("quarantined", "contact_unknown", { contactId: null, proposals: [unknown] });
  }

  /** Looks for the contact and brings it up to date. */
  async find(): Promise<Synced> {
    const { lane, identity, person, guard } = this.#subject;
    const returned = await this.#returned(identity);
    if (returned) return this.#adopt(returned);
    // A contact that once was linked is not made again: somebody removed it.
    const isFirst = !identity || identity.contactId === null;
    const wanted = { inputs: this.#inputs, desired: person.desired, lane, mayCreate: isFirst, guard };
    const resolved = await resolveContact(this.#context, wanted);
    switch (resolved.kind) {
      case "nobody":
        return this.nobody(resolved.state, resolved.reason, { proposals: resolved.proposals });
      case "found":
        return this.#adopt(resolved);
      case "archived":
        return this.#archived(resolved.contactId, null);
      case "created":
        return this.#created(resolved);
    }
  }

  /** For a customer who was deleted no contact is looked for; one that was archived may come back, and shows the end then. */
  async findFormer(): Promise<Synced> {
    const { identity } = this.#subject;
    const returned = await this.#returned(identity);
    if (returned) return this.#adopt(returned);
    const hadContact = identity !== undefined && identity.contactId !== null;
    return hadContact ? this.nobody("archived", "contact_archived") : this.nobody("left_out", "customer_deleted");
  }

  /** The linked contact, if it was archived and has come back, or who it was merged into. */
  async #returned(identity: Identity | undefined): Promise<{ contact: Contact; matchedBy: MatchedBy } | null> {
    if (!identity || identity.contactId === null) return null;
    const { intercom } = this.#context;
    const { lane } = this.#subject;
    try {
      return {
        contact: await getContact(intercom, identity.contactId, { lane }),
        matchedBy: identity.matchedBy ?? "email",
      };
    } catch (error) {
      if (error instanceof IntercomContactMerged) return this.#merged(identity.contactId, error);
      if (error instanceof IntercomNotFound) return null;
      throw error;
    }
  }

  /** Makes the contact this customer's before anything is written to it; who finds it taken joins its person. */
  async #adopt({ contact, matchedBy, isSeen = false }: Found): Promise<Synced> {
    const known = knownFromContact(contact, this.#subject.person.desired);
    const leader = await this.#reserve({ contactId: contact.id, known, matchedBy });
    if (leader) return this.#join(leader, { contact, matchedBy, written: null });
    const link = { contactId: contact.id, known, matchedBy };
    return this.update(isSeen ? link : { ...link, isFresh: true });
  }

  /** Answers who has the contact, null when it is ours now. Throws PersonChanged. */
  async #reserve(link: {
    readonly contactId: string;
    readonly known: KnownContact;
    readonly matchedBy: MatchedBy;
  }): Promise<CustomerKey | null> {
    const inputs = inputsText(this.#inputs);
    const { customer, guard } = this.#subject;
    await guard();
    const reserved = await reserveContact(this.#context.records, { customer, ...link, inputs, version: this.#version });
    if (reserved.kind === "changed") throw new PersonChanged();
    if (reserved.kind === "taken") return reserved.by;
    this.#version = reserved.version;
    return null;
  }

  async #join(
    leader: CustomerKey,
    { contact, matchedBy, written }: Pick<Found, "contact" | "matchedBy"> & { readonly written: Written | null },
  ): Promise<Synced> {
    if (!mayGroup(matchedBy, this.#context.policy.groupMode)) {
      const { id: contactId, role, externalId, name } = contact;
      return this.nobody("quarantined", "contact_shared", { proposals: [{ contactId, role, externalId, name }] });
    }
    const { customer, lane, guard } = this.#subject;
    await guard();
    const identity: Identity = { ...this.#linked({ contactId: null, known: null, matchedBy }), leader };
    await joinPerson(this.#context, { customer, identity, leader, contactId: contact.id, lane });
    return { identity: null, written };
  }

  /** Whoever follows has no contact to write to: the leader's job does it, with the sums of all. */
  async #follow(identity: Identity, leader: CustomerKey): Promise<Synced> {
    const { customer, lane, guard, isConnected } = this.#subject;
    if (!isConnected(leader.account)) {
      await guard();
      await leadPerson(this.#context, { customer, from: leader, lane });
      return settled;
    }
    await queuePeople(this.#context.pool, { customers: [leader], lane });
    const inputs = inputsText(this.#inputs);
    return { identity: identity.inputs === inputs ? null : { ...identity, inputs }, written: null };
  }

  /**
   * The business has put another user id into Stripe. The contact stays the customer's while it carries that id, or none
   * and nobody else has it.
   */
  async #isStillRight(identity: Identity): Promise<boolean> {
    const { intercom } = this.#context;
    const { lane } = this.#subject;
    const contactId = await this.#linkedContact(identity);
    if (contactId === null) return true;
    const verdict = await getContact(intercom, contactId, { lane }).then(
      (contact) => judgeLink(contact, this.#inputs),
      (error: unknown) => {
        // Archived, deleted or merged: the ordinary way finds that out.
        if (error instanceof IntercomNotFound || error instanceof IntercomContactMerged) return "keep" as const;
        throw error;
      },
    );
    if (verdict !== "undecided" || this.#inputs.userId === null) return verdict === "keep";
    const other = await findByUserId(this.#context, this.#inputs.userId, lane);
    return other === null || other.id === contactId;
  }

  async #linkedContact({ leader, contactId }: Identity): Promise<string | null> {
    if (!leader) return contactId;
    const found = await findIdentities(this.#context.pool, [leader]);
    return found.get(customerKeyText(leader))?.contactId ?? null;
  }

  /** What we wrote about this customer is taken back from a contact that is nobody else's; then they are looked up afresh. */
  async #leave(identity: Identity): Promise<Synced> {
    const { customer, lane, guard } = this.#subject;
    await guard();
    const isAlone = identity.leader === null && identity.members.length === 0;
    const written = isAlone ? await this.#clear(identity) : null;
    await leavePerson(this.#context, { customer, isCleared: isAlone, lane });
    return { identity: null, written };
  }

  async #clear({ contactId, known }: Identity): Promise<Written | null> {
    // Of a contact that was not read yet anything may be shown.
    const all = Object.keys(this.#subject.person.desired.custom).map((name): [string, AttributeValue] => [name, "?"]);
    const shown = (known ? Object.entries(known.custom) : all).filter(([, value]) => value !== null);
    if (contactId === null || shown.length === 0) return null;
    const patch = { customAttributes: Object.fromEntries(shown.map(([name]) => [name, null])) };
    const { intercom } = this.#context;
    try {
      const { requestId } = await updateContact(intercom, { id: contactId, patch }, this.#writing);
      return this.#written("update", { contactId, changes: describePatch(known, patch), requestId });
    } catch (error) {
      if (error instanceof IntercomNotFound || error instanceof IntercomContactMerged) return null;
      throw error;
    }
  }

  async #created({ contact, sent, requestId }: Extract<Resolved, { kind: "created" }>): Promise<Synced> {
    await crashPoint("after-intercom-before-record");
    const { desired } = this.#subject.person;
    const before = { ...knownFromContact(contact, desired), custom: {} };
    const standard = Object.entries(desired.standard).filter(([, value]) => value !== null);
    const patch: ContactPatch = { ...Object.fromEntries(standard), customAttributes: sent };
    const known = knownAfter(before, { desired, patch, shown: contact });
    const leader = await this.#reserve({ contactId: contact.id, known, matchedBy: "created" });
    // Somebody else's search found it in the moment since.
    const written = this.#written("create", { contactId: contact.id, changes: describePatch(null, patch), requestId });
    const foundBy = this.#inputs.userId === null ? "email" : "user_id";
    if (leader) return this.#join(leader, { contact, matchedBy: foundBy, written });
    return { identity: this.#linked({ contactId: contact.id, known, matchedBy: "created" }), written };
  }

  /** Writes what differs; follows a merged contact and notices a removed one. */
  async update(link: Link): Promise<Synced> {
    const { desired } = this.#subject.person;
    const patch = diffContact(link.known, desired);
    if (patch && !link.isFresh && standardFields.some((field) => patch[field] !== undefined)) return this.#reread(link);
    if (!patch)
      return {
        identity: this.#linked({ ...link, known: knownAfter(link.known, { desired, patch: null, shown: null }) }),
        written: null,
      };
    try {
      await this.#noteSending(link.known, patch);
      const { contact, sent, requestId } = await this.#send(link.contactId, patch);
      await crashPoint("after-intercom-before-record");
      const known = knownAfter(link.known, { desired, patch: sent, shown: contact });
      const changes = describePatch(link.known, sent);
      return {
        identity: this.#linked({ ...link, known }),
        written:
          changes.length === 0 ? null : this.#written("update", { contactId: link.contactId, changes, requestId }),
      };
    } catch (error) {
      return this.#missing(link, error);
    }
  }

  /** Name, e-mail and phone may be edited by people: should we die in the middle, what we wrote must not pass for theirs. */
  async #noteSending(known: KnownContact, patch: ContactPatch): Promise<void> {
    const noted = knownBeforeSending(known, patch);
    if (!noted) return;
    const { customer, guard } = this.#subject;
    await guard();
    this.#version = await saveKnown(this.#context.pool, customer, { known: noted, version: this.#version });
    if (this.#version === null) throw new PersonChanged();
  }

  /** A merged contact lives on as another one; one that is not found was archived or deleted. */
  async #missing(link: Link, error: unknown): Promise<Synced> {
    if (error instanceof IntercomContactMerged) {
      const survivor = await this.#merged(link.contactId, error);
      return survivor ? this.#adopt(survivor) : this.#archived(error.canonicalContactId, "merged");
    }
    if (error instanceof IntercomNotFound) return this.#archived(link.contactId, link.matchedBy);
    throw error;
  }

  /** The contact that it lives on as, with what the person did as the former one; null when that was archived or deleted. */
  async #merged(contactId: string, { canonicalContactId }: IntercomContactMerged): Promise<Found | null> {
    try {
      const contact = await getContact(this.#context.intercom, canonicalContactId, { lane: this.#subject.lane });
      await moveSignals(this.#context.records, contactId, canonicalContactId);
      return { contact, matchedBy: "merged" };
    } catch (error) {
      if (error instanceof IntercomNotFound) return null;
      throw error;
    }
  }

  /** E-mail, name and phone may have been changed by people: they are looked at before they are changed, which is rare. */
  async #reread(link: Link, learn: Learn = knownAfterReading): Promise<Synced> {
    try {
      const contact = await getContact(this.#context.intercom, link.contactId, { lane: this.#subject.lane });
      return await this.update({
        ...link,
        known: learn(link.known, contact, this.#subject.person.desired),
        isFresh: true,
      });
    } catch (error) {
      return this.#missing(link, error);
    }
  }

  /** The link stays on record: if the contact was only archived, it may come back, or be brought back. */
  async #archived(contactId: string, matchedBy: MatchedBy | null): Promise<Synced> {
    const { archived } = this.#context.policy;
    if (archived === "skip") return this.nobody("archived", "contact_archived", { contactId });
    if (archived === "ask") {
      const proposal = { contactId, role: null, externalId: null, name: null };
      return this.nobody("quarantined", "contact_archived", { contactId, proposals: [proposal] });
    }
    const contact = await this.#readOrUnarchive(contactId);
    if (contact) return this.#adopt({ contact, matchedBy: matchedBy ?? "conflict" });
    return this.nobody("gone", "contact_deleted", { contactId });
  }

  /** The contact, taken out of the archive if it is there; null when Intercom has it no more. */
  async #readOrUnarchive(contactId: string): Promise<Contact | null> {
    const { intercom } = this.#context;
    const { lane } = this.#subject;
    for (const isLast of [false, true]) {
      try {
        return await getContact(intercom, contactId, { lane });
      } catch (error) {
        if (error instanceof IntercomContactMerged) return this.#readOrUnarchive(error.canonicalContactId);
        if (!(error instanceof IntercomNotFound)) throw error;
        if (isLast || !(await this.#unarchive(contactId))) return null;
      }
    }
    return null;
  }

  async #unarchive(contactId: string): Promise<boolean> {
    try {
      await unarchiveContact(this.#context.intercom, contactId, this.#writing);
      return true;
    } catch (error) {
      // Deleted for good, or blocked (`not_restorable`).
      if (error instanceof IntercomNotFound || error instanceof IntercomRejected) return false;
      throw error;
    }
  }

  /** Leaves out what Intercom refuses for good, so that the rest arrives. */
  async #send(id: string, patch: ContactPatch): Promise<ContactWritten & { readonly sent: ContactPatch }> {
    const { intercom, provision } = this.#context;
    const send = async (sent: ContactPatch): Promise<ContactWritten & { readonly sent: ContactPatch }> => ({
      ...(await updateContact(intercom, { id, patch: sent }, this.#writing)),
      sent,
    });
    const sendRest = async (rest: ContactPatch): ReturnType<typeof send> => {
      if (Object.keys(rest).length > 0) return send(rest);
      const contact = await getContact(intercom, id, { lane: this.#subject.lane });
      return { contact, requestId: null, sent: rest };
    };
    try {
      return await send(patch);
    } catch (error) {
      // The address belongs to somebody else in Intercom.
      if (error instanceof IntercomConflict && patch.email !== undefined) return sendRest(without(patch, "email"));
      if (!(error instanceof IntercomRejected)) throw error;
      if (error.unknownAttribute !== null) {
        await provision();
        return send(patch);
      }
      if (blamesPhone(error) && patch.phone !== undefined) return sendRest(without(patch, "phone"));
      throw error;
    }
  }

  /** A write with what it rests on, so that every value can be explained. */
  #written(kind: Written["kind"], done: Pick<Written, "contactId" | "changes" | "requestId">): Written {
    const { mapping } = this.#subject.person;
    const readers = readersOf(
      mapping,
      done.changes.map(([name]) => name),
    );
    return { kind, ...done, basis: basisOf(readers, this.#subject.person), mapping: mapping.name };
  }

  nobody(
    state: Exclude<Identity["state"], "linked">,
    reason: IdentityReason,
    {
      contactId = this.#subject.identity?.contactId ?? null,
      proposals = [],
    }: { readonly contactId?: string | null; readonly proposals?: readonly Proposal[] } = {},
  ): Synced {
    const identity = { ...this.#blank(), state, reason, contactId, proposals };
    return { identity, written: null };
  }

  #linked({
    contactId,
    known,
    matchedBy,
  }: {
    readonly contactId: string | null;
    readonly known: KnownContact | null;
    readonly matchedBy: MatchedBy | null;
  }): Identity {
    return { ...this.#blank(), state: "linked", contactId, known, matchedBy };
  }

  #blank(): Identity {
    const { identity } = this.#subject;
    return {
      state: "left_out",
      reason: null,
      contactId: null,
      matchedBy: null,
      inputs: inputsText(this.#inputs),
      known: null,
      doubted: false,
      checkedAtMs: this.#context.nowMs(),
      leader: null,
      members: identity?.members ?? [],
      proposals: [],
      decision: identity?.decision ?? null,
      version: this.#version,
    };
  }
}

function wantedBy(decision: Decision): string | null {
  return decision.kind === "link" ? decision.contactId : null;
}

function without(patch: ContactPatch, field: "email" | "phone"): ContactPatch {
  const { [field]: _, ...rest } = patch;
  return rest;
}
