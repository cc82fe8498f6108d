/** Calls of the business's addresses through the ledger: one delivery has one id, however often it has to be tried. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { mint, until } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { startEffectWorker, type RunningEffectWorker } from "../../test/support/effect-worker.ts";
import { addressOf } from "../../test/support/home.ts";
import type { EffectDetails } from "../../contract/effect.ts";
import { transaction } from "../db/transaction.ts";
import { claimEffects, getEntry, markSent, planEffects } from "../effects/store.ts";
import { WebhookSender } from "../webhooks/send.ts";

const secret = "the secret of this test";

type Delivery = { readonly headers: IncomingHttpHeaders; readonly body: string };

let database: TestDatabase;
let running: RunningEffectWorker;
let url: string;
/** What the receiver answers next; 204 when nothing is left. */
let answers: number[];
let deliveries: Delivery[];
const sender = new WebhookSender({ secret, allowPrivate: true });
const careful = new WebhookSender({ secret, allowPrivate: false });
const receiver = createServer((request, reply) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => void chunks.push(chunk));
  request.on("end", () => {
    deliveries.push({ headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
    reply.writeHead(answers.shift() ?? 204).end();
  });
});

beforeAll(async () => {
  database = await createTestDatabase();
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const address = receiver.address();
  if (address === null || typeof address === "string") throw new Error("The receiver has no port.");
  url = `http://127.0.0.1:${address.port}/dunlin`;
  running = start("w1", sender);
});
beforeEach(() => {
  answers = [];
  deliveries = [];
});
afterAll(async () => {
  await running.stop();
  await Promise.all([sender.close(), careful.close()]);
  await new Promise((resolve) => {
    receiver.close(resolve);
    receiver.closeAllConnections();
  });
  await database.drop();
});

/** Nothing here calls Intercom. */
function start(node: string, webhooks: Pick<WebhookSender, "send">): RunningEffectWorker {
  const databaseUrl = addressOf(database.config);
  return startEffectWorker({ databaseUrl, sandboxUrl: "http://127.0.0.1:1", node, webhooks });
}

async function plan(): Promise<string> {
  const effect = { kind: "webhook", url, facts: { plan: "Pro", customer_id: "cus_1" } } as const;
  const entry = { account: "main", customerId: mint("cus"), key: mint("rule:1:"), lane: "urgent", effect } as const;
  const [planned] = await transaction(database.pool, (tx) => planEffects(tx, [entry]));
  return planned?.id ?? "";
}

/** Once the ledger has it so. What is due later is due now. */
async function once(id: string, state: EffectDetails["state"], by = running): Promise<EffectDetails> {
  await until(async () => {
    await database.pool.query("update effects set due_at = now() where due_at > now() and leased_by is null");
    by.worker.wake();
    return (await getEntry(database.pool, id)).state === state;
  });
  return getEntry(database.pool, id);
}

describe("a call of an address of the business", () => {
  it("tells its id, its key and its facts, signed", async () => {
    const id = await plan();
    const entry = await once(id, "confirmed");

    const [delivery] = deliveries;
    const body = delivery?.body ?? "";
    const told: unknown = JSON.parse(body);
    expect(told).toEqual({ id, key: entry.key, created: expect.any(Number), plan: "Pro", customer_id: "cus_1" });
    const signature = String(delivery?.headers["dunlin-signature"]);
    const at = /^t=(\d+),/.exec(signature)?.[1] ?? "";
    expect(signature).toBe(`t=${at},v1=${createHmac("sha256", secret).update(`${at}.${body}`).digest("hex")}`);
    expect(Math.abs(Date.now() / 1000 - Number(at))).toBeLessThan(60);
    expect(delivery?.headers).toMatchObject({ "content-type": "application/json", "dunlin-delivery": id });
    expect(deliveries).toHaveLength(1);
  });

  it("is repeated with the same id until it is accepted", async () => {
    answers = [503, 500, 429];
    const id = await plan();
    await once(id, "confirmed");

    expect(deliveries).toHaveLength(4);
    expect(new Set(deliveries.map(({ headers }) => headers["dunlin-delivery"]))).toEqual(new Set([id]));
    expect((await getEntry(database.pool, id)).attempt).toBe(4);
  });

  it("is not repeated when it is refused", async () => {
    answers = [410];
    const id = await plan();

    expect(await once(id, "failed")).toMatchObject({ error: { code: "WEBHOOK_REFUSED" } });
    expect(deliveries).toHaveLength(1);
  });

  it("is repeated with the same id when its node died before the answer was recorded", async () => {
    await running.stop();
    const id = await plan();
    const lanes = { from: 0, to: 2 };
    const [claimed] = await claimEffects(database.pool, { limit: 1, worker: "dead", leaseMs: 60_000, lanes });
    expect(claimed?.id).toBe(id);
    await markSent(database.pool, id, { worker: "dead", contactId: null, objectId: null, attempt: 0 });
    await sender.send({ url, id, body: "{}", nowS: 1 });
    await database.pool.query("update effects set leased_until = now() - interval '1 s' where leased_by = 'dead'");
    running = start("w2", sender);
    await once(id, "confirmed");

    expect(deliveries.map(({ headers }) => headers["dunlin-delivery"])).toEqual([id, id]);
  });

  it("into a private network is not made unless that is allowed", async () => {
    await running.stop();
    const id = await plan();
    running = start("w3", careful);

    expect(await once(id, "failed")).toMatchObject({ error: { code: "WEBHOOK_FORBIDDEN" } });
    expect(deliveries).toEqual([]);
  });
});
