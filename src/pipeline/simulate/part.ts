/** One reader's part of a simulation: takes its people through their past, one after the other. */
import { setImmediate as breathe } from "node:timers/promises";
import type { SimulationHit } from "../../../contract/simulation.ts";
import { createPool, type Queryable } from "../../db/pool.ts";
import { query, sql } from "../../db/query.ts";
import { singleTransaction } from "../../db/transaction.ts";
import { findCopies } from "../../billing/store.ts";
import type { ObjectCopy } from "../../model/stripe-object.ts";
import { compileRules } from "../../rules/compile.ts";
import type { CompiledRule } from "../../rules/program.ts";
import type { Ports } from "../../rules/time-machine/life.ts";
import { Rehearsal } from "../../rules/time-machine/rehearsal.ts";
import { Sample } from "../../rules/time-machine/sample.ts";
import { compareHits, emptySides, type SideTally } from "../../rules/time-machine/side-by-side.ts";
import { emptyTally, type RuleTally } from "../../rules/time-machine/tally.ts";
import type { Variant } from "../../rules/time-machine/variant.ts";
import { ruleVocabulary } from "../rule-vocabulary.ts";
import { addBusinessDays } from "../run-inputs.ts";
import type { KnownCatalogue, SimulationGround } from "./ground.ts";
import { interestOf, type Interest } from "./interest.ts";
import { readPeople, type Part } from "./journal.ts";
import { performDeed } from "./perform.ts";
import { PersonLife } from "./person-life.ts";
import type { PersonRecord } from "./record.ts";
import { personOptionsOf, type SimulationTask, type TaskRules } from "./task.ts";

/** How far a part is. */
export type PartProgress = { readonly people: number; readonly events: number };

/** What a part came to: plain data. */
export type PartResult = PartProgress & {
  readonly tallies: Readonly<Record<string, RuleTally>>;
  readonly sides: Readonly<Record<string, SideTally>>;
};

export type PartSettings = {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PartProgress) => void) | undefined;
};

/** Simulates one part, reading from a snapshot of the database. Throws when the signal is aborted, and what the database throws. */
export async function simulatePart(task: SimulationTask, part: Part, settings: PartSettings = {}): Promise<PartResult> {
  const pool = createPool(task.database, { max: 1, statementTimeoutMs: 0 });
  try {
    return await singleTransaction(pool, async (tx) => {
      await query(tx, sql.plain("set transaction isolation level repeatable read, read only"));
      const stage = setStage(task, await loadCatalogue(tx));
      const done = { people: 0, events: 0 };
      const { fromS, toS } = task;
      for await (const people of readPeople(tx, { fromS, toS, part, interest: stage.interest })) {
        for (const record of people) {
          settings.signal?.throwIfAborted();
          rehearse(stage, record);
          done.people += 1;
          done.events += record.events.length;
        }
        settings.onProgress?.({ ...done });
        await breathe();
      }
      return { ...done, tallies: talliesOf(stage.here), sides: Object.fromEntries(stage.sides) };
    });
  } finally {
    await pool.end();
  }
}

/** A simulation that is set up. */
export type SimulationStage = {
  readonly task: SimulationTask;
  readonly interest: Interest;
  readonly ground: SimulationGround;
  readonly here: Variant;
  readonly there: Variant | null;
  readonly sides: ReadonlyMap<string, SideTally>;
};

/** Compiles the rules and prepares what they are counted in. */
export function setStage(task: SimulationTask, catalogue: KnownCatalogue): SimulationStage {
  const isCompared = task.against !== null;
  const here = variantOf(task.rules, task, isCompared);
  const there = task.against && variantOf(task.against, task, isCompared);
  const names = new Set([...here.tallies.keys(), ...(there?.tallies.keys() ?? [])]);
  return {
    task,
    here,
    there,
    interest: interestOf([...here.rules, ...(there?.rules ?? [])]),
    ground: { catalogue, options: personOptionsOf(task), liveAccounts: new Set(task.liveAccounts) },
    sides: new Map(isCompared ? [...names].map((name) => [name, emptySides()]) : []),
  };
}

