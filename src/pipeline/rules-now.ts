/** What of rules is at hand while work goes on. */
import type { CompiledRule, CompiledRules } from "../rules/program.ts";
import type { RuleStop } from "../rules/store.ts";

/** What is in force at present. */
export type RulesNow = {
  readonly rules: CompiledRules;
  /** By the rule's name. */
  readonly stops: ReadonlyMap<string, RuleStop>;
  /** Rules that look at what happens: shadow and live ones. */
  readonly active: readonly CompiledRule[];
  /** Moments, and types of Stripe's events, that any of them looks at. */
  readonly moments: ReadonlySet<string>;
  readonly eventTypes: ReadonlySet<string>;
  /** Those that look at a customer's profile whenever it may have changed: for a crossing, or for a date. */
  readonly watching: readonly CompiledRule[];
  /** One of them goes by how long ago or how far off something is, which changes every day without an event. */
  readonly watchesDays: boolean;
  /** Contacts may show attributes that rules have set, of these or of former rules. */
  readonly setsAttributes: boolean;
};

/** What matching goes by: the rules in force, and their clock. */
export type RulesAtWork = { readonly now: () => RulesNow; readonly nowMs: () => number };
