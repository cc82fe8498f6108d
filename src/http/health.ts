/** Whether the process lives, and whether it can do its work. */
import type { FastifyInstance } from "fastify";

/** What stands in the way, part by part; empty when ready. */
export type Readiness = { readonly ready: boolean; readonly parts: Readonly<Record<string, string>> };

/** Adds `/health` and `/ready`. Deliveries are taken while not ready, as long as the database can store them. */
export function addHealth(server: FastifyInstance, readiness: () => Promise<Readiness>): void {
  server.get("/health", async () => ({ status: "alive" }));
  server.get("/ready", async (_request, reply) => {
    const { ready, parts } = await readiness();
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "not ready", parts });
  });
}
