/** One version of the rules in a simulation. */
import type { RulesDocument } from "../../../contract/rule.ts";
import type { SimulationHit } from "../../../contract/simulation.ts";
import type { CompiledRule } from "../program.ts";
import type { Sample } from "./sample.ts";
import type { RuleTally } from "./tally.ts";

/** The rules that are rehearsed, and what they are counted in. */
export type Variant = {
  readonly document: RulesDocument;
  readonly rules: readonly CompiledRule[];
  /** By the rule's name. */
  readonly tallies: ReadonlyMap<string, RuleTally>;
  readonly samples: ReadonlyMap<string, Sample<SimulationHit>>;
  /** Put beside another version. */
  readonly isCompared: boolean;
};
