/** What another rules document would do, found out by a command: with the customers when both accounts are connected. */
import type { RulesPlan } from "../../contract/rules-api.ts";
import type { Config } from "../config.ts";
import { findKeys, type Installation } from "../installation.ts";
import { loadRules } from "../pipeline/rules-in-force.ts";
import type { CompiledRules } from "../rules/program.ts";
import { planRules } from "../upkeep/rules/plan-rules.ts";
import { withContexts } from "./contexts.ts";
import { nowOfRules } from "./rule-clock.ts";

/** Holds rules against those in force. Changes nothing. */
export async function planRulesOf(
  config: Config,
  installation: Installation,
  after: CompiledRules,
): Promise<RulesPlan> {
  const { pool } = installation;
  const versions = { before: await loadRules(pool), after };
  const looking = { nowS: Math.floor((await nowOfRules(config)) / 1000), customersMax: Number.POSITIVE_INFINITY };
  const { stripeApiKey, intercomAccessToken } = await findKeys(config, installation);
  if (stripeApiKey === undefined || intercomAccessToken === undefined)
    return planRules(pool, versions, { ...looking, contexts: undefined });
  return withContexts(config, installation, (contexts) => planRules(pool, versions, { ...looking, contexts }));
}
