/** The rules as people see them: how each stands, what stops it, how much it does, and the versions before. */
import type { RuleLine, RulesBoard, RulesVersion } from "../../../contract/rules-api.ts";
import type { Pool } from "../../db/pool.ts";
import { listDocuments } from "../../documents/store.ts";
import type { CompiledRules } from "../../rules/program.ts";
import { listStops, type RuleStop } from "../../rules/store.ts";
import { triggerText } from "../../rules/trigger-text.ts";
import { countRuns, countsOf } from "./run-rows.ts";

const versionsShown = 50;
const monthS = 30 * 86_400;

/** Reads the board. `nowS` is in unix seconds. */
export async function readRulesBoard(pool: Pool, inForce: CompiledRules, nowS: number): Promise<RulesBoard> {
  const [versions, stops, counts] = await Promise.all([
    readRulesHistory(pool),
    listStops(pool),
    countRuns(pool, nowS - monthS),
  ]);
  const stopOf = new Map(stops.map((stop) => [stop.rule, stop]));
  const rules = inForce.rules.map(({ rule }): RuleLine => {
    const { name, description, mode, share, on } = rule;
    const stop = stopOf.get(name);
    return {
      name,
      description,
      mode,
      share,
      trigger: triggerText(on),
      stop: stop ? stopShown(stop) : null,
      runs: countsOf(counts, name),
    };
  });
  return { version: inForce.version, document: inForce.document, rules, versions: [...versions] };
}

function stopShown({ by, reason, since }: RuleStop): NonNullable<RuleLine["stop"]> {
  return { by, reason, since: since.toISOString() };
}

/** The versions, newest first. Also of documents that this version of Dunlin does not understand. */
export async function readRulesHistory(pool: Pool): Promise<readonly RulesVersion[]> {
  const documents = await listDocuments(pool, "rules", versionsShown);
  return documents.map(({ version, savedAt, savedBy, note }) => ({
    version,
    savedAt: savedAt.toISOString(),
    savedBy,
    note,
  }));
}
