/** Compares what a contact shows with what we know of it and with what the mapping asks for. Pure. */
import { normaliseEmail } from "../../contacts/email.ts";
import {
  chooseByEmail,
  type CreateMode,
  type Identity,
  type IdentityInputs,
  type MatchedBy,
} from "../../contacts/identity.ts";
import { diffContact, knownAfterReading, type KnownContact } from "../../contacts/known.ts";
import { parseStored } from "../../lib/json.ts";
import { standardFields, type DesiredContact, type StandardField } from "../../model/attribute.ts";
import type { AttributeValue, Contact } from "../../model/contact.ts";
import { differencesMax, type Difference, type Drift } from "./drift.ts";

/** A linked contact from all sides. */
export type ContactView = {
  /** As Intercom shows it now. */
  readonly shown: Contact;
  /** As Intercom last accepted or showed it. */
  readonly known: KnownContact;
  /** As the mapping asks for it; null while our copies are known to be wrong, so that it proves nothing. */
  readonly desired: DesiredContact | null;
  readonly matchedBy: MatchedBy | null;
  /** The business's own ids of the person's customers. */
  readonly userIds: readonly string[];
};

/** One value that we wrote: name, before, after. */
export type WrittenValue = readonly [name: string, before: AttributeValue, after: AttributeValue];

export type Finding = Pick<Drift, "class" | "differences" | "done">;

export type Comparison = {
  readonly findings: readonly Finding[];
  /** What is known from now on: what is shown. The same object when nothing is new. */
  readonly known: KnownContact;
};

/**
 * What is wrong with a linked contact; at most one finding of each class. `writes` are our own of this contact, newest
 * first: a value that is back at what it was before our last write was lost, any other was put there by somebody else.
 */
export function compareContact(view: ContactView, writes: readonly WrittenValue[]): Comparison {
  const custom = compareCustom(view, writes);
  const standard = compareStandard(view);
  const findings = [
    findingOf("lost_write", "rewritten", [...custom.lost, ...standard.unwritten]),
    findingOf("foreign_edit", custom.foreign.length > 0 ? "rewritten" : "left", [
      ...custom.foreign,
      ...custom.shared,
      ...standard.foreign,
    ]),
    findingOf("identity", "left", compareIdentity(view)),
  ];
  return { findings: findings.filter((finding) => finding !== null), known: knownAsShown(view, custom.edited) };
}

function findingOf(name: Finding["class"], done: Finding["done"], differences: readonly Difference[]): Finding | null {
  return differences.length === 0 ? null : { class: name, done, differences: differences.slice(0, differencesMax) };
}

type CustomDifferences = {
  readonly lost: readonly Difference[];
  readonly foreign: readonly Difference[];
  /** Written by others where the mapping lets them; it stays until billing changes. */
  readonly shared: readonly Difference[];
  /** Names whose shown value is another one than we know. */
  readonly edited: readonly string[];
};

/** Attributes of the mapping are ours unless it shares them. One that somebody set to what it should be anyway is no difference. */
function compareCustom({ shown, known, desired }: ContactView, writes: readonly WrittenValue[]): CustomDifferences {
  const lost: Difference[] = [];
  const foreign: Difference[] = [];
  const shared: Difference[] = [];
  const edited: string[] = [];
  for (const [name, expected] of Object.entries(desired?.custom ?? known.custom)) {
    const found = shown.customAttributes[name] ?? null;
    const accepted = known.custom[name] ?? null;
    const isEdited = !showsTheSame(accepted, found);
    const isLost = !isEdited || isUndone({ name, accepted, found }, writes);
    const isTheirs = !isLost && found !== null && desired?.shared.has(name) === true;
    if (isEdited && !isTheirs) edited.push(name);
    if (showsTheSame(expected, found)) continue;
    const kind = isTheirs ? shared : foreign;
    (isLost ? lost : kind).push([name, expected, found]);
  }
  return { lost, foreign, shared, edited };
}

/** True when the value is back at what it was before our last write of it. */
function isUndone(
  {
    name,
    accepted,
    found,
  }: { readonly name: string; readonly accepted: AttributeValue; readonly found: AttributeValue },
  writes: readonly WrittenValue[],
): boolean {
  const last = writes.find(([written]) => written === name);
  return last !== undefined && showsTheSame(last[2], accepted) && showsTheSame(last[1], found);
}