/** The rules that are rehearsed: the one that is asked for, else all that are not paused. */
export function rehearsedRules(rules: readonly CompiledRule[], name: string | null): readonly CompiledRule[] {
  return rules.filter(({ rule }) => (name === null ? rule.mode !== "paused" : rule.name === name));
}

function variantOf({ document, version }: TaskRules, task: SimulationTask, isCompared: boolean): Variant {
  const rules = rehearsedRules(compileRules(document, ruleVocabulary, version).rules, task.rule);
  const names = rules.map(({ rule }) => rule.name);
  return {
    document,
    rules,
    isCompared,
    tallies: new Map(names.map((name) => [name, emptyTally()])),
    samples: new Map(names.map((name) => [name, new Sample<SimulationHit>(task.samplesMax)])),
  };
}

/** Takes one person through the stretch. */
export function rehearse(stage: SimulationStage, record: PersonRecord): void {
  const { task, ground, interest, here, there } = stage;
  const { fromS, toS } = task;
  const journalSince = (account: string): number => task.journalSince.get(account) ?? toS;
  const life = new PersonLife(record, { fromS, toS, journalSince }, { ground, interest });
  const ours = new Rehearsal(here, life, portsOf(life, here));
  const theirs = there && new Rehearsal(there, life, portsOf(life, there));
  live(life, theirs ? [ours, theirs] : [ours], task);
  const hits = ours.finish();
  const others = theirs?.finish();
  if (!others) return;
  for (const [name, sides] of stage.sides) compareHits(sides, hits.get(name) ?? [], others.get(name) ?? []);
}

/** What is heard in one second is known before anything is done in it. */
function live(life: PersonLife, rehearsals: readonly Rehearsal[], { fromS, toS }: SimulationTask): void {
  for (const one of rehearsals) one.begin(fromS);
  for (let nextS = life.nextS(); nextS !== undefined && nextS < toS; nextS = life.nextS()) {
    for (const one of rehearsals) one.runUntil(nextS);
    while (life.nextS() === nextS) {
      const occurrence = life.next();
      for (const one of rehearsals) one.take(occurrence);
    }
    for (const one of rehearsals) one.settle(nextS);
  }
  for (const one of rehearsals) one.runUntil(toS);
}

function portsOf(life: PersonLife, { document }: Variant): Ports {
  return {
    addBusinessDays,
    perform: (performance) => {
      const [known, facts] = [life.known(), life.factsAt(performance.nowS)];
      if (!known || !facts) return { why: "Stripe knows no such customer." };
      return performDeed({ document, profile: known.profile, facts }, performance);
    },
  };
}

/** What the stage has counted. */
export function talliesOf({ tallies, samples }: Variant): PartResult["tallies"] {
  return Object.fromEntries(
    [...tallies].map(([name, tally]) => [name, { ...tally, samples: samples.get(name)?.kept ?? [] }]),
  );
}

/** How many products, prices and coupons are read at once. */
const cataloguePage = 5_000;

async function loadCatalogue(tx: Queryable): Promise<KnownCatalogue> {
  const copies = new Map<string, ObjectCopy>();
  const text = `select account, id from stripe_objects where kind in ('product', 'price', 'coupon') and (account, id) > ($1, $2)
    order by account, id limit $3`;
  for (let after = { account: "", id: "" }; ;) {
    const rows = await query<typeof after>(tx, sql.plain(text, [after.account, after.id, cataloguePage]));
    for (const account of new Set(rows.map((row) => row.account))) {
      const ids = rows.filter((row) => row.account === account).map(({ id }) => id);
      for (const copy of await findCopies(tx, account, ids)) copies.set(`${account} ${copy.id}`, copy);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < cataloguePage) break;
    after = last;
  }
  return { find: (account, id) => copies.get(`${account} ${id}`) };
}
