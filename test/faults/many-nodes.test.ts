/** Several nodes on one database: they share work and limits, do once what is done once, and stand in for each other. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SeededRandom } from "../../sandbox/kernel/random.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { nodes as nodesShape } from "../../contract/nodes.ts";
import { startBalancer, type Balancer } from "../support/chaos/balancer.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { countUnfinished, createHome, listDeadLetters, type Home } from "../support/home.ts";
import { freePort } from "../support/ports.ts";
import { readPulse } from "../support/pulse.ts";
import { runCommand, startDunlinProcess, type DunlinProcess } from "../support/process.ts";
import { contactOf, findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import type { Settings } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

const patience = { withinMs: 30_000, everyMs: 50 };
/** What is promised for whatever a killed or stopped node held, from its end to somebody else's. */
const takeover = { withinMs: 15_000, everyMs: 25 };

let sandbox: Sandbox;
let home: Home;
let running: DunlinProcess[] = [];

async function prepare(customers: number): Promise<void> {
  [sandbox, home] = await Promise.all([openSandbox({ customers }), createHome()]);
}

afterEach(async () => {
  await Promise.all(running.map((node) => node.kill()));
  running = [];
  await sandbox.close();
  await home.remove();
});

async function start(env: Settings, port?: number): Promise<DunlinProcess> {
  const node = await startDunlinProcess({
    sandboxUrl: sandbox.url,
    dataDir: home.dataDir,
    env: { DATABASE_URL: home.databaseUrl, ...env },
    ...(port === undefined ? {} : { port }),
  });
  running.push(node);
  return node;
}

async function done(): Promise<void> {
  await eventually(async () => {
    expect(sandbox.deliveries.pending).toBe(0);
    expect(await countUnfinished(home.pool)).toBe(0);
  }, patience);
}

async function readNodes(url: string) {
  return nodesShape.parse(await (await fetch(`${url}/api/nodes`)).json()).nodes;
}

async function counterOf(url: string, name: string): Promise<number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split("\n");
  return lines.filter((line) => line.startsWith(name)).reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

function calls(method: string, path: RegExp, since = 0) {
  return sandbox.requests.since(since).filter((call) => call.method === method && path.test(call.path));
}

describe("three nodes that do everything", () => {
  let balancer: Balancer;
  let nodes: readonly DunlinProcess[];

  beforeEach(async () => {
    await prepare(24);
    const ports = await Promise.all([freePort(), freePort(), freePort()]);
    balancer = await startBalancer(ports, new SeededRandom(7).fork("balancer"));
    nodes = await Promise.all(ports.map((port) => start({ PUBLIC_URL: balancer.url }, port)));
    await done();
  });
  afterEach(() => balancer.close());

  it("start together with one endpoint, one set of attributes and one poller, and share the work", async () => {
    expect(calls("POST", /^\/v1\/webhook_endpoints$/)).toHaveLength(1);
    const made = calls("POST", /^\/data_attributes$/).map(({ body }) => JSON.stringify(body));
    expect(new Set(made).size).toBe(made.length);
    expect(calls("POST", /^\/data_attributes$/).filter(({ status }) => status !== 200)).toEqual([]);

    const before = sandbox.requests.lastSeq;
    for (let round = 0; round < 5; round += 1)
      for (const { id } of sandbox.stripe.world.tables.customers.all()) sandbox.stripe.scenarios.addCredit(id, 100);
    await done();
    await expectContactsRight(sandbox);

    for (const { url } of nodes) {
      expect(await counterOf(url, "dunlin_events_total")).toBeGreaterThan(0);
      expect(await counterOf(url, "dunlin_contact_writes_total")).toBeGreaterThan(0);
    }
    expect(sandbox.requests.since(before).filter(({ status }) => status === 429)).toEqual([]);
    const [first] = nodes;
    const listed = await readNodes(first?.url ?? "");
    expect(listed.map(({ state, role }) => `${state} ${role}`)).toEqual(["alive all", "alive all", "alive all"]);
    expect(listed.flatMap(({ duties }) => duties).filter((duty) => duty === "poll-events:main")).toHaveLength(1);
    for (const { share } of listed) expect(share).toBeCloseTo(1 / 3);
    const { output } = await runCommand(["nodes"], {
      DATABASE_URL: home.databaseUrl,
      DUNLIN_DATA_DIR: home.dataDir,
    });
    expect(output.match(/^node-[0-9a-f]{8} {2}all {3}up /gm)).toHaveLength(3);
  });

  it("stay within a small limit of Intercom together, without a single refusal", async () => {
    sandbox.intercom.setLimitPerSlice(60);
    // An answer names the new limit; whoever has had none yet may be told off once.
    await eventually(
      async () => {
        for (const { id } of sandbox.stripe.world.tables.customers.all()) sandbox.stripe.scenarios.addCredit(id, 100);
        await done();
        const pulses = await Promise.all(nodes.map(({ url }) => readPulse(url)));
        expect(pulses.map(({ budget }) => budget.limit)).toEqual([60, 60, 60]);
      },
      { withinMs: 60_000, everyMs: 600 },
    );
    const before = sandbox.requests.lastSeq;
    for (let round = 0; round < 4; round += 1) {
      for (const { id } of sandbox.stripe.world.tables.customers.all()) sandbox.stripe.scenarios.addCredit(id, 100);
      await done();
    }

    const since = sandbox.requests.since(before).filter(({ vendor }) => vendor === "intercom");
    expect(since.length).toBeGreaterThan(90);
    expect(since.filter(({ status }) => status === 429)).toEqual([]);
    await expectContactsRight(sandbox);
  });
});

