/** Explains attributes that rules set: who set them when, what triggered that, and which write carried it to Intercom. */
import type { ExplainSetting } from "../../contract/explain.ts";
import type { Pool } from "../db/pool.ts";
import { isoOf } from "../lib/iso.ts";
import type { Mapping, MappingLine } from "../mapping/mapping.ts";
import type { AttributeType } from "../model/attribute.ts";
import type { AttributeValue } from "../model/contact.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import type { KeptEvent } from "../events/store.ts";
import type { CompiledRules } from "../rules/program.ts";
import type { Subject } from "./explain-subject.ts";
import {
  findRules,
  findTrigger,
  listHeldOut,
  listSettingSteps,
  originOf,
  type RunBehind,
  type SetAttribute,
  type SettingStep,
} from "./rule-origins.ts";

/** The attributes that rules have set on a contact, or had; what the mapping writes is the mapping's. */
export async function listRuleLines(
  pool: Pool,
  { set }: Pick<Subject, "set">,
  { lines }: Pick<Mapping, "lines">,
): Promise<readonly MappingLine[]> {
  const mapped = new Set(lines.map(({ name }) => name));
  const own = set.filter(({ name }) => !mapped.has(name));
  if (own.length === 0) return [];
  const rules = await findRules(pool);
  return own.map((attribute) => lineOf(attribute, rules));
}

function lineOf({ name, value, rule }: SetAttribute, rules: CompiledRules | undefined): MappingLine {
  const known = rules?.byName.get(rule)?.rule;
  return {
    name,
    type: rules?.attributes.get(name) ?? typeOfValue(value),
    rule: known ? `The rule “${rule}” sets it. ${known.description}` : `The rule “${rule}”, which is gone, had set it.`,
    purpose: known?.purpose ?? "",
    reads: [],
    whenEmpty: () => "No rule sets it at present.",
  };
}

function typeOfValue(value: AttributeValue): AttributeType {
  return typeof value === "boolean" ? "boolean" : typeof value === "number" ? "float" : "string";
}

/** An attribute was set, or taken back. */
export type Setting = Pick<ExplainSetting, "kind"> & {
  readonly run: RunBehind;
  readonly path: string;
  readonly atS: number;
};

/** When rules set this attribute on a contact and took it back, the newest first, as far as their runs are kept. */
export async function listSettings(pool: Pool, leader: CustomerKey, name: string): Promise<readonly Setting[]> {
  const [steps, heldOut] = await Promise.all([listSettingSteps(pool, leader), listHeldOut(pool, leader)]);
  const runs = [...steps.map(({ run }) => run), ...heldOut];
  const versions = await readVersions(pool, new Set(runs.map(({ version }) => version)));
  const changes: readonly Setting[] = [
    ...steps.filter((step) => concerns(versions.get(step.run.version), step, name)).map(toSetting),
    ...heldOut
      .filter((run) => showsGroup(versions.get(run.version), run, name))
      .map((run): Setting => ({ kind: "set", run, path: "holdout", atS: run.startedS ?? 0 })),
  ];
  // Turned around first: of one second the later step of a run stays the later one.
  return inForce(changes.toReversed().toSorted((a, b) => a.atS - b.atS)).toReversed();
}

async function readVersions(
  pool: Pool,
  versions: ReadonlySet<number>,
): Promise<ReadonlyMap<number, CompiledRules | undefined>> {
  const read = new Map<number, CompiledRules | undefined>();
  for (const version of versions) read.set(version, await findRules(pool, version));
  return read;
}

/** Whether a step sets this attribute; one that takes back may be about it when its rule sets it. */
function concerns(rules: CompiledRules | undefined, { run, at, kind }: SettingStep, name: string): boolean {
  const program = rules?.byName.get(run.rule)?.program ?? [];
  const sets = (instruction: (typeof program)[number] | undefined): boolean =>
    instruction?.op === "act" && instruction.act.kind === "set" && instruction.act.attribute === name;
  return kind === "set" ? sets(program[at]) : program.some(sets);
}

function showsGroup(rules: CompiledRules | undefined, run: RunBehind, name: string): boolean {
  const holdout = rules?.byName.get(run.rule)?.rule.holdout;
  return typeof holdout === "object" && rules?.document.holdouts[holdout.group]?.attribute === name;
}

function toSetting({ run, kind, path, atS }: SettingStep): Setting {
  return { kind: kind === "set" ? "set" : "unset", run, path, atS };
}

/** A run takes back what it has set itself: not what another one has set since, and nothing twice. */
function inForce(oldestFirst: readonly Setting[]): readonly Setting[] {
  let setBy: number | null = null;
  return oldestFirst.filter(({ kind, run: { id } }) => {
    const counts = kind === "set" || setBy === id;
    if (counts) setBy = kind === "set" ? id : null;
    return counts;
  });
}

/** Who set the attribute last, or took it back; undefined when its runs are no longer kept, or no rule takes part in it any more. */
export function currentSetting({ value, runId }: SetAttribute, settings: readonly Setting[]): Setting | undefined {
  const [newest] = settings;
  return newest?.run.id === runId && newest.kind === (value === null ? "unset" : "set") ? newest : undefined;
}

/** A write's part in the life of an attribute. */
type Change = { readonly after: AttributeValue };

/**
 * Which setting each write carried to Intercom; writes and settings are given the newest first. Instants decide nothing, since
 * rules may go by another clock: a write follows the settings in their order. One that writes what the write before it had
 * written puts right what somebody changed, and carries the same. `current` is the value now: what no write shows yet was not carried.
 */
export function carriedBy(
  writes: readonly Change[],
  settings: readonly Setting[],
  current: AttributeValue,
): readonly (Setting | undefined)[] {
  let left = writes[0]?.after === current ? settings : settings.slice(1);
  return writes.map(({ after }, index) => {
    const place = left.findIndex(({ kind }) => kind === (after === null ? "unset" : "set"));
    if (place === -1) return undefined;
    const isRepair = writes[index + 1]?.after === after;
    const setting = left[place];
    left = left.slice(isRepair ? place : place + 1);
    return setting;
  });
}

/** A setting as people are shown it, and the event behind it as long as that is stored. */
export async function tellSetting(
  pool: Pool,
  { kind, run, path, atS }: Setting,
): Promise<{ readonly setting: ExplainSetting; readonly event: KeptEvent | undefined }> {
  const trigger = await findTrigger(pool, run);
  const why = kind === "unset" ? run.endedWhy : null;
  return { setting: { ...originOf(run, path, trigger), kind, at: isoOf(atS), why }, event: trigger.event };
}
