/** The time machine: what rules would have done to customers in the past. It writes nothing and calls nobody. */
import { mainAccount } from "../../connections/connection.ts";
import { findConnection, listJoinedAccounts } from "../../connections/store.ts";
import type { SimulationOrder, SimulationResult } from "../../../contract/simulation.ts";
import type { RulesDocument } from "../../../contract/rule.ts";
import { countLinked } from "../../contacts/store.ts";
import type { DatabaseConfig, Pool } from "../../db/pool.ts";
import { query, sql } from "../../db/query.ts";
import { dayS } from "../../lib/day.ts";
import type { Mapping } from "../../mapping/mapping.ts";
import type { Reporting } from "../../model/rates.ts";
import type { CompiledRules } from "../../rules/program.ts";
import { addSides, emptySides, sideBySide } from "../../rules/time-machine/side-by-side.ts";
import { addTally, emptyTally, simulationOf } from "../../rules/time-machine/tally.ts";
import { triggerText } from "../../rules/trigger-text.ts";
import { personOptions } from "../person.ts";
import { historyOf } from "./interest.ts";
import { countEvents, findJournal } from "./journal.ts";
import { rehearsedRules, type PartResult } from "./part.ts";
import { plainReporting, type SimulationTask } from "./task.ts";
import { simulateParts } from "./threads.ts";

export type SimulationSettings = {
  readonly pool: Pool;
  /** The same database: each thread opens a connection of its own. */
  readonly database: DatabaseConfig;
  readonly mapping: Mapping;
  readonly reporting?: Reporting | undefined;
  /** The end of the stretch (unix seconds), unless events are dated later, as in a sandbox whose clock was moved. */
  readonly nowS: number;
  readonly threads?: number;
  readonly samplesMax?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: SimulationProgress) => void) | undefined;
};

export type SimulationProgress = { readonly people: number; readonly ofPeople: number; readonly events: number };

const threadsDefault = 2;
const samplesDefault = 50;

/** Simulates these rules over so many days up to now, and `against` beside them. Throws when the signal is aborted. */
export async function simulate(
  rules: CompiledRules,
  order: Pick<SimulationOrder, "days"> & {
    readonly rule?: string | undefined;
    readonly against?: CompiledRules | undefined;
  },
  settings: SimulationSettings,
): Promise<SimulationResult> {
  const began = performance.now();
  const { pool, signal, onProgress } = settings;
  const { against = null } = order;
  const { since, untilS } = await findJournal(pool);
  const toS = Math.max(settings.nowS, untilS + 1);
  const fromS = toS - order.days * dayS;
  const ofPeople = await countPeople(pool);
  const task: SimulationTask = {
    database: settings.database,
    rules: { version: rules.version, document: rules.document },
    against: against && { version: against.version, document: against.document },
    rule: order.rule ?? null,
    fromS,
    toS,
    liveAccounts: await findLiveAccounts(pool),
    journalSince: since,
    options: withoutReporting(settings.mapping),
    reporting: plainReporting(settings.reporting),
    samplesMax: settings.samplesMax ?? samplesDefault,
  };
  const parts = await simulateParts(task, {
    threads: settings.threads ?? threadsDefault,
    signal,
    onProgress: (progress) => onProgress?.({ ...progress, ofPeople: Math.max(ofPeople, progress.people) }),
  });
  const limit = breakerLimit(rules.document, await countLinked(pool));
  const sinceS = since.size === 0 ? null : Math.min(...since.values());
  const events = await countEvents(pool, { fromS, toS });
  return {
    fromS,
    toS,
    journal: { events, read: total(parts, "events"), sinceS },
    people: total(parts, "people"),
    rules: rehearsedRules(rules.rules, order.rule ?? null).map(({ rule, trigger }) => {
      const { name, description } = rule;
      const start = { trigger: triggerText(rule.on), history: historyOf(trigger) };
      const head = { rule: name, description, ...start, breakerLimit: limit };
      return simulationOf(addedUp(parts, name, task.samplesMax), head);
    }),
    comparison: against && { version: against.version, rules: comparedIn(parts) },
    tookMs: Math.round(performance.now() - began),
  };
}

async function findLiveAccounts(pool: Pool): Promise<readonly string[]> {
  const accounts = [mainAccount, ...(await listJoinedAccounts(pool))];
  const found = await Promise.all(accounts.map((account) => findConnection(pool, "stripe", account)));
  return accounts.filter((_, index) => found[index]?.livemode === true);
}

function withoutReporting(mapping: Mapping): SimulationTask["options"] {
  const { reporting: _reporting, ...options } = personOptions(mapping, undefined);
  return options;
}

/** As the rule worker reckons: a share of the contacts, and never fewer than a few. */
function breakerLimit({ breaker }: RulesDocument, contacts: number): number {
  return Math.max(breaker.atLeast, Math.floor((contacts * breaker.share) / 100));
}

async function countPeople(pool: Pool): Promise<number> {
  const text = `select count(*) as count from stripe_objects o where o.kind = 'customer'
    and not exists (select from identities i where i.account = o.account and i.customer_id = o.id and i.leader_id is not null)`;
  const [row] = await query<{ count: number }>(pool, sql.plain(text));
  return row?.count ?? 0;
}

function total(parts: readonly PartResult[], of: "people" | "events"): number {
  return parts.reduce((sum, part) => sum + part[of], 0);
}

function addedUp(parts: readonly PartResult[], rule: string, samplesMax: number): ReturnType<typeof emptyTally> {
  const tally = emptyTally();
  for (const part of parts) addTally(tally, part.tallies[rule] ?? emptyTally(), samplesMax);
  return tally;
}

function comparedIn(parts: readonly PartResult[]): NonNullable<SimulationResult["comparison"]>["rules"] {
  const names = [...new Set(parts.flatMap(({ sides }) => Object.keys(sides)))];
  return names.map((name) => {
    const sides = emptySides();
    for (const part of parts) addSides(sides, part.sides[name] ?? emptySides());
    return sideBySide(name, sides);
  });
}
