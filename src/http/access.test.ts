/** Who may see pages and admin API: the machine itself, a token, a session; nobody who only looks like one of them. */
import cookie from "@fastify/cookie";
import fastify, { type FastifyInstance, type InjectOptions } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashToken } from "../lib/hash.ts";
import { Access, sessionCookie } from "./access.ts";
import { answerFailures } from "./failure.ts";

const token = "a-token-of-at-least-24-characters";
const access = new Access(hashToken(token), { trustLocal: true });
const session = access.openSession(token) ?? "";

let server: FastifyInstance;
let strict: FastifyInstance;

beforeAll(async () => {
  server = await serverOf(access);
  strict = await serverOf(new Access(hashToken(token), { trustLocal: false }));
});
afterAll(() => Promise.all([server.close(), strict.close()]));

async function serverOf(guarding: Access): Promise<FastifyInstance> {
  const made = fastify();
  answerFailures(made);
  await made.register(cookie);
  made.get("/api/x", { preHandler: guarding.guard }, async () => ({ fine: true }));
  made.post("/api/x", { preHandler: guarding.guard }, async () => ({ fine: true }));
  return made;
}

/** What came of a request: 200, or the error's code. */
async function ask(options: Partial<InjectOptions>, of = server): Promise<string> {
  const answer = await of.inject({ method: "GET", url: "/api/x", ...options });
  const body: unknown = answer.json();
  return answer.statusCode === 200
    ? "200"
    : `${answer.statusCode} ${JSON.stringify(body).match(/"code":"(\w+)"/)?.[1]}`;
}

const away = { remoteAddress: "192.0.2.7" };
const here = { remoteAddress: "127.0.0.1" };
const refused = "401 ADMIN_TOKEN_REQUIRED";

describe("somebody on this machine", () => {
  it.each(["localhost", "localhost:4242", "127.0.0.1:4242", "127.1.2.3", "[::1]:4242"])(
    "is let in at %s",
    async (host) => {
      expect(await ask({ ...here, headers: { host } })).toBe("200");
    },
  );

  it.each(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])("is let in from %s", async (remoteAddress) => {
    expect(await ask({ remoteAddress, headers: { host: "localhost:4242" } })).toBe("200");
  });

  it.each([
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example:4242",
    "localhost:4242@evil.example",
    "localhost:x",
    "[::1].evil.example",
    "0.0.0.0:4242",
  ])("is not let in under a name that was pointed at this machine: %s", async (host) => {
    expect(await ask({ ...here, headers: { host } })).toBe(refused);
  });

  it.each(["forwarded", "x-forwarded-for", "x-real-ip", "via", "cf-connecting-ip"])(
    "is not let in through a proxy, which says so in %s",
    async (name) => {
      expect(await ask({ ...here, headers: { host: "localhost:4242", [name]: "127.0.0.1" } })).toBe(refused);
    },
  );

  it("is not trusted where that is switched off", async () => {
    expect(await ask({ ...here, headers: { host: "localhost:4242" } }, strict)).toBe(refused);
    expect(await ask({ ...here, headers: { host: "localhost:4242", authorization: `Bearer ${token}` } }, strict)).toBe(
      "200",
    );
  });
});

describe("somebody elsewhere", () => {
  it.each(["192.0.2.7", "10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "1127.0.0.1"])(
    "is not let in from %s, whatever the Host header says",
    async (remoteAddress) => {
      expect(await ask({ remoteAddress, headers: { host: "localhost:4242" } })).toBe(refused);
    },
  );

  it.each<[string, Record<string, string>, string]>([
    ["the token", { authorization: `Bearer ${token}` }, "200"],
    ["a wrong token", { authorization: `Bearer ${token}x` }, refused],
    ["the token's hash", { authorization: `Bearer ${hashToken(token)}` }, refused],
    ["another scheme", { authorization: `Basic ${token}` }, refused],
    ["an empty token", { authorization: "Bearer " }, refused],
    ["the session", { cookie: `${sessionCookie}=${session}` }, "200"],
    ["a wrong session", { cookie: `${sessionCookie}=${session.slice(1)}0` }, refused],
    ["the token as a session", { cookie: `${sessionCookie}=${token}` }, refused],
    ["an empty session", { cookie: `${sessionCookie}=` }, refused],
    ["nothing", {}, refused],
  ])("with %s", async (_with, headers, expected) => {
    expect(await ask({ ...away, headers })).toBe(expected);
  });
});

describe("a session", () => {
  it("is opened with the token only", () => {
    expect(access.openSession(token)).toMatch(/^[0-9a-f]{64}$/);
    expect([access.openSession(""), access.openSession("x"), access.openSession(hashToken(token))]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("tells nothing of the token, and is worthless once the token has changed", () => {
    expect(session).not.toContain(hashToken(token));
    expect(
      new Access(hashToken("another-token-of-24-chars"), { trustLocal: true }).openSession("another-token-of-24-chars"),
    ).not.toBe(session);
  });
});

describe("a change", () => {
  const signedIn = { host: "dunlin.example", cookie: `${sessionCookie}=${session}` };
  const foreign = "403 FOREIGN_ORIGIN";

  it.each<[string, Record<string, string>, string]>([
    ["from our own page", { origin: "https://dunlin.example" }, "200"],
    ["from a program, which names no origin", {}, "200"],
    ["from our own page in a browser that names no origin", { "sec-fetch-site": "same-origin" }, "200"],
    ["from another site", { origin: "https://evil.example" }, foreign],
    ["from another port of this host", { origin: "https://dunlin.example:8443" }, foreign],
    ["from a host that begins like ours", { origin: "https://dunlin.example.evil.example" }, foreign],
    ["from a page without an origin", { origin: "null" }, foreign],
    ["from another site in a browser that names no origin", { "sec-fetch-site": "cross-site" }, foreign],
    ["from a site of the same domain", { "sec-fetch-site": "same-site" }, foreign],
  ])("%s", async (_where, headers, expected) => {
    expect(await ask({ ...away, method: "POST", headers: { ...signedIn, ...headers } })).toBe(expected);
  });

  it("is refused from another site on this machine too", async () => {
    expect(
      await ask({ ...here, method: "POST", headers: { host: "localhost:4242", origin: "http://localhost:3000" } }),
    ).toBe(foreign);
    expect(
      await ask({ ...here, method: "POST", headers: { host: "localhost:4242", origin: "http://localhost:4242" } }),
    ).toBe("200");
  });

  it("needs access before anything else", async () => {
    expect(await ask({ ...away, method: "POST", headers: { origin: "https://evil.example" } })).toBe(refused);
  });
});
