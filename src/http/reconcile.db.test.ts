import fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reconcileAccepted, reconcileFindings, reconcileRuns } from "../../contract/reconcile.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import type { Drift } from "../upkeep/reconcile/drift.ts";
import { saveDrifts } from "../upkeep/reconcile/drift-rows.ts";
import { endRun, takeRun } from "../upkeep/reconcile/runs.ts";
import { answerFailures } from "./failure.ts";
import { addReconcile } from "./reconcile.ts";

describe("the door of reconcile", () => {
  let database: TestDatabase;
  let server: FastifyInstance;

  beforeAll(async () => {
    database = await createTestDatabase();
    server = fastify();
    answerFailures(server);
    addReconcile(server, { pool: database.pool });
  });

  afterAll(async () => {
    await server.close();
    await database.drop();
  });

  async function ask(body: object = {}): Promise<number> {
    const answer = await server.inject({ method: "POST", url: "/api/reconcile", payload: body });
    expect(answer.statusCode).toBe(202);
    return reconcileAccepted.parse(answer.json()).id;
  }

  async function codeOf(url: string): Promise<string> {
    return (await server.inject({ method: "GET", url })).json().error.code;
  }

  it("takes a request, queues the job with it, and keeps one that waits for all who ask the same", async () => {
    const first = await ask({ check: true, calls: 50, graceSeconds: 2 });
    expect(await ask({ check: true, calls: 50, graceSeconds: 2 })).toBe(first);
    const { rows } = await database.pool.query("select task_identifier, key from graphile_worker.jobs");
    expect(rows).toEqual([{ task_identifier: "reconcile", key: "reconcile" }]);
    const other = await server.inject({ method: "POST", url: "/api/reconcile", payload: { check: false } });
    expect(other.statusCode).toBe(409);
    expect(other.json().error.code).toBe("RECONCILE_QUEUED");
    const { runs } = reconcileRuns.parse((await server.inject({ method: "GET", url: "/api/reconcile" })).json());
    expect(runs).toEqual([
      expect.objectContaining({ id: first, state: "queued", askedBy: "api", check: true, calls: 50, counts: {} }),
    ]);
    await takeRun(database.pool);
    await endRun(database.pool, first, null);
  });

  it.each([{ calls: 0 }, { chek: true }, { check: "yes" }, { graceSeconds: -1 }])("refuses %j", async (payload) => {
    const answer = await server.inject({ method: "POST", url: "/api/reconcile", payload });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error.code).toBe("REQUEST_INVALID");
  });

  it("answers the findings of a run page by page, and of one class", async () => {
    const id = await ask();
    await takeRun(database.pool);
    const drift = (customerId: string, className: Drift["class"]): Drift => ({
      class: className,
      account: "main",
      customerId,
      contactId: null,
      objectId: null,
      differences: [["stripe_plan", "Team", null]],
      done: "rewritten",
    });
    const drifts = ["cus_1", "cus_2", "cus_3"].map((customerId) => drift(customerId, "foreign_edit"));
    await saveDrifts(database.pool, id, [...drifts, drift("cus_3", "deleted")]);
    await saveDrifts(database.pool, id, [
      { ...drift("cus_1", "foreign_edit"), differences: [["stripe_status", "active", 1]] },
    ]);
    await saveDrifts(database.pool, id, [drift("cus_2", "foreign_edit")]);

    const read = async (query: string) =>
      reconcileFindings.parse((await server.inject({ method: "GET", url: `/api/reconcile/${id}${query}` })).json());
    const page = await read("?limit=2");
    expect(page.run).toMatchObject({ id, state: "running", counts: { foreign_edit: 3, deleted: 1 } });
    expect(page.drifts.map(({ customerId }) => customerId)).toEqual(["cus_1", "cus_2"]);
    expect(page.drifts[0]?.differences).toEqual([
      { field: "stripe_plan", expected: "Team", found: null },
      { field: "stripe_status", expected: "active", found: 1 },
    ]);
    expect(page.drifts[1]?.differences).toHaveLength(1);
    const rest = await read(`?limit=2&after=${page.next}`);
    expect(rest.drifts.map((found) => found.class)).toEqual(["foreign_edit", "deleted"]);
    expect((await read("?class=deleted")).drifts).toHaveLength(1);
  });

  it("says when there is no such run, or no such class", async () => {
    expect(await codeOf("/api/reconcile/999999")).toBe("RECONCILE_RUN_NOT_FOUND");
    expect(await codeOf("/api/reconcile/last")).toBe("RECONCILE_RUN_NOT_FOUND");
    expect(await codeOf("/api/reconcile/1?class=odd")).toBe("REQUEST_INVALID");
  });
});
