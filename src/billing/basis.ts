/** Station billing: what attributes rested on when they were written, as short text that is kept with the write. */
import { parseStored } from "../lib/json.ts";
import type { ProfileField } from "../model/profile.ts";
import type { CopyOrigin, ObjectCopy, ObjectKind } from "../model/stripe-object.ts";
import { groundsFinder, jointGrounds, type Ground, type Person } from "./provenance.ts";

/** A copy as it was when a value rested on it. */
export type BasisObject = {
  readonly account: string;
  readonly kind: ObjectKind;
  readonly id: string;
  readonly rev: number;
  readonly asOfS: number;
  /** The event that brought the copy, or because of which Stripe was asked; null when it was read without one. */
  readonly eventId: string | null;
  readonly origin: CopyOrigin;
};

/** What an attribute rested on; `others` is how many more copies were weighed than are named. */
export type Basis = { readonly objects: readonly BasisObject[]; readonly others: number };

/** An attribute of the mapping and the fields of the profile that it reads. */
export type Reader = { readonly name: string; readonly reads: readonly ProfileField[] };

type StoredObject = readonly [
  account: string,
  kind: ObjectKind,
  id: string,
  rev: number,
  asOfS: number,
  eventId: string | null,
  origin: CopyOrigin,
];

/** Attributes that rest on the same objects stand together; objects are named by their place in the list. */
type StoredRest = readonly [names: readonly string[], objects: readonly number[], others: number];
type StoredBasis = { readonly objects: readonly StoredObject[]; readonly rests: readonly StoredRest[] };

const objectsMax = 8;

/** The basis of these attributes as compact JSON. */
export function basisOf(changed: readonly Reader[], person: Person): string {
  const groundsOf = groundsFinder(person);
  const objects = new Map<ObjectCopy, { readonly place: number; readonly stored: StoredObject }>();
  const place = ({ account, copy }: Ground): number => {
    const known = objects.get(copy);
    if (known) return known.place;
    objects.set(copy, { place: objects.size, stored: storedOf(account, copy) });
    return objects.size - 1;
  };
  const rests = groupByReads(changed).map(({ names, reads }): StoredRest => {
    const grounds = jointGrounds(reads, groundsOf);
    return [names, grounds.slice(0, objectsMax).map(place), Math.max(0, grounds.length - objectsMax)];
  });
  const basis: StoredBasis = { objects: [...objects.values()].map(({ stored }) => stored), rests };
  return JSON.stringify(basis);
}

/** What this attribute rested on; undefined when the text says nothing about it. */
export function readBasis(text: string, name: string): Basis | undefined {
  const { objects, rests } = parseStored<StoredBasis>(text);
  const rest = rests.find(([names]) => names.includes(name));
  if (!rest) return undefined;
  const [, places, others] = rest;
  const named = places.map((place) => objects[place]).filter((object) => object !== undefined);
  return { objects: named.map(toObject), others };
}

/** Every object that the text names. */
export function readBasisObjects(text: string): readonly BasisObject[] {
  return parseStored<StoredBasis>(text).objects.map(toObject);
}

/** The same about copies of today. */
export function basisNow(reads: readonly ProfileField[], person: Person): Basis {
  const grounds = jointGrounds(reads, groundsFinder(person));
  const objects = grounds.slice(0, objectsMax).map(({ account, copy }) => toObject(storedOf(account, copy)));
  return { objects, others: grounds.length - objects.length };
}

function groupByReads(
  changed: readonly Reader[],
): readonly { readonly names: readonly string[]; readonly reads: readonly ProfileField[] }[] {
  const groups = new Map<string, { readonly names: string[]; readonly reads: readonly ProfileField[] }>();
  for (const { name, reads } of changed) {
    const group = groups.get(reads.join());
    if (group) group.names.push(name);
    else groups.set(reads.join(), { names: [name], reads });
  }
  return [...groups.values()];
}

function storedOf(account: string, { kind, id, rev, asOfS, eventId, origin }: ObjectCopy): StoredObject {
  return [account, kind, id, rev, asOfS, eventId, origin];
}

function toObject([account, kind, id, rev, asOfS, eventId, origin]: StoredObject): BasisObject {
  return { account, kind, id, rev, asOfS, eventId, origin };
}
