/**
 * Station rules: Liquid for texts. Of its tags only those that choose and remember are left, of its filters only ours; there are
 * no files and no loops, values are looked up by their written names alone, and every value that is written becomes an atom.
 */
import {
  Context,
  defaultOperators,
  Drop,
  Liquid,
  LiquidError,
  tags,
  Variable,
  type Operators,
  type Template,
} from "liquidjs";
import { atomOf, withoutMarks } from "./atoms.ts";
import { own } from "./own.ts";
import { textFilters, writtenOf, type TextFilter } from "./filters.ts";
import { liquidValue, InstantValue, LinkValue, MissingValue, MoneyValue } from "./values.ts";
import type { TextFact, TextFacts } from "./scope.ts";
import type { Voice } from "./words.ts";

/** Texts are far below these; what is above them is a mistake or an attack. Nothing in a text repeats, so it ends by itself. */
const limits = { parseLimit: 25_000, renderLimit: 2_000, memoryLimit: 1_000_000 };

export const textTags: readonly string[] = ["if", "unless", "case", "assign", "comment"];

/** A name in a text, and where it stands (characters from 0). */
export type NameUse = { readonly path: readonly string[]; readonly isComputed: boolean; readonly at: number };

export type ParsedText = {
  readonly templates: Template[];
  /** Names that the text expects to be given. */
  readonly uses: readonly NameUse[];
  /** Names that it makes itself. */
  readonly assigns: readonly string[];
};

export type SyntaxProblem = { readonly problem: string; readonly at: number | null };

/** By the values of one rendering, so that filters know for whom they write. */
const voices = new WeakMap<object, Voice>();

const comparisons = ["==", "!=", "<", ">", "<=", ">="] as const;

const engine = makeEngine();

function makeEngine(): Liquid {
  const liquid = new Liquid({
    ...limits,
    templates: {},
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: true,
    operators: { ...defaultOperators, ...Object.fromEntries(comparisons.map((sign) => [sign, comparison(sign)])) },
    outputEscape: function (this: unknown, value: unknown): string {
      return atomOfValue(value, voiceOf(this));
    },
  });
  for (const name of Object.keys(tags)) if (!textTags.includes(name)) Reflect.deleteProperty(liquid.tags, name);
  for (const name of Object.keys(liquid.filters)) liquid.unregisterFilter(name);
  for (const [name, filter] of Object.entries(textFilters)) {
    liquid.registerFilter(name, function (value: unknown, ...rest: unknown[]) {
      return applyFilter({ name, filter, voice: voiceOf(this) }, value, rest[0]);
    });
  }
  return liquid;
}

/** What is not known is not equal to, different from, above or below anything; only Liquid's own `nil` and `blank` match it. */
function comparison(sign: (typeof comparisons)[number]): BinaryOperator {
  const compare = defaultOperators[sign];
  if (compare === undefined) throw new Error(`Liquid does not compare with ${sign}.`);
  return (left, right, context) => {
    const sides = [left, right];
    if (sides.some((side) => side instanceof MissingValue) && !sides.some(isLiteral)) return false;
    return compare(left, right, context);
  };
}

type BinaryOperator = (left: unknown, right: unknown, context: Context) => ReturnType<Operators[string]>;

function isLiteral(value: unknown): boolean {
  return (
    value instanceof Drop && ![MissingValue, MoneyValue, InstantValue, LinkValue].some((ours) => value instanceof ours)
  );
}

type Application = { readonly name: string; readonly filter: TextFilter; readonly voice: Voice };

function applyFilter({ name, filter, voice }: Application, value: unknown, argument: unknown): unknown {
  if (name !== "default") {
    if (value instanceof MissingValue) return value;
    // Of a plan without a known interval the name is left.
    if (argument instanceof MissingValue && name !== "plan") return argument;
  }
  return filter.write(value, argument, voice) ?? new MissingValue(`… | ${name}`);
}

function atomOfValue(value: unknown, voice: Voice): string {
  if (value instanceof MissingValue) return atomOf({ kind: "missing", value: value.name });
  if (value instanceof LinkValue) return atomOf({ kind: "link", value: value.url });
  const written = writtenOf(value, voice);
  return written === null ? atomOf({ kind: "missing", value: "…" }) : atomOf({ kind: "text", value: written });
}

