/** The query language of the three searches: filters, AND/OR groups, their limits, and which operator fits which field. */
import type { Days } from "./days.ts";
import { invalid } from "./refusal.ts";

type Scalar = string | number | boolean | null;

/** `day` fields compare by calendar day, `moment` fields by second; `tag` knows only "is" and "is not". */
export type FieldKind = "string" | "number" | "boolean" | "day" | "moment" | "tag";

export type Field<T> = {
  readonly kind: FieldKind;
  /** A list matches when one of its values does. */
  readonly read: (item: T) => Scalar | readonly Scalar[];
};

export type Fields<T> = (name: string) => Field<T> | undefined;

/** A field and a value that every match has; lets the caller look in an index instead of at everything. */
export type Key = { readonly field: string; readonly value: string };

export type Query<T> = {
  readonly test: (item: T) => boolean;
  /** Every match has at least one of these; `undefined` when nothing is known. */
  readonly keys: readonly Key[] | undefined;
};

const groupDepthMax = 2;
const groupSizeMax = 15;

const operators: Readonly<Record<FieldKind, readonly string[]>> = {
  string: ["=", "!=", "IN", "NIN", "~", "!~", "^", "$"],
  number: ["=", "!=", "IN", "NIN", ">", "<", ">=", "<="],
  boolean: ["=", "!=", "IN", "NIN"],
  day: ["=", ">", "<"],
  moment: ["=", "!=", "IN", "NIN", ">", "<", ">=", "<="],
  tag: ["=", "!="],
};

/** Reads a query; everything that Intercom would refuse is refused. */
export function readQuery<T>(query: unknown, fields: Fields<T>, days: Days): Query<T> {
  return readNode(query, { fields, days, depth: 0 });
}

type Reading<T> = { readonly fields: Fields<T>; readonly days: Days; readonly depth: number };

function readNode<T>(node: unknown, reading: Reading<T>): Query<T> {
  if (!isObject(node)) throw invalid("Invalid query: an object is expected");
  const operator = node["operator"];
  return operator === "AND" || operator === "OR"
    ? readGroup({ operator, value: node["value"] }, reading)
    : readFilter(node, reading);
}

function readGroup<T>(
  group: { readonly operator: "AND" | "OR"; readonly value: unknown },
  reading: Reading<T>,
): Query<T> {
  if (reading.depth >= groupDepthMax) throw invalid(`Invalid query: at most ${groupDepthMax} nested levels`);
  if (!Array.isArray(group.value)) throw invalid(`Invalid query: ${group.operator} needs an array of filters`);
  if (group.value.length > groupSizeMax) throw invalid(`Invalid query: at most ${groupSizeMax} filters per group`);
  const parts = group.value.map((part) => readNode(part, { ...reading, depth: reading.depth + 1 }));
  if (group.operator === "AND") {
    const keys = parts.find((part) => part.keys !== undefined)?.keys;
    return { test: (item) => parts.every((part) => part.test(item)), keys };
  }
  const keys = parts.every((part) => part.keys !== undefined) ? parts.flatMap((part) => part.keys ?? []) : undefined;
  return { test: (item) => parts.some((part) => part.test(item)), keys };
}

function readFilter<T>(node: Readonly<Record<string, unknown>>, reading: Reading<T>): Query<T> {
  const { field: name, operator, value } = node;
  if (typeof name !== "string") throw invalid("Invalid query: a filter needs a field");
  const field = reading.fields(name);
  if (field === undefined) throw invalid(`Invalid field '${name}'`, name);
  if (typeof operator !== "string" || !operators[field.kind].includes(operator)) {
    throw invalid(`Operator '${String(operator)}' is not supported on '${name}'`, name);
  }
  const wanted = readValues({ name, kind: field.kind, operator, value });
  const test = matcher({ operator, kind: field.kind, wanted }, reading.days);
  const keys = operator === "=" || operator === "IN" ? keysFor(name, wanted) : undefined;
  return { test: (item) => test(listOf(field.read(item))), keys };
}

function keysFor(field: string, wanted: readonly Scalar[]): readonly Key[] | undefined {
  const keys = wanted.flatMap((value) => (typeof value === "string" ? [{ field, value }] : []));
  return keys.length === wanted.length ? keys : undefined;
}

type Filter = { readonly operator: string; readonly kind: FieldKind; readonly wanted: readonly Scalar[] };

