/** The server is killed without warning while it loads what Stripe has, more than once. */
import { rm } from "node:fs/promises";
import { afterEach, describe, expect, it } from "vitest";
import { backfillAnswer, type BackfillRun } from "../../contract/backfill.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createDataDir } from "../support/home.ts";
import { freePort } from "../support/ports.ts";
import { startDunlinProcess, type DunlinProcess } from "../support/process.ts";
import { readPulse } from "../support/pulse.ts";
import { openSandbox } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";

const patience = { withinMs: 60_000, everyMs: 40 };

describe("a backfill that is killed in the middle", () => {
  let sandbox: Sandbox;
  let dataDir: string;
  let dunlin: DunlinProcess;

  afterEach(async () => {
    await dunlin.stop();
    await sandbox.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function findRun(): Promise<BackfillRun | null> {
    const answer = await fetch(`${dunlin.url}/api/backfill`);
    return backfillAnswer.parse(await answer.json()).accounts[0]?.real ?? null;
  }

  it("goes on where it was: nothing is lost, and no list begins from its start", async () => {
    let port: number;
    [sandbox, dataDir, port] = await Promise.all([
      openSandbox({ customers: 150, paymentsPerCustomer: 2 }),
      createDataDir(),
      freePort(),
    ]);
    const start = async (): Promise<void> => {
      dunlin = await startDunlinProcess({ sandboxUrl: sandbox.url, dataDir, port });
    };
    const readsOf = (path: string): number =>
      sandbox.requests.since(0).filter((request) => request.path === path).length;
    sandbox.faults.add({ vendor: "stripe", kind: "slow", delayMs: 700, pathPattern: "^/v1/(invoices|charges)$" });

    await start();
    await eventually(() => readsOf("/v1/invoices") >= 3 && readsOf("/v1/charges") >= 3, patience);
    // A page that was answered a moment ago is on record once the next one is asked for.
    await eventually(
      async () =>
        ((await findRun())?.progress?.resources ?? []).some(({ name, objects }) => name === "invoices" && objects > 0),
      patience,
    );
    await dunlin.kill();
    const customersRead = readsOf("/v1/customers");

    await start();
    const interrupted = await findRun();
    expect(interrupted?.phase).toBe("loading");
    await eventually(() => sandbox.intercom.contacts().length > 0 && readsOf("/v1/charges") >= 5, patience);
    await dunlin.kill();
    sandbox.faults.clear();

    await start();
    const run = await eventually(async () => {
      const now = await findRun();
      if (now?.phase !== "done") throw new Error(`The run stands at ${JSON.stringify(now?.progress)}`);
      return now;
    }, patience);
    expect(run.id).toBe(interrupted?.id);
    const { tables } = sandbox.stripe.world;
    const lists = Object.fromEntries((run.progress?.resources ?? []).map(({ name, objects }) => [name, objects]));
    expect(lists).toMatchObject({ customers: 150, charges: tables.charges.size });
    expect(lists["invoices"]).toBeGreaterThanOrEqual(tables.invoices.size);
    expect(readsOf("/v1/customers")).toBe(customersRead);
    await eventually(async () => expect((await readPulse(dunlin.url)).queue.backfill).toBe(0), patience);
    await expectContactsRight(sandbox);
  });
});
