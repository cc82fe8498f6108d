/** Station billing: what a new copy changed, for people, and how soon Intercom must know. */
import { Decimal } from "decimal.js";
import { isRecord } from "../lib/json.ts";
import type { Lane } from "../model/lane.ts";
import { decimalsOf, toMajor, type Money } from "../model/money.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";

/** Field, value before, value after; null is "none". */
export type Change = readonly [field: string, before: string | null, after: string | null];

const changesMax = 12;
const valueLengthMax = 80;

/** What differs between two copies of an object, as short texts; at most twelve entries. */
export function describeChanges(before: ObjectCopy | undefined, after: ObjectCopy): readonly Change[] {
  if (after.deleted) return [["deleted", "no", "yes"]];
  const old = flatten(before?.facts);
  const now = flatten(after.facts);
  const fields = [...new Set([...now.keys(), ...old.keys()])];
  return fields
    .map((field): Change => [field, old.get(field) ?? null, now.get(field) ?? null])
    .filter(([, was, is]) => was !== is && (before !== undefined || is !== "false"))
    .slice(0, changesMax)
    .map(([field, was, is]): Change => [field, shorten(was), shorten(is)]);
}

function shorten(text: string | null): string | null {
  return text?.slice(0, valueLengthMax) ?? null;
}

type Flat = Map<string, string>;

function flatten(value: unknown, path = "", into: Flat = new Map<string, string>()): Flat {
  if (Array.isArray(value)) value.forEach((item, index) => flatten(item, `${path}[${index}]`, into));
  else if (isRecord(value))
    for (const [key, part] of Object.entries(value)) flattenPart(value, { key, part, path }, into);
  else if (value !== null && value !== undefined) into.set(path, scalarText(value));
  return into;
}

/** Amounts are shown in their currency's major unit. */
function flattenPart(
  record: Readonly<Record<string, unknown>>,
  { key, part, path }: { readonly key: string; readonly part: unknown; readonly path: string },
  into: Flat,
): void {
  const place = path === "" ? key : `${path}.${key}`;
  const { currency } = record;
  if (typeof part === "number" && key.endsWith("Minor") && typeof currency === "string") {
    into.set(place.slice(0, -"Minor".length), moneyText({ amountMinor: part, currency }));
  } else if (typeof part === "string" && key === "unitAmount" && typeof currency === "string") {
    into.set(place, priceText(part, currency));
  } else flatten(part, place, into);
}

/** A price may be a fraction of a cent; none of it is cut off. */
function priceText(amountMinor: string, currency: string): string {
  const decimals = decimalsOf(currency);
  const major = new Decimal(amountMinor).div(10 ** decimals);
  return `${major.toFixed(Math.max(decimals, major.decimalPlaces()))} ${currency.toUpperCase()}`;
}

function moneyText(money: Money): string {
  return `${toMajor(money).toFixed(decimalsOf(money.currency))} ${money.currency.toUpperCase()}`;
}

function scalarText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * How soon the contact must show this change; null when no attribute can depend on it. Urgent is what an agent must
 * not be wrong about: status, delinquency, a failed payment.
 */
export function laneOfChange(before: ObjectCopy | undefined, after: ObjectCopy): Lane | null {
  switch (after.kind) {
    case "subscription":
      return statusNeedsHaste(before, after.facts.status) ? "urgent" : "calm";
    case "customer":
      return before?.kind === "customer" && before.facts.delinquent !== after.facts.delinquent ? "urgent" : "calm";
    case "charge":
      return after.facts.status === "failed" && !isSameStatus(before, "failed") ? "urgent" : "calm";
    case "credit_balance":
    case "dispute":
    case "entitlements":
    case "mandate":
    case "payment_method":
    case "refund":
      return "calm";
    case "invoice":
      return isOpenInvoice(before) || isOpenInvoice(after) ? "calm" : null;
    case "coupon":
    case "payment_intent":
    case "price":
    case "product":
      return null;
    case "usage":
      return "calm";
  }
}

/** Only what is open shows on the contact; what was paid shows by its charge. */
function isOpenInvoice(copy: ObjectCopy | undefined): boolean {
  return copy?.kind === "invoice" && copy.facts.status === "open";
}

/** `incomplete` is the first second of a checkout and nobody has to act on it. */
function statusNeedsHaste(before: ObjectCopy | undefined, status: string): boolean {
  return status !== "incomplete" && !isSameStatus(before, status);
}

function isSameStatus(before: ObjectCopy | undefined, status: string): boolean {
  return (before?.kind === "subscription" || before?.kind === "charge") && before.facts.status === status;
}
