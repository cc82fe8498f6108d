/** What has failed for good is mended and sent through again, and what is right is not written twice. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deadList, replayed, type DeadList, type Replayed } from "../../contract/dead.ts";
import { somethingHappens } from "../../sandbox/company/bustle.ts";
import { SeededRandom } from "../../sandbox/kernel/random.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, listStoredEvents, type Home } from "../support/home.ts";
import { runCommand, type CommandResult } from "../support/process.ts";
import { attributesOf, findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import { environmentFor, startDunlin, type Dunlin, type Settings } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

describe("replaying", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;
  let env: Settings;
  const taken = new Set<string>();

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 12 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home });
    env = {
      ...environmentFor(sandbox.url, dunlin.port),
      DUNLIN_DATA_DIR: home.dataDir,
      DATABASE_URL: home.databaseUrl,
    };
    await dunlin.settled();
    const random = new SeededRandom(11);
    for (let n = 0; n < 40; n += 1) somethingHappens({ stripe: sandbox.stripe, random });
    await dunlin.settled(30_000);
  }, 60_000);

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  async function somebody(): Promise<{ readonly id: string; readonly userId: string }> {
    const { id, metadata } = await findSteadyCustomer(sandbox, (candidate) => !taken.has(candidate));
    taken.add(id);
    return { id, userId: metadata["user_id"] ?? "" };
  }

  async function post(request: object): Promise<Replayed> {
    const answer = await fetch(`${dunlin.url}/api/replay`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
    });
    const body: unknown = await answer.json();
    if (answer.status !== 202) throw new Error(`${answer.status}: ${JSON.stringify(body)}`);
    return replayed.parse(body);
  }

  async function listDead(): Promise<DeadList> {
    return deadList.parse(await (await fetch(`${dunlin.url}/api/dead`)).json());
  }

  /** Everything that Intercom was asked to change, without what it was only asked about. */
  function writesSince(seq: number): readonly string[] {
    return sandbox.requests
      .since(seq)
      .filter(({ method, path }) => method !== "GET" && !path.startsWith("/v1/") && path !== "/contacts/search")
      .map(({ method, path }) => `${method} ${path}`);
  }

  it("every event there is writes nothing, and leaves on record what each of them changed", async () => {
    const ids = [...(await listStoredEvents(home.pool))];
    expect(ids.length).toBeGreaterThan(100);
    const [before, seq] = [await readRecord(), sandbox.requests.lastSeq];

    const { queued, refused } = await post({ events: ids });
    expect(queued).toHaveLength(ids.length);
    expect(refused).toEqual([]);
    await dunlin.settled(60_000);
    expect(writesSince(seq)).toEqual([]);
    const after = await readRecord();
    for (const [id, { state, changes }] of before) {
      expect(after.get(id)?.state).toBe(state);
      expect(after.get(id)?.changes.slice(0, changes.length)).toEqual(changes);
    }
    await expectContactsRight(sandbox);
  });

  /** What each event that changed something is said to have changed. */
  async function readRecord(): Promise<ReadonlyMap<string, { readonly state: string; readonly changes: unknown[] }>> {
    const { rows } = await home.pool.query<{ id: string; state: string; changes: unknown[] }>(
      "select id, state, changes::jsonb as changes from stripe_events where changes is not null",
    );
    return new Map(rows.map(({ id, ...record }) => [id, record]));
  }

  it("every customer writes nothing either", async () => {
    const { rows } = await home.pool.query<{ customer_id: string }>("select customer_id from identities");
    const seq = sandbox.requests.lastSeq;
    await post({ customers: rows.map(({ customer_id: id }) => id) });
    await dunlin.settled(60_000);
    expect(writesSince(seq)).toEqual([]);
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });

  it("a customer brings in what no event ever told", async () => {
    const { id, userId } = await somebody();
    await home.pool.query(
      "update stripe_objects set facts = replace(facts, '\"active\"', '\"paused\"') where customer_id = $1",
      [id],
    );
    await home.pool.query("update stripe_objects set as_of_s = as_of_s - 1 where customer_id = $1", [id]);
    sandbox.stripe.scenarios.addCredit(id, 100);
    await eventually(() => expect(attributesOf(sandbox, userId)["status"]).toBe("paused"), { withinMs: 15_000 });

    const { exitCode, output } = await runCommand(["replay", "customer", id], env);
    expect({ exitCode, output }).toMatchObject({ exitCode: 0, output: expect.stringContaining(`Queued 1: ${id}`) });
    await eventually(() => expect(attributesOf(sandbox, userId)["status"]).toBe("active"), { withinMs: 10_000 });
    await dunlin.settled();
    await expectContactsRight(sandbox);
  });

  it("a contact that Intercom refused arrives once the cause is gone", async () => {
    const { id, userId } = await somebody();
    sandbox.faults.add({ vendor: "intercom", method: "PUT", pathPattern: "^/contacts/", kind: "status", status: 400 });
    sandbox.stripe.scenarios.paymentFails(id);
    await eventually(async () => expect((await listDead()).letters.map((letter) => letter.id)).toEqual([id]), {
      withinMs: 10_000,
    });
    const shown = await dead("show", id);
    expect(shown.output).toContain("INTERCOM_REJECTED");
    expect(shown.output).toContain("Correct the value in Stripe");

    sandbox.faults.clear();
    const { output } = await dead("list");
    expect(output).toContain("dunlin replay dead --kind sync --code INTERCOM_REJECTED");
    const { exitCode } = await runCommand(["replay", "dead", "--code", "INTERCOM_REJECTED"], env);
    expect(exitCode).toBe(0);
    await eventually(() => expect(attributesOf(sandbox, userId)["status"]).toBe("past_due"), { withinMs: 10_000 });
    expect((await dead("list")).output).toContain("There are no dead letters.");
  });

  it("an event that could not be looked at is applied once Stripe answers", async () => {
    const { id, userId } = await somebody();
    sandbox.stripe.scenarios.refund(id);
    await dunlin.settled();
    const paid = Number(attributesOf(sandbox, userId)["total_paid"]);
    sandbox.faults.add({
      vendor: "stripe",
      method: "GET",
      pathPattern: "^/v1/(refunds|charges)",
      kind: "status",
      status: 400,
    });
    sandbox.stripe.scenarios.refundFails(id);
    await eventually(async () => expect((await listDead()).letters.length).toBeGreaterThan(0), { withinMs: 10_000 });
    await eventually(() => expect(sandbox.deliveries.pending).toBe(0), { withinMs: 10_000 });
    const letters = (await listDead()).letters;
    expect(letters.every(({ kind, code }) => kind === "event" && code === "STRIPE_REJECTED")).toBe(true);

    sandbox.faults.clear();
    await post({ dead: { all: true, kind: "event" } });
    await dunlin.settled(30_000);
    expect(Number(attributesOf(sandbox, userId)["total_paid"])).toBeGreaterThan(paid);
    expect(await listDead()).toEqual({ letters: [], counts: [] });
    await expectContactsRight(sandbox);
  });

  it("says what it cannot replay, and asks what is meant", async () => {
    const unknown = await runCommand(["replay", "event", "evt_nowhere"], env);
    expect(unknown).toMatchObject({ exitCode: 1, output: expect.stringContaining("No event evt_nowhere is stored") });
    const vague = await runCommand(["replay", "dead"], env);
    expect(vague).toMatchObject({ exitCode: 1, output: expect.stringContaining("--all") });
    await expect(post({ everything: true })).rejects.toThrow("REQUEST_INVALID");
  });

  it("waits for the next start when no server runs", async () => {
    const { id, userId } = await somebody();
    sandbox.faults.add({ vendor: "intercom", method: "PUT", pathPattern: "^/contacts/", kind: "status", status: 400 });
    sandbox.stripe.scenarios.paymentFails(id);
    await eventually(async () => expect((await listDead()).letters).toHaveLength(1), { withinMs: 10_000 });
    const { port } = dunlin;
    await dunlin.stop();
    sandbox.faults.clear();

    expect(await runCommand(["replay", "dead", id], env)).toMatchObject({ exitCode: 0 });
    dunlin = await startDunlin({ sandbox, home, port });
    await eventually(() => expect(attributesOf(sandbox, userId)["status"]).toBe("past_due"), { withinMs: 10_000 });
    expect(await listDead()).toEqual({ letters: [], counts: [] });
  });

  function dead(...args: readonly string[]): Promise<CommandResult> {
    return runCommand(["dead", ...args], env);
  }
});
