/** The plans that a business sells: looked at, and saved as a whole. */
import type { FastifyInstance } from "fastify";
import { plansRequest, plansTrial, type PlansFindings, type PlansInForce } from "../../contract/plans.ts";
import type { Pool } from "../db/pool.ts";
import { judgePlans, parsePlans, savePlans, showPlans } from "../pipeline/plans.ts";
import { parseInput } from "./input.ts";

/** Adds `GET /api/plans`, `PUT /api/plans` and `POST /api/plans/check`. */
export function addPlans(server: FastifyInstance, pool: Pool): void {
  server.get("/api/plans", async (_request, reply): Promise<PlansInForce> => {
    void reply.header("cache-control", "no-store");
    return showPlans(pool);
  });

  server.put("/api/plans", async (request, reply): Promise<PlansInForce> => {
    void reply.header("cache-control", "no-store");
    const { document, ...rest } = parseInput(plansRequest, request.body);
    return savePlans(pool, { ...rest, document: parsePlans(document), by: "api" });
  });

  server.post("/api/plans/check", async (request, reply): Promise<PlansFindings> => {
    void reply.header("cache-control", "no-store");
    const { document } = parseInput(plansTrial, request.body);
    return { findings: [...(await judgePlans(pool, parsePlans(document)))] };
  });
}
