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
};

/** How many examples of each side are kept. */
export const sideSamplesMax = 10;

export function emptySides(): SideTally {
  return { both: 0, differently: 0, onlyHere: 0, onlyThere: 0, here: [], there: [] };
}

/** Compares the hits of one rule for one person. */
export function compareHits(tally: SideTally, here: readonly ComparedHit[], there: readonly ComparedHit[]): void {
  if (here.length === 0 && there.length === 0) return;
  const others = new Map(there.map((one) => [one.key, one]));
  const own = new Set(here.map(({ key }) => key));
  const onlyHere = here.filter(({ key }) => !others.has(key));
  const onlyThere = there.filter(({ key }) => !own.has(key));
  tally.both += here.length - onlyHere.length;
  tally.differently += here.filter(({ key, deeds }) => (others.get(key)?.deeds ?? deeds) !== deeds).length;
  tally.onlyHere += onlyHere.length;
  tally.onlyThere += onlyThere.length;
  tally.here = withHits(tally.here, onlyHere);
  tally.there = withHits(tally.there, onlyThere);
}

function withHits(
  kept: readonly Ranked<SimulationHit>[],
  hits: readonly ComparedHit[],
): readonly Ranked<SimulationHit>[] {
  if (hits.length === 0) return kept;
  return new Sample(sideSamplesMax, [...kept, ...hits.map(({ key, hit }) => ({ rank: key, item: hit }))]).kept;
}

/** Adds what another part counted. */
export function addSides(to: SideTally, from: SideTally): void {
  to.both += from.both;
  to.differently += from.differently;
  to.onlyHere += from.onlyHere;
  to.onlyThere += from.onlyThere;
  to.here = new Sample(sideSamplesMax, [...to.here, ...from.here]).kept;
  to.there = new Sample(sideSamplesMax, [...to.there, ...from.there]).kept;
}

/** The counts as they are shown. */
export function sideBySide(rule: string, tally: SideTally): RuleSideBySide {
  const { both, differently, onlyHere, onlyThere, here, there } = tally;
  const samples = { onlyHere: here.map(({ item }) => item), onlyThere: there.map(({ item }) => item) };
  return { rule, both, differently, onlyHere, onlyThere, samples };
}
