/** Station mapping: from a value of the profile to the value that Intercom gets: its type, how exact, how written. Pure. */
import { Decimal } from "decimal.js";
import type { Precision } from "../../contract/mapping.ts";
import { dayOf, secondOfIso } from "../lib/calendar.ts";
import type { AttributeType } from "../model/attribute.ts";
import type { AttributeValue } from "../model/contact.ts";
import { decimalsOf } from "../model/money.ts";
import type { Unknown } from "../model/profile.ts";

/** How a value is written: the parts of a mapped attribute that are about its form. */
export type Form = {
  readonly type: AttributeType;
  readonly precision: Precision;
  readonly format: "plain" | "upper" | "lower" | "money" | "date";
  readonly locale: "en" | "de";
};

/** A value before it is given its form. */
export type Raw = {
  readonly value: AttributeValue;
  /** Of an amount in major units, in capital letters; null while there is none. */
  readonly currency: string | null;
};

/** Intercom refuses longer text (help article 179). */
export const textLengthMax = 255;

/** The value in its form; unknown, with the reason, when it does not fit its type. */
export function formed({ value, currency }: Raw, form: Form): AttributeValue | Unknown {
  if (value === null) return null;
  const isReduced = form.precision !== "exact";
  const number = isReduced && typeof value === "string" ? numberOf(value) : value;
  if (typeof number === "object") return number;
  const exact = typeof number === "number" ? reduced(number, currency, form) : number;
  if (typeof exact === "string") return fitType(exact, form);
  if (form.type === "string") return fitText(textOf(exact, currency, form));
  return fitType(exact, form);
}

/** Less than exact, for those who should not know more. */
function reduced(value: number, currency: string | null, { precision, locale }: Form): number | string {
  if (precision === "exact") return value;
  if ("round" in precision) return roundTo(value, precision.round);
  return bandOf(value, precision.bands, { currency, locale });
}

/** To the nearest multiple, half up (away from zero). */
function roundTo(value: number, step: number): number {
  const rounded = new Decimal(value).div(step).toDecimalPlaces(0, Decimal.ROUND_HALF_UP).times(step).toNumber();
  return rounded === 0 ? 0 : rounded;
}

/** Between which two limits: from the lower one on, and below the upper one. */
function bandOf(
  value: number,
  bands: readonly number[],
  { currency, locale }: { readonly currency: string | null; readonly locale: "en" | "de" },
): string {
  const limits = bands.toSorted((a, b) => a - b);
  const lower = limits.findLast((limit) => limit <= value);
  const upper = limits.find((limit) => limit > value);
  const write = (limit: number): string =>
    new Intl.NumberFormat(locale, { useGrouping: false, maximumFractionDigits: 12 }).format(limit);
  const unit = currency === null ? "" : ` ${currency}`;
  if (lower === undefined) return `< ${write(upper ?? 0)}${unit}`;
  return upper === undefined ? `≥ ${write(lower)}${unit}` : `${write(lower)}–${write(upper)}${unit}`;
}

function textOf(value: number | boolean, currency: string | null, { format, locale }: Form): string {
  if (typeof value === "boolean") return String(value);
  if (format === "money") return moneyText(value, currency, locale);
  if (format === "date") return dateText(value, locale);
  return String(value);
}

function moneyText(value: number, currency: string | null, locale: "en" | "de"): string {
  const digits = currency === null ? 2 : decimalsOf(currency);
  const amount = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return currency === null ? amount.format(value) : `${amount.format(value)} ${currency}`;
}

function dateText(atS: number, locale: "en" | "de"): string {
  const day = dayOf(atS);
  return locale === "de" ? day.split("-").toReversed().join(".") : day;
}

function fitType(value: string | number | boolean, form: Form): AttributeValue | Unknown {
  switch (form.type) {
    case "string":
      return fitText(cased(String(value), form.format));
    case "boolean":
      return booleanOf(value);
    case "integer":
      return wholeOf(value);
    case "float":
      return numberOf(value);
    case "date":
      return typeof value === "string" ? instantOf(value) : wholeOf(value);
  }
}

function cased(text: string, format: Form["format"]): string {
  if (format === "upper") return text.toUpperCase();
  return format === "lower" ? text.toLowerCase() : text;
}

const yes = new Set(["true", "yes", "1", "ja"]);
const no = new Set(["false", "no", "0", "nein"]);

function booleanOf(value: string | number | boolean): boolean | Unknown {
  if (typeof value === "boolean") return value;
  const text = String(value).trim().toLowerCase();
  if (yes.has(text)) return true;
  return no.has(text) ? false : breaks(value, "neither true nor false");
}

function wholeOf(value: string | number | boolean): number | Unknown {
  const number = numberOf(value);
  if (typeof number !== "number") return breaks(value, "no whole number");
  return Number.isSafeInteger(number) ? number : breaks(value, "no whole number, or too large for one");
}

/** Plain decimals only: `1,000` may mean one or a thousand. */
const decimalText = /^[+-]?(\d{1,15}(\.\d{1,15})?|\.\d{1,15})$/;

function numberOf(value: string | number | boolean): number | Unknown {
  const number = typeof value === "string" && decimalText.test(value.trim()) ? Number(value.trim()) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : breaks(value, "no number");
}

const isoDate = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2}))?$/;

/** A day, an instant with its zone, or seconds since 1970. */
function instantOf(text: string): number | Unknown {
  const trimmed = text.trim();
  if (/^\d{9,11}$/.test(trimmed)) return Number(trimmed);
  const atS = isoDate.test(trimmed) ? secondOfIso(trimmed.replace(" ", "T")) : Number.NaN;
  const isReal = !Number.isNaN(atS) && (trimmed.length > 10 || dayOf(atS) === trimmed);
  return isReal ? atS : breaks(text, "no date such as 2026-11-30");
}

function breaks(value: string | number | boolean, what: string): Unknown {
  return { unknown: `The value “${String(value).slice(0, 60)}” is ${what}.` };
}

/** Cut to what Intercom takes. */
export function fitText(text: string): string;
export function fitText(text: string | null): string | null;
export function fitText(text: string | null): string | null {
  if (text === null || text.length <= textLengthMax) return text;
  // A cut between two halves of one character would leave a broken one.
  return `${text.slice(0, textLengthMax - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
