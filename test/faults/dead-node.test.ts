/** A node that is gone still holds leases: whoever lives takes its work over within seconds. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, type Home } from "../support/home.ts";
import { openSandbox } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

const takeover = { withinMs: 15_000, everyMs: 100 };

describe("what a dead node held", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;

  beforeEach(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 4 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
    await dunlin.stop();
  });

  afterEach(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  it("of slow jobs is run by the next one", async () => {
    await home.pool.query(
      `select graphile_worker.add_job('fan-out-product', '{"account": "main", "productId": "prod_lapwing_team"}'::json)`,
    );
    const { rowCount } = await home.pool.query(
      "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'worker-that-died'",
    );
    expect(rowCount).toBe(1);

    dunlin = await startDunlin({ sandbox, home, port: dunlin.port });
    await eventually(
      async () => expect((await home.pool.query("select from graphile_worker._private_jobs")).rowCount).toBe(0),
      takeover,
    );
    await dunlin.settled();
    await expectContactsRight(sandbox);
  });
});
