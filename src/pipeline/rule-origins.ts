/** The runs of rules behind what was done: which rule, what triggered it, and the event of Stripe's that told of that. Reads only what is stored. */
import type { RuleOrigin } from "../../contract/rule-origin.ts";
import { findIdentities } from "../contacts/store.ts";
import type { Pool } from "../db/pool.ts";
import { query, sql } from "../db/query.ts";
import { findDocument } from "../documents/store.ts";
import { listChangesOf, listEventsById, type KeptEvent } from "../events/store.ts";
import { isoOf } from "../lib/iso.ts";
import { parseStored } from "../lib/json.ts";
import type { AttributeValue } from "../model/contact.ts";
import { customerKeyText, type CustomerKey } from "../model/customer-key.ts";
import type { CompiledRule, CompiledRules } from "../rules/program.ts";
import type { Trigger } from "../rules/run.ts";
import { compileSaved, RulesUnreadable } from "./rules-in-force.ts";

/** An attribute that a rule has set on a contact; the value is null when it was taken back. */
export type SetAttribute = {
  readonly name: string;
  readonly value: AttributeValue;
  readonly rule: string;
  readonly runId: number;
};

/** What rules have set on this contact, whose customer is the leader's. */
export async function listSetAttributes(
  pool: Pool,
  { account, customerId }: CustomerKey,
): Promise<readonly SetAttribute[]> {
  const text = `select name, value, rule, run_id as "runId" from rule_attributes where account = $1 and customer_id = $2 order by name`;
  const rows = await query<Omit<SetAttribute, "value"> & { readonly value: string }>(
    pool,
    sql.plain(text, [account, customerId]),
  );
  return rows.map(({ value, ...row }) => ({ ...row, value: parseStored<AttributeValue>(value) }));
}

/** A run as it is kept, without what it knows of itself. */
export type RunBehind = CustomerKey & {
  readonly id: number;
  readonly rule: string;
  readonly version: number;
  readonly mode: RuleOrigin["mode"];
  readonly trigger: Trigger;
  readonly arm: string | null;
  readonly startedS: number | null;
  readonly endedWhy: string | null;
};

type Row = Omit<RunBehind, "trigger"> & { readonly trigger: string };

const columns = `r.id, r.account, r.customer_id as "customerId", r.rule, r.version, r.mode, r.trigger, r.arm,
  r.started_s as "startedS", r.ended_why as "endedWhy"`;

function toRun({ trigger, ...row }: Row): RunBehind {
  return { ...row, trigger: parseStored<Trigger>(trigger) };
}

/** A run; undefined when it is no longer kept. */
export async function findRunBehind(pool: Pool, id: number): Promise<RunBehind | undefined> {
  const [row] = await query<Row>(pool, sql.plain(`select ${columns} from rule_runs r where r.id = $1`, [id]));
  return row && toRun(row);
}

/** A step of a run that set something, or took back what the run had set. */
export type SettingStep = {
  readonly run: RunBehind;
  readonly at: number;
  readonly kind: "set" | "undo";
  readonly path: string;
  readonly atS: number;
};

/** So many steps back is looked for who set an attribute. */
const stepsMax = 500;

/** The live steps of a customer's runs that set or took back anything, the newest first. */
export async function listSettingSteps(
  pool: Pool,
  { account, customerId }: CustomerKey,
): Promise<readonly SettingStep[]> {
  const text = `select ${columns}, s.at, s.kind, s.path, s.at_s as "atS"
    from rule_runs r join rule_steps s on s.run_id = r.id
    where r.account = $1 and r.customer_id = $2 and r.mode = 'live' and s.kind in ('set', 'undo') and s.result = 'done'
    order by s.at_s desc, s.run_id desc, s.at desc limit $3`;
  type StepRow = Row & Omit<SettingStep, "run">;
  const rows = await query<StepRow>(pool, sql.plain(text, [account, customerId, stepsMax]));
  return rows.map(({ at, kind, path, atS, ...run }) => ({ run: toRun(run), at, kind, path, atS }));
}

/** The runs that left a customer alone on purpose, which a control group's attribute may show. */
export async function listHeldOut(pool: Pool, { account, customerId }: CustomerKey): Promise<readonly RunBehind[]> {
  const text = `select ${columns} from rule_runs r
    where r.account = $1 and r.customer_id = $2 and r.mode = 'live' and r.arm = 'holdout' order by r.id desc limit $3`;
  return (await query<Row>(pool, sql.plain(text, [account, customerId, stepsMax]))).map(toRun);
}

/** The steps of a run as they are recorded. */
export function listSteps(
  pool: Pool,
  runId: number,
): Promise<readonly { readonly at: number; readonly kind: string; readonly path: string }[]> {
  return query(pool, sql.plain("select at, kind, path from rule_steps where run_id = $1", [runId]));
}

/** What a run goes by; undefined when this version of Dunlin does not understand its rules any more. */
export async function findProgram(pool: Pool, run: RunBehind): Promise<CompiledRule["program"] | undefined> {
  return (await findRules(pool, run.version))?.byName.get(run.rule)?.program;
}

/** A version of the rules, or the newest; undefined when there is none, or when this version of Dunlin does not understand it. */
export async function findRules(pool: Pool, version?: number): Promise<CompiledRules | undefined> {
  const saved = await findDocument(pool, "rules", version);
  try {
    return saved && compileSaved(saved);
  } catch (error) {
    if (error instanceof RulesUnreadable) return undefined;
    throw error;
  }
}

/** A run's trigger with the event of Stripe's that told of it. */
export type TriggerBehind = { readonly trigger: RuleOrigin["trigger"]; readonly event: KeptEvent | undefined };

/** What triggered a run, with the event of Stripe's behind it as long as that is stored. */
export async function findTrigger(pool: Pool, run: RunBehind): Promise<TriggerBehind> {
  const { kind, key, name, objectId, occurredAtS } = run.trigger;
  const event = await findEvent(pool, run);
  const eventId = event?.id ?? (kind === "stripe" ? key.slice("stripe:".length) : null);
  return { trigger: { kind, name, objectId, occurredAt: isoOf(occurredAtS), eventId }, event };
}

/** Moments are told from what an event changed: of those that changed the object, the one of that second, or the nearest. */
async function findEvent(pool: Pool, { trigger, ...run }: RunBehind): Promise<KeptEvent | undefined> {
  const { kind, key, objectId, occurredAtS } = trigger;
  if (kind === "stripe") {
    const [event] = await listEventsById(pool, { ids: [key.slice("stripe:".length)] });
    return event;
  }
  if (kind !== "moment" || objectId === null) return undefined;
  const identity = (await findIdentities(pool, [run])).get(customerKeyText(run));
  const customerIds = [run, ...(identity?.members ?? [])].map(({ customerId }) => customerId);
  const changes = await listChangesOf(pool, {
    customerIds,
    objectIds: [objectId],
    until: new Date(),
    limit: eventsMax,
  });
  const distance = ({ createdS }: KeptEvent): number => Math.abs(createdS - occurredAtS);
  // The list has the newest first; of one second the first that was heard told it.
  return changes.toReversed().toSorted((a, b) => distance(a) - distance(b))[0];
}

const eventsMax = 100;

/** The run as explanations show it, with the step that did it. */
export function originOf(
  { id, rule, version, mode }: RunBehind,
  path: string | null,
  { trigger }: TriggerBehind,
): RuleOrigin {
  return { rule, version, mode, runId: id, path, trigger };
}
