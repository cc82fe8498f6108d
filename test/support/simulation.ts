/** Takes histories through the time machine without a database, and compares deeds: those of a simulation and those that were done. */
import type { SimulationResult } from "../../contract/simulation.ts";
import type { RulesDocument } from "../../contract/rule.ts";
import type { StripeEvent } from "../../src/model/stripe-event.ts";
import type { ObjectCopy } from "../../src/model/stripe-object.ts";
import { ruleVocabulary } from "../../src/pipeline/rule-vocabulary.ts";
import type { PersonRecord, RecordedEvent } from "../../src/pipeline/simulate/record.ts";
import { rehearse, setStage, talliesOf } from "../../src/pipeline/simulate/part.ts";
import type { SimulationTask } from "../../src/pipeline/simulate/task.ts";
import { checkRules } from "../../src/rules/check-document.ts";
import { simulationOf, type RuleTally } from "../../src/rules/time-machine/tally.ts";
import { bodyOf } from "./builders.ts";

/** Something that a rule did, or would have done. */
export type RuleDeed = {
  readonly rule: string;
  readonly account: string;
  readonly customerId: string;
  /** Where it stands in the rule. */
  readonly path: string;
  readonly kind: string;
  readonly atS: number;
};

/** What a simulation says was done, in the order of time; of the hits that it keeps in full. */
export function deedsOf({ rules }: Pick<SimulationResult, "rules">): readonly RuleDeed[] {
  const deeds = rules.flatMap(({ rule, samples }) =>
    samples.flatMap(({ account, customerId, steps }) =>
      steps
        .filter(({ result, kind }) => result === "done" && !passive.has(kind))
        .map(({ path, kind, atS }) => ({ rule, account, customerId, path, kind, atS })),
    ),
  );
  return deeds.toSorted(inTime);
}

/** Steps that do nothing outside. */
const passive: ReadonlySet<string> = new Set(["wait", "branch", "stop", "undo"]);

function inTime(a: RuleDeed, b: RuleDeed): number {
  return a.atS - b.atS || (keyOf(a) < keyOf(b) ? -1 : 1);
}

function keyOf({ rule, account, customerId, path, kind }: RuleDeed): string {
  return [rule, account, customerId, path, kind].join(" ");
}

/** Which deeds only one of both has: the same deed is of the same step for the same customer, at most so many seconds apart. */
export function compareDeeds(
  simulated: readonly RuleDeed[],
  happened: readonly RuleDeed[],
  toleranceS: number,
): { readonly onlySimulated: readonly RuleDeed[]; readonly onlyHappened: readonly RuleDeed[] } {
  const left = happened.toSorted(inTime);
  const onlySimulated = simulated.toSorted(inTime).filter((deed) => {
    const place = left.findIndex((one) => keyOf(one) === keyOf(deed) && Math.abs(one.atS - deed.atS) <= toleranceS);
    if (place !== -1) left.splice(place, 1);
    return place === -1;
  });
  return { onlySimulated, onlyHappened: left };
}

/** A document that has been checked. */
export function rulesOf(input: unknown): RulesDocument {
  const { document, problems } = checkRules(input, ruleVocabulary);
  if (!document) throw new Error(problems.map(({ path, problem }) => `${path}: ${problem}`).join("\n"));
  return document;
}

/** What is recorded of a person whose only customer this is. */
export function aRecord(
  customerId: string,
  parts: Partial<Omit<PersonRecord, "events">> & { readonly events?: readonly StripeEvent[] } = {},
): PersonRecord {
  const customer = { account: "main", customerId };
  const { events = [], ...others } = parts;
  return {
    leader: customer,
    customers: [customer],
    copies: [],
    signals: [],
    crossings: [],
    ...others,
    events: events.map((event) => recorded(event, customerId)),
  };
}

function recorded(event: StripeEvent, customerId: string): RecordedEvent {
  const { id, type, createdS, object } = event;
  const objectId = typeof object["id"] === "string" ? object["id"] : null;
  const body = bodyOf(event).toString("utf8");
  return { account: "main", id, type, createdS, heardS: createdS, objectId, customerId, body };
}

export type Rehearsing = {
  readonly document: RulesDocument;
  readonly records: readonly PersonRecord[];
  readonly fromS: number;
  readonly toS: number;
  readonly against?: RulesDocument;
  readonly journalS?: number;
  readonly catalogue?: readonly ObjectCopy[];
};

/** Rehearses rules on what is recorded, and answers the result of each rule, with every hit in full. */
export function rehearseAll({ document, records, fromS, toS, against, journalS = 0, catalogue = [] }: Rehearsing): {
  readonly rules: SimulationResult["rules"];
  readonly tallies: Readonly<Record<string, RuleTally>>;
  readonly sides: ReturnType<typeof setStage>["sides"];
} {
  const task: SimulationTask = {
    database: { kind: "url", url: "postgres://none" },
    rules: { version: 0, document },
    against: against ? { version: 1, document: against } : null,
    rule: null,
    fromS,
    toS,
    liveAccounts: ["main"],
    journalSince: new Map([["main", journalS]]),
    options: {},
    reporting: null,
    samplesMax: 100_000,
  };
  const known = new Map(catalogue.map((copy) => [copy.id, copy]));
  const stage = setStage(task, { find: (_account, id) => known.get(id) });
  for (const record of records) rehearse(stage, record);
  const tallies = talliesOf(stage.here);
  const rules = Object.entries(tallies).map(([rule, tally]) =>
    simulationOf(tally, { rule, description: "", trigger: "", history: "all", breakerLimit: 50 }),
  );
  return { rules, tallies, sides: stage.sides };
}
