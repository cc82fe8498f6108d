/** Expressions in CEL, the Common Expression Language: type-checked when they are read, and never able to do anything but answer. */
import { Environment, TypeError as CelTypeError, type ASTNode, type ParseResult } from "@marcbachmann/cel-js";
import { costProblem, isNode, nodesIn } from "./cel-bounds.ts";
import { isRecord } from "./json.ts";

/** Types that a field of a variable can have. */
export type CelType = "string" | "int" | "double" | "bool" | "timestamp" | "list" | "map";

/** What expressions can speak of: variables, each with its fields. */
export type CelSchema = Readonly<Record<string, Readonly<Record<string, CelType>>>>;

/** Field values by variable and field; a field that is left out is not known. Integers are bigint, instants are made by `celInstant`. */
export type CelValues = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What is wrong with an expression; the position counts characters from 1. */
export type CelProblem = {
  /** syntax: it cannot be read · name: it names what there is not · type: types do not go together · cost: it could take too long */
  readonly kind: "syntax" | "name" | "type" | "cost";
  readonly problem: string;
  readonly position: number | null;
};

/** The value, or why there is none. */
export type CelOutcome = { readonly value: unknown } | { readonly unknown: string };

export type CelExpression = {
  /** What it answers: string, int, double, bool, timestamp, list, map, or dyn when only its evaluation tells. */
  readonly type: string;
  /** What it speaks of, such as `profile.plan`; the bare variable when it looks at all of it. */
  readonly paths: readonly string[];
  readonly evaluate: (values: CelValues) => CelOutcome;
};

/** CEL's names of types, and ours. */
const timestampType = "google.protobuf.Timestamp";

/** What a person writes by hand is far below these; what is above them is a mistake or an attack. */
const limits = { maxAstNodes: 500, maxDepth: 40, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 16 };

/** Reads expressions over one schema. */
export class CelReader {
  readonly #environment: Environment;
  readonly #variables: ReadonlySet<string>;

  constructor(schema: CelSchema) {
    this.#environment = new Environment({ limits });
    this.#variables = new Set(Object.keys(schema));
    for (const [name, fields] of Object.entries(schema)) {
      const types = Object.entries(fields).map(([field, type]) => [field, type === "timestamp" ? timestampType : type]);
      this.#environment.registerVariable({ name, schema: Object.fromEntries(types) });
    }
  }

  /** Parses and checks an expression. Never throws. */
  read(text: string): CelExpression | CelProblem {
    const parsed = this.#parse(text);
    if (typeof parsed !== "function") return parsed;
    const checked = parsed.check();
    if (!checked.valid) return problemOf(checked.error);
    const costly = costProblem(parsed.ast);
    if (costly !== null) return { kind: "cost", problem: costly, position: null };
    const type = checked.type ?? "dyn";
    return {
      type: type === timestampType ? "timestamp" : type.replace(/<.*$/, ""),
      paths: [...new Set(pathsIn(parsed.ast, this.#variables))],
      evaluate: (values) => {
        try {
          return { value: parsed(values) };
        } catch (error) {
          return { unknown: reasonOf(error) };
        }
      },
    };
  }

  #parse(text: string): ParseResult | CelProblem {
    try {
      return this.#environment.parse(text);
    } catch (error) {
      return problemOf(error);
    }
  }
}

/** An instant (unix seconds) as expressions take it. */
export function celInstant(atS: number): unknown {
  return new Date(atS * 1000);
}

/** The unix seconds of an instant that an expression answered; undefined for anything else. */
export function secondsOfCel(value: unknown): number | undefined {
  return value instanceof Date ? Math.floor(value.getTime() / 1000) : undefined;
}

/** Whether reading an expression failed. */
export function isCelProblem(read: CelExpression | CelProblem): read is CelProblem {
  return "problem" in read;
}

/** The first line says what; the rest draws the place, which is told by its number instead. */
function problemOf(error: unknown): CelProblem {
  const found: Readonly<Record<string, unknown>> = isRecord(error) ? error : {};
  const start = isRecord(found["range"]) ? found["range"]["start"] : undefined;
  const at = operatorAt(found["node"]) ?? (typeof start === "number" ? start : null);
  return { kind: kindOf(error, found["code"]), problem: firstLine(error), position: at === null ? null : at + 1 };
}

/** The package's own codes of what the check of types finds. */
const nameCodes: ReadonlySet<unknown> = new Set(["unknown_variable", "no_such_key"]);

function kindOf(error: unknown, code: unknown): CelProblem["kind"] {
  if (!(error instanceof CelTypeError)) return firstLine(error).startsWith("Exceeded ") ? "cost" : "syntax";
  return nameCodes.has(code) ? "name" : "type";
}

/** Where the operator between two operands stands, in characters from 0; a whole comparison begins far before it. */
function operatorAt(node: unknown): number | null {
  if (!isNode(node)) return null;
  const { op, args, input } = node;
  if (!Array.isArray(args) || args.length !== 2 || op === "." || op === "[]") return null;
  const [left, right]: readonly unknown[] = args;
  if (!isNode(left) || !isNode(right)) return null;
  const at = input.indexOf(op, left.end);
  return at === -1 || at >= right.start ? null : at;
}

function reasonOf(error: unknown): string {
  const line = firstLine(error);
  const missing = /^No such key: (.+)$/.exec(line)?.[1];
  return missing === undefined ? `The expression has no value: ${line}.` : `“${missing}” is not known.`;
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split("\n")[0] ?? "").replace(/\.$/, "");
}

/** Each field that is looked at, by its variable; deeper steps belong to the field. */
function pathsIn(node: ASTNode, variables: ReadonlySet<string>): readonly string[] {
  if (node.op === "id") return variables.has(node.args) ? [node.args] : [];
  if (node.op === ".") {
    const [object, field] = node.args;
    if (object.op === "id" && variables.has(object.args)) return [`${object.args}.${field}`];
  }
  return nodesIn(node.args).flatMap((part) => pathsIn(part, variables));
}
