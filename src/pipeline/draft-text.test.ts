/** Asking a model: over HTTP, with a key that is never sent in the open; whatever goes wrong, the rule's own text is sent. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { draftText, type DraftSettings } from "./draft-text.ts";
import type { DraftOrder } from "../rules/draft/draft.ts";

const order: DraftOrder = {
  base: "<p>Hello, you owe €49.00.</p>",
  instruction: "Be brief.",
  facts: {},
  language: "en",
};

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A model on this machine. */
async function modelThat(answers: RequestListener, timeoutSeconds = 5): Promise<DraftSettings> {
  const server = createServer(answers);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  const model = { url: `http://127.0.0.1:${address.port}/v1`, name: "small-model", timeoutSeconds };
  return { model, apiKey: "key-123" };
}

function say(response: ServerResponse, content: unknown): void {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ choices: [{ message: { role: "assistant", content } }] }));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}

describe("a model that answers", () => {
  it("is asked with the prompt and its key, and phrases the message", async () => {
    const seen: { url: string | undefined; authorization: string | undefined; body: string }[] = [];
    const settings = await modelThat((request, response) => {
      void bodyOf(request).then((body) => {
        seen.push({ url: request.url, authorization: request.headers.authorization, body });
        say(response, "Hi there! €49.00 is still open.");
      });
    });

    expect(await draftText(settings, order)).toEqual({
      text: "<p>Hi there! €49.00 is still open.</p><p>This message was written with the help of AI.</p>",
      byModel: true,
    });
    expect(seen).toMatchObject([{ url: "/v1/chat/completions", authorization: "Bearer key-123" }]);
    expect(JSON.parse(seen[0]?.body ?? "")).toMatchObject({
      model: "small-model",
      messages: [{ role: "system" }, { role: "user" }],
    });
  });

  it("is not believed when it names another figure", async () => {
    const settings = await modelThat((_, response) => say(response, "You owe €490.00."));
    expect(await draftText(settings, order)).toEqual({
      text: order.base,
      byModel: false,
      why: "The language model's text was not taken: it says “€490.00”, which is not among the facts.",
    });
  });
});

describe("a model that does not answer", () => {
  it.each<[string, string, RequestListener]>([
    ["an unknown key", "The language model refused the key (401); see AI_API_KEY.", failing(401)],
    ["no such model", "The language model answered with 404.", failing(404)],
    ["no content", "The language model's answer cannot be read.", (_, response) => say(response, null)],
    ["a page", "The language model's answer cannot be read.", (_, response) => void response.end("<html></html>")],
    [
      "a redirect",
      "The language model could not be reached.",
      (_, response) => void response.writeHead(302, { location: "/x" }).end(),
    ],
    ["a broken connection", "The language model could not be reached.", (request) => void request.socket.destroy()],
    [
      "headers alone",
      "The language model took too long.",
      (_, response) => response.writeHead(200, { "content-type": "application/json" }).flushHeaders(),
    ],
  ])("leaves the text as it is: %s", async (_, why, answers) => {
    const settings = await modelThat(answers, 0.3);
    expect(await draftText(settings, order)).toEqual({ text: order.base, byModel: false, why });
  });

  it("is asked once more when it is busy", async () => {
    let calls = 0;
    const settings = await modelThat((_, response) => {
      calls += 1;
      if (calls === 1) response.writeHead(503, { "retry-after-ms": "1" }).end();
      else say(response, "Hello.");
    });
    expect(await draftText(settings, order)).toMatchObject({ byModel: true });
    expect(calls).toBe(2);
  });

  it("is not asked at all", async () => {
    expect(await draftText({ model: undefined, apiKey: "key-123" }, order)).toMatchObject({
      byModel: false,
      why: "The rules name no language model.",
    });
    const model = { url: "http://model.example.com/v1", name: "x", timeoutSeconds: 1 };
    expect(await draftText({ model, apiKey: "key-123" }, order)).toMatchObject({
      byModel: false,
      why: "The language model's address must begin with https:// unless it is on a private network.",
    });
  });
});

function failing(status: number): RequestListener {
  return (_, response) =>
    void response.writeHead(status, { "content-type": "application/json" }).end('{"error":{"message":"no"}}');
}
