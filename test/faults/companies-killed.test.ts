/** The process dies between the write to a contact and the write to its company, or right after the latter: both end up right. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { INTERCOM_TOKEN, type Sandbox } from "../../sandbox/sandbox.ts";
import { countUnfinished, createHome, listDeadLetters, type Home } from "../support/home.ts";
import { freePort } from "../support/ports.ts";
import { startDunlinProcess, type DunlinProcess } from "../support/process.ts";
import { attributesOf, findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";

const patience = { withinMs: 25_000, everyMs: 50 };
const company = z.object({ plan: z.object({ name: z.string() }), user_count: z.number() });

describe("a kill -9", () => {
  let sandbox: Sandbox;
  let home: Home;
  let port: number;
  let dunlin: DunlinProcess | undefined;

  beforeEach(async () => {
    [sandbox, home, port] = await Promise.all([openSandbox({ customers: 6 }), createHome(), freePort()]);
  });

  afterEach(async () => {
    await dunlin?.kill();
    await sandbox.close();
    await home.remove();
  });

  const start = (crash?: { readonly point: string; readonly passes: number }): Promise<DunlinProcess> =>
    startDunlinProcess({
      sandboxUrl: sandbox.url,
      dataDir: home.dataDir,
      port,
      env: { DATABASE_URL: home.databaseUrl },
      ...(crash ? { crash } : {}),
    });

  async function settled(): Promise<void> {
    await eventually(async () => {
      expect(await countUnfinished(home.pool)).toBe(0);
      expect(sandbox.deliveries.pending).toBe(0);
    }, patience);
  }

  /** Each customer is a company. */
  async function switchOn(): Promise<void> {
    const address = `http://127.0.0.1:${port}/api/mapping`;
    const shape = z.looseObject({ version: z.number(), document: z.looseObject({}) });
    const { version, document } = shape.parse(await (await fetch(address)).json());
    const companies = { on: true, key: "customer" };
    const answer = await fetch(address, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ basedOn: version, document: { ...document, companies } }),
    });
    expect(answer.status).toBe(200);
  }

  async function shown(key: string): Promise<z.infer<typeof company>> {
    const headers = { authorization: `Bearer ${INTERCOM_TOKEN}`, "intercom-version": "2.16" };
    const answer = await fetch(`${sandbox.url}/companies?company_id=${key}`, { headers });
    return company.parse(await answer.json());
  }

  it.each([
    ["the contact was written", "after-intercom-before-record"],
    ["the company was written", "after-company-before-record"],
  ])("right after %s leaves neither of them behind", async (_when, point) => {
    dunlin = await start();
    await eventually(async () => {
      await settled();
      const { rows } = await home.pool.query(
        "select from sync_jobs union all select from identities where known is null",
      );
      expect(rows).toEqual([]);
    }, patience);
    const { id, metadata } = await findSteadyCustomer(sandbox);
    await switchOn();
    await eventually(async () => expect((await shown(id)).user_count).toBe(1), patience);
    await settled();
    const before = await shown(id);
    await dunlin.stop();

    dunlin = await start({ point, passes: 1 });
    sandbox.stripe.scenarios.downgrade(id);
    await dunlin.ended(15_000);

    dunlin = await start();
    const plan = await eventually(async () => {
      const contact = attributesOf(sandbox, metadata["user_id"] ?? "")["plan"];
      const { plan: ofCompany } = await shown(id);
      expect(ofCompany.name).toBe(contact);
      expect(ofCompany.name).not.toBe(before.plan.name);
      return ofCompany.name;
    }, patience);
    await settled();
    expect((await shown(id)).plan.name).toBe(plan);
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });
});
