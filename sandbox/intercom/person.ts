/** Making, finding and changing one contact; every way in (API, teammate, seed) goes through here. */
import { isDeepStrictEqual } from "node:util";
import { patchAttributes } from "./attribute-values.ts";
import { normaliseEmail } from "./contact-book.ts";
import { refuseDuplicate } from "./contact-identity.ts";
import { contactView } from "./contact-view.ts";
import { invalid, personNotFound, Refusal } from "./refusal.ts";
import type { Contact, ContactRole } from "./rows.ts";
import type { Workspace } from "./workspace.ts";

/** What a caller may say about a contact; what is left out stays as it is. */
export type ContactInput = {
  readonly role?: ContactRole | undefined;
  readonly external_id?: string | undefined;
  readonly email?: string | undefined;
  readonly email_verified?: boolean | null | undefined;
  readonly phone?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly avatar?: string | null | undefined;
  readonly owner_id?: string | null | undefined;
  readonly signed_up_at?: number | null | undefined;
  readonly last_seen_at?: number | null | undefined;
  readonly unsubscribed_from_emails?: boolean | null | undefined;
  readonly language_override?: string | null | undefined;
  readonly custom_attributes?: Readonly<Record<string, unknown>> | null | undefined;
};

const mergeHopMax = 3;

/** The live contact. Merged: 410 with the way to the one that took it in; archived, blocked or unknown: 404. */
export function findPerson(workspace: Workspace, id: string): Contact {
  const contact = workspace.people.get(id);
  if (contact?.state === "merged") throw mergedAway(workspace, contact);
  if (contact?.state !== "live") throw personNotFound();
  return contact;
}

/** The 410 that names the contact into which this one went, however many merges later. */
export function mergedAway(workspace: Workspace, contact: Contact): Refusal {
  let canonical = contact;
  for (let hop = 0; hop < mergeHopMax; hop += 1) {
    const next = canonical.merged_into === null ? undefined : workspace.people.get(canonical.merged_into);
    if (next === undefined) break;
    canonical = next;
  }
  const message = "This contact has been merged. See the 'Link' header for the canonical contact.";
  const headers = { Link: `</contacts/${canonical.id}>; rel="canonical"` };
  return new Refusal(410, "contact_merged", { message, headers });
}

/** Creates a contact, or refuses with 409. `quietly` is for people who were there before anybody watched. */
export function createPerson(workspace: Workspace, input: ContactInput, quietly = false): Contact {
  const blank = blankContact(workspace, input.role ?? "user");
  const contact = applyInput(workspace, blank, input);
  refuseDuplicate(workspace, contact);
  workspace.people.save(contact, quietly);
  if (!quietly) workspace.notify(`contact.${contact.role}.created`, () => contactView(workspace, contact));
  return contact;
}

function blankContact(workspace: Workspace, role: ContactRole): Contact {
  const { ids, people } = workspace;
  const now = workspace.nowS();
  return {
    id: ids.hexFor(people),
    seq: Number(ids.next("contact_position")),
    state: "live",
    merged_into: null,
    merged_at: null,
    role,
    external_id: role === "lead" ? uuidFrom(ids.hexFor(people)) : null,
    email: null,
    email_verified: null,
    phone: null,
    name: null,
    avatar: null,
    owner_id: null,
    unsubscribed_from_emails: false,
    language_override: null,
    created_at: now,
    updated_at: now,
    signed_up_at: null,
    last_seen_at: null,
    last_replied_at: null,
    last_contacted_at: null,
    custom_attributes: {},
    tags: [],
    note_ids: [],
    company_ids: [],
    subscriptions: [],
  };
}

/** Changes a contact and tells subscribers what happened; nothing happens when nothing changed. */
export function changePerson(workspace: Workspace, before: Contact, input: ContactInput): Contact {
  if (before.role === "user" && input.role === "lead") {
    throw invalid("Contact with user role can't be converted to a lead", "role");
  }
  const wanted = applyInput(workspace, before, input);
  if (isDeepStrictEqual(wanted, before)) return before;
  if (wanted.email !== before.email || wanted.external_id !== before.external_id || wanted.role !== before.role) {
    refuseDuplicate(workspace, wanted, before.id);
  }
  const after = workspace.people.save({ ...wanted, updated_at: workspace.nowS() });
  announce(workspace, before, after);
  return after;
}

function announce(workspace: Workspace, before: Contact, after: Contact): void {
  const tell = (topic: string) => workspace.notify(topic, () => contactView(workspace, after));
  if (before.role !== after.role) tell("contact.lead.signed_up");
  if (before.email !== after.email) tell("contact.email.updated");
  if (before.email === null && after.email !== null && after.role === "lead") tell("contact.lead.added_email");
  if (!before.unsubscribed_from_emails && after.unsubscribed_from_emails) tell("contact.unsubscribed");
  if (before.unsubscribed_from_emails && !after.unsubscribed_from_emails) tell("contact.subscribed");
  tell(`contact.${after.role}.updated`);
}

function applyInput(workspace: Workspace, present: Contact, input: ContactInput): Contact {
  if (input.email_verified !== undefined && input.email === undefined) {
    throw invalid("email_verified must be sent together with email", "email_verified");
  }
  if (typeof input.owner_id === "string" && workspace.tables.admins.get(input.owner_id) === undefined) {
    throw invalid(`Admin '${input.owner_id}' does not exist`, "owner_id");
  }
  const { role = present.role, custom_attributes: patch } = input;
  const attributes = { present: present.custom_attributes, patch };
  return {
    ...present,
    role,
    external_id: externalIdAfter(present, role, input.external_id),
    ...emailAfter(present, input),
    phone: kept(input.phone, present.phone),
    name: kept(input.name, present.name),
    avatar: kept(input.avatar, present.avatar),
    owner_id: kept(input.owner_id, present.owner_id),
    signed_up_at: kept(input.signed_up_at, present.signed_up_at),
    last_seen_at: kept(input.last_seen_at, present.last_seen_at),
    language_override: kept(input.language_override, present.language_override),
    unsubscribed_from_emails: kept(input.unsubscribed_from_emails, present.unsubscribed_from_emails) ?? false,
    custom_attributes: patchAttributes(workspace, "contact", attributes),
  };
}

/** A lead keeps the id that Intercom made up; it gets the caller's when it becomes a user. */
function externalIdAfter(present: Contact, role: ContactRole, wanted: string | undefined): string | null {
  if (role === "lead") return present.external_id;
  return wanted ?? (present.role === "lead" ? null : present.external_id);
}

function emailAfter(present: Contact, input: ContactInput): Pick<Contact, "email" | "email_verified"> {
  if (input.email === undefined) return { email: present.email, email_verified: present.email_verified };
  const email = normaliseEmail(input.email);
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw invalid("Email is invalid", "email");
  const verified = email === present.email ? present.email_verified : null;
  return { email, email_verified: kept(input.email_verified, verified) };
}

function kept<T>(wanted: T | undefined, present: T): T {
  return wanted === undefined ? present : wanted;
}

function uuidFrom(hex: string): string {
  const digits = hex.padEnd(32, hex);
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}
