/** Runs of reconcile: what they found, and asking for one. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import {
  reconcileFilter,
  reconcileRequest,
  type ReconcileFindings,
  type ReconcileRuns,
} from "../../contract/reconcile.ts";
import type { Pool } from "../db/pool.ts";
import { askForRun, fullRun } from "../upkeep/reconcile/ask.ts";
import { listDrifts } from "../upkeep/reconcile/drift-rows.ts";
import { getRun, listRuns, ReconcileRunNotFound } from "../upkeep/reconcile/runs.ts";
import { viewOfDrift, viewOfRun } from "../upkeep/reconcile/view.ts";
import { parseInput } from "./input.ts";

export type ReconcileSource = { readonly pool: Pool };

const runsShown = 30;
const runId = z.object({ run: z.coerce.number().int().positive() });

/** Adds `GET` and `POST /api/reconcile` and `GET /api/reconcile/:run`. */
export function addReconcile(server: FastifyInstance, { pool }: ReconcileSource): void {
  server.get("/api/reconcile", async (_request, reply): Promise<ReconcileRuns> => {
    void reply.header("cache-control", "no-store");
    return { runs: (await listRuns(pool, runsShown)).map(viewOfRun) };
  });
  server.get("/api/reconcile/:run", async (request, reply): Promise<ReconcileFindings> => {
    void reply.header("cache-control", "no-store");
    const id = runId.safeParse(request.params);
    if (!id.success) throw new ReconcileRunNotFound();
    const { class: wanted, after, limit } = parseInput(reconcileFilter, request.query);
    const run = await getRun(pool, id.data.run);
    const drifts = await listDrifts(pool, run.id, { class: wanted, after, limit });
    const next = drifts.length === limit ? (drifts.at(-1)?.id ?? null) : null;
    return { run: viewOfRun(run), drifts: drifts.map(viewOfDrift), next };
  });
  server.post("/api/reconcile", async (request, reply) => {
    const { check, calls, account, graceSeconds } = parseInput(reconcileRequest, request.body ?? {});
    const graceMs = graceSeconds === undefined ? fullRun.graceMs : graceSeconds * 1000;
    const options = { check, calls: calls ?? fullRun.calls, account, graceMs };
    return reply.code(202).send({ id: await askForRun(pool, options, "api") });
  });
}
