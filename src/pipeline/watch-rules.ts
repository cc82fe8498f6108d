/** Rules that look at a customer whenever something may have changed: for an expression that becomes true, and for dates. */
import type { Queryable } from "../db/pool.ts";
import { fingerprint } from "../lib/hash.ts";
import { customerKeyText, type CustomerKey } from "../model/customer-key.ts";
import { becomes } from "../rules/crossing.ts";
import { nextFiring, type Firing } from "../rules/dates.ts";
import type { CompiledRule } from "../rules/program.ts";
import { truthOf, type Truth } from "../rules/run-values.ts";
import { insertMatches, type Match } from "../rules/store.ts";
import {
  dropDates,
  findWatched,
  saveDates,
  saveTruths,
  type DateWatch,
  type Truth as KeptTruth,
  type Watched,
} from "../watches/store.ts";
import { headOf } from "./match-rules.ts";
import { factsOf, type KnownPerson } from "./rule-facts.ts";
import type { RulesNow } from "./rules-now.ts";
import { addBusinessDays } from "./run-inputs.ts";

/** What one look at a customer says to the rules that watch. */
export type WatchNote = {
  readonly customer: CustomerKey;
  readonly nowS: number;
  readonly truths: readonly { readonly rule: CompiledRule; readonly expression: string; readonly truth: Truth }[];
  readonly dates: readonly { readonly rule: CompiledRule; readonly firing: Firing | null; readonly hasDate: boolean }[];
};

/** Works out what the watching rules see; null while none watches. Asks nobody. */
export function watchNoteOf(
  { watching, rules }: RulesNow,
  customer: CustomerKey,
  { person, nowS }: { readonly person: KnownPerson; readonly nowS: number },
): WatchNote | null {
  if (watching.length === 0) return null;
  const facts = factsOf(person, nowS);
  const { timeZone } = rules.document;
  const truths = watching.flatMap((rule) => {
    const { trigger } = rule;
    if (trigger.kind !== "becomes" || !("becomes" in rule.rule.on)) return [];
    return [{ rule, expression: fingerprint(rule.rule.on.becomes), truth: truthOf(trigger.expression, facts.values) }];
  });
  const dates = watching.flatMap((rule) => {
    const { trigger } = rule;
    if (trigger.kind !== "date") return [];
    const hasDate = (facts.dates[trigger.date.field] ?? null) !== null;
    return [{ rule, firing: nextFiring(trigger, facts, { nowS, timeZone, addBusinessDays }), hasDate }];
  });
  return { customer, nowS, truths, dates };
}

/** Of somebody who follows another customer: the leader's dates are the person's. Null while no rule goes by dates. */
export function nothingToWatch({ watching }: RulesNow, customer: CustomerKey, nowS: number): WatchNote | null {
  const byDate = watching.filter(({ trigger }) => trigger.kind === "date");
  if (byDate.length === 0) return null;
  return { customer, nowS, truths: [], dates: byDate.map((rule) => ({ rule, firing: null, hasDate: false })) };
}

/** Remembers what was seen, inside the caller's transaction, and begins what follows from it. Answers how many runs are to be looked at. */
export async function recordWatches(tx: Queryable, notes: readonly WatchNote[]): Promise<number> {
  if (notes.length === 0) return 0;
  const watched = await findWatched(
    tx,
    notes.map(({ customer }) => customer),
  );
  const seen = notes.map((note) => lookOf(note, watched.get(customerKeyText(note.customer))));
  await saveTruths(
    tx,
    seen.flatMap(({ truths }) => truths),
  );
  await saveDates(
    tx,
    seen.flatMap(({ dates }) => dates),
  );
  await dropDates(
    tx,
    seen.flatMap(({ dropped }) => dropped),
  );
  return insertMatches(
    tx,
    seen.flatMap(({ matches }) => matches),
  );
}

type Look = {
  readonly truths: readonly KeptTruth[];
  readonly dates: readonly DateWatch[];
  readonly dropped: readonly (CustomerKey & { readonly rule: string })[];
  readonly matches: readonly Match[];
};

const nothingWatched: Watched = { truths: new Map(), dates: new Map() };

/** What of a look is new. */
function lookOf(note: WatchNote, watched: Watched = nothingWatched): Look {
  const crossings = note.truths.map((seen) => crossingOf(note, seen, watched.truths.get(seen.rule.rule.name)));
  const dates = note.dates.map((seen) => dateOf(note, seen, watched.dates.get(seen.rule.rule.name)));
  return {
    truths: crossings.flatMap(({ kept }) => kept),
    matches: crossings.flatMap(({ match }) => match),
    dates: dates.flatMap(({ kept }) => kept),
    dropped: dates.flatMap(({ dropped }) => dropped),
  };
}

function crossingOf(
  { customer, nowS }: WatchNote,
  { rule, expression, truth }: WatchNote["truths"][number],
  known: KeptTruth | undefined,
): { readonly kept: readonly KeptTruth[]; readonly match: readonly Match[] } {
  const before = known?.expression === expression ? known : undefined;
  const crossing = becomes(before ? (before.isTrue ? "true" : "false") : null, truth);
  const isTrue = crossing.truth === "true";
  // Counted on when the expression changes: the rule may get its former one back, and no two crossings have one key.
  const times = (known?.times ?? 0) + (crossing.fires ? 1 : 0);
  const { name } = rule.rule;
  const isSame = before?.isTrue === isTrue && before.times === times;
  const kept = isSame ? [] : [{ ...customer, rule: name, expression, isTrue, times }];
  if (!crossing.fires) return { kept, match: [] };
  // What is forgotten with its rule is counted from one again, should the rule come back.
  const key = `becomes:${expression}:${times}:${nowS}`;
  const trigger = { kind: "becomes", key, name: "becomes", objectId: null, occurredAtS: nowS, facts: {} } as const;
  return { kept, match: [{ ...customer, ...headOf(rule), trigger, nowS }] };
}

/** A date that has come and was not taken yet is left to be taken. */
function dateOf(
  { customer, nowS }: WatchNote,
  { rule: { rule }, firing, hasDate }: WatchNote["dates"][number],
  known: DateWatch | undefined,
): { readonly kept: readonly DateWatch[]; readonly dropped: readonly (CustomerKey & { readonly rule: string })[] } {
  const isDue = known !== undefined && !known.fired && known.fireAtS <= nowS && hasDate;
  if (isDue) return { kept: [], dropped: [] };
  if (!firing) return { kept: [], dropped: known && !known.fired ? [{ ...customer, rule: rule.name }] : [] };
  if (known?.fireKey === firing.key && known.fireAtS === firing.atS) return { kept: [], dropped: [] };
  const watch = { ...customer, rule: rule.name, fireKey: firing.key, fireAtS: firing.atS, fired: false };
  return { kept: [watch], dropped: [] };
}
