/** The link at which a customer can pay, for whoever is about to hand it to them. */
import type { FastifyInstance } from "fastify";
import { openInvoiceQuery, type OpenInvoiceAnswer } from "../../contract/open-invoice.ts";
import { findOpenInvoice, type OpenInvoiceSource } from "../pipeline/open-invoice.ts";
import { parseInput } from "./input.ts";

/** Adds `GET /api/open-invoice`. */
export function addOpenInvoice(server: FastifyInstance, source: OpenInvoiceSource): void {
  server.get("/api/open-invoice", async (request, reply): Promise<OpenInvoiceAnswer> => {
    void reply.header("cache-control", "no-store");
    return findOpenInvoice(source, parseInput(openInvoiceQuery, request.query));
  });
}
