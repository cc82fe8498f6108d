/** The sandbox's one HTTP port: reads requests, lets planted faults happen, writes answers. */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { FaultRule, Faults } from "./faults.ts";
import type { RequestLog } from "./request-log.ts";
import type { SandboxRequest, SandboxResponse, Vendor } from "./types.ts";

const BODY_MAX_BYTES = 10 * 1024 * 1024;
const SLOW_DEFAULT_MS = 5000;
const HTML_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>";

type Handler = { handle(request: SandboxRequest): Promise<SandboxResponse> | SandboxResponse };

export type ServerParts = {
  readonly stripe: Vendor;
  readonly intercom: Vendor;
  readonly control: Handler;
  readonly faults: Faults;
  readonly requests: RequestLog;
};

type Exchange = { readonly request: SandboxRequest; readonly reply: ServerResponse; readonly parts: ServerParts };

/** Starts listening on 127.0.0.1; port 0 takes a free one. */
export function listen(parts: ServerParts, port: number): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 30_000, noDelay: true }, (incoming, reply) => {
    answer(parts, incoming, reply).catch((error: unknown) => {
      if (!incoming.complete) return; // the caller hung up in the middle of the request
      console.error(`The sandbox failed at ${incoming.method} ${incoming.url}:`, error);
      if (!reply.headersSent) write(reply, { status: 500, body: { error: { message: "The sandbox itself failed." } } });
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve(server);
    });
  });
}

async function answer(parts: ServerParts, incoming: IncomingMessage, reply: ServerResponse): Promise<void> {
  const request = await read(incoming);
  const vendor = vendorOf(parts, request);
  if (vendor === undefined) {
    write(reply, await parts.control.handle(request));
    return;
  }
  const fault = parts.faults.strike(vendor.name, request);
  const exchange = { request, reply, parts };
  const status = fault === undefined ? await serve(vendor, exchange) : await sabotage(vendor, exchange, fault);
  parts.requests.add({
    at: Date.now(),
    vendor: vendor.name,
    method: request.method,
    path: request.path,
    query: request.query.toString(),
    body: loggedBody(request),
    status,
  });
}

function vendorOf(parts: ServerParts, { path }: SandboxRequest): Vendor | undefined {
  // Stripe's pages for customers lie under /p/.
  if (["/v1/", "/v2/", "/p/"].some((start) => path.startsWith(start))) return parts.stripe;
  if (path === "/" || path.startsWith("/control/") || path === "/control" || path.startsWith("/assets/"))
    return undefined;
  return parts.intercom;
}

async function serve(vendor: Vendor, { request, reply }: Exchange): Promise<number> {
  const response = await vendor.handle(request);
  write(reply, response);
  return response.status;
}

/** Lets one fault happen; returns the status that the client saw, 0 for a cut connection. */
async function sabotage(vendor: Vendor, exchange: Exchange, fault: FaultRule): Promise<number> {
  const { request, reply } = exchange;
  switch (fault.kind) {
    case "status":
      return refuse(vendor, reply, fault);
    case "status-after":
      await vendor.handle(request);
      return refuse(vendor, reply, fault);
    case "html":
      write(reply, { status: fault.status ?? 200, headers: { "content-type": "text/html" }, body: HTML_PAGE });
      return fault.status ?? 200;
    case "reset-before":
      reply.socket?.resetAndDestroy();
      return 0;
    case "reset-after":
      await vendor.handle(request);
      reply.socket?.resetAndDestroy();
      return 0;
    case "slow":
      return writeSlowly(reply, await vendor.handle(request), fault.delayMs ?? SLOW_DEFAULT_MS);
    case "truncate":
      return writeHalf(reply, await vendor.handle(request));
  }
}

function refuse(vendor: Vendor, reply: ServerResponse, { status = 500 }: FaultRule): number {
  write(reply, vendor.errorResponse?.(status) ?? { status, body: { error: { message: "Planted fault." } } });
  return status;
}

function write(reply: ServerResponse, response: SandboxResponse): void {
  const body = writeHead(reply, response);
  reply.end(body);
}

/** The head and half of the body at once, the rest after the delay. */
function writeSlowly(reply: ServerResponse, response: SandboxResponse, delayMs: number): number {
  const body = writeHead(reply, response);
  const half = Math.floor(body.length / 2);
  reply.write(body.subarray(0, half));
  const timer = setTimeout(() => reply.end(body.subarray(half)), delayMs);
  reply.once("close", () => clearTimeout(timer));
  return response.status;
}

/** Half of the promised body, then the connection is gone. */
function writeHalf(reply: ServerResponse, response: SandboxResponse): number {
  const body = writeHead(reply, response);
  reply.write(body.subarray(0, Math.floor(body.length / 2)), () => reply.socket?.destroy());
  return 0;
}

function writeHead(reply: ServerResponse, response: SandboxResponse): Buffer {
  const { status, headers, body } = response;
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(text);
  reply.writeHead(status, { "content-type": "application/json", ...headers, "content-length": bytes.length });
  return bytes;
}

async function read(incoming: IncomingMessage): Promise<SandboxRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size > BODY_MAX_BYTES) throw new Error("The request body is larger than 10 MB.");
    chunks.push(chunk);
  }
  const target = incoming.url ?? "/";
  const cut = target.indexOf("?");
  return {
    method: incoming.method ?? "GET",
    path: cut < 0 ? target : target.slice(0, cut),
    query: new URLSearchParams(cut < 0 ? "" : target.slice(cut + 1)),
    headers: flatten(incoming.headers),
    rawBody: Buffer.concat(chunks),
  };
}

function flatten(headers: IncomingMessage["headers"]): Record<string, string | undefined> {
  const flat: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  return flat;
}

function loggedBody({ rawBody, headers }: SandboxRequest): unknown {
  if (rawBody.length === 0) return undefined;
  const text = rawBody.toString("utf8");
  if (headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
