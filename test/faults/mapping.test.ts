/** The mapping changes while work goes on, nodes die and nodes stand still: at the end every contact shows what its last version asks for. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MappingDocument } from "../../contract/mapping.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { findVersion } from "../../src/documents/store.ts";
import { presetDocument } from "../../src/mapping/default-document.ts";
import { queuePeople } from "../../src/queue/sync-jobs.ts";
import { listFailedSlowJobs } from "../../src/queue/slow-jobs.ts";
import { saveMapping, readMappingDocument } from "../../src/upkeep/mapping/save-mapping.ts";
import { countUnfinished, createHome, listDeadLetters, type Home } from "../support/home.ts";
import { freePort } from "../support/ports.ts";
import { startDunlinProcess, type DunlinProcess } from "../support/process.ts";
import { openSandbox } from "../support/sandbox.ts";
import type { Settings } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

const patience = { withinMs: 40_000, everyMs: 25 };

let sandbox: Sandbox;
let home: Home;
let running: DunlinProcess[] = [];

beforeEach(async () => {
  [sandbox, home] = await Promise.all([openSandbox({ customers: 14 }), createHome()]);
});

afterEach(async () => {
  await Promise.all(running.map((node) => node.kill()));
  running = [];
  await sandbox.close();
  await home.remove();
});

async function start(port: number, env: Settings = {}): Promise<DunlinProcess> {
  const settings = { DATABASE_URL: home.databaseUrl, ...env };
  const node = await startDunlinProcess({ sandboxUrl: sandbox.url, dataDir: home.dataDir, port, env: settings });
  running.push(node);
  return node;
}

async function settled(): Promise<void> {
  await eventually(async () => {
    expect(sandbox.deliveries.pending).toBe(0);
    expect(await countJobs()).toBe(0);
    expect(await phases()).not.toContainEqual(expect.stringMatching(/preparing|looking|writing|retiring/));
  }, patience);
  expect(await listDeadLetters(home.pool)).toEqual([]);
}

/** A slow job in whose place another was added while its node was killed stays behind, and is nobody's work. */
async function countJobs(): Promise<number> {
  const { rows } = await home.pool.query("select key from graphile_worker.jobs where attempts >= max_attempts");
  expect(await listFailedSlowJobs(home.pool, 10)).toEqual([]);
  return (await countUnfinished(home.pool)) - rows.length;
}

async function phases(): Promise<readonly string[]> {
  const { rows } = await home.pool.query<{ phase: string }>("select phase from mapping_rollouts order by version");
  return rows.map(({ phase }) => phase);
}

type Edition = { readonly names: readonly string[]; readonly retired?: readonly string[]; readonly letter: string };

/** The usual attributes, and some that show the same letter on everybody. */
function documentOf({ names, letter, retired = [] }: Edition): MappingDocument {
  const usual = presetDocument("stripe");
  const own = names.map((name) => ({ name, cel: `"${letter}"`, type: "string", purpose: "Tell versions apart." }));
  return readMappingDocument({ ...usual, attributes: [...usual.attributes, ...own], retired });
}

async function save(edition: Edition): Promise<number> {
  const basedOn = await findVersion(home.pool, "mapping");
  return saveMapping(home.pool, { document: documentOf(edition), basedOn, by: "test" });
}

/** What contacts that are linked show under this name, each once. */
async function shown(name: string): Promise<readonly unknown[]> {
  const { rows } = await home.pool.query<{ id: string }>(
    "select contact_id as id from identities where state = 'linked' and contact_id is not null",
  );
  const linked = new Set(rows.map(({ id }) => id));
  expect(linked.size).toBeGreaterThan(5);
  const all = sandbox.intercom.contacts().filter(({ id, state }) => state === "live" && linked.has(id));
  return [...new Set(all.map(({ custom_attributes: own }) => own[name] ?? null))];
}

function touchEverybody(cents: number): void {
  for (const { id } of sandbox.stripe.world.tables.customers.all()) sandbox.stripe.scenarios.addCredit(id, cents);
}

