/** `dunlin backfill` as a person uses it: what would it do, do it, and is it done? */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backfillAnswer, backfillRun } from "../../contract/backfill.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, type Home } from "../support/home.ts";
import { freePort } from "../support/ports.ts";
import { runCommand } from "../support/process.ts";
import { openSandbox } from "../support/sandbox.ts";
import { environmentFor, startDunlin, type Dunlin, type Settings } from "../support/server.ts";

describe("dunlin backfill", () => {
  let sandbox: Sandbox;
  let home: Home;
  let env: Settings;
  let port: number;
  let dunlin: Dunlin | undefined;

  beforeAll(async () => {
    [sandbox, home, port] = await Promise.all([openSandbox(), createHome(), freePort()]);
    env = { ...environmentFor(sandbox.url, port), DUNLIN_DATA_DIR: home.dataDir, DATABASE_URL: home.databaseUrl };
  });

  afterAll(async () => {
    await dunlin?.stop();
    await sandbox.close();
    await home.remove();
  });

  it("says before the first start what it would do, and touches nothing", async () => {
    const { exitCode, output } = await runCommand(["backfill", "--dry-run"], env);
    expect(output).toContain("This is what it would do:\n12 customers:");
    expect(output).toMatch(/\d+ {2}match a contact by the user id/);
    expect(output).toMatch(/1 {2}wait for your decision\n +Several users in Intercom share the e-mail/);
    expect(output).toContain("Nothing was written. To do it: dunlin backfill");
    expect(exitCode).toBe(0);
    expect(sandbox.requests.since(0).filter(({ method }) => method !== "GET")).toEqual([]);
  });

  it("refuses an account that nobody has connected", async () => {
    const { exitCode, output } = await runCommand(["backfill", "--account", "nope"], env);
    expect(output).toContain("There is no Stripe account named “nope”. There are: main.");
    expect(exitCode).toBe(1);
  });

  it("is queued for the server when none runs", async () => {
    const { output } = await runCommand(["backfill"], env);
    expect(output).toContain("The backfill is queued. No server is running");
  });

  it("is done by the server, exactly as it was said", async () => {
    dunlin = await startDunlin({ sandbox, home, port });
    await dunlin.settled();
    await expectContactsRight(sandbox);
    const { output } = await runCommand(["backfill", "--json"], env);
    const run = backfillRun.parse(JSON.parse(output));
    const answer = backfillAnswer.parse(await (await fetch(`${dunlin.url}/api/backfill`)).json());
    expect(answer.accounts).toMatchObject([{ account: "main", real: { id: run.id, phase: "done" } }]);
    const { at: _, minutes, ...planned } = answer.accounts[0]?.dry?.plan ?? { at: "", minutes: 0 };
    expect(run.plan).toMatchObject(planned);
    expect(minutes).toBeLessThan(1);
  });

  it("says that everything was loaded, and begins from the start when asked to", async () => {
    expect((await runCommand(["backfill"], env)).output).toContain("Everything was loaded already.");
    const before = sandbox.requests.lastSeq;
    const { exitCode, output } = await runCommand(["backfill", "--again"], env);
    expect(output).toMatch(/✓ customers +█+ +12/);
    expect(output).toMatch(/Done\.\n$/);
    expect(exitCode).toBe(0);
    const writes = sandbox.requests
      .since(before)
      .filter(({ vendor, method }) => vendor === "intercom" && method === "PUT");
    expect(writes).toEqual([]);
  });

  it("is asked for over the API, for accounts that are joined", async () => {
    const ask = async (body: object): Promise<Response> =>
      fetch(`${dunlin?.url}/api/backfill`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const accepted = await ask({ dryRun: true });
    expect(accepted.status).toBe(202);
    expect(backfillAnswer.parse(await accepted.json()).accounts[0]?.dry).not.toBeNull();
    expect((await ask({ account: "elsewhere" })).status).toBe(400);
    expect((await ask({ quickly: true })).status).toBe(400);
    await dunlin?.settled();
  });
});
