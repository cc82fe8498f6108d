import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { RateBudget } from "./budget.ts";
import { createIntercomClient, type IntercomCall, type IntercomClient, type IntercomRequest } from "./client.ts";
import { IntercomNotFound, IntercomRateLimited, IntercomUnavailable } from "./failure.ts";

const contact = { id: "6762f0dd1bb69f9f2193bb83" };
const path = "/contacts/{id}";
const params = { id: contact.id };
const schema = z.object({ id: z.string() });
const json = { "content-type": "application/json" } as const;

const read: IntercomRequest<z.infer<typeof schema>> = {
  method: "GET",
  path,
  params,
  lane: "urgent",
  schema,
  effect: "read",
};
const write: typeof read = { ...read, method: "PUT", body: { name: "Ada" }, effect: "idempotent" };
const onceOnly: typeof read = { ...read, method: "POST", body: { name: "Ada" }, effect: "once" };

let cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of cleanUp) await close();
  cleanUp = [];
});

describe("a request", () => {
  it("carries token, version and body below the base URL's own path", async () => {
    const seen: unknown[] = [];
    const { client } = await connect((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const { authorization, "intercom-version": version, "user-agent": agent, accept } = request.headers;
        seen.push({ method: request.method, url: request.url, authorization, version, agent, accept, body });
        response.writeHead(200, { ...json, "x-request-id": "req-1" }).end(JSON.stringify({ ...contact, more: 1 }));
      });
    });

    const reply = await client.request({ ...write, query: { a: "b c", none: undefined } });

    expect(reply.data).toEqual(contact);
    expect(reply.requestId).toBe("req-1");
    expect(seen).toEqual([
      {
        method: "PUT",
        url: `/prefix/contacts/${contact.id}?a=b%20c`,
        authorization: "Bearer secret-token",
        version: "2.16",
        agent: "dunlin/1.2.3",
        accept: "application/json",
        body: '{"name":"Ada"}',
      },
    ]);
  });

  it("asks for the version Preview only where that is said", async () => {
    const versions: unknown[] = [];
    const { client } = await connect((request, response) => {
      versions.push(request.headers["intercom-version"]);
      response.writeHead(200, json).end(JSON.stringify(contact));
    });

    for (const request of [read, { ...write, preview: "Do without." }, write]) await client.request(request);
    expect(versions).toEqual(["2.16", "Preview", "2.16"]);
  });

  it("takes an empty answer as undefined", async () => {
    const { client } = await connect((_, response) => response.writeHead(202).end());
    const reply = await client.request({ ...write, schema: z.undefined() });
    expect(reply.data).toBeUndefined();
  });

  it("reports each call by its template, without ids or token", async () => {
    const { client, calls } = await connect((_, response) => response.writeHead(404, json).end("{}"));
    await expect(client.request(read)).rejects.toBeInstanceOf(IntercomNotFound);
    expect(calls).toEqual([{ method: "GET", path, status: 404, durationMs: expect.any(Number), requestId: null }]);
  });

  it("refuses to build a path with a missing value", async () => {
    const { client } = await connect((_, response) => response.end());
    await expect(client.request({ ...read, params: {} })).rejects.toThrow("needs a value for id");
  });
});

describe("an answer that never comes whole", () => {
  it.each([
    ["a body that stalls", slowBody],
    ["a body that is cut off", truncated],
    ["HTML with status 200", html],
    ["JSON of another shape", otherShape],
    ["a page of more than two megabytes", tooLong],
    ["status 500 with broken JSON", brokenJson500],
    ["a redirect", (_, response) => response.writeHead(302, { location: "/login" }).end()],
  ] satisfies [string, RequestListener][])("is transient: %s", async (_, listener) => {
    const { client } = await connect(listener, { timeoutMs: 300 });
    await expect(client.request(read)).rejects.toMatchObject({ code: "INTERCOM_UNAVAILABLE", ambiguous: false });
    await expect(client.request(write)).rejects.toMatchObject({ kind: "transient", ambiguous: true });
    await expect(client.request(onceOnly)).rejects.toMatchObject({ ambiguous: true });
  });

  it("keeps no part of the body in message or cause", async () => {
    const { client } = await connect((_, response) => response.writeHead(200).end("<p>ada@example.com</p>"));
    const error = await client.request(read).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(IntercomUnavailable);
    if (!(error instanceof Error)) return;
    expect(`${error.message} ${String(error.cause)}`).not.toContain("ada@");
  });

  it("is not ambiguous when nobody listens", async () => {
    const { client, server } = await connect(() => undefined);
    await closeServer(server);
    await expect(client.request(onceOnly)).rejects.toMatchObject({ kind: "transient", ambiguous: false });
  });

  it("ends at once when the call is called off", async () => {
    const { client } = await connect(() => undefined);
    const abort = new AbortController();
    const pending = client.request({ ...onceOnly, signal: abort.signal });
    setImmediate(() => abort.abort());
    await expect(pending).rejects.toBeInstanceOf(IntercomUnavailable);
  });
});

