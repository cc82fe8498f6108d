/** A process of its own: the least that could be called durable ingest. node:http, HMAC, one insert for all that waits. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { openEmbedded } from "../../src/db/embedded.ts";
import { createPool } from "../../src/db/pool.ts";
import type { ReferenceOrder, ReferenceReady } from "./reference.ts";

type Waiting = { readonly id: string; readonly body: Buffer; readonly response: ServerResponse };

const flushesMax = 2;
const quiet = { info: () => undefined, warn: () => undefined };

async function serve({ dataDir, secret }: ReferenceOrder): Promise<void> {
  const database = await openEmbedded({ dataDir, database: "reference", log: quiet, own: false });
  const pool = createPool(database.connection, { max: flushesMax });
  await pool.query(
    "create table inbox (id text primary key, body bytea not null, received_at timestamptz not null default now())",
  );
  await pool.query("alter table inbox alter column body set storage external");

  let waiting: Waiting[] = [];
  let flushing = 0;
  const flush = async (): Promise<void> => {
    if (flushing >= flushesMax || waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    flushing += 1;
    const text = "insert into inbox (id, body) select * from unnest($1::text[], $2::bytea[]) on conflict do nothing";
    await pool.query({ name: "insert", text, values: [batch.map(({ id }) => id), batch.map(({ body }) => body)] });
    flushing -= 1;
    for (const { response } of batch) response.end("{}");
    void flush();
  };
  const isGenuine = (request: IncomingMessage, body: Buffer): boolean => {
    const [, signedS = "", signature = ""] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request.headers["stripe-signature"])) ?? [];
    const expected = createHmac("sha256", secret).update(`${signedS}.`).update(body).digest();
    return timingSafeEqual(expected, Buffer.from(signature, "hex"));
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      // The body is not even read as JSON: its id stands at the top.
      const id = /"id": "(evt_\w+)"/.exec(body.toString("latin1", 0, 200))?.[1];
      if (id === undefined || !isGenuine(request, body)) {
        response.writeHead(400).end();
        return;
      }
      waiting.push({ id, body, response });
      setImmediate(() => void flush());
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  process.once("SIGTERM", () => {
    server.closeAllConnections();
    void pool
      .end()
      .then(() => database.stop())
      .then(() => process.exit(0));
  });
  const ready: ReferenceReady = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
  process.send?.(ready);
}

process.once("message", (order: ReferenceOrder) => void serve(order));
