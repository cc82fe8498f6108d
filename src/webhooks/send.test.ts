/** Calls of the business's addresses: signed, only where they may lead, and judged by the answer alone. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { kindOf } from "../model/error.ts";
import { signatureOf, webhookSecretOf, WebhookSender, type WebhookCall } from "./send.ts";

/** What names resolve to in this file; no test asks a real resolver. */
const names = new Map<string, readonly string[]>();

type Answer = (reply: ServerResponse) => void;
type Heard = { readonly request: IncomingMessage; readonly body: string };

let answer: Answer;
let heard: Heard[];
let url: string;
const sender = new WebhookSender({ secret: "s", allowPrivate: true, timeoutMs: 300 });
const careful = new WebhookSender({
  secret: "s",
  allowPrivate: false,
  timeoutMs: 300,
  resolve: (name, _options, done) => {
    const found = names.get(name);
    if (!found) return done(new Error(`${name} is not known`), []);
    done(
      null,
      found.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  },
});
const server = createServer((request, reply) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => void chunks.push(chunk));
  request.on("end", () => {
    heard.push({ request, body: Buffer.concat(chunks).toString("utf8") });
    answer(reply);
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The receiver has no port.");
  url = `http://127.0.0.1:${address.port}/hook?from=dunlin`;
});
beforeEach(() => {
  heard = [];
  answer = (reply) => void reply.writeHead(204).end();
});
afterEach(() => names.clear());
afterAll(async () => {
  await Promise.all([sender.close(), careful.close()]);
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
});

const call = (parts: Partial<WebhookCall> = {}): WebhookCall => ({
  url,
  id: "eff_1",
  body: '{"id":"eff_1"}',
  nowS: 1_790_000_000,
  ...parts,
});

/** The code of what a call fails with, and what is to be done about it; null when it was accepted. */
async function failureOf(by: WebhookSender, parts: Partial<WebhookCall> = {}): Promise<unknown> {
  return by.send(call(parts)).then(
    () => null,
    (error: unknown) => [Reflect.get(Object(error), "code"), kindOf(error)],
  );
}

const answered =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (reply) =>
    void reply.writeHead(status, headers).end("an answer that nobody reads");

describe("a call", () => {
  it("says what it is, with a signature of its time and body", async () => {
    await sender.send(call());

    const [one] = heard;
    expect(one?.body).toBe('{"id":"eff_1"}');
    expect(one?.request).toMatchObject({ method: "POST", url: "/hook?from=dunlin" });
    expect(one?.request.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": "Dunlin",
      "dunlin-delivery": "eff_1",
      "dunlin-signature":
        // printf '1790000000.{"id":"eff_1"}' | openssl dgst -sha256 -hmac s
        "t=1790000000,v1=06a51742984ce076c130a9369b12c12fb0f69e039520e9fb4dce3cbb5f96a782",
    });
  });

  it("has a signature that only the secret gives", () => {
    const signed = { nowS: 1, body: "{}" };

    expect(signatureOf("s", signed)).not.toBe(signatureOf("t", signed));
    expect(signatureOf("s", signed)).not.toBe(signatureOf("s", { ...signed, nowS: 2 }));
    // printf 'dunlin webhooks' | openssl dgst -sha256 -hmac server -binary | base64 | tr +/ -_ | tr -d =
    expect(webhookSecretOf("server")).toBe("yhjmQVaoUvvI5Vsek4FPMAVHnTnWLhOsGgaNS3-aJzw");
  });
});

describe("the answer", () => {
  it.each([200, 201, 202, 204])("%i is acceptance", async (status) => {
    answer = answered(status);

    expect(await failureOf(sender)).toBeNull();
  });

  it.each([400, 401, 403, 404, 410, 422])("%i is a refusal, which is not repeated", async (status) => {
    answer = answered(status);

    expect(await failureOf(sender)).toEqual(["WEBHOOK_REFUSED", "permanent"]);
  });

  it.each([408, 425, 429, 500, 502, 503, 504])("%i asks to come again", async (status) => {
    answer = answered(status);

    expect(await failureOf(sender)).toEqual(["WEBHOOK_UNAVAILABLE", "transient"]);
  });

  it.each([301, 302, 303, 307, 308])("%i leads nowhere: no redirect is followed", async (status) => {
    answer = answered(status, { location: url });

    expect(await failureOf(sender)).toEqual(["WEBHOOK_REFUSED", "permanent"]);
    expect(heard).toHaveLength(1);
  });

  it("that does not come in time counts as none", async () => {
    answer = () => undefined;

    expect(await failureOf(sender)).toEqual(["WEBHOOK_UNAVAILABLE", "transient"]);
  });

  it("counts from its first line, however long the rest takes", async () => {
    answer = (reply) => void reply.writeHead(200).write("and then nothing");

    expect(await failureOf(sender)).toBeNull();
  });

  it("that breaks off counts as none", async () => {
    answer = (reply) => void reply.destroy();

    expect(await failureOf(sender)).toEqual(["WEBHOOK_UNAVAILABLE", "transient"]);
  });

  it("of a receiver that is not there is to be had later", async () => {
    expect(await failureOf(sender, { url: "http://127.0.0.1:1/" })).toEqual(["WEBHOOK_UNAVAILABLE", "transient"]);
  });
});

describe("an address that is not on the public internet", () => {
  const forbidden = ["WEBHOOK_FORBIDDEN", "permanent"];

  it.each([
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://0/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://[::1]/",
    "http://[::]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://localhost/",
    "http://localhost./",
    "http://LOCALHOST/",
    "http://intranet/",
    "http://metadata.google.internal/",
    "http://①②⑦.⓪.⓪.①/",
    "http://user:password@127.0.0.1/",
  ])("is not called: %s", async (address) => {
    expect(await failureOf(careful, { url: address })).toEqual(forbidden);
    expect(heard).toEqual([]);
  });

  it.each([
    ["one private address", ["127.0.0.1"]],
    ["a private one beside a public one", ["93.184.216.34", "10.0.0.1"]],
    ["an IPv6 one", ["::1"]],
    ["one of IPv4 within IPv6", ["::ffff:127.0.0.1"]],
    ["that of a cloud's metadata", ["169.254.169.254"]],
  ])("is not called behind a name of %s", async (_what, addresses) => {
    names.set("hooks.example.com", addresses);

    expect(await failureOf(careful, { url: url.replace("127.0.0.1", "hooks.example.com") })).toEqual(forbidden);
    expect(heard).toEqual([]);
  });

  it("is told from a name that nobody knows, which is tried again", async () => {
    expect(await failureOf(careful, { url: "http://nobody.example.com/" })).toEqual([
      "WEBHOOK_UNAVAILABLE",
      "transient",
    ]);
  });
});
