/** Station mapping: expressions over the profile, in CEL. Every field of the profile's reference is `profile.<field>`. */
import {
  celInstant,
  CelReader,
  isCelProblem,
  secondsOfCel,
  type CelExpression,
  type CelProblem,
  type CelType,
} from "../lib/cel.ts";
import type { AttributeType } from "../model/attribute.ts";
import type { AttributeValue } from "../model/contact.ts";
import type { Profile, ProfileField, Unknown } from "../model/profile.ts";
import { baseAttributes, type MappedAttribute as FieldRule } from "./preset.ts";

/** An expression that was checked. */
export type ProfileExpression = {
  /** The attribute type that its answer has by itself; null when only its evaluation tells. */
  readonly type: AttributeType | null;
  readonly reads: readonly ProfileField[];
  /** Amounts that it looks at without their currency, by field. */
  readonly bareAmounts: readonly string[];
  readonly value: (profile: Profile) => AttributeValue | Unknown;
};

const celTypes: Readonly<Record<AttributeType, CelType>> = {
  string: "string",
  integer: "int",
  float: "double",
  boolean: "bool",
  date: "timestamp",
};

const answerTypes: Readonly<Record<string, AttributeType | null>> = {
  string: "string",
  int: "integer",
  double: "float",
  bool: "boolean",
  timestamp: "date",
  dyn: null,
};

/** The field that holds the Stripe customer's metadata: `profile.metadata["tier"]`. */
const metadataField = "metadata";

const fieldsByKey: ReadonlyMap<string, FieldRule> = new Map(baseAttributes.map((field) => [field.key, field]));

const allKeys = [...baseAttributes.map(({ key }) => key), metadataField];

/** What `profile` is in expressions: every field of the reference, and the metadata. */
export const profileTypes: Readonly<Record<string, CelType>> = {
  ...Object.fromEntries(baseAttributes.map(({ key, type }) => [key, celTypes[type]])),
  [metadataField]: "map",
};

const reader = new CelReader({ profile: profileTypes });

/** Reads an expression and checks its types; says what is wrong and where. Never throws. */
export function readExpression(text: string): ProfileExpression | CelProblem {
  const expression = reader.read(text);
  if (isCelProblem(expression)) return expression;
  const type = answerTypes[expression.type];
  if (type === undefined) {
    const problem = `it answers a ${expression.type}, which no attribute can hold`;
    return { kind: "type", problem, position: null };
  }
  const keys = keysOf(expression);
  const value: ProfileExpression["value"] = (profile) => evaluate(expression, keys, profile);
  return { type, reads: readsOf(keys), bareAmounts: keys.filter((key) => isBareAmount(key, keys)), value };
}

function isBareAmount(key: string, keys: readonly string[]): boolean {
  const currencyKey = fieldsByKey.get(key)?.currencyKey;
  return currencyKey !== undefined && !keys.includes(currencyKey);
}

/** Fields that the expression looks at; all of them if it takes the profile as a whole. */
function keysOf({ paths }: CelExpression): readonly string[] {
  if (paths.includes("profile")) return [...fieldsByKey.keys(), metadataField];
  return paths.map((path) => path.slice("profile.".length));
}

function readsOf(keys: readonly string[]): readonly ProfileField[] {
  const reads = keys.flatMap((key): readonly ProfileField[] =>
    key === metadataField ? ["metadata"] : (fieldsByKey.get(key)?.reads ?? []),
  );
  return [...new Set(reads)];
}

function evaluate(expression: CelExpression, keys: readonly string[], profile: Profile): AttributeValue | Unknown {
  const outcome = expression.evaluate({ profile: celProfile(profile, keys) });
  return "unknown" in outcome ? outcome : fromCel(outcome.value);
}

/** These fields of a profile as expressions take them; one without a value is left out, so that `has(profile.field)` tells. */
export function celProfile(profile: Profile, keys: readonly string[] = allKeys): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const key of keys) {
    const value = key === metadataField ? profile.metadata : toCel(fieldsByKey.get(key), profile);
    if (value !== null) values[key] = value;
  }
  return values;
}

function toCel(field: FieldRule | undefined, profile: Profile): unknown {
  const value = field ? field.value(profile) : null;
  if (typeof value !== "number") return value;
  if (field?.type === "date") return celInstant(value);
  return field?.type === "integer" ? BigInt(Math.trunc(value)) : value;
}

function fromCel(value: unknown): AttributeValue | Unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") {
    return Number.isFinite(value) ? value : { unknown: "The expression has no finite value." };
  }
  const atS = secondsOfCel(value);
  if (atS !== undefined) return atS;
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : { unknown: "The expression's value is too large." };
  }
  return { unknown: "The expression answers what no attribute can hold." };
}
