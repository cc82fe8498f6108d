/** Runs of rules for whoever looks after them: found by customer, shown, asked for, cancelled, approved. */
import type { Run, ShownRun, RunPage, RunQuery } from "../../../contract/rules-api.ts";
import { findIdentities } from "../../contacts/store.ts";
import type { Pool } from "../../db/pool.ts";
import { transaction } from "../../db/transaction.ts";
import { customerKeyText, type CustomerKey } from "../../model/customer-key.ts";
import { findAsked, type Question } from "../../pipeline/explain-subject.ts";
import { headOf } from "../../pipeline/match-rules.ts";
import { findRunBehind, findTrigger } from "../../pipeline/rule-origins.ts";
import { loadRules } from "../../pipeline/rules-in-force.ts";
import { insertMatches, listStops } from "../../rules/store.ts";
import { RuleNotManual, RunStateConflict, RunUnknown } from "./errors.ts";
import { cancelRuns, decideDraft, findRunDetails, listRuns } from "./run-rows.ts";
import { getRule } from "./switch-rule.ts";

/** Which runs, by rule and by a customer as people name them. */
export type RunSelection = {
  readonly rule?: string | undefined;
  readonly customer?: string | undefined;
  readonly account?: string | undefined;
};

/** A page of runs, newest first. Throws CustomerUnknown or CustomerAmbiguous. */
export async function readRuns(pool: Pool, { limit, before, state, ...selection }: RunQuery): Promise<RunPage> {
  const filter = { rule: selection.rule, customers: await customersOf(pool, selection), state };
  const runs = await listRuns(pool, filter, { limit: limit + 1, before });
  const page = runs.slice(0, limit);
  return { runs: page, next: runs.length > limit ? (page.at(-1)?.id ?? null) : null };
}

/** A run with its steps, and what told of its trigger. Throws RunUnknown. */
export async function getRunDetails(pool: Pool, id: string): Promise<ShownRun> {
  const number = numberOf(id);
  const [found, behind] = [await findRunDetails(pool, number), await findRunBehind(pool, number)];
  if (!found || !behind) throw new RunUnknown(id);
  return { ...found, eventId: (await findTrigger(pool, behind)).trigger.eventId };
}

/** Ends a run that is open. Throws RunUnknown, or RunStateConflict for one that has ended or is about to. */
export async function cancelRun(pool: Pool, id: string, why: string): Promise<ShownRun> {
  const run = await getRunDetails(pool, id);
  const count = await cancelRuns(pool, { id: run.id }, why);
  if (count === 0) throw new RunStateConflict(`Run ${run.id} has ended, or is being cancelled already.`);
  return getRunDetails(pool, id);
}

/** Ends all open runs of a rule, a customer, or both, and answers how many. Throws CustomerUnknown or CustomerAmbiguous. */
export async function cancelSelected(pool: Pool, selection: RunSelection, why: string): Promise<number> {
  const customers = await customersOf(pool, selection);
  return cancelRuns(pool, { rule: selection.rule, customers }, why);
}

/** Lets a draft be sent, or not. Throws RunUnknown, or RunStateConflict when none waits. */
export async function judgeDraft(pool: Pool, id: string, decision: "approved" | "rejected"): Promise<ShownRun> {
  const run = await getRunDetails(pool, id);
  const isDecided = await transaction(pool, (tx) => decideDraft(tx, run.id, decision));
  if (!isDecided) throw new RunStateConflict(`No draft of run ${run.id} waits for a decision.`);
  return getRunDetails(pool, id);
}

/**
 * Has a manual rule look at a customer. Asked twice in a second it is once. Throws RuleUnknown, RuleNotManual, CustomerUnknown
 * or CustomerAmbiguous.
 */
export async function askForRun(
  pool: Pool,
  { rule: name, customer, account }: { readonly rule: string } & RunSelection & { readonly customer: string },
  { nowS }: { readonly nowS: number },
): Promise<readonly Run[]> {
  const compiled = getRule(await loadRules(pool), name);
  const { mode, on } = compiled.rule;
  if (!("manual" in on))
    throw new RuleNotManual(`“${name}” starts by itself; only rules with \`on: { manual: true }\` are asked for.`);
  if (mode !== "live" && mode !== "shadow")
    throw new RuleNotManual(`“${name}” is ${mode}. Switch it on first: dunlin rules mode ${name} shadow`);
  const stop = (await listStops(pool)).find(({ rule }) => rule === name);
  if (stop)
    throw new RuleNotManual(
      `“${name}” stands still: ${stop.reason.replace(/\.$/, "")}. Let it go on first: dunlin rules resume ${name}`,
    );
  const leader = await findLeader(pool, { name: customer, account });
  const trigger = {
    kind: "manual",
    key: `manual:${nowS}`,
    name: "manual",
    objectId: null,
    occurredAtS: nowS,
    facts: {},
  } as const;
  await transaction(pool, (tx) => insertMatches(tx, [{ ...headOf(compiled), ...leader, trigger, nowS }]));
  return listRuns(pool, { rule: name, customers: [leader] }, { limit: 1 });
}

async function customersOf(
  pool: Pool,
  { customer, account }: RunSelection,
): Promise<readonly CustomerKey[] | undefined> {
  if (customer === undefined) return undefined;
  const asked = await findAsked(pool, { name: customer, account });
  const leader = await leaderOf(pool, asked);
  return [asked, leader];
}

/** Whoever has the contact: runs are theirs. */
async function findLeader(pool: Pool, question: Question): Promise<CustomerKey> {
  return leaderOf(pool, await findAsked(pool, question));
}

async function leaderOf(pool: Pool, customer: CustomerKey): Promise<CustomerKey> {
  return (await findIdentities(pool, [customer])).get(customerKeyText(customer))?.leader ?? customer;
}

function numberOf(id: string): number {
  if (!/^\d{1,15}$/.test(id)) throw new RunUnknown(id.slice(0, 40));
  return Number(id);
}
