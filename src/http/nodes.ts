/** Who shares the work. */
import type { FastifyInstance } from "fastify";
import type { Nodes } from "../../contract/nodes.ts";
import type { Pool } from "../db/pool.ts";
import { listNodes } from "../queue/liveness.ts";

export type NodesSource = {
  readonly pool: Pool;
  /** The name of the node that answers. */
  readonly node: string;
  readonly nowMs: () => number;
};

/** Adds `GET /api/nodes`. */
export function addNodes(server: FastifyInstance, { pool, node, nowMs }: NodesSource): void {
  server.get("/api/nodes", async (_request, reply): Promise<Nodes> => {
    void reply.header("cache-control", "no-store");
    const rows = await listNodes(pool);
    return {
      now: new Date(nowMs()).toISOString(),
      nodes: rows.map(({ alive, startedAt, seenAt, duties, ...row }) => ({
        ...row,
        state: alive ? "alive" : "silent",
        startedAt: startedAt.toISOString(),
        seenAt: seenAt.toISOString(),
        duties: [...duties],
        isSelf: row.id === node,
      })),
    };
  });
}
