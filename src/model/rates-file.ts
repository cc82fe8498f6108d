/** Reads the operator's exchange rates: CSV lines `date,currency,rate`, or a JSON list of such records. */
import { z } from "zod";
import { dayOf, startOfDay } from "../lib/calendar.ts";
import type { Rate } from "./rates.ts";

const ratesMax = 1_000_000;

const record = z.strictObject({
  date: z.string().refine(isDay, "is no day such as 2026-08-31"),
  currency: z
    .string()
    .regex(/^[A-Za-z]{3}$/, "is no currency such as USD")
    .toLowerCase(),
  rate: z
    .union([z.string(), z.number()])
    .transform(String)
    .refine((rate) => /^\d+(\.\d+)?$/.test(rate) && Number(rate) > 0, "is no number above zero such as 0.9231"),
});

export type ParsedRates = { readonly rates: readonly Rate[]; readonly problem?: string };

/** The rates in this text, or the first mistake in it with its place. One day has one rate per currency. */
export function parseRates(text: string): ParsedRates {
  const entries = text.trimStart().startsWith("[") ? entriesOfJson(text) : entriesOfCsv(text);
  if (typeof entries === "string") return { rates: [], problem: entries };
  if (entries.length > ratesMax) return { rates: [], problem: `has more than ${ratesMax} rates` };
  const rates = new Map<string, Rate>();
  for (const { place, value } of entries) {
    const parsed = record.safeParse(value);
    if (!parsed.success) return { rates: [], problem: `${place}: ${complaintOf(parsed.error)}` };
    const key = `${parsed.data.date} ${parsed.data.currency}`;
    if (rates.has(key)) return { rates: [], problem: `${place}: this day has a rate of this currency already` };
    rates.set(key, parsed.data);
  }
  return { rates: [...rates.values()] };
}

type Entry = { readonly place: string; readonly value: unknown };

function entriesOfJson(text: string): readonly Entry[] | string {
  try {
    const list = z.array(z.unknown()).parse(JSON.parse(text));
    return list.map((value, index) => ({ place: `entry ${index + 1}`, value }));
  } catch {
    return "is no JSON list";
  }
}

/** A line with the names of the columns is left out; so are blank lines and remarks that begin with #. */
function entriesOfCsv(text: string): readonly Entry[] {
  return text.split(/\r?\n/).flatMap((line, index): Entry[] => {
    const fields = line.split(",").map((field) => field.trim().replace(/^"(.*)"$/, "$1"));
    const [date, currency, rate, ...more] = fields;
    if (line.trim() === "" || line.startsWith("#") || fields.join() === "date,currency,rate") return [];
    const place = `line ${index + 1}`;
    return [{ place, value: more.length > 0 ? { date, currency, rate, more } : { date, currency, rate } }];
  });
}

function complaintOf({ issues: [issue] }: z.ZodError): string {
  const field = issue?.path.join(".");
  return field ? `${field} ${issue?.message}` : "must have date, currency and rate, and nothing else";
}

function isDay(text: string): boolean {
  const startS = /^\d{4}-\d{2}-\d{2}$/.test(text) ? startOfDay(text) : Number.NaN;
  return !Number.isNaN(startS) && dayOf(startS) === text;
}
