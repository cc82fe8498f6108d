/** The effect ledger: an operator's own programs send effects through it, and everybody who may looks into it. */
import type { FastifyInstance } from "fastify";
import {
  effectQuery,
  effectRequest,
  type EffectDetails,
  type EffectPage,
  type ShownEffect,
} from "../../contract/effect.ts";
import { findCopies } from "../billing/store.ts";
import type { Pool } from "../db/pool.ts";
import { transaction } from "../db/transaction.ts";
import { getEntry, listEntries, planEffects } from "../effects/store.ts";
import { CustomerUnknown } from "../pipeline/explain-subject.ts";
import { showEffect } from "../pipeline/show-effect.ts";
import { parseInput } from "./input.ts";

export type EffectsDoor = {
  readonly pool: Pool;
  /** Something new is in the ledger. */
  readonly onPlanned: () => void;
};

/** Adds `POST /api/effects`, `GET /api/effects` and `GET /api/effects/{id}`. */
export function addEffects(server: FastifyInstance, { pool, onPlanned }: EffectsDoor): void {
  server.post("/api/effects", async (request, reply): Promise<EffectDetails> => {
    const { key, account, customerId, lane, ...effect } = parseInput(effectRequest, request.body);
    const copies = await findCopies(pool, account, [customerId]);
    if (!copies.some(({ kind }) => kind === "customer")) throw new CustomerUnknown(customerId);
    const [planned] = await transaction(pool, (tx) => planEffects(tx, [{ key, account, customerId, lane, effect }]));
    if (planned?.isNew) onPlanned();
    void reply.code(202).header("cache-control", "no-store");
    return getEntry(pool, planned?.id ?? "");
  });

  server.get("/api/effects", async (request, reply): Promise<EffectPage> => {
    void reply.header("cache-control", "no-store");
    return listEntries(pool, parseInput(effectQuery, request.query));
  });

  server.get<{ Params: { id: string } }>("/api/effects/:id", async (request, reply): Promise<ShownEffect> => {
    void reply.header("cache-control", "no-store");
    return showEffect(pool, request.params.id);
  });
}
