/** Station contacts: what Intercom shows, as far as we know, and what has to be written to make it right. */
import { standardFields, type DesiredContact, type StandardField } from "../model/attribute.ts";
import type { AttributeValue, Contact, ContactPatch } from "../model/contact.ts";
import { normaliseEmail } from "./email.ts";

/** One standard field: what Intercom shows, what Stripe said when we last looked, and whether what is shown comes from us. */
export type KnownField = {
  readonly shown: string | null;
  readonly asked: string | null;
  readonly ours: boolean;
  /** What we were about to write when we last said so; if Intercom shows it, it came from us, whatever became of us since. */
  readonly sent?: string;
};

/** What Intercom last accepted or showed. Stored with the link. */
export type KnownContact = {
  readonly standard: Readonly<Record<StandardField, KnownField>>;
  readonly custom: Readonly<Record<string, AttributeValue>>;
};

/** What we know of a contact that we have just read: nothing was asked of it yet. */
export function knownFromContact(contact: Contact, desired: DesiredContact): KnownContact {
  const custom = Object.keys(desired.custom).map((name): [string, AttributeValue] => [
    name,
    contact.customAttributes[name] ?? null,
  ]);
  return {
    standard: fields((field) => ({ shown: contact[field], asked: null, ours: false })),
    custom: Object.fromEntries(custom),
  };
}

/**
 * The smallest update that makes the contact what the mapping asks for; `null` when there is nothing to write.
 * Custom attributes of the mapping are ours. E-mail, name and phone are filled when empty and kept up to date while
 * Intercom still shows what Stripe said; once somebody else has changed them they are left alone.
 */
export function diffContact(known: KnownContact, desired: DesiredContact): ContactPatch | null {
  const standard = standardFields
    .filter((field) => mayWrite(field, known.standard[field], desired.standard[field]))
    .map((field): [string, string | null] => [field, desired.standard[field]]);
  const custom = Object.entries(desired.custom).filter(([name, value]) => (known.custom[name] ?? null) !== value);
  if (standard.length === 0 && custom.length === 0) return null;
  return {
    ...Object.fromEntries(standard),
    ...(custom.length === 0 ? {} : { customAttributes: Object.fromEntries(custom) }),
  };
}

/** Stripe's "none" never empties a field that a person may need, and what was refused is not asked for twice. */
function mayWrite(field: StandardField, { shown, asked, ours }: KnownField, desired: string | null): boolean {
  if (desired === null || isSame(field, shown, desired) || isSame(field, asked, desired)) return false;
  return shown === null || ours;
}

function isSame(field: StandardField, a: string | null, b: string | null): boolean {
  if (a === null || b === null) return a === b;
  return field === "email" ? normaliseEmail(a) === normaliseEmail(b) : a === b;
}

/** What is known after the contact was read again: what somebody else has changed since is no longer ours. */
export function knownAfterReading(known: KnownContact, contact: Contact): KnownContact {
  return {
    ...known,
    standard: fields((field) => {
      const { sent, ...before } = known.standard[field];
      const isUntouched = before.ours && isSame(field, before.shown, contact[field]);
      const arrived = sent !== undefined && isSame(field, sent, contact[field]);
      return { shown: contact[field], asked: before.asked, ours: isUntouched || arrived };
    }),
  };
}

/**
 * What is known of a contact that was read because a write to it may have been forgotten: of every attribute that was
 * ever written, and of every one that may be written for the first time.
 */
export function knownAfterDoubt(known: KnownContact, contact: Contact, desired: DesiredContact): KnownContact {
  const custom = [...Object.keys(known.custom), ...Object.keys(desired.custom)].map(
    (name): [string, AttributeValue] => [name, shownOf(name, { known, contact, desired })],
  );
  return { ...knownAfterReading(known, contact), custom: Object.fromEntries(custom) };
}

/**
 * What a contact shows of one attribute. Of a shared one it may be what somebody else has written, which stays: it is as if
 * it showed what billing said before, unless it shows what billing says now.
 */
function shownOf(
  name: string,
  {
    known,
    contact,
    desired,
  }: { readonly known: KnownContact; readonly contact: Contact; readonly desired: DesiredContact },
): AttributeValue {
  const shown = contact.customAttributes[name] ?? null;
  const isTheirs = desired.shared.has(name) && name in known.custom && shown !== desired.custom[name];
  return isTheirs && shown !== null ? (known.custom[name] ?? null) : shown;
}

/** What is known once we have said what we are about to write; null when the patch names no standard field. */
export function knownBeforeSending(known: KnownContact, patch: ContactPatch): KnownContact | null {
  if (standardFields.every((field) => patch[field] === undefined)) return null;
  return {
    ...known,
    standard: fields((field) => {
      const sent = patch[field] ?? null;
      return sent === null ? known.standard[field] : { ...known.standard[field], sent };
    }),
  };
}

type Accepted = {
  readonly desired: DesiredContact;
  /** What was sent; null when there was nothing to send. */
  readonly patch: ContactPatch | null;
  /** The contact as Intercom answered. */
  readonly shown: Contact | null;
};

/** What is known after Intercom has accepted the patch; standard fields are taken from its answer. */
export function knownAfter(known: KnownContact, accepted: Accepted): KnownContact {
  return {
    standard: fields((field) => fieldAfter(field, known.standard[field], accepted)),
    custom: { ...known.custom, ...accepted.patch?.customAttributes },
  };
}

/** Ours is what we wrote, and what agreed with Stripe anyway; a change by somebody else makes it theirs. */
function fieldAfter(field: StandardField, before: KnownField, { desired, patch, shown }: Accepted): KnownField {
  const now = shown ? shown[field] : before.shown;
  const wanted = desired.standard[field];
  const agrees = wanted !== null && isSame(field, now, wanted);
  const wasSent = patch?.[field] !== undefined;
  const untouched = before.ours && isSame(field, now, before.shown);
  return { shown: now, asked: wanted ?? before.asked, ours: wasSent || agrees || untouched };
}

function fields(make: (field: StandardField) => KnownField): Record<StandardField, KnownField> {
  return { email: make("email"), name: make("name"), phone: make("phone") };
}

/** What a patch changes, for the record: name, value before, value after. */
export function describePatch(
  known: KnownContact | null,
  patch: ContactPatch,
): readonly (readonly [string, AttributeValue, AttributeValue])[] {
  const { customAttributes: custom = {} } = patch;
  return [
    ...standardFields
      .filter((field) => patch[field] !== undefined)
      .map((field) => [field, known?.standard[field].shown ?? null, patch[field] ?? null] as const),
    ...Object.entries(custom).map(([name, value]) => [name, known?.custom[name] ?? null, value] as const),
  ];
}
