/** Station rules: the filters of texts. They write values for people; none of them can make a text longer without end. */
import { Drop } from "liquidjs";
import { InstantValue, LinkValue, MissingValue, MoneyValue } from "./values.ts";
import type { TextType } from "./scope.ts";
import {
  cardWords,
  cutWords,
  dateStyles,
  dateWords,
  daysUntil,
  dayStyles,
  daysWords,
  flagWords,
  moneyWords,
  numberWords,
  percentWords,
  planWords,
  type Voice,
} from "./words.ts";

export type TextFilter = {
  /** What it is for, in one sentence. */
  readonly help: string;
  /** What it can be given. */
  readonly takes: readonly TextType[];
  /** What it makes of it; text unless said otherwise, `same` what it was given. */
  readonly gives?: "number" | "same";
  /** What can stand behind its colon, when only these words may. */
  readonly styles?: readonly string[];
  /** Null when it cannot be done with this value. */
  readonly write: (value: unknown, argument: unknown, voice: Voice) => unknown;
};

const anything = ["text", "number", "flag", "date", "money", "link"] as const;

/** Every filter by name. */
export const textFilters: Readonly<Record<string, TextFilter>> = {
  default: {
    help: "What is written when the value is not known.",
    takes: [...anything, "map"],
    gives: "same",
    write: (value, argument) => (value instanceof MissingValue ? argument : value),
  },
  money: {
    help: "An amount with its currency; amounts are written so by themselves too.",
    takes: ["money"],
    write: (value, _, voice) => (value instanceof MoneyValue ? moneyWords(value.money, voice) : null),
  },
  date: {
    help: "The day in the customer's time zone.",
    takes: ["date"],
    styles: dateStyles,
    write: (value, argument, voice) => {
      const atS = value instanceof InstantValue ? value.atS : value;
      return typeof atS === "number" ? dateWords(atS, styleIn(dateStyles, argument, "long"), voice) : null;
    },
  },
  days_until: {
    help: "How many days of the customer's calendar it is to that date: a number.",
    takes: ["date"],
    gives: "number",
    write: (value, _, voice) => (value instanceof InstantValue ? daysUntil(value.atS, voice) : null),
  },
  days: {
    help: "A number of days in words.",
    takes: ["number"],
    styles: dayStyles,
    write: (value, argument, voice) =>
      typeof value === "number" ? daysWords(value, styleIn(dayStyles, argument, "count"), voice) : null,
  },
  number: {
    help: "A number, with at most two decimals, or as many as stand behind the colon.",
    takes: ["number"],
    write: (value, argument, voice) =>
      typeof value === "number" ? numberWords(value, voice, decimalsIn(argument)) : null,
  },
  percent: {
    help: "A percentage, with at most one decimal.",
    takes: ["number"],
    write: (value, _, voice) => (typeof value === "number" ? percentWords(value, voice) : null),
  },
  plan: {
    help: "A plan's name with how often it is paid, which stands behind the colon.",
    takes: ["text"],
    write: (value, argument, voice) =>
      typeof value === "string" ? planWords(value, typeof argument === "string" ? argument : null, voice) : null,
  },
  card: {
    help: "A card's brand as it is written.",
    takes: ["text"],
    write: (value, _, voice) => (typeof value === "string" ? cardWords(value, voice) : null),
  },
  upcase: {
    help: "In capital letters.",
    takes: anything,
    write: (value, _, voice) => writtenOf(value, voice)?.toLocaleUpperCase(voice.language),
  },
  downcase: {
    help: "In small letters.",
    takes: anything,
    write: (value, _, voice) => writtenOf(value, voice)?.toLocaleLowerCase(voice.language),
  },
  capitalize: {
    help: "With a capital letter at the beginning.",
    takes: anything,
    write: (value, _, voice) => {
      const [first = "", ...rest] = writtenOf(value, voice) ?? "";
      return first.toLocaleUpperCase(voice.language) + rest.join("");
    },
  },
  truncate: {
    help: "Cut to at most so many characters.",
    takes: ["text"],
    write: (value, argument) => {
      const max = typeof argument === "number" ? Math.max(1, Math.trunc(argument)) : 50;
      return typeof value === "string" ? cutWords(value, max) : null;
    },
  },
  escape: {
    help: "Does nothing: every value is escaped anyway.",
    takes: anything,
    gives: "same",
    write: (value) => value,
  },
};

/** How a value is written when no filter says it; null when it cannot be. */
export function writtenOf(value: unknown, voice: Voice): string | null {
  if (value instanceof Drop) return writtenDrop(value, voice);
  switch (typeof value) {
    case "boolean":
      return flagWords(value, voice);
    case "number":
      return Number.isFinite(value) ? numberWords(value, voice) : null;
    default:
      return typeof value === "string" ? value : null;
  }
}

function writtenDrop(value: Drop, voice: Voice): string | null {
  if (value instanceof MoneyValue) return moneyWords(value.money, voice);
  if (value instanceof InstantValue) return dateWords(value.atS, "long", voice);
  return value instanceof LinkValue ? value.url : null;
}

/** The style that is asked for; the usual one without a known word. */
function styleIn<Style extends string>(styles: readonly Style[], argument: unknown, usual: Style): Style {
  return styles.find((style) => style === argument) ?? usual;
}

function decimalsIn(argument: unknown): number {
  return typeof argument === "number" && argument >= 0 && argument <= 6 ? Math.trunc(argument) : 2;
}
