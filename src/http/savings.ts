/** What a customer would save under another plan, and the receipts of what was said. */
import type { FastifyInstance } from "fastify";
import { savingsRequest, type SavingsReceipt } from "../../contract/savings.ts";
import type { SavingsSource } from "../pipeline/confirm-savings.ts";
import { answerSavings, findReceipt } from "../pipeline/savings.ts";
import { parseInput } from "./input.ts";

/** Adds `POST /api/savings` and `GET /api/savings/{id}`. */
export function addSavings(server: FastifyInstance, source: SavingsSource): void {
  server.post("/api/savings", async (request, reply): Promise<SavingsReceipt> => {
    void reply.header("cache-control", "no-store");
    return answerSavings(source, parseInput(savingsRequest, request.body));
  });

  server.get<{ Params: { id: string } }>("/api/savings/:id", async (request, reply): Promise<SavingsReceipt> => {
    void reply.header("cache-control", "no-store");
    return findReceipt(source.pool, request.params.id);
  });
}
