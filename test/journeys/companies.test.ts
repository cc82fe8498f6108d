/** Two customers of one company: what it pays and who belongs to it, while they change, move, and people interfere. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { companyDetails, companyPage } from "../../contract/companies.ts";
import { INTERCOM_TOKEN, type Sandbox } from "../../sandbox/sandbox.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { linesOf, reconcile } from "../support/reconcile.ts";
import { contactOf, openSandbox, stripeOf } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

type Somebody = { readonly customerId: string; readonly contactId: string };

const shape = z.object({
  id: z.string(),
  name: z.string(),
  plan: z.object({ name: z.string().optional() }),
  monthly_spend: z.number(),
  user_count: z.number(),
  custom_attributes: z.record(z.string(), z.unknown()),
});

describe("a company", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;
  let anna: Somebody;
  let ben: Somebody;
  /** What the plans cost a month, in whole units. */
  const monthly: Record<string, number> = {};

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 4 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home, env: { DUNLIN_RECONCILE_AT: "off" } });
    await dunlin.settled();
    anna = await subscriber("anna", "team_month_eur", "acme");
    ben = await subscriber("ben", "starter_month_eur", "acme");
    await dunlin.settled();
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  /** Somebody of a company who is known to Intercom and subscribes to a plan. */
  async function subscriber(userId: string, lookupKey: string, company: string): Promise<Somebody> {
    const email = `${userId}@acme.example`;
    sandbox.intercom.seedContact({ role: "user", external_id: userId, email });
    const stripe = stripeOf(sandbox);
    const [price] = (await stripe.prices.list({ lookup_keys: [lookupKey] })).data;
    if (!price) throw new Error(`The sandbox sells no ${lookupKey}.`);
    monthly[userId] = (price.unit_amount ?? 0) / 100;
    const { customer } = sandbox.stripe.scenarios.checkout({ email, name: "Acme GmbH", userId, priceId: price.id });
    await stripe.customers.update(String(customer), { metadata: { user_id: userId, company_id: company } });
    return { customerId: String(customer), contactId: contactOf(sandbox, userId).id };
  }

  async function intercom(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { authorization: `Bearer ${INTERCOM_TOKEN}`, "intercom-version": "2.16" };
    const answer = await fetch(`${sandbox.url}${path}`, {
      method,
      ...(body === undefined
        ? { headers }
        : { headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    return answer.status === 404 ? null : answer.json();
  }

  async function shown(key: string): Promise<z.infer<typeof shape> | null> {
    const found = await intercom("GET", `/companies?company_id=${key}`);
    return found === null ? null : shape.parse(found);
  }

  async function companiesOf({ contactId }: Somebody): Promise<readonly string[]> {
    const list = z.object({ data: z.array(z.object({ company_id: z.string() })) });
    const { data } = list.parse(await intercom("GET", `/contacts/${contactId}/companies`));
    return data.map(({ company_id: key }) => key).toSorted();
  }

  async function api(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${dunlin.url}/api/${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  function spendOf(...userIds: readonly string[]): number {
    return Math.round(userIds.reduce((sum, userId) => sum + (monthly[userId] ?? Number.NaN), 0));
  }

  it("is nothing that Intercom hears of while companies are off", async () => {
    expect(await shown("acme")).toBeNull();
    expect(companyPage.parse(await api("GET", "companies")).companies).toEqual([]);
  });

  it("appears with plan, spend, an attribute and both people once the mapping asks for it", async () => {
    const inForce = z.looseObject({ version: z.number(), document: z.looseObject({}) });
    const { version, document } = inForce.parse(await api("GET", "mapping"));
    const companies = {
      on: true,
      key: { metadata: "company_id" },
      monthlySpend: { currency: "eur" },
      attributes: [{ name: "acme_status", field: "status", purpose: "Account managers see who pays." }],
    };
    await api("PUT", "mapping", { basedOn: version, document: { ...document, companies } });
    await eventually(async () => (await shown("acme"))?.user_count === 2, { withinMs: 20_000 });
    await dunlin.settled();
    expect(await shown("acme")).toMatchObject({
      name: "Acme GmbH",
      monthly_spend: spendOf("anna", "ben"),
      custom_attributes: { acme_status: "active" },
    });
    expect(await companiesOf(anna)).toEqual(["acme"]);
    expect(await companiesOf(ben)).toEqual(["acme"]);
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });

  it("is told in full by the API", async () => {
    const company = companyDetails.parse(await api("GET", "companies/acme"));
    expect(company).toMatchObject({ state: "shown", customers: 2, contacts: 2, monthlySpend: spendOf("anna", "ben") });
    expect(new Set(company.members.map(({ contactId }) => contactId))).toEqual(
      new Set([anna.contactId, ben.contactId]),
    );
    expect(company.writes.map(({ kind }) => kind)).toContain("create");
    await expect(api("GET", "companies/nobody")).rejects.toThrow("COMPANY_UNKNOWN");
  });

  it("loses a customer to another one", async () => {
    await stripeOf(sandbox).customers.update(ben.customerId, { metadata: { company_id: "globex" } });
    await eventually(async () => (await companiesOf(ben)).includes("globex"), { withinMs: 15_000 });
    await dunlin.settled();
    expect(await companiesOf(ben)).toEqual(["globex"]);
    expect(await shown("acme")).toMatchObject({ monthly_spend: spendOf("anna"), user_count: 1 });
    expect(await shown("globex")).toMatchObject({ monthly_spend: spendOf("ben"), user_count: 1 });
  });

  it("is put right at night where others wrote over it, except its name", async () => {
    const before = await shown("globex");
    await intercom("PUT", `/companies/${before?.id}`, { name: "Our dear Globex", plan: "Gold", monthly_spend: 1 });
    await home.pool.query("update companies set written_at = now() - interval '1 hour'");
    const findings = await reconcile(home);
    expect(linesOf(findings)).toEqual(["foreign_edit company globex"]);
    await dunlin.settled();
    expect(await shown("globex")).toMatchObject({ ...before, name: "Our dear Globex" });
    expect(linesOf(await reconcile(home))).toEqual([]);
  });

  it("that others delete and make again is found again at night", async () => {
    await intercom("DELETE", `/companies/${(await shown("globex"))?.id}`);
    await home.pool.query("update companies set written_at = now() - interval '1 hour'");
    await reconcile(home);
    await dunlin.settled();
    const { id } = shape
      .partial()
      .parse(await intercom("POST", "/companies", { company_id: "globex", name: "Globex" }));
    await intercom("POST", `/contacts/${anna.contactId}/companies`, { id });
    expect(linesOf(await reconcile(home))).toEqual(["archived company globex"]);
    await dunlin.settled();
    expect(await shown("globex")).toMatchObject({ id, name: "Globex", monthly_spend: spendOf("ben"), user_count: 2 });
    await intercom("DELETE", `/contacts/${anna.contactId}/companies/${id}`);
  });

  it("follows a change of the mapping, and keeps what it shows when companies are switched off", async () => {
    const inForce = z.looseObject({ version: z.number(), document: z.looseObject({ companies: z.looseObject({}) }) });
    const change = async (companies: object): Promise<void> => {
      const { version, document } = inForce.parse(await api("GET", "mapping"));
      const changed = { ...document, companies: { ...document.companies, ...companies } };
      await api("PUT", "mapping", { basedOn: version, document: changed });
    };
    const euros = { currency: "eur" };
    await change({ monthlySpend: { currency: "usd" } });
    await eventually(async () => (await shown("acme"))?.monthly_spend === 0, { withinMs: 15_000 });
    await dunlin.settled();
    await change({ on: false, monthlySpend: euros });
    await dunlin.settled();
    expect((await shown("acme"))?.monthly_spend).toBe(0);
    await change({ on: true });
    await eventually(async () => (await shown("acme"))?.monthly_spend === spendOf("anna"), { withinMs: 15_000 });
    await dunlin.settled();
  });

  it("loses the values of an attribute that is retired, and Intercom its attribute", async () => {
    expect((await shown("acme"))?.custom_attributes).toMatchObject({ acme_status: "active" });
    const inForce = z.looseObject({ version: z.number(), document: z.looseObject({ companies: z.looseObject({}) }) });
    const { version, document } = inForce.parse(await api("GET", "mapping"));
    const companies = { ...document.companies, attributes: [] };
    await api("PUT", "mapping", { basedOn: version, document: { ...document, companies, retired: ["acme_status"] } });
    const attributes = z.object({ data: z.array(z.object({ name: z.string(), archived: z.boolean() })) });
    await eventually(
      async () => {
        const { data } = attributes.parse(
          await intercom("GET", "/data_attributes?model=company&include_archived=true"),
        );
        return data.some(({ name, archived }) => name === "acme_status" && archived);
      },
      { withinMs: 30_000 },
    );
    await dunlin.settled();
    for (const key of ["acme", "globex"]) {
      const { writes } = companyDetails.parse(await api("GET", `companies/${key}`));
      expect(writes[0]?.changes).toContainEqual({ field: "acme_status", before: "active", after: null });
    }
    expect(linesOf(await reconcile(home))).toEqual([]);
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });

  it("that was deleted in Intercom is noticed at night, and made again only when a person asks for it", async () => {
    await intercom("DELETE", `/companies/${(await shown("acme"))?.id}`);
    await home.pool.query("update companies set written_at = now() - interval '1 hour'");
    await reconcile(home);
    await dunlin.settled();
    const trouble = companyPage.parse(await api("GET", "companies?state=trouble"));
    expect(trouble.companies).toMatchObject([{ key: "acme", state: "gone" }]);

    await stripeOf(sandbox).customers.update(anna.customerId, { name: "Acme AG" });
    await eventually(() => sandbox.deliveries.pending === 0, { withinMs: 15_000 });
    await dunlin.settled();
    expect(await shown("acme")).toBeNull();

    await api("POST", "companies/acme/renew");
    await eventually(async () => (await shown("acme"))?.user_count === 1, { withinMs: 15_000 });
    await dunlin.settled();
    expect(await shown("acme")).toMatchObject({ name: "Acme AG", monthly_spend: spendOf("anna") });
    expect(await companiesOf(anna)).toEqual(["acme"]);
  });
});
