/** Where a value on a contact comes from. */
import type { FastifyInstance } from "fastify";
import { explainQuery, type AttributeExplanation, type CustomerExplanation } from "../../contract/explain.ts";
import { explainAttribute, explainCustomer, type ExplainSource } from "../pipeline/explain.ts";
import { parseInput } from "./input.ts";

/** Adds `GET /api/explain?customer=&attribute=`; without an attribute all are listed. */
export function addExplain(server: FastifyInstance, source: ExplainSource): void {
  server.get("/api/explain", async (request, reply): Promise<AttributeExplanation | CustomerExplanation> => {
    const query = parseInput(explainQuery, request.query);
    void reply.header("cache-control", "no-store");
    const { attribute } = query;
    return attribute === undefined ? explainCustomer(source, query) : explainAttribute(source, { ...query, attribute });
  });
}
