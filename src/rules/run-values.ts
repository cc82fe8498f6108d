/** Station rules: what the expressions of a run see, and what becomes of their answers. */
import { moments } from "../../contract/moment.ts";
import { secondOfIso } from "../lib/calendar.ts";
import { celInstant, secondsOfCel, type CelExpression, type CelValues } from "../lib/cel.ts";
import type { AttributeType } from "../model/attribute.ts";
import type { AttributeValue } from "../model/contact.ts";
import type { ProgramValue } from "./program.ts";
import type { CustomerFacts, PersonSignals, RunState, Trigger } from "./run.ts";

/** What a condition answers; one whose value is not known is neither true nor false. */
export type Truth = "true" | "false" | "unknown";

/** Facts that are instants, by the moment's name. */
const dateFacts: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  moments.map(({ name, facts }) => [
    name,
    new Set(Object.entries(facts).flatMap(([fact, { type }]) => (type === "date" ? [fact] : []))),
  ]),
);

const noDates: ReadonlySet<string> = new Set();

/** The facts of a trigger as `moment`: amounts of money are left out, since `amount` and `currency` stand beside them. */
export function momentValues({ kind, name, facts }: Trigger): Readonly<Record<string, unknown>> {
  const dates = (kind === "moment" ? dateFacts.get(name) : undefined) ?? noDates;
  const values: Record<string, unknown> = {};
  for (const [fact, value] of Object.entries(facts)) {
    if (typeof value === "object") continue;
    values[fact] = typeof value === "number" && dates.has(fact) ? celInstant(value) : value;
  }
  return values;
}

/** The customer's values with `moment` and `run`. */
export function valuesOfRun(
  facts: CustomerFacts,
  moment: Readonly<Record<string, unknown>>,
  { run, signals, nowS }: { readonly run: RunState; readonly signals: PersonSignals; readonly nowS: number },
): CelValues {
  // V8 copies an object far faster into one that has its own entries already than before them.
  return {
    moment,
    run: {
      now: celInstant(nowS),
      started_at: celInstant(run.startedS),
      last_wait: run.lastWait,
      messages: BigInt(run.messages),
      replied: signals.repliedS !== null && signals.repliedS >= run.startedS,
    },
    ...facts.values,
  };
}

/** Whether a condition holds. Anything but true and false is not known. */
export function truthOf(expression: CelExpression, values: CelValues): Truth {
  const outcome = expression.evaluate(values);
  if (!("value" in outcome) || typeof outcome.value !== "boolean") return "unknown";
  return outcome.value ? "true" : "false";
}

/** A value for a deed; undefined when it is not known. `type` says what an attribute takes. */
export function valueOf(
  value: ProgramValue,
  values: CelValues,
  type: AttributeType | null = null,
): AttributeValue | undefined {
  const plain = "literal" in value ? value.literal : plainOf(value.cel, values);
  return plain === undefined || type === null ? plain : fitted(plain, type);
}

function plainOf(expression: CelExpression, values: CelValues): string | number | boolean | undefined {
  const outcome = expression.evaluate(values);
  if (!("value" in outcome)) return undefined;
  const { value } = outcome;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  return secondsOfCel(value);
}

/** What the attribute cannot hold is not written at all. */
function fitted(value: string | number | boolean, type: AttributeType): AttributeValue | undefined {
  switch (type) {
    case "string":
      return typeof value === "string" ? value : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "integer":
      return Number.isSafeInteger(value) ? value : undefined;
    case "float":
      return typeof value === "number" ? value : undefined;
    case "date":
      return secondsFrom(value);
  }
}

function secondsFrom(value: string | number | boolean): number | undefined {
  const atS = typeof value === "string" ? secondOfIso(value) : value;
  return typeof atS === "number" && Number.isSafeInteger(atS) ? atS : undefined;
}
