/** What is to be simulated, as plain data: it travels to the threads that do it. */
import type { RulesDocument } from "../../../contract/rule.ts";
import type { PersonOptions } from "../../billing/person.ts";
import type { DatabaseConfig } from "../../db/pool.ts";
import { RateTable, type Rate, type Reporting } from "../../model/rates.ts";

/** One version of the rules; 0 is one that is only tried. */
export type TaskRules = { readonly version: number; readonly document: RulesDocument };

export type SimulationTask = {
  readonly database: DatabaseConfig;
  readonly rules: TaskRules;
  /** The version that it is put beside. */
  readonly against: TaskRules | null;
  /** Only this rule; null for all that are not paused. */
  readonly rule: string | null;
  /** Unix seconds; `toS` itself is not in it. */
  readonly fromS: number;
  readonly toS: number;
  /** Accounts in live mode; the others are in test mode. */
  readonly liveAccounts: readonly string[];
  /** Since when the journal tells, by account. */
  readonly journalSince: ReadonlyMap<string, number>;
  readonly options: Omit<PersonOptions, "reporting">;
  readonly reporting: { readonly currency: string; readonly rates: readonly Rate[] } | null;
  /** Hits per rule that are kept in full. */
  readonly samplesMax: number;
};

/** What reports are made in, as plain data. */
export function plainReporting(reporting: Reporting | undefined): SimulationTask["reporting"] {
  return reporting === undefined ? null : { currency: reporting.currency, rates: reporting.rates.list() };
}

/** What profiles rest on beside copies. */
export function personOptionsOf({ options, reporting }: SimulationTask): PersonOptions {
  if (reporting === null) return options;
  return { ...options, reporting: { currency: reporting.currency, rates: new RateTable(reporting.rates) } };
}
