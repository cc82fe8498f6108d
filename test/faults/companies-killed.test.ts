/** The process dies between the write to a contact and the write to its company, or right after the latter: both end up right. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { INTERCOM_TOKEN } from "../../sandbox/sandbox.ts";
import { countUnfinished, listDeadLetters } from "../support/home.ts";
import { attributesOf, findSteadyCustomer } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";
import { aMortal } from "../support/mortal.ts";

const patience = { withinMs: 30_000, everyMs: 50 };
const company = z.object({ plan: z.object({ name: z.string() }), user_count: z.number() });

describe("a kill -9", () => {
  const mortal = aMortal();

  async function settled(): Promise<void> {
    await eventually(async () => {
      expect(await countUnfinished(mortal.home.pool)).toBe(0);
      expect(mortal.sandbox.deliveries.pending).toBe(0);
    }, patience);
  }

  /** Each customer is a company. */
  async function switchOn(): Promise<void> {
    const address = `${mortal.url}/api/mapping`;
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
    const answer = await fetch(`${mortal.sandbox.url}/companies?company_id=${key}`, { headers });
    return company.parse(await answer.json());
  }

  it.each([
    ["the contact was written", "after-intercom-before-record"],
    ["the company was written", "after-company-before-record"],
  ])("right after %s leaves neither of them behind", async (_when, point) => {
    await mortal.start();
    await eventually(async () => {
      await settled();
      const { rows } = await mortal.home.pool.query(
        "select from sync_jobs union all select from identities where known is null",
      );
      expect(rows).toEqual([]);
    }, patience);
    const { id, metadata } = await findSteadyCustomer(mortal.sandbox);
    await switchOn();
    await eventually(async () => expect((await shown(id)).user_count).toBe(1), patience);
    await settled();
    const before = await shown(id);
    await mortal.stop();

    await mortal.start({ point, passes: 1 });
    mortal.sandbox.stripe.scenarios.downgrade(id);
    await mortal.died();

    await mortal.start();
    const plan = await eventually(async () => {
      const contact = attributesOf(mortal.sandbox, metadata["user_id"] ?? "")["plan"];
      const { plan: ofCompany } = await shown(id);
      expect(ofCompany.name).toBe(contact);
      expect(ofCompany.name).not.toBe(before.plan.name);
      return ofCompany.name;
    }, patience);
    await settled();
    expect((await shown(id)).plan.name).toBe(plan);
    expect(await listDeadLetters(mortal.home.pool)).toEqual([]);
  });
});
