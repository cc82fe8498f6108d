/** Words for describing parameters, and Stripe's errors for those that do not fit. */
import { z } from "zod";
import type { Form } from "./form.ts";
import { StripeError } from "./errors.ts";

/** An empty string takes a value away. */
const emptied = z.literal("").transform(() => null);

export const text = z.string();
export const clearableText = z.union([emptied, z.string()]);
export const integer = z
  .string()
  .regex(/^-?\d{1,15}$/, "Invalid integer")
  .transform(Number);
export const decimal = z.string().regex(/^-?\d+(\.\d{1,12})?$/, "Invalid decimal");
export const flag = z.enum(["true", "false"]).transform((value) => value === "true");
export const timestamp = z
  .string()
  .regex(/^\d{1,11}$/, "Invalid timestamp")
  .transform(Number);
export const texts = z.array(z.string());

/** Keys with an empty value are taken away by the caller. */
export const metadata = z.union([emptied, z.record(z.string().max(40), z.string().max(500))]);

export const address = z.strictObject({
  city: clearableText.optional(),
  country: clearableText.optional(),
  line1: clearableText.optional(),
  line2: clearableText.optional(),
  postal_code: clearableText.optional(),
  state: clearableText.optional(),
});

/** A moment or a range of moments, as list filters take it. */
export const range = z.union([
  timestamp,
  z.strictObject({
    gt: timestamp.optional(),
    gte: timestamp.optional(),
    lt: timestamp.optional(),
    lte: timestamp.optional(),
  }),
]);

export type Range = z.infer<typeof range>;

/** Whether a moment lies in a filter's range; no filter lets everything through. */
export function inRange(moment: number, filter: Range | undefined): boolean {
  if (filter === undefined) return true;
  if (typeof filter === "number") return moment === filter;
  return (
    (filter.gt === undefined || moment > filter.gt) &&
    (filter.gte === undefined || moment >= filter.gte) &&
    (filter.lt === undefined || moment < filter.lt) &&
    (filter.lte === undefined || moment <= filter.lte)
  );
}

/** What every list takes. */
export const paging = {
  limit: integer.pipe(z.number().min(1, "too_small").max(100, "too_big")).optional(),
  starting_after: text.optional(),
  ending_before: text.optional(),
};

/** Checks a request's parameters and turns them into values, or throws Stripe's error for the first that is wrong. */
export function readParams<S extends z.ZodType>(schema: S, form: Form): z.output<S> {
  const result = schema.safeParse(form);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw issue === undefined ? StripeError.invalid("Invalid request.") : errorFor(issue, form);
}

function errorFor(issue: z.core.$ZodIssue, form: Form): StripeError {
  if (issue.code === "invalid_union") return errorForUnion(issue, form);
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const param = paramName([...path, issue.keys[0] ?? ""]);
    return StripeError.invalid(`Received unknown parameter: ${param}`, param, "parameter_unknown");
  }
  const param = paramName(path);
  const value = valueAt(form, path);
  if (value === undefined) return StripeError.invalid(`Missing required param: ${param}.`, param, "parameter_missing");
  if (param === "limit")
    return StripeError.invalid("This value must be between 1 and 100 (inclusive).", param, "parameter_invalid_integer");
  const shown = typeof value === "string" ? value : "a value of the wrong shape";
  if (issue.message === "Invalid integer") {
    return StripeError.invalid(`Invalid integer: ${shown}`, param, "parameter_invalid_integer");
  }
  return StripeError.invalid(`Invalid ${param}: ${shown}`, param);
}

/** Of several shapes, the complaint that reaches deepest is about the one that was meant. */
function errorForUnion(issue: z.core.$ZodIssueInvalidUnion, form: Form): StripeError {
  const inner = issue.errors.flat().sort((left, right) => depth(right) - depth(left))[0];
  if (inner === undefined) return StripeError.invalid(`Invalid ${paramName(issue.path.map(String))}`);
  return errorFor({ ...inner, path: [...issue.path, ...inner.path] }, form);
}

function depth(issue: z.core.$ZodIssue): number {
  return issue.path.length + (issue.code === "unrecognized_keys" ? 1 : 0);
}

function paramName([first = "", ...rest]: readonly string[]): string {
  return first + rest.map((segment) => `[${segment}]`).join("");
}

function valueAt(form: Form, path: readonly string[]): unknown {
  let value: unknown = form;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** The new metadata after an update: given keys are set, empty values take keys away, an empty whole clears it. */
export function mergeMetadata(
  known: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>> | null | undefined,
): Readonly<Record<string, string>> {
  if (given === undefined) return known;
  if (given === null) return {};
  return Object.fromEntries(Object.entries({ ...known, ...given }).filter(([, value]) => value !== ""));
}
