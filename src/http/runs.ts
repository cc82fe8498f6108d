/** Runs of rules: listed, looked at, cancelled, and drafts approved. */
import type { FastifyInstance } from "fastify";
import {
  runCancelOrder,
  runQuery,
  runsCancelOrder,
  type RunDetails,
  type ShownRun,
  type RunPage,
  type RunsCancelled,
} from "../../contract/rules-api.ts";
import { listApprovals } from "../upkeep/rules/run-rows.ts";
import { cancelRun, cancelSelected, getRunDetails, judgeDraft, readRuns } from "../upkeep/rules/runs.ts";
import { parseInput } from "./input.ts";
import type { RulesDoor } from "./rules.ts";

type ById = { Params: { id: string } };

/** A person looks at that many at a time. */
const approvalsShown = 200;

const cancelledByHand = "Somebody cancelled it.";

/** Adds `GET /api/runs`, `GET /api/runs/{id}`, cancelling, `GET /api/approvals` and deciding about a draft. */
export function addRuns(server: FastifyInstance, { pool, onWoken }: RulesDoor): void {
  server.get("/api/runs", async (request, reply): Promise<RunPage> => {
    void reply.header("cache-control", "no-store");
    return readRuns(pool, parseInput(runQuery, request.query));
  });

  server.get<ById>("/api/runs/:id", async (request, reply): Promise<ShownRun> => {
    void reply.header("cache-control", "no-store");
    return getRunDetails(pool, request.params.id);
  });

  server.post("/api/runs/cancel", async (request): Promise<RunsCancelled> => {
    const { reason, ...selection } = parseInput(runsCancelOrder, request.body);
    const cancelled = await cancelSelected(pool, selection, reason ?? cancelledByHand);
    onWoken();
    return { cancelled };
  });

  server.post<ById>("/api/runs/:id/cancel", async (request): Promise<ShownRun> => {
    const { reason } = parseInput(runCancelOrder, request.body ?? {});
    const run = await cancelRun(pool, request.params.id, reason ?? cancelledByHand);
    onWoken();
    return run;
  });

  server.get("/api/approvals", async (_request, reply): Promise<{ runs: readonly RunDetails[] }> => {
    void reply.header("cache-control", "no-store");
    return { runs: await listApprovals(pool, approvalsShown) };
  });

  for (const [verb, decision] of [
    ["approve", "approved"],
    ["reject", "rejected"],
  ] as const) {
    server.post<ById>(`/api/runs/:id/${verb}`, async (request): Promise<ShownRun> => {
      const run = await judgeDraft(pool, request.params.id, decision);
      onWoken();
      return run;
    });
  }
}
