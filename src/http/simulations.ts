/** The time machine: what a draft, or the rules in force, would have done; told line by line while it is found out. */
import { PassThrough } from "node:stream";
import type { FastifyInstance } from "fastify";
import { simulationOrder, type SimulationLine } from "../../contract/simulation.ts";
import type { DatabaseConfig, Pool } from "../db/pool.ts";
import type { Mapping } from "../mapping/mapping.ts";
import { AppError, codeOf, messageOf } from "../model/error.ts";
import type { Reporting } from "../model/rates.ts";
import { loadRules, loadRulesVersion } from "../pipeline/rules-in-force.ts";
import { simulate, type SimulationProgress } from "../pipeline/simulate/simulate.ts";
import type { CompiledRules } from "../rules/program.ts";
import { RuleUnknown } from "../upkeep/rules/errors.ts";
import { mappedNames, readRules } from "../upkeep/rules/save-rules.ts";
import { parseInput } from "./input.ts";

export type SimulationsDoor = {
  readonly pool: Pool;
  /** The same database. */
  readonly database: DatabaseConfig;
  readonly mapping: () => Promise<Mapping>;
  readonly reporting: Reporting | undefined;
  readonly nowMs: () => number;
};

/** Each simulation takes all of the machine that it can get: one at a time is enough. */
export class SimulationUnderWay extends AppError {
  readonly code = "SIMULATION_UNDER_WAY";
  readonly kind = "conflict";
  override readonly httpStatus = 409;
  constructor() {
    super("Another simulation is under way on this node. Wait for its end, and ask again.");
  }
}

const tellEveryMs = 250;

/** Adds `POST /api/rules/simulate`. */
export function addSimulations(server: FastifyInstance, door: SimulationsDoor): void {
  let isUnderWay = false;
  server.post("/api/rules/simulate", async (request, reply) => {
    const { document, against: version, ...order } = parseInput(simulationOrder, request.body ?? {});
    const mapping = await door.mapping();
    // Nothing is called, so addresses inside of one's own network do no harm.
    const leave = { allowsPrivateHosts: true };
    const rules =
      document === undefined ? await loadRules(door.pool) : readRules(document, mappedNames(mapping), leave);
    assertRule(rules, order.rule);
    const against = version === undefined ? undefined : await loadRulesVersion(door.pool, version);
    if (isUnderWay) throw new SimulationUnderWay();
    isUnderWay = true;
    const lines = new PassThrough();
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    const tell = (line: SimulationLine): void => void lines.write(`${JSON.stringify(line)}\n`);
    const { pool, database, reporting } = door;
    const nowS = Math.floor(door.nowMs() / 1000);
    const onProgress = nowAndThen((progress) => tell({ progress }));
    simulate(
      rules,
      { ...order, against },
      { pool, database, mapping, reporting, nowS, signal: gone.signal, onProgress },
    )
      .then(
        (result) => tell({ result }),
        (error: unknown) => tell({ error: { code: codeOf(error), message: messageOf(error) } }),
      )
      .finally(() => {
        isUnderWay = false;
        lines.end();
      });
    return reply.type("application/x-ndjson").header("cache-control", "no-store").send(lines);
  });
}

function assertRule({ byName }: CompiledRules, name: string | undefined): void {
  if (name !== undefined && !byName.has(name)) throw new RuleUnknown(name, [...byName.keys()]);
}

/** Passes on at most so often. */
function nowAndThen(tell: (progress: SimulationProgress) => void): (progress: SimulationProgress) => void {
  let toldMs = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const nowMs = performance.now();
    if (nowMs - toldMs < tellEveryMs) return;
    toldMs = nowMs;
    tell(progress);
  };
}
