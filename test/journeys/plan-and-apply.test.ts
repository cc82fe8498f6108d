/** Mapping and rules as files: what they would do is shown, both come into force together, and both are taken back. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { rulesPlan, runPage } from "../../contract/rules-api.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { runCommand, type CommandResult } from "../support/process.ts";
import { contactOf, findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import { environmentFor, startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

const patient = { withinMs: 30_000, everyMs: 100 };

const callBack = {
  name: "call-back",
  description: "Somebody calls the customer back.",
  purpose: "Help people who ask for it.",
  mode: "live",
  on: { manual: true },
  steps: [{ set: { attribute: "wants_call", type: "boolean", value: true } }, { wait: { for: "30 days" } }],
};
const payers = {
  name: "payers",
  description: "Marks who has paid something.",
  purpose: "Know who pays.",
  on: {
    becomes: "has(profile.total_paid) && profile.total_paid_currency == 'EUR' || profile.total_paid_currency != 'EUR'",
  },
  steps: [{ tag: "Payer" }],
};

describe("mapping and rules as files", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;
  let customer: { readonly id: string; readonly userId: string };
  let files: { readonly mapping: string; readonly rules: string };

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 20 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
    const { id, metadata } = await findSteadyCustomer(sandbox);
    customer = { id, userId: metadata["user_id"] ?? "" };
    files = { mapping: join(home.dataDir, "mapping.yaml"), rules: join(home.dataDir, "rules.yaml") };
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  const run = (...args: readonly string[]): Promise<CommandResult> =>
    runCommand(args, {
      ...environmentFor(sandbox.url, 0),
      DUNLIN_DATA_DIR: home.dataDir,
      DATABASE_URL: home.databaseUrl,
    });
  const named = (): readonly string[] => ["--mapping", files.mapping, "--rules", files.rules];
  const shown = (name: string): unknown => contactOf(sandbox, customer.userId).custom_attributes[name] ?? null;

  it("shows what both files would do, and changes nothing", async () => {
    const mapping = parse((await run("mapping", "show")).output);
    const plan = { name: "plan_upper", field: "plan", format: "upper", purpose: "Look at it." };
    await writeFile(files.mapping, stringify({ ...mapping, attributes: [...mapping.attributes, plan] }));
    await writeFile(files.rules, stringify({ version: 1, rules: [callBack, payers] }));
    const before = sandbox.requests.lastSeq;
    const { output, exitCode } = await run("plan", ...named());
    expect(exitCode).toBe(0);
    expect(output).toContain("New in Intercom: plan_upper");
    expect(output).toMatch(/\+ +call-back +live 100 % +new/);
    expect(output).toContain("+ attribute wants_call (boolean)");
    expect(output).toMatch(/payers: fits \d+ customers already, who are left alone/);
    const { rules } = JSON.parse((await run("plan", ...named(), "--json")).output);
    expect(rulesPlan.parse(rules)).toMatchObject({ version: 0, isComplete: true });
    const writes = sandbox.requests.since(before).filter(({ method }) => method !== "GET");
    expect(writes).toEqual([]);
    expect((await run("rules", "history")).output).toContain("No rules were saved yet");
  });

  it("asks before it changes anything", async () => {
    const { output, exitCode } = await run("apply", ...named());
    expect(exitCode).toBe(1);
    expect(output).toContain("give --yes");
    expect((await run("rules", "history")).output).toContain("No rules were saved yet");
  });

  it("saves neither when one of them is wrong", async () => {
    const wrong = join(home.dataDir, "wrong.yaml");
    await writeFile(wrong, stringify({ version: 1, rules: [{ ...callBack, if: "profile.plann == 'Team'" }] }));
    const { output, exitCode } = await run("apply", "--yes", "--mapping", files.mapping, "--rules", wrong);
    expect(exitCode).toBe(1);
    expect(output).toContain("rules[0].if");
    expect((await run("mapping", "history")).output).toContain("No mapping was saved yet");
  });

  it("puts both in force, and the rule acts", async () => {
    const { output, exitCode } = await run("apply", ...named(), "--yes", "--note", "callers");
    expect(output).toContain("✓ Version 1 of the rules is in force.");
    expect(output).toContain("Version 1 is on all contacts");
    expect(exitCode).toBe(0);
    expect(shown("plan_upper")).toBe(String(shown("stripe_plan")).toUpperCase());
    expect((await run("plan", ...named())).output).toContain("Nothing differs from what is in force.");

    await eventually(async () => {
      expect(await run("rules", "trigger", "call-back", customer.id)).toMatchObject({ exitCode: 0 });
      expect(shown("wants_call")).toBe(true);
    }, patient);
    expect((await run("rules", "list")).output).toMatch(/call-back +live 100 % +\d/);
    expect((await run("rules", "runs", "--rule", "call-back")).output).toMatch(/call-back .* waits +until/);
  });

  it("tells beforehand what a rule would do, up to its wait", async () => {
    const { output } = await run("rules", "test", "call-back", customer.id);
    expect(output).toContain("✓ It would begin.");
    expect(output).toMatch(/✓ set +steps\[0\]/);
    expect(output).toMatch(/It would go on at \d{4}-/);
  });

  it("stands still and goes on when a person says so", async () => {
    expect((await run("rules", "pause", "call-back", "--reason", "holidays")).output).toContain("stands still");
    expect((await run("rules", "list")).output).toContain("holidays");
    expect((await run("rules", "resume", "call-back")).output).toContain("goes on");
  });

  it("takes both back: contacts show what they showed before, and runs of the rule end", async () => {
    const { output, exitCode } = await run("rollback", "--yes");
    expect(output).toContain("Back from version 1 of the mapping to the preset.");
    expect(output).toContain("Back from version 1 of the rules to no rules.");
    expect(output).toContain("attribute wants_call, taken back from 1 contact");
    expect(exitCode).toBe(0);
    await eventually(() => {
      expect(shown("plan_upper")).toBeNull();
      expect(shown("wants_call")).toBeNull();
    }, patient);
    await eventually(async () => {
      const { runs } = runPage.parse(JSON.parse((await run("rules", "runs", "--json")).output));
      expect(runs.map(({ state, ended }) => [state, ended?.how])).toEqual(runs.map(() => ["ended", "cancelled"]));
    }, patient);
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });
});
