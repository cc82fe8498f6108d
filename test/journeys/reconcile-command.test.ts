/** `dunlin reconcile` beside a running server: what it says and how it ends. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { drift, reconcileRun } from "../../contract/reconcile.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { countUnfinished, createHome, type Home } from "../support/home.ts";
import { runCommand, startDunlinProcess, type CommandResult, type DunlinProcess } from "../support/process.ts";
import { contactOf, findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";

describe("dunlin reconcile", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: DunlinProcess;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox(), createHome()]);
    dunlin = await startDunlinProcess({
      sandboxUrl: sandbox.url,
      dataDir: home.dataDir,
      env: { DATABASE_URL: home.databaseUrl, DUNLIN_RECONCILE_AT: "off" },
    });
    await eventually(async () => expect(await countUnfinished(home.pool)).toBe(0), { withinMs: 30_000 });
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  function run(...args: readonly string[]): Promise<CommandResult> {
    return runCommand(["reconcile", ...args], { DUNLIN_DATA_DIR: home.dataDir, DATABASE_URL: home.databaseUrl });
  }

  it("says that nothing differs, and ends with 0", async () => {
    const { exitCode, output } = await run("--check", "--grace", "0");
    expect(output).toContain("Reconcile, run 1 (check only)");
    expect(output).toContain("✓ Nothing differs.");
    expect(exitCode).toBe(0);
  });

  it("ends with 2 when a check finds something, and with 0 when it was repaired", async () => {
    const { id, metadata } = await findSteadyCustomer(sandbox);
    const contactId = contactOf(sandbox, metadata["user_id"] ?? "").id;
    sandbox.intercom.editContact(contactId, { custom_attributes: { stripe_plan: "Gold" } });

    const check = await run("--check", "--grace", "0");
    expect(check.exitCode).toBe(2);
    expect(check.output).toContain(`${id} · contact ${contactId} – only reported`);
    expect(check.output).toContain("stripe_plan: Gold instead of ");
    expect(check.output).toContain("To repair what is ours: dunlin reconcile");

    const repair = await run("--grace", "0", "--json");
    expect(repair.exitCode).toBe(0);
    const shown = z.object({ run: reconcileRun, drifts: z.array(drift) }).parse(JSON.parse(repair.output));
    expect(shown.run.counts).toEqual({ foreign_edit: 1 });
    expect(shown.drifts).toMatchObject([{ class: "foreign_edit", customerId: id, done: "rewritten" }]);
    await eventually(
      () => expect(sandbox.intercom.contact(contactId)?.custom_attributes["stripe_plan"]).not.toBe("Gold"),
      { withinMs: 15_000 },
    );
  });

  it("shows former runs, one of them in full, and says when there is no such run", async () => {
    const runs = await run("show");
    expect(runs.output.split("\n")[0]).toMatch(/^RUN +STATE +BEGUN +TOOK +BY +MODE +FOUND$/);
    expect(runs.output).toMatch(/command +repair +1 foreign edit/);
    expect((await run("show", "2")).output).toContain("foreign edit");
    const missing = await run("show", "99");
    expect(missing.output).toContain("There is no such run");
    expect(missing.exitCode).toBe(1);
  });

  it("refuses what is no number, and names an account that is not connected", async () => {
    expect((await run("--calls", "many")).output).toContain("whole number");
    const unknown = await run("--account", "nowhere", "--grace", "0");
    expect(unknown.output).toContain("“nowhere” is not connected");
    expect(unknown.exitCode).toBe(1);
  });
});
