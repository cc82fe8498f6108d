/** The physical floor of one write: a flush to this disk and two exchanges over loopback. */
import { open } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Client } from "undici";
import { machineMs } from "./clock.ts";
import { percentile, round } from "./figures.ts";
import { temporaryFolder } from "./processes.ts";

export type Floor = { readonly fdatasyncMs: number; readonly exchangeMs: number; readonly sumMs: number };

const times = 300;

/** Medians of an idle moment: one fdatasync of 8 kB, one small POST over a kept connection, and the sum with two of these. */
export async function measureFloor(): Promise<Floor> {
  const fdatasyncMs = await measureFlush(join(await temporaryFolder(), "flush"));
  const exchangeMs = await measureExchange();
  return { fdatasyncMs: round(fdatasyncMs), exchangeMs: round(exchangeMs), sumMs: round(fdatasyncMs + 2 * exchangeMs) };
}

async function measureFlush(path: string): Promise<number> {
  const file = await open(path, "w");
  const block = Buffer.alloc(8192, 1);
  try {
    return await medianOf(async (index) => {
      await file.write(block, 0, block.length, (index % 128) * block.length);
      await file.datasync();
    });
  } finally {
    await file.close();
  }
}

async function measureExchange(): Promise<number> {
  const server = createServer((request, response) => {
    request.resume().once("end", () => response.end("{}"));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = new Client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    return await medianOf(async () => {
      const { body } = await client.request({ method: "POST", path: "/", body: "{}" });
      await body.dump();
    });
  } finally {
    await client.close();
    server.close();
  }
}

async function medianOf(act: (index: number) => Promise<void>): Promise<number> {
  const samples = new Float64Array(times);
  for (let index = 0; index < times; index += 1) {
    const startedMs = machineMs();
    await act(index);
    samples[index] = machineMs() - startedMs;
  }
  return percentile(samples.sort(), 0.5);
}
