/** What is wrong with the shape of a document that people write, in words: the place, what is expected, and what may have been meant. */
import { z } from "zod";
import { issueWords } from "./issue-words.ts";
import { didYouMean } from "./nearest.ts";

export type ShapeProblem = {
  /** unknown: there is no such part · missing: it has to be there · shape: it is of another kind, or parts do not go together */
  readonly kind: "unknown" | "missing" | "shape";
  readonly path: string;
  readonly problem: string;
};

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;
type Path = readonly PropertyKey[];

/** More than people write by hand; what is above it could exhaust whoever reads it. */
const limits = { depth: 100, values: 200_000 };

/** So many problems are told; who has more of them has one mistake that repeats itself. */
const toldMax = 100;

/** Parses a document, or says what is wrong with it. Never throws, however deep the input is, and even if it contains itself. */
export function parseShape<T extends z.ZodType>(
  schema: T,
  input: unknown,
): { readonly data: z.output<T> } | { readonly problems: readonly ShapeProblem[] } {
  const oversize = sizeProblem(input);
  if (oversize !== null) return { problems: [{ kind: "shape", path: "document", problem: oversize }] };
  const parsed = schema.safeParse(input);
  if (parsed.success) return { data: parsed.data };
  const ground = { schema, base: [], value: input };
  const { issues } = parsed.error;
  return {
    problems: issues
      .slice(0, toldMax)
      .flatMap((issue) => problemsOf(issue, ground))
      .slice(0, toldMax),
  };
}

/** Counts without calling itself: the input may be deeper than the stack. */
function sizeProblem(input: unknown): string | null {
  const waiting: { readonly value: unknown; readonly depth: number }[] = [{ value: input, depth: 0 }];
  let count = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, depth } = next;
    count += 1;
    if (depth > limits.depth) return `it is nested more than ${limits.depth} levels deep`;
    if (typeof value !== "object" || value === null) continue;
    const below: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
    if (count + waiting.length + below.length > limits.values) return `it has more than ${limits.values} values`;
    for (const child of below) waiting.push({ value: child, depth: depth + 1 });
  }
  return null;
}

/** `base` is where the issue's own path begins, and `value` what stands there: inside of a union it counts from the union. */
type Ground = { readonly schema: Schema; readonly base: Path; readonly value: unknown };

function problemsOf(issue: Issue, { schema, base, value }: Ground): readonly ShapeProblem[] {
  const path = [...base, ...issue.path];
  const here = valueAt(value, issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, toldMax).map((key) => unknownKey(key, schema, path));
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    return ofUnion(issue.errors, { schema, base: path, value: here });
  }
  const kind = here === undefined && path.length > 0 ? "missing" : "shape";
  return [{ kind, path: textOf(path), problem: inWords(issue, here) }];
}

function inWords(issue: Issue, value: unknown): string {
  const isWord = issue.code === "invalid_value" && typeof value === "string";
  return `${issueWords(issue, value)}${isWord ? didYouMean(value, issue.values.map(String)) : ""}`;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((here, step) => {
    return typeof here === "object" && here !== null && Object.hasOwn(here, step) ? Reflect.get(here, step) : undefined;
  }, value);
}

function unknownKey(key: string, schema: Schema, path: Path): ShapeProblem {
  const problem = `there is no “${key}” here${didYouMean(key, keysAt(schema, path))}`;
  return { kind: "unknown", path: textOf([...path, key]), problem };
}