/** Name, e-mail and phone that others changed are theirs; what is still ours to write and was not written is a lost write. */
function compareStandard({ shown, known, desired }: ContactView): {
  readonly foreign: readonly Difference[];
  readonly unwritten: readonly Difference[];
} {
  const changed = standardFields.filter((field) => !isSameField(field, known.standard[field].shown, shown[field]));
  const foreign = changed.map((field): Difference => [field, known.standard[field].shown, shown[field]]);
  if (!desired) return { foreign, unwritten: [] };
  const patch = diffContact(knownAfterReading(known, shown), desired);
  const unwritten = standardFields
    .filter((field) => patch?.[field] !== undefined && !changed.includes(field))
    .map((field): Difference => [field, desired.standard[field], shown[field]]);
  return { foreign, unwritten };
}

function isSameField(field: StandardField, a: string | null, b: string | null): boolean {
  return field === "email" ? normaliseEmail(a) === normaliseEmail(b) : showsTheSame(a, b);
}

/** A person's decision and a merge in Intercom outrank the user id; a contact without one may be anybody's. */
function compareIdentity({ shown, matchedBy, userIds }: ContactView): readonly Difference[] {
  if (shown.role === "lead") return [["role", "user", "lead"]];
  const isSettled = matchedBy === "person" || matchedBy === "merged";
  const [userId] = userIds;
  if (isSettled || userId === undefined || shown.externalId === null || userIds.includes(shown.externalId)) return [];
  return [["external_id", userId, shown.externalId]];
}

function knownAsShown({ shown, known }: ContactView, edited: readonly string[]): KnownContact {
  const isRead = standardFields.some((field) => !isSameField(field, known.standard[field].shown, shown[field]));
  if (edited.length === 0 && !isRead) return known;
  const values = edited.map((name): [string, AttributeValue] => [name, shown.customAttributes[name] ?? null]);
  return { ...knownAfterReading(known, shown), custom: { ...known.custom, ...Object.fromEntries(values) } };
}

/**
 * True when a value that we sent and one that is shown mean the same. Intercom may spell a value in its own way: text
 * without the spaces around it, a number as text, nothing as an empty text.
 */
export function showsTheSame(sent: AttributeValue, shown: AttributeValue): boolean {
  const [a, b] = [plain(sent), plain(shown)];
  if (a === b) return true;
  if (a === null || b === null) return false;
  const [x, y] = [Number(a), Number(b)];
  return typeof a !== typeof b ? String(a) === String(b) || x === y : typeof a === "number" && isClose(x, y);
}

function plain(value: AttributeValue): AttributeValue {
  if (typeof value !== "string") return value;
  const text = value.normalize("NFC").trim();
  return text === "" ? null : text;
}

/** Decimals may pass through a single-precision or a decimal column and come back a hair away. */
function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

/** A customer who waits for a contact. */
export type Waiting = Pick<Identity, "state" | "reason" | "contactId" | "inputs">;

/**
 * What a listed contact means to a customer without one: it is their archived contact that has come back, it may be
 * theirs and was not there when we looked, or it is nothing to them. Who is quarantined waits for a person, unless the
 * user id now says who it is.
 */
export function judgeAppeared(contact: Contact, waiting: Waiting): "returned" | "appeared" | null {
  if (waiting.contactId === contact.id) return waiting.reason === "contact_archived" ? "returned" : null;
  if (contact.role !== "user" || waiting.reason === "customer_deleted") return null;
  return mayBeTheirs(contact, waiting) ? "appeared" : null;
}

function mayBeTheirs(contact: Contact, waiting: Waiting): boolean {
  const inputs = inputsOf(waiting.inputs);
  const isByUserId = inputs.userId !== null && contact.externalId === inputs.userId;
  if (waiting.state === "quarantined") return isByUserId && isAboutEmail(waiting);
  return isByUserId || chooseByEmail([contact], inputs).kind === "match";
}

function isAboutEmail({ reason }: Waiting): boolean {
  return reason === "email_ambiguous" || reason === "email_of_another_user";
}

/** Reads back what `inputsText` wrote. */
function inputsOf(text: string): IdentityInputs {
  const [userId, email, createMode] = parseStored<readonly [string | null, string | null, CreateMode]>(text);
  return { userId, email, createMode };
}
