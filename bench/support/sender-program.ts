/** A process of its own: sends signed deliveries, as fast as they are answered or at a given pace. */
import { createHmac } from "node:crypto";
import { Pool } from "undici";
import { machineMs } from "./clock.ts";
import type { Sending, Sent } from "./sender.ts";
import { bodyOf } from "./traffic.ts";

/** Room for the samples of a minute at several thousand a second. */
const samplesMax = 1_000_000;

class Sender {
  readonly #order: Sending;
  readonly #pools: readonly Pool[];
  readonly #path: string;
  readonly #sentMs: Float64Array;
  readonly #answeredMs: Float64Array;
  readonly #statuses = new Map<number, number>();
  #started = 0;

  constructor(order: Sending) {
    const url = new URL(order.url);
    this.#order = order;
    this.#path = url.pathname;
    const urls = [url, ...(order.furtherUrls ?? []).map((further) => new URL(further))];
    this.#pools = urls.map(
      ({ origin }) =>
        new Pool(origin, {
          connections: Math.ceil(order.connections / urls.length),
          pipelining: 1,
          headersTimeout: 30_000,
          bodyTimeout: 30_000,
        }),
    );
    const room = order.count ?? samplesMax;
    this.#sentMs = new Float64Array(room);
    this.#answeredMs = new Float64Array(room);
  }

  async run(): Promise<Sent> {
    const startedMs = machineMs();
    const endMs = startedMs + (this.#order.seconds ?? Infinity) * 1000;
    await (this.#order.rate === undefined ? this.#flood(endMs) : this.#pace(startedMs, endMs));
    const elapsedMs = machineMs() - startedMs;
    await Promise.all(this.#pools.map((pool) => pool.close()));
    return {
      elapsedMs,
      count: this.#started,
      sentMs: this.#sentMs.slice(0, this.#started),
      answeredMs: this.#answeredMs.slice(0, this.#started),
      statuses: Object.fromEntries(this.#statuses),
    };
  }

  #isOver(endMs: number): boolean {
    return this.#started >= this.#sentMs.length || machineMs() >= endMs;
  }

  /** Every connection sends its next event when the last one is answered. */
  async #flood(endMs: number): Promise<void> {
    const connection = async (): Promise<void> => {
      while (!this.#isOver(endMs)) await this.#send(this.#started++);
    };
    await Promise.all(Array.from({ length: this.#order.connections }, connection));
  }

  /** Sends at the pace whatever the server does: a slow answer does not make the next event later. */
  async #pace(startedMs: number, endMs: number): Promise<void> {
    const { rate = 1 } = this.#order;
    const pending = new Set<Promise<void>>();
    while (!this.#isOver(endMs)) {
      const due = Math.floor(((machineMs() - startedMs) * rate) / 1000) + 1;
      while (this.#started < due && !this.#isOver(endMs)) {
        const sending = this.#send(this.#started++);
        pending.add(sending);
        void sending.then(() => pending.delete(sending));
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(pending);
  }

  #send(index: number): Promise<void> {
    const body = bodyOf(this.#order.traffic, index);
    this.#sentMs[index] = machineMs();
    return new Promise((resolve) => {
      const finish = (status: number): void => {
        this.#answeredMs[index] = machineMs();
        this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
        resolve();
      };
      let status = 0;
      this.#pools[index % this.#pools.length]?.dispatch(
        {
          method: "POST",
          path: this.#path,
          headers: { "content-type": "application/json; charset=utf-8", "stripe-signature": this.#sign(body) },
          body,
        },
        {
          onRequestStart: () => undefined,
          onResponseStart: (_, code) => void (status = code),
          onResponseData: () => undefined,
          onResponseEnd: () => finish(status),
          onResponseError: () => finish(0),
        },
      );
    });
  }

  #sign(body: string): string {
    const signedS = Math.floor(Date.now() / 1000);
    const signature = createHmac("sha256", this.#order.secret).update(`${signedS}.${body}`).digest("hex");
    return `t=${signedS},v1=${signature}`;
  }
}

process.once("disconnect", () => process.exit(0));
process.on("message", (order: Sending) => {
  void new Sender(order).run().then((sent) => process.send?.(sent));
});
