/** The door to Stripe against a real server on this machine: what is sent, and what is made of each answer. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from "undici";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createStripeClient, isLiveKey, type StripeClient, type StripeClientSettings } from "./client.ts";
import { readList, readObject } from "./objects.ts";

type Asked = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
};

let server: Server;
let baseUrl: string;
let asked: Asked[] = [];
/** What the server answers, one after the other; the last one for ever. */
let answers: ((request: Asked, response: ServerResponse) => void)[] = [];

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  baseUrl = `http://127.0.0.1:${address.port}`;
});
beforeEach(() => {
  asked = [];
  answers = [];
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  const one = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
  asked.push(one);
  const next = answers.length > 1 ? answers.shift() : answers[0];
  next?.(one, response);
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): (typeof answers)[number] {
  return (_request, response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

const failure = (status: number, error: Record<string, unknown> = {}): (typeof answers)[number] =>
  json(status, { error: { type: "invalid_request_error", message: "no", ...error } });

function client(parts: Partial<StripeClientSettings> = {}): StripeClient {
  return createStripeClient({ apiKey: "rk_test_secret", apiVersion: "2026-10-28.endive", baseUrl, ...parts });
}

describe("a request", () => {
  it("carries key and pinned version, and answers the object with a second that it was surely read in or after", async () => {
    answers = [json(200, { id: "cus_1", object: "customer" }, { date: "Sat, 21 Nov 2026 23:00:00 GMT" })];
    const got = await client().get("/v1/customers/cus_1");

    expect(got).toEqual({
      body: { id: "cus_1", object: "customer" },
      answeredS: Date.UTC(2026, 10, 21, 23) / 1000 - 1,
    });
    expect(asked[0]).toMatchObject({
      method: "GET",
      url: "/v1/customers/cus_1",
      headers: { authorization: "Bearer rk_test_secret", "stripe-version": "2026-10-28.endive" },
    });
  });

  it("writes lists and leaves out what is not set", async () => {
    answers = [json(200, {})];
    await client().get("/v1/charges", { limit: 1, "expand[]": undefined, expand: ["data.customer", "data.invoice"] });

    expect(new URLSearchParams(asked[0]?.url.split("?")[1]).getAll("expand[]")).toEqual([
      "data.customer",
      "data.invoice",
    ]);
    expect(asked[0]?.url).not.toContain("undefined");
  });

  it("carries the idempotency key of a write", async () => {
    answers = [json(200, { id: "we_1" })];
    await client().post(
      "/v1/webhook_endpoints",
      { url: "https://example.com", enabled_events: ["a", "b"] },
      "dunlin-1",
    );

    expect(asked[0]).toMatchObject({ method: "POST", headers: { "idempotency-key": "dunlin-1" } });
    expect(decodeURIComponent(asked[0]?.body ?? "")).toContain("enabled_events[0]=a");
  });

  it("arrives although Intercom's client has brought undici along, which takes over Node's own fetch", async () => {
    const before = getGlobalDispatcher();
    setGlobalDispatcher(new Agent());
    try {
      answers = [json(200, { id: "we_1" })];
      await client().post("/v1/webhook_endpoints", { url: "https://example.com" }, "dunlin-2");
      await client().get("/v1/account");
    } finally {
      setGlobalDispatcher(before);
    }

    expect(asked.map(({ method }) => method)).toEqual(["POST", "GET"]);
  });

  it("goes below a path in front of the API", async () => {
    answers = [json(200, { id: "cus_1" })];
    await client({ baseUrl: `${baseUrl}/stripe/` }).get("/v1/customers/cus_1", { limit: 2 });

    expect(asked[0]?.url).toBe("/stripe/v1/customers/cus_1?limit=2");
  });

  it.each([
    ["/v1/customers/cus_Nx1", "GET /v1/customers/{id}"],
    ["/v1/payment_intents", "GET /v1/payment_intents"],
    ["/v1/subscriptions/sub_1?expand[]=x", "GET /v1/subscriptions/{id}"],
    ["/v1/products/gold", "GET /v1/products/{id}"],
    ["/v1/products/Gold-Plan", "GET /v1/products/{id}"],
    ["/v1/billing/meters", "GET /v1/billing/meters"],
    ["/v1/account", "GET /v1/account"],
  ])("%s is counted as %s, so that ids never become labels", async (path, endpoint) => {
    const calls: unknown[] = [];
    answers = [json(200, {})];
    await client({ onCall: (call) => calls.push(call) }).get(path);

    expect(calls).toEqual([{ method: "GET", endpoint, status: 200 }]);
  });
});

describe("a refusal", () => {
  it.each([
    [401, {}, "STRIPE_UNAUTHORIZED"],
    [
      403,
      { message: "Having the 'rak_charge_read' permission would allow this request to continue." },
      "STRIPE_FORBIDDEN",
    ],
    [404, { code: "resource_missing" }, "STRIPE_NOT_FOUND"],
    [400, {}, "STRIPE_REJECTED"],
    [402, { type: "card_error" }, "STRIPE_REJECTED"],
  ])("%d is not repeated", async (status, error, code) => {
    answers = [failure(status, error)];

    await expect(client().get("/v1/charges")).rejects.toMatchObject({ code });
    expect(asked).toHaveLength(1);
  });

  it("of one moment is repeated until it passes", async () => {
    const calls: unknown[] = [];
    answers = [failure(429), json(200, { id: "cus_1" })];
    const got = await client({ onCall: ({ status }) => calls.push(status) }).get("/v1/customers/cus_1");

    expect(got.body).toEqual({ id: "cus_1" });
    expect(calls).toEqual([429, 200]);
  });

  it("keeps the key out of its message", async () => {
    answers = [failure(401, { message: "Invalid API Key provided: rk_test_secret" })];
    const error: unknown = await client()
      .get("/v1/charges")
      .catch((thrown: unknown) => thrown);

    expect(error instanceof Error ? error.message : "").not.toContain("rk_test_secret");
  });
});

describe("readObject", () => {
  it("answers null for what Stripe has no more, or says was deleted", async () => {
    answers = [failure(404, { code: "resource_missing" })];
    expect(await readObject(client(), "customer", "cus_1")).toMatchObject({ object: null });
    answers = [json(200, { id: "cus_1", deleted: true })];
    expect(await readObject(client(), "customer", "cus_1")).toMatchObject({ object: null });
  });

  it("does not let an id become a path", async () => {
    answers = [json(200, { id: "x" })];
    await readObject(client(), "product", "../customers?limit=1");

    expect(asked[0]?.url).toBe("/v1/products/..%2Fcustomers%3Flimit%3D1");
  });
});

describe("readList", () => {
  it("reads to the end, page by page", async () => {
    answers = [
      json(200, { data: [{ id: "a" }, { id: "b" }], has_more: true }),
      json(200, { data: [{ id: "c" }], has_more: false }),
    ];

    expect(await readList(client(), "/v1/refunds", { charge: "ch_1" })).toEqual([
      { id: "a" },
      { id: "b" },
      { id: "c" },
    ]);
    expect(asked.map(({ url }) => new URL(url, baseUrl).searchParams.get("starting_after"))).toEqual([null, "b"]);
    expect(asked.every(({ url }) => url.includes("limit=100") && url.includes("charge=ch_1"))).toBe(true);
  });

  it("ends when a page that claims to have more is empty", async () => {
    answers = [json(200, { data: [], has_more: true })];

    expect(await readList(client(), "/v1/refunds", {})).toEqual([]);
  });
});

describe("isLiveKey", () => {
  it.each([
    ["sk_live_1", true],
    ["rk_live_1", true],
    ["sk_test_1", false],
    ["rk_test_live_1", false],
    ["nonsense", false],
  ])("%s: %s", (key, live) => {
    expect(isLiveKey(key)).toBe(live);
  });
});
