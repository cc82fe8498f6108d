/** Rules: what is in force, trying and saving others, and stopping one at once. */
import type { FastifyInstance } from "fastify";
import {
  ruleModeOrder,
  ruleResumeOrder,
  rulesOrder,
  ruleStopOrder,
  rulesTrial,
  ruleTestOrder,
  ruleTriggerOrder,
  type RulesBoard,
  type RulesPlan,
  type RuleTest,
  type RulesCheck,
  type RuleTriggered,
} from "../../contract/rules-api.ts";
import type { Pool } from "../db/pool.ts";
import type { Contexts } from "../pipeline/context.ts";
import { loadRules } from "../pipeline/rules-in-force.ts";
import type { Mapping } from "../mapping/mapping.ts";
import { rulesJsonSchema } from "../rules/json-schema.ts";
import { readRulesBoard } from "../upkeep/rules/board.ts";
import { checkNamedThings } from "../upkeep/rules/check-workspace.ts";
import { planRules } from "../upkeep/rules/plan-rules.ts";
import { rehearse } from "../upkeep/rules/rehearse.ts";
import { askForRun } from "../upkeep/rules/runs.ts";
import { mappedNames, readRules, saveRules, tryRules, type Leave } from "../upkeep/rules/save-rules.ts";
import { pauseRule, switchRule, unpauseRule } from "../upkeep/rules/switch-rule.ts";
import { NotReady } from "./failure.ts";
import { parseInput } from "./input.ts";

export type RulesDoor = {
  readonly pool: Pool;
  /** The mapping in force: attributes that it writes are not for rules. */
  readonly mapping: () => Promise<Mapping>;
  /** What may be saved beyond the usual. */
  readonly leave: Leave;
  /** Undefined until both vendors are connected. */
  readonly contexts: () => Contexts | undefined;
  readonly nowMs: () => number;
  /** Another version was saved, or a rule was stopped or goes on. */
  readonly onChanged: () => Promise<void>;
  /** Runs are to be looked at. */
  readonly onWoken: () => void;
};

/** Adds `GET` and `PUT /api/rules`, and what can be tried and done with rules. */
export function addRules(server: FastifyInstance, door: RulesDoor): void {
  const { pool } = door;
  const board = async (): Promise<RulesBoard> => readRulesBoard(pool, await loadRules(pool), nowOf(door));

  server.get("/api/rules", async (_request, reply): Promise<RulesBoard> => {
    void reply.header("cache-control", "no-store");
    return board();
  });

  server.get("/api/rules/schema", async () => rulesJsonSchema());

  server.put("/api/rules", async (request): Promise<RulesBoard> => {
    const { document, basedOn, note } = parseInput(rulesOrder, request.body);
    const rules = readRules(document, mappedNames(await door.mapping()), door.leave);
    await saveRules(pool, { rules, basedOn, by: "web", note });
    await door.onChanged();
    return board();
  });

  addTrials(server, door);

  server.post("/api/rules/mode", async (request): Promise<RulesBoard> => {
    await switchRule(pool, { ...parseInput(ruleModeOrder, request.body), by: "web" });
    await door.onChanged();
    return board();
  });

  server.post("/api/rules/stop", async (request): Promise<RulesBoard> => {
    const { rule, reason = "Somebody paused it." } = parseInput(ruleStopOrder, request.body);
    await pauseRule(pool, { rule, reason });
    await door.onChanged();
    return board();
  });

  server.post("/api/rules/resume", async (request): Promise<RulesBoard> => {
    await unpauseRule(pool, parseInput(ruleResumeOrder, request.body).rule, nowOf(door));
    await door.onChanged();
    door.onWoken();
    return board();
  });

  server.post("/api/rules/trigger", async (request, reply): Promise<RuleTriggered> => {
    const runs = await askForRun(pool, parseInput(ruleTriggerOrder, request.body), { nowS: nowOf(door) });
    door.onWoken();
    void reply.code(202).header("cache-control", "no-store");
    return { runs: [...runs] };
  });
}

/** What changes nothing. */
function addTrials(server: FastifyInstance, door: RulesDoor): void {
  const { pool } = door;
  server.post("/api/rules/check", async (request): Promise<RulesCheck> => {
    const { document } = parseInput(rulesTrial, request.body);
    const { rules, problems } = tryRules(document, mappedNames(await door.mapping()), door.leave);
    const missing = rules ? (await checkNamedThings(rules.document, door.contexts()?.main.intercom)).problems : [];
    return { problems: [...problems, ...missing] };
  });

  server.post("/api/rules/plan", async (request): Promise<RulesPlan> => {
    const { document, customers } = parseInput(rulesTrial, request.body);
    const after = readRules(document, mappedNames(await door.mapping()), door.leave);
    const before = await loadRules(pool);
    const looking = { contexts: door.contexts(), nowS: nowOf(door), customersMax: customers };
    return planRules(pool, { before, after }, looking);
  });

  server.post("/api/rules/test", async (request, reply): Promise<RuleTest> => {
    const { document, ...order } = parseInput(ruleTestOrder, request.body);
    const contexts = door.contexts();
    if (!contexts) throw new NotReady();
    const rules =
      document === undefined
        ? await loadRules(pool)
        : readRules(document, mappedNames(await door.mapping()), door.leave);
    void reply.header("cache-control", "no-store");
    return rehearse(contexts, rules, { ...order, nowS: nowOf(door) });
  });
}

function nowOf({ nowMs }: RulesDoor): number {
  return Math.floor(nowMs() / 1000);
}
