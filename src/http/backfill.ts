/** Backfills: how far they are, and asking for one. */
import type { FastifyInstance } from "fastify";
import { backfillOrder, type BackfillAnswer } from "../../contract/backfill.ts";
import { mainAccount } from "../connections/connection.ts";
import type { Pool } from "../db/pool.ts";
import { requestBackfill } from "../upkeep/backfill.ts";
import { readBackfills } from "../upkeep/backfill/view.ts";
import { RequestInvalid } from "./failure.ts";
import { parseInput } from "./input.ts";

export type BackfillDoor = {
  readonly pool: Pool;
  /** The names of the Stripe accounts that are joined. */
  readonly accounts: () => readonly string[];
};

/** Adds `GET` and `POST /api/backfill`. */
export function addBackfill(server: FastifyInstance, { pool, accounts }: BackfillDoor): void {
  server.get("/api/backfill", async (_request, reply): Promise<BackfillAnswer> => {
    void reply.header("cache-control", "no-store");
    return readBackfills(pool, accounts());
  });

  server.post("/api/backfill", async (request, reply): Promise<BackfillAnswer> => {
    const { account = mainAccount, again = false, dryRun = false } = parseInput(backfillOrder, request.body ?? {});
    if (!accounts().includes(account)) throw new RequestInvalid(`There is no Stripe account named “${account}”.`);
    await requestBackfill(pool, { account, again, dryRun });
    void reply.code(202).header("cache-control", "no-store");
    return readBackfills(pool, [account]);
  });
}
