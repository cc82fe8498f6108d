/** A backup is restored: what had been planned in it may have happened since, and is not done a second time. */
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { effectDetails } from "../../contract/effect.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { createHome, type Home } from "../support/home.ts";
import { runCommand, startDunlinProcess, type DunlinProcess } from "../support/process.ts";
import { contactOf, findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import { readReadiness } from "../support/server.ts";
import { eventually } from "../support/wait.ts";
import { expectContactsRight } from "../support/contacts-check.ts";

const patience = { withinMs: 30_000, everyMs: 100 };

let sandbox: Sandbox;
let home: Home;
let other: Home;
const running: DunlinProcess[] = [];

beforeEach(async () => {
  [sandbox, home, other] = await Promise.all([openSandbox({ customers: 6 }), createHome(), createHome()]);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.kill()));
  await sandbox.close();
  await home.remove();
  await other.remove();
});

async function start(databaseUrl: string): Promise<DunlinProcess> {
  const env = { DATABASE_URL: databaseUrl };
  const dunlin = await startDunlinProcess({ sandboxUrl: sandbox.url, dataDir: home.dataDir, env });
  running.push(dunlin);
  return dunlin;
}

async function command(databaseUrl: string, ...args: readonly string[]): Promise<void> {
  const { exitCode, output } = await runCommand(args, { DATABASE_URL: databaseUrl, DUNLIN_DATA_DIR: home.dataDir });
  expect(exitCode, output).toBe(0);
}

it("a note that was planned in the backup and sent afterwards is there once", async () => {
  const dunlin = await start(home.databaseUrl);
  await eventually(() => expectContactsRight(sandbox), patience);
  const { id, metadata } = await findSteadyCustomer(sandbox);
  const contact = contactOf(sandbox, metadata["user_id"] ?? "");
  await command(home.databaseUrl, "pause", "intercom", "--reason", "The backup is to find it planned.");
  await eventually(async () => expect((await readReadiness(dunlin.url)).status).toBe(503), patience);
  await plan(dunlin.url, { key: "once", customerId: id, kind: "note", text: "Call about the invoice." });
  const file = join(home.dataDir, "planned.backup.gz");
  await command(home.databaseUrl, "backup", "--to", file);
  expect(sandbox.intercom.notesOn(contact.id)).toEqual([]);
  await command(home.databaseUrl, "resume", "intercom");
  await eventually(() => expect(sandbox.intercom.notesOn(contact.id)).toHaveLength(1), patience);
  await dunlin.stop();

  await command(other.databaseUrl, "restore", file);
  await command(other.databaseUrl, "resume", "intercom");
  await start(other.databaseUrl);
  await eventually(async () => {
    const { rows } = await other.pool.query<{ state: string }>("select state from effects");
    expect(rows).toEqual([{ state: "confirmed" }]);
  }, patience);
  expect(sandbox.intercom.notesOn(contact.id)).toHaveLength(1);
}, 120_000);

async function plan(url: string, request: Readonly<Record<string, string>>): Promise<void> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${url}/api/effects`, { method: "POST", headers, body: JSON.stringify(request) });
  effectDetails.parse(await answer.json());
}