function slowWrites(delayMs: number, count?: number): void {
  const pathPattern = "^/contacts/";
  const fault = { vendor: "intercom", kind: "slow", delayMs, method: "PUT", pathPattern } as const;
  sandbox.faults.add(count === undefined ? fault : { ...fault, count });
}

const A = { names: ["edition"], letter: "A" };
const B = { names: ["edition"], letter: "B" };

describe("a mapping that changes", () => {
  let port: number;
  beforeEach(async () => {
    port = await freePort();
    await start(port);
    await settled();
    await save(A);
    await settled();
    expect(await shown("edition")).toEqual(["A"]);
  });

  it("back again while the first change is on its way to Intercom", async () => {
    slowWrites(1_500);
    const seq = sandbox.requests.lastSeq;
    await save(B);
    await eventually(async () => {
      const { rows } = await home.pool.query("select from sync_jobs where leased_by is not null");
      expect(rows.length).toBeGreaterThan(5);
    }, patience);
    await save(A);
    await eventually(async () => expect((await phases()).at(-1)).toMatch(/writing|retiring|done/), patience);
    sandbox.faults.clear();
    await settled();
    expect(await shown("edition")).toEqual(["A"]);
    expect(sandbox.requests.since(seq).length).toBeGreaterThan(0);
  });

  it("over and over while events arrive and the node is killed in the middle", async () => {
    for (const [index, edition] of [B, A, B, A, B].entries()) {
      await save(edition);
      touchEverybody(100 + index);
      if (index % 2 === 0) {
        await eventually(async () => expect((await phases()).at(-1)).not.toBe("preparing"), patience);
        await running.pop()?.kill();
        await start(port);
      }
    }
    await settled();
    expect(await shown("edition")).toEqual(["B"]);
  });

  it("and takes a name out, and brings it back", async () => {
    await save({ names: [], letter: "-", retired: ["edition"] });
    await settled();
    expect(await shown("edition")).toEqual([null]);
    await save(B);
    await settled();
    expect(await shown("edition")).toEqual(["B"]);
    await save({ names: [], letter: "-", retired: ["edition"] });
    await save(A);
    touchEverybody(100);
    await settled();
    expect(await shown("edition")).toEqual(["A"]);
  });
});

describe("two nodes, of which one stands still while the mapping changes", () => {
  it("show what its last version asks for", async () => {
    const [port, other] = await Promise.all([freePort(), freePort()]);
    const env = { PUBLIC_URL: `http://127.0.0.1:${port}` };
    const [, slow] = [await start(port, env), await start(other, env)];
    await settled();
    await save(A);
    await settled();
    for (const [index, edition] of [B, A, B].entries()) {
      process.kill(slow.pid, "SIGSTOP");
      await save(edition);
      await eventually(async () => expect((await phases()).at(-1)).toBe("done"), patience);
      touchEverybody(100 + index);
      process.kill(slow.pid, "SIGCONT");
      touchEverybody(200 + index);
      await settled();
      expect(await shown("edition")).toEqual([edition.letter]);
    }
  });

  it("write nothing by the former one when they wake up with everything to do", async () => {
    const [port, other] = await Promise.all([freePort(), freePort()]);
    const env = { PUBLIC_URL: `http://127.0.0.1:${port}` };
    const [quick, slow] = [await start(port, env), await start(other, env)];
    await settled();
    await save(A);
    await settled();
    process.kill(slow.pid, "SIGSTOP");
    await save(B);
    await eventually(async () => expect((await phases()).at(-1)).toBe("done"), patience);
    await quick.kill();
    const { rows } = await home.pool.query<{ customerId: string }>(
      `select customer_id as "customerId" from identities where state = 'linked'`,
    );
    const customers = rows.map(({ customerId }) => ({ account: "main", customerId }));
    const seq = sandbox.requests.lastSeq;
    await queuePeople(home.pool, { customers, lane: "urgent" });
    process.kill(slow.pid, "SIGCONT");
    await settled();

    expect(await shown("edition")).toEqual(["B"]);
    const bodies = sandbox.requests.since(seq).map(({ body }) => JSON.stringify(body ?? null));
    expect(bodies.filter((body) => body.includes('"edition":"A"'))).toEqual([]);
  });
});
