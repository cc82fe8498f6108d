/** Stripe's door with a real receiver behind it: what gets in, and that nothing else leaves a trace. */
import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { presetMapping } from "../mapping/default-document.ts";
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { pino } from "pino";
import { Registry } from "prom-client";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { anEvent, bodyOf } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import type { Pool } from "../db/pool.ts";
import { hashToken } from "../lib/hash.ts";
import { EventReceiver } from "../pipeline/receive-event.ts";
import { Access } from "./access.ts";
import type { LinksDoor } from "./links.ts";
import { buildServer, type ApiSources } from "./server.ts";
import type { StripeDoor } from "./stripe-webhook.ts";

const secret = "whsec_9f3c2a71";
const nowS = 1_790_000_000;
const email = "jane.doe@example.com";

let database: TestDatabase;
let server: FastifyInstance;
let door: StripeDoor | undefined;
let isOpen = true;
let refusals: string[] = [];
/** What the door told of deliveries. */
let told: string[] = [];
let lines: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  server = await buildServer({
    log: pino({ level: "debug", base: null }, { write: (line) => lines.push(line) }),
    access: new Access(hashToken("unused"), { trustLocal: false }),
    stripe: { doors: () => (door ? [door] : []), isOpen: () => isOpen, nowMs: () => nowS * 1000 },
    intercom: { secret: () => undefined, receive: () => undefined },
    onRefused: (code) => refusals.push(code),
    readiness: async () => ({ ready: true, parts: {} }),
    registry: new Registry(),
    pulse: { read: () => Promise.reject(new Error("No test reads the page.")), nowMs: () => 0 },
    api: aSilentApi(database.pool),
    links: aSilentDoor(database.pool),
    doors: true,
    webFolder: "/nowhere",
    secure: false,
  });
});
beforeEach(async () => {
  const receiver = new EventReceiver({
    account: "main",
    pool: database.pool,
    settleMs: 0,
    onCommitted: () => undefined,
  });
  door = {
    names: ["main", "acct_1"],
    livemode: false,
    secrets: [secret],
    renewSecrets: async () => false,
    receiver,
    delivered: () => told.push("delivered"),
    refused: () => told.push("refused"),
  };
  told = [];
  isOpen = true;
  refusals = [];
  lines = [];
  await database.pool.query("truncate stripe_events, stripe_objects, sync_jobs");
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

function sign(body: Buffer | string, { key = secret, atS = nowS } = {}): string {
  return `t=${atS},v1=${createHmac("sha256", key).update(`${atS}.`).update(body).digest("hex")}`;
}

const customer = { id: "cus_1", object: "customer", email };
const genuine = bodyOf(anEvent({ id: "evt_genuine", object: customer }));

type Delivery = {
  readonly body?: Buffer | string | undefined;
  readonly signature?: string | undefined;
  readonly path?: string;
  readonly headers?: Record<string, string>;
};

/** A delivery, genuine in everything that the test does not say. */
function deliver(delivery: Delivery = {}): Promise<LightMyRequestResponse> {
  const { path = "/webhooks/stripe", headers = {} } = delivery;
  const body = "body" in delivery ? delivery.body : genuine;
  const signature = "signature" in delivery ? delivery.signature : sign(body ?? "");
  const signed = signature === undefined ? {} : { "stripe-signature": signature };
  const payload = body === undefined ? {} : { payload: body };
  return server.inject({
    method: "POST",
    url: path,
    headers: { "content-type": "application/json; charset=utf-8", ...signed, ...headers },
    ...payload,
  });
}

/** Rows of everything that a delivery could leave behind. */
async function traces(): Promise<number> {
  const { rows } = await database.pool.query<{ n: number }>(
    "select ((select count(*) from stripe_events) + (select count(*) from stripe_objects) + (select count(*) from sync_jobs))::int as n",
  );
  return rows[0]?.n ?? Number.NaN;
}

const codeIn = (answer: LightMyRequestResponse): unknown =>
  (answer.json<{ error?: { code?: unknown } }>().error ?? {}).code;

describe("a genuine delivery", () => {
  it("is stored before it is answered, byte for byte", async () => {
    const answer = await deliver();
    const { rows } = await database.pool.query("select id, state, body from stripe_events");

    expect([answer.statusCode, answer.json()]).toEqual([200, { received: true }]);
    expect(rows).toEqual([{ id: "evt_genuine", state: "applied", body: genuine }]);
    expect(refusals).toEqual([]);
  });

  it.each(["/webhooks/stripe/main", "/webhooks/stripe/acct_1"])("may come to %s", async (path) => {
    expect((await deliver({ path })).statusCode).toBe(200);
  });

  it("is stored once and answered 200 each time it is repeated", async () => {
    const answers = await Promise.all([deliver(), deliver(), deliver()]);
    answers.push(await deliver());

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
    expect((await database.pool.query("select 1 from stripe_events")).rowCount).toBe(1);
  });

  it("may be of any content type: only the bytes count", async () => {
    for (const type of ["application/json", "text/plain", "application/x-www-form-urlencoded"]) {
      expect((await deliver({ headers: { "content-type": type } })).statusCode).toBe(200);
    }
  });

  it("may be of a type that we do not use", async () => {
    const body = bodyOf(anEvent({ id: "evt_other", type: "payout.paid", object: { id: "po_1" } }));

    expect((await deliver({ body })).statusCode).toBe(200);
    expect((await database.pool.query("select state from stripe_events")).rows).toEqual([{ state: "skipped" }]);
  });

  it("may be signed with either of two secrets while one is being rolled", async () => {
    if (door) door = { ...door, secrets: ["whsec_new", secret] };

    expect((await deliver()).statusCode).toBe(200);
    expect((await deliver({ signature: sign(genuine, { key: "whsec_new" }) })).statusCode).toBe(200);
  });
});

const live = bodyOf(anEvent({ livemode: true, object: customer }));
const thin = JSON.stringify({
  id: "evt_1",
  object: "v2.core.event",
  type: "v1.customer.updated",
  created: "2026-11-21T00:00:00Z",
  email,
});
const huge = Buffer.alloc(1024 * 1024 + 1, email);

const bad: readonly [string, Delivery, number, string][] = [
  ["no signature", { signature: undefined }, 400, "STRIPE_SIGNATURE_MISSING"],
  ["nonsense for a signature", { signature: "nonsense" }, 400, "STRIPE_SIGNATURE_MISSING"],
  [
    "another endpoint's signature",
    { signature: sign(genuine, { key: "whsec_other" }) },
    400,
    "STRIPE_SIGNATURE_INVALID",
  ],
  ["the signature of another body", { signature: sign("{}") }, 400, "STRIPE_SIGNATURE_INVALID"],
  [
    "a signature of ten minutes ago",
    { signature: sign(genuine, { atS: nowS - 600 }) },
    400,
    "STRIPE_SIGNATURE_EXPIRED",
  ],
  [
    "a signature of ten minutes to come",
    { signature: sign(genuine, { atS: nowS + 600 }) },
    400,
    "STRIPE_SIGNATURE_EXPIRED",
  ],
  ["an event of live mode at a test account", { body: live }, 400, "STRIPE_MODE_MISMATCH"],
  ["a body of more than a megabyte", { body: huge }, 413, "PAYLOAD_TOO_LARGE"],
  ["signed text that is no JSON", { body: `${email} says hello` }, 400, "STRIPE_EVENT_INVALID"],
  ["signed JSON that is cut", { body: genuine.subarray(0, genuine.length - 9) }, 400, "STRIPE_EVENT_INVALID"],
  ["signed JSON that is no event", { body: JSON.stringify({ email }) }, 400, "STRIPE_EVENT_INVALID"],
  ["a thin event", { body: thin }, 400, "STRIPE_EVENT_INVALID"],
  ["an empty body", { body: "" }, 400, "REQUEST_INVALID"],
  ["no body", { body: undefined, signature: sign("") }, 400, "REQUEST_INVALID"],
  ["an account that nobody knows", { path: "/webhooks/stripe/acct_other" }, 404, "STRIPE_ACCOUNT_UNKNOWN"],
  ["an account with a name like a path", { path: "/webhooks/stripe/..%2Fmain" }, 404, "STRIPE_ACCOUNT_UNKNOWN"],
];

describe("a delivery that must not get in", () => {
  it.each(bad)("%s", async (_what, delivery, status, code) => {
    const answer = await deliver(delivery);

    expect([answer.statusCode, codeIn(answer)]).toEqual([status, code]);
    expect(await traces()).toBe(0);
    expect(refusals).toEqual([code]);
    expect(lines.filter((line) => line.includes(code))).toHaveLength(1);
    expect(lines.join("")).not.toMatch(/jane\.doe|whsec_|v1=[0-9a-f]{8}/);
    expect(answer.body).not.toMatch(/jane\.doe|whsec_|v1=[0-9a-f]{8}/);
  });

  it("is answered 503 while the account is still being connected, so that Stripe sends it again", async () => {
    door = undefined;
    const answer = await deliver();

    expect([answer.statusCode, codeIn(answer), await traces()]).toEqual([503, "NOT_READY", 0]);
  });

  it("is answered 404 where events are fetched and no webhook is in use", async () => {
    if (door) door = { ...door, secrets: [] };
    const answer = await deliver();

    expect([answer.statusCode, codeIn(answer)]).toEqual([404, "STRIPE_WEBHOOK_OFF"]);
  });

  it.each(["GET", "PUT", "DELETE", "PATCH"] as const)("is no delivery: %s", async (method) => {
    expect((await server.inject({ method, url: "/webhooks/stripe", headers: { host: "localhost" } })).statusCode).toBe(
      404,
    );
  });
});

describe("signed bodies that our database could not hold", () => {
  const long = randomBytes(9_000).toString("hex");

  it.each<[string, Parameters<typeof anEvent>[0]]>([
    ["a nought in the event's id", { id: "evt_\u0000" }],
    ["a nought in the type", { type: "customer.\u0000" }],
    ["a nought in the object's id", { object: { ...customer, id: "cus_\u0000" } }],
    [
      "a nought in the customer's id",
      { type: "customer.subscription.updated", object: { id: "sub_1", customer: "cus_\u0000" } },
    ],
    ["an object's id without end", { object: { ...customer, id: long } }],
    ["a customer's id without end", { type: "customer.subscription.updated", object: { id: "sub_1", customer: long } }],
  ])("are refused as invalid: %s", async (_what, parts) => {
    const answer = await deliver({ body: bodyOf(anEvent({ object: customer, ...parts })) });

    expect([answer.statusCode, codeIn(answer)]).toEqual([400, "STRIPE_EVENT_INVALID"]);
    expect(await traces()).toBe(0);
  });

  it("do not take genuine events down with them that arrive at the same moment", async () => {
    const poison = bodyOf(anEvent({ id: "evt_\u0000", object: customer }));
    const answers = await Promise.all([
      deliver({ body: poison }),
      ...Array.from({ length: 5 }, (_, index) =>
        deliver({ body: bodyOf(anEvent({ id: `evt_${index}`, object: { id: `cus_${index}` } })) }),
      ),
    ]);

    expect(answers.slice(1).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200]);
  });
});

describe("ten thousand hostile deliveries", () => {
  const text = genuine.toString("utf8");
  const nothingOf = fc.constantFrom(
    "",
    "null",
    "true",
    "0",
    "[]",
    "{}",
    '"',
    "{",
    "[[[[",
    "\u0000",
    "\uFEFF{}",
    '{"__proto__":{"id":"x"}}',
    '{"object":"event"}',
  );
  const broken = fc.oneof(
    nothingOf,
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.json({ maxDepth: 4 }),
    fc.nat({ max: text.length - 1 }).map((length) => text.slice(0, length)),
    fc
      .tuple(fc.constantFrom("id", "object", "type", "created", "livemode", "data"), fc.jsonValue())
      .map(([key, value]) => {
        const event: Record<string, unknown> = { ...JSON.parse(text) };
        return JSON.stringify({ ...event, [key]: key === "data" ? { object: [value] } : { odd: value } });
      }),
  );
  const forged = fc.tuple(
    fc.oneof(broken, fc.constant(text)),
    fc.oneof(
      fc.constantFrom("", "t=1,v1=00", `t=${nowS},v0=${"0".repeat(64)}`, `t=${nowS},v1=${"f".repeat(64)}`),
      fc.string({ maxLength: 60 }),
    ),
  );

  /** Header values that no client could send are left to the tests of the signature. */
  const sendable = (value: string): string => value.replaceAll(/[^\x20-\x7E]/g, "?");

  it("are each a refusal of the caller, and leave no row", async () => {
    const deliveries: Delivery[] = [
      ...fc.sample(broken, 5_000).map((body) => ({ body, signature: sign(body) })),
      ...fc.sample(forged, 5_000).map(([body, signature]) => ({ body, signature: sendable(signature) })),
    ];
    for (let from = 0; from < deliveries.length; from += 250) {
      const batch = deliveries.slice(from, from + 250);
      const statuses = await Promise.all(batch.map(async (delivery) => (await deliver(delivery)).statusCode));
      const wrong = statuses.findIndex((status) => status < 400 || status >= 500);
      expect(wrong === -1 ? "all refused" : `${statuses[wrong]} for ${JSON.stringify(batch[wrong])}`).toBe(
        "all refused",
      );
    }

    expect(await traces()).toBe(0);
    expect(lines.join("")).not.toContain("jane.doe");
  });
});

describe("a closed intake", () => {
  it("refuses a genuine delivery so that it comes again, and keeps nothing", async () => {
    isOpen = false;
    const answer = await deliver();

    expect(answer.statusCode).toBe(503);
    expect(answer.headers["retry-after"]).toBe("10");
    expect((await database.pool.query("select 1 from stripe_events")).rows).toEqual([]);
  });

  it("answers a forged one as ever", async () => {
    isOpen = false;

    expect((await deliver({ signature: sign(genuine, { key: "whsec_other" }) })).statusCode).toBe(400);
  });
});

describe("what the door tells", () => {
  it("a genuine delivery, so that the webhook is known to work", async () => {
    await deliver();
    expect(told).toEqual(["delivered"]);
  });

  it("a delivery that no secret of ours has signed", async () => {
    await deliver({ signature: sign(genuine, { key: "whsec_other" }) });
    expect(told).toEqual(["refused"]);
  });
});

describe("secrets that another node has changed", () => {
  const newSecret = "whsec_new_0001";
  const signature = sign(genuine, { key: newSecret });

  it("are read again before a delivery is refused", async () => {
    const secrets = [secret];
    const renewSecrets = async (): Promise<boolean> => secrets.push(newSecret) > 0;
    if (door) door = { ...door, secrets, renewSecrets };

    expect((await deliver({ signature })).statusCode).toBe(200);
  });

  it("do not let in what fits none of them", async () => {
    let reads = 0;
    const renewSecrets = async (): Promise<boolean> => (reads += 1) > 0;
    if (door) door = { ...door, renewSecrets };

    expect((await deliver({ signature })).statusCode).toBe(400);
    expect(reads).toBe(1);
  });
});

/** The door of customer links, which no delivery reaches. */
function aSilentDoor(pool: Pool): LinksDoor {
  return {
    pool,
    settings: null,
    nowMs: () => 0,
    stripe: () => undefined,
    log: pino({ level: "silent" }),
    savings: { pool, nowMs: () => 0, stripe: () => undefined, confirm: false },
    businessName: async () => null,
    secure: false,
  };
}

/** The admin API, which no delivery reaches. */
function aSilentApi(pool: Pool): ApiSources {
  const nobody = (): null => null;
  return {
    backfill: { pool, accounts: () => ["main"] },
    companies: { pool, companyUrl: nobody, onRenewed: nobody },
    dead: { pool, onReplayed: nobody },
    effects: { pool, onPlanned: nobody },
    explain: {
      pool,
      mapping: async () => presetMapping("stripe"),
      nowMs: () => 0,
      contactUrl: nobody,
      confirmedAt: async () => null,
    },
    identities: { pool, contactUrl: nobody },
    mapping: { pool, inForce: async () => presetMapping("stripe"), contexts: () => undefined, onSaved: nobody },
    nodes: { pool, node: "node-test", nowMs: () => 0 },
    pauses: { pool, onChanged: async () => undefined },
    openInvoice: { pool, mapping: async () => presetMapping("stripe"), stripe: () => undefined },
    plans: pool,
    reconcile: { pool },
    simulations: {
      pool,
      database: database.config,
      mapping: async () => presetMapping("stripe"),
      reporting: undefined,
      nowMs: () => 0,
    },
    rules: {
      pool,
      mapping: async () => presetMapping("stripe"),
      contexts: () => undefined,
      nowMs: () => 0,
      leave: {},
      onChanged: async () => undefined,
      onWoken: nobody,
    },
    savings: { pool, nowMs: () => 0, stripe: () => undefined, confirm: false },
    usage: {
      pool,
      nowMs: () => 0,
      token: undefined,
      rules: async () => presetMapping("stripe").document.usage,
      reading: () => undefined,
      onPushed: nobody,
      onCrossed: async () => undefined,
    },
  };
}
