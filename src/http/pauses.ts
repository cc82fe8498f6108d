/** What stands still, and stopping and resuming by hand. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { pauseRequest, type PauseList } from "../../contract/pauses.ts";
import { listPauses } from "../connections/store.ts";
import type { Pool } from "../db/pool.ts";
import { pauseByHand, requireScope, resumeByHand, viewOfPause } from "../upkeep/pause-by-hand.ts";
import { parseInput } from "./input.ts";

export type PausesDoor = {
  readonly pool: Pool;
  /** Something was paused or resumed. */
  readonly onChanged: () => Promise<void>;
};

const address = z.object({ scope: z.string() });

/** Adds `GET /api/pauses`, `PUT` and `DELETE /api/pauses/{scope}`. */
export function addPauses(server: FastifyInstance, { pool, onChanged }: PausesDoor): void {
  const list = async (): Promise<PauseList> => ({ pauses: (await listPauses(pool)).map(viewOfPause) });
  server.get("/api/pauses", async (_request, reply): Promise<PauseList> => {
    void reply.header("cache-control", "no-store");
    return list();
  });
  server.put("/api/pauses/:scope", async (request): Promise<PauseList> => {
    const scope = requireScope(parseInput(address, request.params).scope);
    const { reason, seconds } = parseInput(pauseRequest, request.body);
    await pauseByHand(pool, { scope, reason, lastsMs: seconds === undefined ? null : seconds * 1000 });
    await onChanged();
    return list();
  });
  server.delete("/api/pauses/:scope", async (request): Promise<PauseList> => {
    await resumeByHand(pool, requireScope(parseInput(address, request.params).scope));
    await onChanged();
    return list();
  });
}