function readValues(filter: {
  readonly name: string;
  readonly kind: FieldKind;
  readonly operator: string;
  readonly value: unknown;
}): readonly Scalar[] {
  const many = filter.operator === "IN" || filter.operator === "NIN";
  if (many !== Array.isArray(filter.value)) {
    throw invalid(`Operator '${filter.operator}' needs ${many ? "an array" : "a single value"}`, filter.name);
  }
  const values: readonly unknown[] = Array.isArray(filter.value) ? filter.value : [filter.value];
  return values.map((value) => readValue(filter, value));
}

function readValue(
  filter: { readonly name: string; readonly kind: FieldKind; readonly operator: string },
  value: unknown,
): Scalar {
  if (value === null && (filter.operator === "=" || filter.operator === "!=")) return null;
  const read = readers[filter.kind](value);
  if (read === undefined) throw invalid(`Invalid value for '${filter.name}'`, filter.name);
  return read;
}

/** Numbers and booleans may come as text, as in the documentation's own examples. */
const readers: Readonly<Record<FieldKind, (value: unknown) => Scalar | undefined>> = {
  string: readText,
  tag: readText,
  boolean: readBoolean,
  number: readNumber,
  day: readNumber,
  moment: readNumber,
};

function readText(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value : undefined;
}

function readBoolean(value: unknown): boolean | undefined {
  if (value === "true" || value === "false") return value === "true";
  return typeof value === "boolean" ? value : undefined;
}

function readNumber(value: unknown): number | undefined {
  if (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

type Test = (values: readonly Scalar[]) => boolean;

function matcher(filter: Filter, days: Days): Test {
  const { operator, kind, wanted } = filter;
  const first = wanted[0] ?? null;
  switch (operator) {
    case "=":
      return kind === "day" && typeof first === "number" ? sameDay(first, days) : isOneOf([first]);
    case "IN":
      return isOneOf(wanted);
    case "!=":
    case "NIN":
      return not(isOneOf(wanted));
    case "~":
      return onText(first, (text, part) => text.includes(part));
    case "!~":
      return not(onText(first, (text, part) => text.includes(part)));
    case "^":
      return onText(first, (text, part) => text.startsWith(part));
    case "$":
      return onText(first, (text, part) => text.endsWith(part));
    default:
      return comparison({ operator, kind, limit: Number(first) }, days);
  }
}

/** "Nothing" equals an empty field. Text is compared without regard to case. */
function isOneOf(wanted: readonly Scalar[]): Test {
  const set = new Set(wanted.map(folded));
  return (values) => (values.length === 0 ? set.has(null) : values.some((value) => set.has(folded(value))));
}

function not(test: Test): Test {
  return (values) => !test(values);
}

function onText(wanted: Scalar, test: (text: string, part: string) => boolean): Test {
  const part = String(wanted).toLowerCase();
  return (values) => values.some((value) => typeof value === "string" && test(value.toLowerCase(), part));
}

function sameDay(wanted: number, days: Days): Test {
  const start = days.startS(wanted);
  const end = days.nextStartS(wanted);
  return (values) => values.some((value) => typeof value === "number" && value >= start && value < end);
}

/** On days, "later than" begins with the next day; on moments, both directions include the second itself. */
function comparison(
  filter: { readonly operator: string; readonly kind: FieldKind; readonly limit: number },
  days: Days,
): Test {
  const { operator, kind, limit } = filter;
  const onNumbers =
    (test: (value: number) => boolean): Test =>
    (values) =>
      values.some((value) => typeof value === "number" && test(value));
  if (kind === "day") {
    const start = days.startS(limit);
    const next = days.nextStartS(limit);
    return onNumbers(operator === ">" ? (value) => value >= next : (value) => value < start);
  }
  const inclusive = kind === "moment" || operator.endsWith("=");
  if (operator.startsWith(">")) return onNumbers((value) => value > limit || (inclusive && value === limit));
  return onNumbers((value) => value < limit || (inclusive && value === limit));
}

function folded(value: Scalar): Scalar {
  return typeof value === "string" ? value.toLowerCase() : value;
}

function listOf(value: Scalar | readonly Scalar[]): readonly Scalar[] {
  if (isList(value)) return value;
  return value === null ? [] : [value];
}

function isList(value: Scalar | readonly Scalar[]): value is readonly Scalar[] {
  return Array.isArray(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