describe("a connection that is reset before an answer", () => {
  it("is tried again once for what may be repeated", async () => {
    for (const request of [read, write]) {
      const server = resetting(1);
      const { client } = await connect(server.listener);
      expect((await client.request(request)).data).toEqual(contact);
      expect(server.received()).toBe(2);
    }
  });

  it("is not tried a third time", async () => {
    const server = resetting(9);
    const { client } = await connect(server.listener);
    await expect(client.request(write)).rejects.toMatchObject({ kind: "transient", ambiguous: true });
    expect(server.received()).toBe(2);
  });

  it("is never repeated for what must happen once", async () => {
    const server = resetting(1);
    const { client } = await connect(server.listener);
    await expect(client.request(onceOnly)).rejects.toMatchObject({ ambiguous: true });
    expect(server.received()).toBe(1);
  });
});

describe("a 429", () => {
  it("stops all further calls until the reset", async () => {
    const now = Date.now();
    const { client, budget } = await connect((_, response) => {
      const resetS = Math.ceil(now / 1000) + 5;
      const rate = { "x-ratelimit-limit": "100", "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(resetS) };
      response
        .writeHead(429, { ...json, ...rate })
        .end('{"type":"error.list","errors":[{"code":"rate_limit_exceeded"}]}');
    });
    const error = await client.request(read).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(IntercomRateLimited);
    expect(error).toMatchObject({ kind: "transient", vendorCode: "rate_limit_exceeded" });
    expect(budget.available("urgent")).toBe(0);
  });
});

function slowBody(...[, response]: Parameters<RequestListener>): void {
  response.writeHead(200, json).write('{"id":');
}

function truncated(...[, response]: Parameters<RequestListener>): void {
  response.writeHead(200, { ...json, "content-length": "500" }).write('{"id":"x"}', () => response.destroy());
}

function html(...[, response]: Parameters<RequestListener>): void {
  response.writeHead(200, { "content-type": "text/html" }).end("<html>Maintenance</html>");
}

function otherShape(...[, response]: Parameters<RequestListener>): void {
  response.writeHead(200, json).end('{"type":"something.else"}');
}

function tooLong(...[, response]: Parameters<RequestListener>): void {
  response.on("error", () => undefined);
  response.writeHead(200, json).end(`"${"x".repeat(3_000_000)}"`);
}

function brokenJson500(...[, response]: Parameters<RequestListener>): void {
  response.writeHead(500, json).end('{"type":"error.l');
}

/** Reads whole requests and drops the connection for the first `times` of them. */
function resetting(times: number): { listener: RequestListener; received: () => number } {
  let received = 0;
  const listener: RequestListener = (request, response) => {
    request.resume().on("end", () => {
      received += 1;
      if (received <= times) request.socket.resetAndDestroy();
      else response.writeHead(200, json).end(JSON.stringify(contact));
    });
  };
  return { listener, received: () => received };
}

async function connect(
  listener: RequestListener,
  settings: { timeoutMs?: number } = {},
): Promise<{ client: IntercomClient; budget: RateBudget; calls: IntercomCall[]; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const budget = new RateBudget();
  const calls: IntercomCall[] = [];
  const client = createIntercomClient({
    baseUrl: `http://127.0.0.1:${portOf(server)}/prefix/`,
    token: "secret-token",
    budget,
    appVersion: "1.2.3",
    onCall: (call) => calls.push(call),
    ...settings,
  });
  cleanUp.push(
    () => client.close(),
    () => closeServer(server),
  );
  return { client, budget, calls, server };
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("The server does not listen on a port.");
  return address.port;
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
