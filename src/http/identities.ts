/** Customers without a contact, and the decisions about them. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { identityDecision, identityQuery, type IdentityPage } from "../../contract/identity.ts";
import { decideOnBoard, readIdentityBoard, type IdentityBoard } from "../pipeline/identity-board.ts";
import { parseInput } from "./input.ts";

const address = z.object({ account: z.string(), customerId: z.string() });

/** Adds `GET /api/identities` and `PUT /api/identities/{account}/{customer}/decision`. */
export function addIdentities(server: FastifyInstance, board: IdentityBoard): void {
  server.get("/api/identities", async (request, reply): Promise<IdentityPage> => {
    void reply.header("cache-control", "no-store");
    return readIdentityBoard(board, parseInput(identityQuery, request.query));
  });
  server.put("/api/identities/:account/:customerId/decision", async (request, reply) => {
    const customer = parseInput(address, request.params);
    await decideOnBoard(board, customer, parseInput(identityDecision, request.body));
    return reply.code(202).send({ accepted: true });
  });
}
