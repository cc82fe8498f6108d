/** What kind of value stands in a change, so that dates, money and states can be written for people. */

/** A value of a change; `text` is shown as it came. */
export type ReadValue =
  | { readonly kind: "empty" }
  | { readonly kind: "flag"; readonly on: boolean }
  /** A calendar day without a time; midnight UTC is how both vendors write one. */
  | { readonly kind: "day"; readonly at: Date }
  | { readonly kind: "moment"; readonly at: Date }
  | { readonly kind: "money"; readonly major: number; readonly currency: string }
  | { readonly kind: "number"; readonly value: number; readonly decimals: number }
  | { readonly kind: "text"; readonly text: string };

const isoDay = /^\d{4}-\d{2}-\d{2}$/;
const isoInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
const unixSeconds = /^\d{10}$/;
/** The names of dates among attributes end like this; those of our copies end in S for seconds. */
const timeField = /(?:_at|_on|_end|_start|_until|_date|_attempt|[a-z]S)$/;
const amountAndCurrency = /^(-?\d+(?:\.\d+)?) ([A-Za-z]{3})$/;
const amount = /^-?\d{1,12}\.(\d{1,3})$/;
const dayMs = 86_400_000;

/** Reads one side of a change. Only what is unmistakable is read; anything else stays the text it is. */
export function readValue(field: string, value: string | null): ReadValue {
  if (value === null || value === "") return { kind: "empty" };
  if (value === "true" || value === "false") return { kind: "flag", on: value === "true" };
  return readTime(field, value) ?? readAmount(value) ?? { kind: "text", text: value };
}

function readTime(field: string, value: string): ReadValue | null {
  const isUnix = unixSeconds.test(value) && timeField.test(field);
  if (!isUnix && !isoDay.test(value) && !isoInstant.test(value)) return null;
  const ms = isUnix ? Number(value) * 1_000 : Date.parse(value);
  if (Number.isNaN(ms)) return null;
  return { kind: ms % dayMs === 0 ? "day" : "moment", at: new Date(ms) };
}

function readAmount(value: string): ReadValue | null {
  const [, major, currency] = amountAndCurrency.exec(value) ?? [];
  if (major && currency) return { kind: "money", major: Number(major), currency: currency.toUpperCase() };
  const [, decimals] = amount.exec(value) ?? [];
  return decimals ? { kind: "number", value: Number(value), decimals: decimals.length } : null;
}
