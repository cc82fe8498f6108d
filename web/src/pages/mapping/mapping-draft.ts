/** What people do to a mapping before it is saved: pure steps from one document to the next. */
import type { MappedAttribute, MappedCompanies, MappingDocument } from "../../../../contract/mapping.ts";
import { isSame } from "../../draft/same.ts";

/** Whose attributes: those of contacts, or those of companies. */
export type Holder = "people" | "companies";

/** Where an attribute stands; without an index it is not in the document yet. */
export type AttributePlace = { readonly holder: Holder; readonly index: number | null };

/** How companies begin when somebody switches them on. */
export const freshCompanies: MappedCompanies = {
  on: true,
  key: "email_domain",
  excludeDomains: [],
  name: "customer_name",
  plan: true,
  attributes: [],
};

/** An attribute that somebody begins to write. */
export const freshAttribute: MappedAttribute = {
  name: "",
  field: "",
  format: "plain",
  locale: "en",
  purpose: "",
  lane: "normal",
  ownership: "dunlin",
  on: true,
  precision: "exact",
};

export function attributesOf(document: MappingDocument, holder: Holder): readonly MappedAttribute[] {
  return holder === "people" ? document.attributes : (document.companies?.attributes ?? []);
}

/** The path under which the server reports problems of an attribute; one that is new stands at the end. */
export function pathOf(document: MappingDocument, { holder, index }: AttributePlace): string {
  const place = index ?? attributesOf(document, holder).length;
  return holder === "people" ? `attributes[${place}]` : `companies.attributes[${place}]`;
}

/** Puts an attribute at its place. One that is on can no longer be on its way out. */
export function putAttribute(
  document: MappingDocument,
  { holder, index }: AttributePlace,
  attribute: MappedAttribute,
): MappingDocument {
  const before = attributesOf(document, holder);
  const after = index === null ? [...before, attribute] : before.with(index, attribute);
  const next = withAttributes(document, holder, after);
  return attribute.on ? keepName(next, attribute.name) : next;
}

/** Switches an attribute on or off. What it has written stays until its name is retired. */
export function switchAttribute(
  document: MappingDocument,
  place: { readonly holder: Holder; readonly index: number },
  on: boolean,
): MappingDocument {
  const attribute = attributesOf(document, place.holder)[place.index];
  return attribute ? putAttribute(document, place, { ...attribute, on }) : document;
}

/** Removes an attribute; with `retire` its values are also taken out of Intercom, and its attribute there archived. */
export function removeAttribute(
  document: MappingDocument,
  { holder, index }: { readonly holder: Holder; readonly index: number },
  { retire }: { readonly retire: boolean },
): MappingDocument {
  const attribute = attributesOf(document, holder)[index];
  if (!attribute) return document;
  const next = withAttributes(document, holder, attributesOf(document, holder).toSpliced(index, 1));
  return retire ? retireName(next, attribute.name) : next;
}

/** Has the values of a name taken out of all contacts and companies. */
export function retireName(document: MappingDocument, name: string): MappingDocument {
  return document.retired.includes(name) ? document : { ...document, retired: [...document.retired, name] };
}

/** Lets the values of a name stay where they are. */
export function keepName(document: MappingDocument, name: string): MappingDocument {
  if (!document.retired.includes(name)) return document;
  return { ...document, retired: document.retired.filter((one) => one !== name) };
}

export type SourceKind = "field" | "metadata" | "cel";

export function sourceKindOf({ metadata, cel }: MappedAttribute): SourceKind {
  if (cel !== undefined) return "cel";
  return metadata === undefined ? "field" : "metadata";
}

/** The attribute with another source. A type that the document must say for the new one is said. */
export function withSource(attribute: MappedAttribute, kind: SourceKind, value = ""): MappedAttribute {
  const { field: _field, metadata: _metadata, cel: _cel, ...rest } = attribute;
  const type = kind === "metadata" ? { type: attribute.type ?? ("string" as const) } : {};
  return { ...rest, ...type, [kind]: value };
}

/** The same attribute without a type of its own, so that it has its source's. */
export function withoutType({ type: _type, ...rest }: MappedAttribute): MappedAttribute {
  return rest;
}

function withAttributes(
  document: MappingDocument,
  holder: Holder,
  attributes: readonly MappedAttribute[],
): MappingDocument {
  if (holder === "people") return { ...document, attributes: [...attributes] };
  return { ...document, companies: { ...(document.companies ?? freshCompanies), attributes: [...attributes] } };
}

/** The names of attributes that are not as they were. */
export function changedNames(before: MappingDocument, after: MappingDocument, holder: Holder): ReadonlySet<string> {
  const known = new Map(attributesOf(before, holder).map((attribute) => [attribute.name, attribute]));
  const changed = attributesOf(after, holder).filter((attribute) => !isSame(known.get(attribute.name), attribute));
  return new Set(changed.map(({ name }) => name));
}