/** Of several shapes the one is meant that comes nearest by its keys. */
function ofUnion(options: readonly (readonly Issue[])[], ground: Ground): readonly ShapeProblem[] {
  if (ground.value === undefined) return [{ kind: "missing", path: textOf(ground.base), problem: "it is missing" }];
  const isMissing = missingIn(ground.value);
  const ranked = options
    .map((issues) => ({ issues, cost: costOf(issues, isMissing) }))
    .toSorted((a, b) => a.cost - b.cost);
  const [best, second] = ranked;
  const isClear = best !== undefined && best.cost < wholeCost && (second === undefined || best.cost < second.cost);
  if (isClear && !best.issues.some(isMissing)) {
    return best.issues.slice(0, toldMax).flatMap((issue) => problemsOf(issue, ground));
  }
  const shapes = ranked.filter(({ cost }) => cost < wholeCost).map(({ issues }) => issues);
  if (shapes.length > 0) return ofKeys(shapes, ground);
  const messages = options.flatMap((issues) => issues.map((issue) => inWords(issue, ground.value)));
  const expected = [...new Set(messages.map((message) => message.replace(/, not .*$/, "")))];
  return [{ kind: "shape", path: textOf(ground.base), problem: expected.join("; or ") }];
}

const wholeCost = 1000;

/** Keys that are too many or missing; something else than what is expected is worse than any of them. */
function costOf(issues: readonly Issue[], isMissing: (issue: Issue) => boolean): number {
  const costs = issues.map((issue) => {
    if (issue.code === "unrecognized_keys" && issue.path.length === 0) return issue.keys.length;
    if (isMissing(issue)) return 1;
    return issue.path.length === 0 ? wholeCost : 0;
  });
  return costs.reduce((sum, cost) => sum + cost, 0);
}

/** Whether an issue is that a key of this object is not there. */
function missingIn(value: unknown): (issue: Issue) => boolean {
  return ({ path }) => path.length === 1 && valueAt(value, path) === undefined;
}

/** No shape has these keys: some of them are in none at all, or none has all of them. */
function ofKeys(shapes: readonly (readonly Issue[])[], { schema, base, value }: Ground): readonly ShapeProblem[] {
  const refused = shapes.map(
    (issues) => new Set(issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : []))),
  );
  const given = [...new Set(refused.flatMap((keys) => [...keys]))];
  const unknown = given.filter((key) => refused.every((keys) => keys.has(key)));
  if (unknown.length > 0) return unknown.slice(0, toldMax).map((key) => unknownKey(key, schema, base));
  const path = textOf(base);
  if (given.length > 1)
    return [{ kind: "shape", path, problem: `${given.map((key) => `“${key}”`).join(" and ")} do not go together` }];
  const missing = shapes.flatMap((issues) => issues.filter(missingIn(value)).map((issue) => String(issue.path[0])));
  const needed = [...new Set(missing)];
  return [{ kind: "missing", path, problem: `it needs ${needed.length > 1 ? "one of " : ""}${needed.join(", ")}` }];
}

/** The keys that an object at this place may have. */
function keysAt(schema: Schema, path: Path): readonly string[] {
  const places = path.reduce<readonly Schema[]>(
    (here, step) => here.flatMap((one) => below(one, step)),
    opened(schema),
  );
  const keys = places.flatMap((place) => {
    if (place instanceof z.ZodObject) return Object.keys(place.shape);
    return place instanceof z.ZodRecord && place.keyType instanceof z.ZodEnum ? place.keyType.options.map(String) : [];
  });
  return [...new Set(keys)];
}

function below(schema: Schema, step: PropertyKey): readonly Schema[] {
  if (schema instanceof z.ZodArray) return opened(schema.element);
  if (schema instanceof z.ZodRecord) return opened(schema.valueType);
  if (!(schema instanceof z.ZodObject) || !Object.hasOwn(schema.shape, step)) return [];
  const child: unknown = Reflect.get(schema.shape, step);
  return child instanceof z.ZodType ? opened(child) : [];
}

/** What stands behind optional, default and lazy; each option of a union. */
function opened(schema: Schema): readonly Schema[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => opened(option));
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodLazy) {
    return opened(schema.unwrap());
  }
  return [schema];
}

/** Such as `rules[2].steps[1].branch[0].if`. */
function textOf(path: Path): string {
  const text = path.reduce<string>((before, step) => {
    if (typeof step === "number") return `${before}[${step}]`;
    return before === "" ? String(step) : `${before}.${String(step)}`;
  }, "");
  return text === "" ? "document" : text;
}
