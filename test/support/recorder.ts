/** Stands between Dunlin and the sandbox and keeps every request with its headers. */
import { createServer, request as send, type IncomingMessage, type ServerResponse } from "node:http";

export type Exchange = {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
};

export type Recorder = {
  readonly url: string;
  /** Everything so far, oldest first. */
  exchanges(): readonly Exchange[];
  close(): Promise<void>;
};

/** Starts recording what goes to this address. */
export async function startRecorder(targetUrl: string): Promise<Recorder> {
  const exchanges: Exchange[] = [];
  const server = createServer((incoming, reply) => {
    readAll(incoming).then(
      (body) => {
        exchanges.push(exchangeOf(incoming, body));
        passOn(incoming, reply, { body, targetUrl });
      },
      () => reply.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The recorder has no port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    exchanges: () => exchanges,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function passOn(
  { url, method, headers }: IncomingMessage,
  reply: ServerResponse,
  { body, targetUrl }: { readonly body: Buffer; readonly targetUrl: string },
): void {
  const outgoing = send(new URL(url ?? "/", targetUrl), { method, headers }, (answer) => {
    reply.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(reply);
  });
  outgoing.on("error", () => reply.destroy());
  outgoing.end(body);
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function exchangeOf({ method = "GET", url = "/", headers }: IncomingMessage, body: Buffer): Exchange {
  const { pathname, searchParams } = new URL(url, "http://recorder");
  const flat = Object.entries(headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value] as const,
  );
  return {
    method,
    path: pathname,
    query: searchParams,
    headers: Object.fromEntries(flat),
    body: body.toString("utf8"),
  };
}
