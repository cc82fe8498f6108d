import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startSandbox } from "../sandbox.ts";
import type { Sandbox, SandboxOptions } from "../sandbox.ts";
import { SeededRandom } from "./random.ts";

const AUTHORISED = { authorization: "Bearer sk_test_sandbox" };

let open: Sandbox[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandbox-"));
});
afterEach(async () => {
  for (const sandbox of open) await sandbox.close();
  open = [];
  await rm(folder, { recursive: true });
});

async function start(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ customers: 3, ...options });
  open.push(sandbox);
  return sandbox;
}

const get = (sandbox: Sandbox, path: string) => fetch(`${sandbox.url}${path}`, { headers: AUTHORISED });

describe("the data file", () => {
  it("lets a restart find objects, time and due moments", async () => {
    const dataFile = join(folder, "deep", "sandbox.jsonl");
    const first = await start({ dataFile });
    await first.clock.advance(3 * 86_400);
    const before = await (await get(first, "/v1/subscriptions?status=all")).text();
    const contacts = first.intercom.contacts();
    await first.close();
    open = [];

    const second = await start({ dataFile });
    expect(await (await get(second, "/v1/subscriptions?status=all")).text()).toBe(before);
    expect(second.intercom.contacts()).toEqual(contacts);
    expect(second.kernel.clock.nowMs() - Date.now()).toBeGreaterThan(3 * 86_400_000 - 1000);
    expect(second.stripe.nextDueMs?.()).toBe(first.stripe.nextDueMs?.());
    expect(await readdir(join(folder, "deep"))).toEqual(["sandbox.jsonl"]);
  });
});

describe("the seed", () => {
  it("decides the company", async () => {
    const names = async (seed: number) => {
      const sandbox = await start({ seed, customers: 12 });
      return sandbox.stripe.world.tables.customers.all().map(({ id, name, email }) => [id, name, email]);
    };
    const first = await names(7);
    expect(await names(7)).toEqual(first);
    expect(await names(8)).not.toEqual(first);
  });

  it("continues from a saved state", () => {
    const random = new SeededRandom(5);
    random.token(10);
    const { state } = random;
    const next = random.hex(12);
    random.state = state;
    expect(random.hex(12)).toBe(next);
  });
});

describe("planted faults", () => {
  it("answer with a status in the vendor's words, as often as told", async () => {
    const sandbox = await start();
    sandbox.faults.add({ vendor: "stripe", kind: "status", status: 503, pathPattern: "^/v1/customers", count: 1 });
    const refused = await get(sandbox, "/v1/customers");
    expect([refused.status, await refused.json()]).toMatchObject([503, { error: { type: "api_error" } }]);
    expect((await get(sandbox, "/v1/customers")).status).toBe(200);
    expect(sandbox.faults.list()).toMatchObject([{ hits: 1 }]);
  });

  it("cut the connection before or after the effect", async () => {
    const sandbox = await start();
    const create = () =>
      fetch(`${sandbox.url}/v1/products`, {
        method: "POST",
        headers: AUTHORISED,
        body: new URLSearchParams({ name: "X" }),
      });
    const { products } = sandbox.stripe.world.tables;
    const { size } = products;
    sandbox.faults.add({ vendor: "stripe", kind: "reset-before", count: 1 });
    await expect(create()).rejects.toThrow();
    expect(products.size).toBe(size);
    sandbox.faults.add({ vendor: "stripe", kind: "reset-after", count: 1 });
    await expect(create()).rejects.toThrow();
    expect(products.size).toBe(size + 1);
  });

  it("truncate, slow down or replace the body", async () => {
    const sandbox = await start();
    sandbox.faults.add({ vendor: "stripe", kind: "truncate", count: 1 });
    await expect(get(sandbox, "/v1/customers").then((reply) => reply.text())).rejects.toThrow();
    sandbox.faults.add({ vendor: "stripe", kind: "html", count: 1 });
    expect(await (await get(sandbox, "/v1/customers")).text()).toContain("<html>");
    sandbox.faults.add({ vendor: "stripe", kind: "slow", delayMs: 60, count: 1 });
    const begun = performance.now();
    const slow = await get(sandbox, "/v1/customers");
    expect(await slow.json()).toMatchObject({ object: "list" });
    expect(performance.now() - begun).toBeGreaterThan(50);
  });

  it("strike by seeded chance and can be taken away", async () => {
    const sandbox = await start();
    const { id } = sandbox.faults.add({ vendor: "stripe", kind: "status", rate: 0.5 });
    const request = {
      method: "GET",
      path: "/v1/x",
      query: new URLSearchParams(),
      headers: {},
      rawBody: Buffer.alloc(0),
    };
    const struck = Array.from({ length: 1000 }, () => sandbox.faults.strike("stripe", request)).filter(Boolean).length;
    expect(struck).toBeGreaterThan(400);
    expect(struck).toBeLessThan(600);
    expect(sandbox.faults.strike("intercom", request)).toBeUndefined();
    expect(sandbox.faults.remove(id)).toBe(true);
    expect(sandbox.faults.strike("stripe", request)).toBeUndefined();
  });
});

describe("the request log", () => {
  it("keeps what reached the vendors, with the parsed body", async () => {
    const sandbox = await start();
    const { lastSeq } = sandbox.requests;
    await fetch(`${sandbox.url}/v1/customers`, {
      method: "POST",
      headers: AUTHORISED,
      body: new URLSearchParams({ "metadata[a]": "b" }),
    });
    expect(sandbox.requests.since(lastSeq)).toMatchObject([
      { vendor: "stripe", method: "POST", path: "/v1/customers", body: { "metadata[a]": "b" }, status: 200 },
    ]);
    expect(sandbox.requests.counters()).toMatchObject({ "stripe POST 200": 1 });
  });
});

describe("the clock", () => {
  it("stops at every due moment on its way, so that dates are exact and in order", async () => {
    const sandbox = await start({ customers: 20 });
    const started = sandbox.kernel.clock.nowS();
    await sandbox.clock.advance(35 * 86_400);
    const cycles = sandbox.stripe.world.tables.invoices
      .all()
      .filter((invoice) => invoice.billing_reason === "subscription_cycle" && invoice.created > started);
    expect(cycles.length).toBeGreaterThan(5);
    const finalised = cycles.filter((invoice) => invoice.status_transitions.finalized_at !== null);
    expect(finalised.every((invoice) => invoice.status_transitions.finalized_at === invoice.created + 3600)).toBe(true);
    const created = [...sandbox.stripe.world.tables.events.all()].map((event) => event.created);
    expect(created).toEqual([...created].sort((left, right) => left - right));
  });
});
