/** Companies in Intercom while customers change, people edit, calls fail and nodes die: right in the end, nothing twice. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { CompanyRules } from "../../src/companies/rules.ts";
import { setCrashPointHook } from "../../src/lib/crash-point.ts";
import { readCompany, renewCompany } from "../../src/pipeline/company-board.ts";
import { INTERCOM_TOKEN, type Sandbox } from "../../sandbox/sandbox.ts";
import { aCopy, mint } from "../support/builders.ts";
import {
  noteCustomers,
  startCompanyWorker,
  storeCopies,
  type RunningCompanyWorker,
} from "../support/company-worker.ts";
import { link } from "../support/effect-cast.ts";
import { createHome, type Home } from "../support/home.ts";
import { openSandbox } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";

const patience = { withinMs: 20_000, everyMs: 20 };

let sandbox: Sandbox;
let home: Home;
let running: RunningCompanyWorker[] = [];
/** Lets a worker that stands still for ever end its turn, so that it can be stopped. */
let endTurn: (why: Error) => void = () => undefined;

const rules: CompanyRules = {
  key: { kind: "metadata", metadataKey: "org" },
  name: { kind: "customer_name" },
  plan: true,
  spendCurrency: "eur",
  attributes: [
    { name: "billing_company_status", isShared: false, value: (profile) => profile.subscription?.status ?? null },
  ],
  retiring: [],
  fingerprint: "f1",
};

beforeAll(async () => {
  [sandbox, home] = await Promise.all([openSandbox({ customers: 0 }), createHome()]);
  await call("POST", "/data_attributes", { name: "billing_company_status", model: "company", data_type: "string" });
});

afterEach(async () => {
  setCrashPointHook(undefined);
  endTurn(new Error("The node is dead."));
  sandbox.faults.clear();
  for (const one of running) await one.stop();
  running = [];
});

afterAll(async () => {
  await sandbox.close();
  await home.remove();
});

