/** Dead letters, and sending them and stored events through again. */
import type { FastifyInstance } from "fastify";
import {
  deadId,
  deadQuery,
  replayRequest,
  type DeadLetter,
  type DeadList,
  type Replayed,
} from "../../contract/dead.ts";
import type { Pool } from "../db/pool.ts";
import { getDead, listDead } from "../upkeep/dead-letters.ts";
import { replay } from "../upkeep/replay.ts";
import { parseInput } from "./input.ts";

export type DeadSource = {
  readonly pool: Pool;
  /** Something is due again. */
  readonly onReplayed: () => void;
};

/** Adds `GET /api/dead`, `GET /api/dead/{id}` and `POST /api/replay`. */
export function addDead(server: FastifyInstance, { pool, onReplayed }: DeadSource): void {
  server.get("/api/dead", async (request, reply): Promise<DeadList> => {
    void reply.header("cache-control", "no-store");
    return listDead(pool, parseInput(deadQuery, request.query));
  });
  server.get("/api/dead/:id", async (request, reply): Promise<DeadLetter> => {
    void reply.header("cache-control", "no-store");
    return getDead(pool, parseInput(deadId, request.params).id);
  });
  server.post("/api/replay", async (request, reply): Promise<Replayed> => {
    const done = await replay(pool, parseInput(replayRequest, request.body));
    if (done.queued.length > 0) onReplayed();
    void reply.code(202);
    return done;
  });
}
