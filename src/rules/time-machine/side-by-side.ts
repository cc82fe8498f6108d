/** Two versions of the rules side by side: whom only one of them would have touched, and whom both, differently. */
import type { RuleSideBySide, SimulationHit } from "../../../contract/simulation.ts";
import { Sample, type Ranked } from "./sample.ts";

/** A hit of one version, as it is compared: `key` names rule-independent reason and customer, `deeds` what was done and when. */
export type ComparedHit = { readonly key: string; readonly deeds: string; readonly hit: SimulationHit };

/** Counts of one rule; plain data. */
export type SideTally = {
  both: number;
  differently: number;
  onlyHere: number;
  onlyThere: number;
  here: readonly Ranked<SimulationHit>[];
  there: readonly Ranked<SimulationHit>[];
  other: readonly Ranked<HitPair>[];
};

/** The same hit in both versions. */
export type HitPair = { readonly here: SimulationHit; readonly there: SimulationHit };

/** How many examples of each side are kept. */
export const sideSamplesMax = 10;

export function emptySides(): SideTally {
  return { both: 0, differently: 0, onlyHere: 0, onlyThere: 0, here: [], there: [], other: [] };
}

/** Compares the hits of one rule for one person. */
export function compareHits(tally: SideTally, here: readonly ComparedHit[], there: readonly ComparedHit[]): void {
  if (here.length === 0 && there.length === 0) return;
  const others = new Map(there.map((one) => [one.key, one]));
  const own = new Set(here.map(({ key }) => key));
  const onlyHere = here.filter(({ key }) => !others.has(key));
  const onlyThere = there.filter(({ key }) => !own.has(key));
  tally.both += here.length - onlyHere.length;
  const changed = here.flatMap((one): Ranked<HitPair>[] => {
    const other = others.get(one.key);
    const isSame = other === undefined || other.deeds === one.deeds;
    return isSame ? [] : [{ rank: one.key, item: { here: one.hit, there: other.hit } }];
  });
  tally.differently += changed.length;
  tally.onlyHere += onlyHere.length;
  tally.onlyThere += onlyThere.length;
  tally.here = withRanked(tally.here, onlyHere.map(ranked));
  tally.there = withRanked(tally.there, onlyThere.map(ranked));
  tally.other = withRanked(tally.other, changed);
}

function ranked({ key, hit }: ComparedHit): Ranked<SimulationHit> {
  return { rank: key, item: hit };
}

function withRanked<T>(kept: readonly Ranked<T>[], more: readonly Ranked<T>[]): readonly Ranked<T>[] {
  return more.length === 0 ? kept : new Sample(sideSamplesMax, [...kept, ...more]).kept;
}

/** Adds what another part counted. */
export function addSides(to: SideTally, from: SideTally): void {
  to.both += from.both;
  to.differently += from.differently;
  to.onlyHere += from.onlyHere;
  to.onlyThere += from.onlyThere;
  to.here = withRanked(to.here, from.here);
  to.there = withRanked(to.there, from.there);
  to.other = withRanked(to.other, from.other);
}

/** The counts as they are shown. */
export function sideBySide(rule: string, tally: SideTally): RuleSideBySide {
  const { both, differently, onlyHere, onlyThere, here, there, other } = tally;
  const samples = { onlyHere: here.map(itemOf), onlyThere: there.map(itemOf), differently: other.map(itemOf) };
  return { rule, both, differently, onlyHere, onlyThere, samples };
}

function itemOf<T>({ item }: Ranked<T>): T {
  return item;
}