const companyShape = z.object({
  id: z.string(),
  name: z.string().optional(),
  plan: z.object({ name: z.string().optional() }),
  monthly_spend: z.number(),
  user_count: z.number(),
  custom_attributes: z.record(z.string(), z.unknown()),
});
type Shown = z.infer<typeof companyShape>;

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${sandbox.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${INTERCOM_TOKEN}`,
      "intercom-version": "2.16",
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function shown(key: string): Promise<Shown | null> {
  const found = await call("GET", `/companies?company_id=${encodeURIComponent(key)}`);
  return found === null ? null : companyShape.parse(found);
}

async function companiesOf(contactId: string): Promise<readonly string[]> {
  const list = z.object({ data: z.array(z.object({ company_id: z.string() })) });
  return list.parse(await call("GET", `/contacts/${contactId}/companies`)).data.map(({ company_id: key }) => key);
}

type Customer = {
  readonly org: string;
  /** Major units a month; none without a subscription. */
  readonly mrr?: number | undefined;
  readonly currency?: string;
  readonly name?: string;
  readonly createdS?: number;
};

/** Stores a customer as Stripe's events would have left it. */
async function pays(id: string, customer: Customer): Promise<void> {
  const { org, mrr, currency = "eur", name = "Acme GmbH", createdS = 1_780_000_000 } = customer;
  const [priceId, productId] = [`price_${id}`, `prod_${id}`];
  const item = { id: `si_${id}`, priceId, productId, unitAmount: String((mrr ?? 0) * 100), currency, quantity: 1 };
  const usual = aCopy("subscription").facts.items[0]!;
  const status = mrr === undefined ? "canceled" : "active";
  await storeCopies(home.pool, [
    aCopy("customer", { name, createdS, currency, metadata: { org } }, { id, customerId: id }),
    aCopy("subscription", { status, currency, items: [{ ...usual, ...item }] }, { id: `sub_${id}`, customerId: id }),
    aCopy("product", { name: `Plan ${mrr ?? 0}` }, { id: productId }),
    aCopy("price", { productId, currency }, { id: priceId }),
  ]);
}

/** A customer with a contact. */
async function customer(given: Customer): Promise<{ readonly id: string; readonly contactId: string }> {
  const id = mint("cus");
  const contactId = sandbox.intercom.seedContact({ role: "user", email: `${id}@example.com`, name: id }).id;
  await link(home.pool, id, contactId);
  await pays(id, given);
  return { id, contactId };
}

function note(...customerIds: readonly string[]): Promise<number> {
  return noteCustomers(home.pool, { rules, customerIds });
}

function start(): RunningCompanyWorker {
  const node = `node-${running.length + 1}`;
  const options = { databaseUrl: home.databaseUrl, sandboxUrl: sandbox.url, node, rules: () => rules };
  const worker = startCompanyWorker(options);
  running.push(worker);
  return worker;
}

/** Nothing is due any more. */
async function settled(): Promise<void> {
  for (const { worker } of running) worker.wake();
  await eventually(async () => {
    const { rows } = await home.pool.query(
      "select key from companies where due_at is not null or leased_by is not null",
    );
    return rows.length === 0;
  }, patience);
}

async function noteAndSettle(...customerIds: readonly string[]): Promise<void> {
  await note(...customerIds);
  await settled();
}

function writesSince(seq: number): readonly string[] {
  return sandbox.requests
    .since(seq)
    .filter(({ vendor, method }) => vendor === "intercom" && method !== "GET")
    .map(({ method, path }) => `${method} ${path.replace(/[0-9a-f]{24}/g, "…")}`);
}

describe("a company", () => {
  it("shows the sum of its customers and has their contacts", async () => {
    start();
    const one = await customer({ org: "sum", mrr: 10, createdS: 1 });
    const two = await customer({ org: "sum", mrr: 25, createdS: 2, name: "Acme UK" });
    await noteAndSettle(one.id, two.id);
    expect(await shown("sum")).toMatchObject({
      name: "Acme GmbH",
      monthly_spend: 35,
      user_count: 2,
      custom_attributes: { billing_company_status: "active" },
    });

    const seq = sandbox.requests.lastSeq;
    await pays(two.id, { org: "sum", mrr: 30, createdS: 2, name: "Acme UK" });
    await noteAndSettle(two.id);
    expect((await shown("sum"))?.monthly_spend).toBe(40);
    expect(writesSince(seq)).toEqual(["PUT /companies/…"]);
  });

  it("is not written when nothing it shows has changed", async () => {
    start();
    const one = await customer({ org: "calm", mrr: 10 });
    await noteAndSettle(one.id);
    const seq = sandbox.requests.lastSeq;
    await pays(one.id, { org: "calm", mrr: 10 });
    expect(await note(one.id)).toBe(1);
    await settled();
    expect(sandbox.requests.since(seq)).toEqual([]);
    expect(await note(one.id)).toBe(0);
  });

  it("says nothing about spend in several currencies, and takes back what it said", async () => {
    start();
    const one = await customer({ org: "mixed", mrr: 10 });
    await noteAndSettle(one.id);
    expect((await shown("mixed"))?.monthly_spend).toBe(10);
    const two = await customer({ org: "mixed", mrr: 10, currency: "usd" });
    await noteAndSettle(two.id);
    expect((await shown("mixed"))?.monthly_spend).toBe(0);
    const { unknowns } = await readCompany({ pool: home.pool, companyUrl: () => null }, "mixed");
    expect(unknowns).toMatchObject([{ field: "monthly_spend" }]);
  });

  it("is made only once a customer of it has a contact", async () => {
    start();
    const id = mint("cus");
    await pays(id, { org: "waiting", mrr: 10 });
    await noteAndSettle(id);
    expect(await shown("waiting")).toBeNull();
    const contactId = sandbox.intercom.seedContact({ role: "user", email: `${id}@example.com`, name: id }).id;
    await link(home.pool, id, contactId);
    await noteAndSettle(id);
    expect(await companiesOf(contactId)).toEqual(["waiting"]);
  });

  it("lets a customer go to another one, and says that nobody pays for the old one", async () => {
    start();
    const one = await customer({ org: "old", mrr: 10 });
    await noteAndSettle(one.id);
    await pays(one.id, { org: "new", mrr: 10 });
    await noteAndSettle(one.id);
    expect(await companiesOf(one.contactId)).toEqual(["new"]);
    expect(await shown("old")).toMatchObject({ monthly_spend: 0, plan: { name: "No plan" }, custom_attributes: {} });
    expect(await shown("new")).toMatchObject({ monthly_spend: 10 });
  });

  it("lets a contact go that took our link along when the attached one was merged into it", async () => {
    start();
    const one = await customer({ org: "merging", mrr: 10 });
    await noteAndSettle(one.id);
    const into = sandbox.intercom.seedContact({ role: "user", email: "survivor@example.com" });
    sandbox.intercom.mergeContacts(one.contactId, into.id);
    await link(home.pool, one.id, into.id);
    await noteAndSettle(one.id);
    expect(await companiesOf(into.id)).toEqual(["merging"]);
    await pays(one.id, { org: "merged", mrr: 10 });
    await noteAndSettle(one.id);
    expect(await companiesOf(into.id)).toEqual(["merged"]);
  });

  it("lets go of a survivor that does not belong to it", async () => {
    start();
    const one = await customer({ org: "before", mrr: 10 });
    await noteAndSettle(one.id);
    const into = sandbox.intercom.seedContact({ role: "user", email: "second@example.com" });
    sandbox.intercom.mergeContacts(one.contactId, into.id);
    await link(home.pool, one.id, into.id);
    await pays(one.id, { org: "after", mrr: 10 });
    await noteAndSettle(one.id);
    expect(await companiesOf(into.id)).toEqual(["after"]);
  });

  it("that was there before keeps its name and its people", async () => {
    start();
    const one = await customer({ org: "there", mrr: 10 });
    const made = companyShape.parse(await call("POST", "/companies", { company_id: "there", name: "Theirs" }));
    await call("POST", `/contacts/${one.contactId}/companies`, { id: made.id });
    await noteAndSettle(one.id);
    expect(await shown("there")).toMatchObject({ id: made.id, name: "Theirs", monthly_spend: 10 });
    await pays(one.id, { org: "elsewhere", mrr: 10 });
    await noteAndSettle(one.id);
    // The link was not ours, so it is not ours to take away.
    expect([...(await companiesOf(one.contactId))].toSorted()).toEqual(["elsewhere", "there"]);
  });

  it("keeps a name that people gave it", async () => {
    start();
    const one = await customer({ org: "named", mrr: 10 });
    await noteAndSettle(one.id);
    await pays(one.id, { org: "named", mrr: 10, name: "Acme SE" });
    await noteAndSettle(one.id);
    const company = await shown("named");
    expect(company?.name).toBe("Acme SE");
    await call("PUT", `/companies/${company?.id}`, { name: "Our dear Acme" });
    await pays(one.id, { org: "named", mrr: 10, name: "Acme Holding" });
    await noteAndSettle(one.id);
    expect((await shown("named"))?.name).toBe("Our dear Acme");
  });

  it("that is deleted in Intercom stays deleted until a person says otherwise", async () => {
    start();
    const one = await customer({ org: "deleted", mrr: 10 });
    await noteAndSettle(one.id);
    await call("DELETE", `/companies/${(await shown("deleted"))?.id}`);
    await pays(one.id, { org: "deleted", mrr: 20 });
    await noteAndSettle(one.id);
    await pays(one.id, { org: "deleted", mrr: 30 });
    await noteAndSettle(one.id);
    expect(await shown("deleted")).toBeNull();

    await renewCompany({ pool: home.pool }, "deleted");
    await settled();
    expect(await shown("deleted")).toMatchObject({ monthly_spend: 30, user_count: 1 });
    expect(await companiesOf(one.contactId)).toEqual(["deleted"]);
  });

  it("that the business made again is found again", async () => {
    start();
    const one = await customer({ org: "again", mrr: 10 });
    await noteAndSettle(one.id);
    await call("DELETE", `/companies/${(await shown("again"))?.id}`);
    const made = companyShape.parse(await call("POST", "/companies", { company_id: "again" }));
    await pays(one.id, { org: "again", mrr: 20 });
    await noteAndSettle(one.id);
    expect(await shown("again")).toMatchObject({ id: made.id, monthly_spend: 20, user_count: 1 });
  });
});

describe("when things fail", () => {
  it("ends right when answers are lost and calls are refused for a while", async () => {
    start();
    const people = await Promise.all(
      Array.from({ length: 6 }, (_, index) => customer({ org: "storm", mrr: 10 + index, createdS: index })),
    );
    sandbox.faults.add({ vendor: "intercom", kind: "reset-after", rate: 0.3, count: 3 });
    sandbox.faults.add({ vendor: "intercom", kind: "status", status: 503, rate: 0.3, count: 3 });
    for (const { id } of people) await note(id);
    await pays(people[0]!.id, { org: "storm", mrr: 100, createdS: 0 });
    await noteAndSettle(people[0]!.id);
    expect(await shown("storm")).toMatchObject({ monthly_spend: 165, user_count: 6 });
  });

  it("reads a company whose write was not recorded before it writes it again", async () => {
    start();
    const one = await customer({ org: "crash", mrr: 10 });
    await noteAndSettle(one.id);
    // The node dies when Intercom has accepted 20 and nothing of it is on record.
    let died = false;
    setCrashPointHook(() => {
      died = true;
      return new Promise((_resolve, reject) => (endTurn = reject));
    });
    await pays(one.id, { org: "crash", mrr: 20 });
    await note(one.id);
    await eventually(() => died, patience);
    expect((await shown("crash"))?.monthly_spend).toBe(20);
    // Meanwhile it is 10 again: what was known says that there is nothing to do.
    await pays(one.id, { org: "crash", mrr: 10 });
    await note(one.id);
    setCrashPointHook(undefined);
    await home.pool.query("update companies set leased_by = 'dead', leased_until = now() where key = 'crash'");
    start();
    await eventually(async () => (await shown("crash"))?.monthly_spend === 10, patience);
    await settled();
  });

  it("that a node made before it died is put right, although its only customer has left meanwhile", async () => {
    start();
    const one = await customer({ org: "left", mrr: 10 });
    let died = false;
    setCrashPointHook(() => {
      died = true;
      return new Promise((_resolve, reject) => (endTurn = reject));
    });
    await note(one.id);
    await eventually(() => died, patience);
    expect(await shown("left")).toMatchObject({ monthly_spend: 10 });
    // Its contact was attached as well, and nothing of all that is on record.
    const { id } = (await shown("left"))!;
    await call("POST", `/contacts/${one.contactId}/companies`, { id });
    await home.pool.query("insert into company_contacts values ('left', $1, 'attaching')", [one.contactId]);
    setCrashPointHook(undefined);
    await pays(one.id, { org: "next", mrr: 10 });
    await note(one.id);
    await home.pool.query("update companies set leased_by = 'dead', leased_until = now() where key = 'left'");
    start();
    await eventually(async () => (await companiesOf(one.contactId)).join() === "next", patience);
    await settled();
    expect(await shown("left")).toMatchObject({ monthly_spend: 0, plan: { name: "No plan" }, custom_attributes: {} });
  });

  it("never shows an old sum when several nodes sync one company at once", async () => {
    start();
    start();
    start();
    const people = await Promise.all(
      Array.from({ length: 4 }, (_, index) => customer({ org: "race", mrr: 1, createdS: index })),
    );
    await noteAndSettle(...people.map(({ id }) => id));
    // A write takes longer than several changes, so that the last of them come while one is under way.
    sandbox.faults.add({ vendor: "intercom", method: "PUT", pathPattern: "^/companies/", kind: "slow", delayMs: 400 });
    for (let round = 1; round <= 15; round += 1) {
      await Promise.all(
        people.map(async ({ id }, index) => {
          await pays(id, { org: "race", mrr: round * (index + 1), createdS: index });
          await note(id);
          for (const { worker } of running) worker.wake();
        }),
      );
    }
    await settled();
    expect(await shown("race")).toMatchObject({ monthly_spend: 15 * 10, user_count: 4 });
  });

  it("gives a company up that Intercom refuses, and takes it up again when it changes", async () => {
    const { logged } = start();
    const one = await customer({ org: "refused", mrr: 10 });
    const fault = sandbox.faults.add({
      vendor: "intercom",
      method: "POST",
      pathPattern: "^/companies$",
      kind: "status",
      status: 422,
    });
    await noteAndSettle(one.id);
    const board = { pool: home.pool, companyUrl: () => null };
    expect(await readCompany(board, "refused")).toMatchObject({ isDead: true, error: { code: "INTERCOM_REJECTED" } });
    expect(logged().map(({ msg }) => msg)).toContainEqual(expect.stringContaining("a company was not written"));
    sandbox.faults.remove(fault.id);
    await pays(one.id, { org: "refused", mrr: 20 });
    await noteAndSettle(one.id);
    expect(await readCompany(board, "refused")).toMatchObject({ isDead: false, error: null, monthlySpend: 20 });
  });

  it("does not take a key that hundreds of customers share for a company", async () => {
    start();
    const one = await customer({ org: "default", mrr: 10 });
    await home.pool.query(
      `insert into company_members (account, customer_id, company_key, shows)
        select 'main', 'cus_bulk_' || n, 'default', '1' from generate_series(1, 500) n`,
    );
    await noteAndSettle(one.id);
    const board = { pool: home.pool, companyUrl: () => null };
    expect(await readCompany(board, "default")).toMatchObject({ isDead: true, error: { code: "COMPANY_TOO_LARGE" } });
    expect(await shown("default")).toBeNull();
  });
});
