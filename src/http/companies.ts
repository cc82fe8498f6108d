/** Companies: what is on record of them, and looking at one anew. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { companyQuery, type CompanyDetails, type CompanyPage } from "../../contract/companies.ts";
import { readCompanies, readCompany, renewCompany, type CompanyBoard } from "../pipeline/company-board.ts";
import { parseInput } from "./input.ts";

export type CompaniesDoor = CompanyBoard & {
  /** A company is due. */
  readonly onRenewed: () => void;
};

const address = z.object({ key: z.string().min(1) });

/** Adds `GET /api/companies`, `GET /api/companies/{key}` and `POST /api/companies/{key}/renew`. */
export function addCompanies(server: FastifyInstance, door: CompaniesDoor): void {
  server.get("/api/companies", async (request, reply): Promise<CompanyPage> => {
    void reply.header("cache-control", "no-store");
    return readCompanies(door, parseInput(companyQuery, request.query));
  });

  server.get("/api/companies/:key", async (request, reply): Promise<CompanyDetails> => {
    void reply.header("cache-control", "no-store");
    return readCompany(door, parseInput(address, request.params).key);
  });

  server.post("/api/companies/:key/renew", async (request, reply) => {
    await renewCompany(door, parseInput(address, request.params).key);
    door.onRenewed();
    return reply.code(202).send({ accepted: true });
  });
}