function voiceOf(filter: unknown): Voice {
  const context = typeof filter === "object" && filter !== null && "context" in filter ? filter.context : null;
  const voice = context instanceof Context ? voices.get(context.environments) : undefined;
  if (voice === undefined) throw new Error("A text was rendered without a voice.");
  return voice;
}

/** A line of tags alone is no line of the text: `{% if … %}` on a line of its own must not part a paragraph or a list. */
const tagLine = /^[ \t]*((?:\{%(?:[^%\n]|%(?!\}))*%\}[ \t]*)+)\n/gm;

/** Parsing costs more than rendering, and the same few texts are rendered again and again. */
const known = new Map<string, ParsedText | SyntaxProblem>();
const knownMax = 2_000;

/** Parses a text, or says what is wrong with it. Never throws. */
export function parseText(source: string): ParsedText | SyntaxProblem {
  const found = known.get(source);
  if (found !== undefined) return found;
  const parsed = parse(source);
  if (known.size >= knownMax) known.clear();
  known.set(source, parsed);
  return parsed;
}

function parse(source: string): ParsedText | SyntaxProblem {
  try {
    const templates = engine.parse(withoutMarks(source).replaceAll("\r\n", "\n").replaceAll(tagLine, "$1"));
    const { uses, assigns } = namesIn(source);
    return { templates, uses, assigns };
  } catch (error) {
    return syntaxProblemOf(error);
  }
}

/** Of the text as it was written, so that places are those that its author sees. */
function namesIn(source: string): Pick<ParsedText, "uses" | "assigns"> {
  const { globals, locals } = engine.analyzeSync(engine.parse(source), { partials: false });
  const lines = lineStarts(source);
  const uses = Object.values(globals)
    .flat()
    .map(({ segments, location }) => ({
      path: segments.map((segment) => (segment instanceof Variable ? "…" : String(segment))),
      isComputed: segments.some((segment) => segment instanceof Variable),
      at: (lines[location.row - 1] ?? 0) + location.col - 1,
    }));
  return { uses: uses.toSorted((a, b) => a.at - b.at), assigns: Object.keys(locals) };
}

function lineStarts(source: string): readonly number[] {
  return [0, ...[...source.matchAll(/\n/g)].map(({ index }) => index + 1)];
}

function syntaxProblemOf(error: unknown): SyntaxProblem {
  if (!(error instanceof Error)) return { problem: String(error), at: null };
  const problem = (error.message.split("\n")[0] ?? "").replace(/, line:\d+, col:\d+$/, "");
  return { problem, at: error instanceof LiquidError ? error.token.begin : null };
}

/**
 * The text with its values as atoms. Throws where Liquid does, which it does not for a text that was parsed and stays within the
 * limits.
 */
export function renderAtoms(parsed: ParsedText, facts: TextFacts, voice: Voice): string {
  const values = valuesFor(parsed, facts);
  voices.set(values, voice);
  const rendered: unknown = engine.renderSync(parsed.templates, values);
  return typeof rendered === "string" ? rendered : "";
}

type Values = { [name: string]: unknown };

/** Only what the text names, in objects without a prototype, so that nothing else can be reached. */
function valuesFor({ uses, assigns }: ParsedText, facts: TextFacts): Values {
  const values = bare();
  for (const name of assigns) values[name] = new MissingValue(name);
  for (const { path } of uses) {
    const [group = "", field, key] = path;
    if (field === undefined) values[group] ??= new MissingValue(group);
    else if (key === undefined) below(values, group)[field] = liquidValue(factAt(facts, path), path.join("."));
    else below(below(values, group), field)[key] = liquidValue(factAt(facts, path), path.join("."));
  }
  return values;
}

function bare(): Values {
  const empty: Values = Object.create(null);
  return empty;
}

function below(values: Values, name: string): Values {
  const known = values[name];
  if (isValues(known)) return known;
  const made = bare();
  values[name] = made;
  return made;
}

/** Only ours have no prototype. */
function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null;
}

/** What stands at this path among things' own names; undefined when nothing does. */
function factAt(facts: TextFacts, path: readonly string[]): TextFact | undefined {
  const [group = "", field = "", key, ...deeper] = path;
  const fact = own(own(facts, group), field);
  if (key === undefined) return fact;
  const entry: unknown = deeper.length === 0 && typeof fact === "object" ? Reflect.get(fact, key) : undefined;
  return typeof fact === "object" && Object.hasOwn(fact, key) && typeof entry === "string" ? entry : undefined;
}