describe("a web node and two workers", () => {
  let web: DunlinProcess;
  let workers: DunlinProcess[];

  beforeEach(async () => {
    await prepare(8);
    const port = await freePort();
    const env = { PUBLIC_URL: `http://127.0.0.1:${port}` };
    workers = await Promise.all([start({ ...env, DUNLIN_ROLE: "worker" }), start({ ...env, DUNLIN_ROLE: "worker" })]);
    web = await start({ ...env, DUNLIN_ROLE: "web" }, port);
    await done();
  });

  /** The worker that holds a lease at the moment. */
  async function findHolder(): Promise<{ readonly holder: DunlinProcess; readonly other: DunlinProcess }> {
    const pid = await eventually(async () => {
      const { rows } = await home.pool.query<{ pid: number }>(
        "select n.pid from sync_jobs j join nodes n on n.id = j.leased_by where j.leased_until > now()",
      );
      return rows[0]?.pid ?? false;
    }, patience);
    const holder = workers.find((worker) => worker.pid === pid);
    const other = workers.find((worker) => worker.pid !== pid);
    if (!holder || !other) throw new Error("Somebody else holds the lease.");
    return { holder, other };
  }

  it("keep to their roles, and hand over within milliseconds", async () => {
    const { id, metadata } = await findSteadyCustomer(sandbox);
    const [worker] = workers;
    expect((await fetch(`${worker?.url}/webhooks/stripe`, { method: "POST" })).status).toBe(404);
    expect((await fetch(`${worker?.url}/api/pulse`)).status).toBe(404);
    expect((await fetch(`${worker?.url}/metrics`)).status).toBe(200);

    const since = sandbox.requests.lastSeq;
    sandbox.stripe.scenarios.paymentFails(id);
    await done();

    await expectContactsRight(sandbox);
    expect(contactOf(sandbox, metadata["user_id"] ?? "").custom_attributes["stripe_delinquent"]).toBe(true);
    expect(calls("PUT", /^\/contacts\//, since).length).toBeGreaterThan(0);
    expect(await counterOf(web.url, "dunlin_events_total")).toBeGreaterThan(0);
    expect(await counterOf(web.url, "dunlin_contact_writes_total")).toBe(0);
    const { rows } = await home.pool.query<{ lag_ms: number }>(
      "select lag_ms from contact_writes where lane = 0 order by id desc limit 1",
    );
    expect(rows[0]?.lag_ms).toBeLessThan(500);
  });

  it("go on within 15 seconds when the one that was writing is killed, with its duties", async () => {
    await Promise.all(workers.map(({ url }) => fetch(`${url}/ready`)));
    sandbox.faults.add({ vendor: "intercom", kind: "slow", delayMs: 4_000, method: "PUT" });
    const customers = sandbox.stripe.world.tables.customers.all();
    for (const { id } of customers) sandbox.stripe.scenarios.addCredit(id, 100);
    const { holder, other } = await findHolder();
    await holder.kill();
    const diedMs = performance.now();
    sandbox.faults.clear();

    await eventually(async () => expect(await countUnfinished(home.pool)).toBe(0), takeover);
    await eventually(
      async () => {
        const { rows } = await home.pool.query<{ pid: number }>(
          "select n.pid from duties d join nodes n on n.id = d.node where d.name = 'poll-events:main' and d.held_until > now()",
        );
        expect(rows).toEqual([{ pid: other.pid }]);
      },
      { ...takeover, withinMs: 15_000 - (performance.now() - diedMs) },
    );
    await expectContactsRight(sandbox);
    expect(await listDeadLetters(home.pool)).toEqual([]);
    await eventually(async () => {
      const alive = (await readNodes(web.url)).filter(({ state, role }) => state === "alive" && role === "worker");
      expect(alive.map(({ pid, share }) => ({ pid, share }))).toEqual([{ pid: other.pid, share: 1 }]);
    }, takeover);
  });

  it("let a worker that stood still for fifteen seconds write nothing that is older than what is there", async () => {
    const { id, metadata } = await findSteadyCustomer(sandbox);
    const userId = metadata["user_id"] ?? "";
    // A changed name is looked at before it is written: the worker stops between looking and writing.
    sandbox.faults.add({
      vendor: "intercom",
      kind: "slow",
      delayMs: 2_000,
      method: "GET",
      pathPattern: "^/contacts/",
      count: 1,
    });
    sandbox.stripe.scenarios.updateCustomer(id, { name: "First Name" });
    const { holder } = await findHolder();
    process.kill(holder.pid, "SIGSTOP");
    const since = sandbox.requests.lastSeq;
    sandbox.stripe.scenarios.updateCustomer(id, { name: "Second Name" });
    await eventually(() => expect(contactOf(sandbox, userId).name).toBe("Second Name"), takeover);

    process.kill(holder.pid, "SIGCONT");
    // Once it takes part again it has done whatever it was about to do.
    await eventually(async () => {
      const awake = (await readNodes(web.url)).find(({ pid }) => pid === holder.pid);
      expect(Date.now() - Date.parse(awake?.seenAt ?? "")).toBeLessThan(3_000);
    }, takeover);
    await done();
    sandbox.stripe.scenarios.addCredit(id, 100);
    await done();

    const names = calls("PUT", /^\/contacts\//, since).flatMap(
      ({ body }) => JSON.stringify(body).match(/(First|Second) Name/g) ?? [],
    );
    expect(names).toEqual(["Second Name"]);
    expect(contactOf(sandbox, userId).name).toBe("Second Name");
    await expectContactsRight(sandbox);
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });

  it("put right what a worker recorded too late, because it stood still in the middle of a call", async () => {
    const { id, metadata } = await findSteadyCustomer(sandbox);
    const userId = metadata["user_id"] ?? "";
    const balance = (): unknown => contactOf(sandbox, userId).custom_attributes["stripe_account_balance"];
    const since = sandbox.requests.lastSeq;
    sandbox.faults.add({ vendor: "intercom", kind: "slow", delayMs: 1_500, method: "PUT", count: 1 });
    sandbox.stripe.scenarios.addCredit(id, 100);
    const { holder } = await findHolder();
    await eventually(() => expect(balance()).toBe(-1), takeover);
    process.kill(holder.pid, "SIGSTOP");
    sandbox.stripe.scenarios.addCredit(id, 100);
    await eventually(() => expect(balance()).toBe(-2), takeover);

    process.kill(holder.pid, "SIGCONT");
    // The write of the one that stood still is on record, and the contact was read again before anybody relies on it.
    await eventually(async () => {
      const { rows } = await home.pool.query(
        "select from contact_writes where changes like '%stripe_account_balance%-1%'",
      );
      expect(rows.length).toBeGreaterThan(0);
      expect(calls("GET", /^\/contacts\//, since).length).toBeGreaterThan(0);
    }, takeover);
    await done();
    const { rows } = await home.pool.query<{ known: string }>("select known from identities where customer_id = $1", [
      id,
    ]);
    expect(JSON.parse(rows[0]?.known ?? "").custom["stripe_account_balance"]).toBe(-2);
    await expectContactsRight(sandbox);
  });
});
