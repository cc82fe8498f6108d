/** The sandbox's kernel: time, chance, memory and webhooks, shared by both vendors. */
import { setImmediate as breathe } from "node:timers/promises";
import { MovableClock } from "./clock.ts";
import { Deliveries } from "./deliveries.ts";
import { SeededRandom } from "./random.ts";
import { StoreFile } from "./store-file.ts";
import { MemoryStore } from "./store.ts";
import type { Delivery, Kernel, Vendor } from "./types.ts";

const BREATHE_EVERY_MS = 20;

export type KernelOptions = { readonly seed: number; readonly dataFile?: string };

/** What the vendors see of it is `Kernel`; the rest is for the sandbox's own start, stop and clock. */
export class SandboxKernel implements Kernel {
  readonly clock = new MovableClock();
  readonly random: SeededRandom;
  readonly store: MemoryStore;
  readonly deliveries: Deliveries;
  readonly #file: StoreFile | undefined;
  #vendors: readonly Vendor[] = [];
  #moving: Promise<void> = Promise.resolve();
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(options: KernelOptions) {
    this.random = new SeededRandom(options.seed);
    this.deliveries = new Deliveries(this.random.fork("deliveries"));
    this.store = new MemoryStore(() => this.#file?.changed());
    this.#file = options.dataFile === undefined ? undefined : new StoreFile(options.dataFile, this);
  }

  /** Reads the data file, if there is one; says whether anything was found. */
  async load(): Promise<boolean> {
    return (await this.#file?.load()) ?? false;
  }

  deliver(delivery: Delivery): void {
    this.deliveries.deliver(delivery);
  }

  /** Joins the vendors and lets time-driven things happen every second from now on. */
  run(vendors: readonly Vendor[]): void {
    this.#vendors = vendors;
    this.#heartbeat = setInterval(() => {
      this.advance(0).catch((error: unknown) => console.error("The sandbox failed while time passed:", error));
    }, 1000);
  }

  /** Moves the clock forward and stops at every moment at which something is due, so that all happens in order. */
  advance(seconds: number): Promise<void> {
    this.#moving = this.#moving.catch(() => {}).then(() => this.#advance(seconds));
    return this.#moving;
  }

  /** Ends time and webhooks and writes the last changes to the file. */
  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.#moving.catch(() => {});
    this.deliveries.close();
    await this.#file?.flush();
  }

  async #advance(seconds: number): Promise<void> {
    const targetMs = this.clock.nowMs() + seconds * 1000;
    let lastBreath = Date.now();
    let lastDue = -1;
    for (;;) {
      const due = this.#nextDueMs();
      if (due === undefined || due > targetMs || due <= lastDue) break;
      lastDue = due;
      this.clock.moveTo(due);
      await this.#tick();
      if (Date.now() - lastBreath > BREATHE_EVERY_MS) {
        await breathe(); // requests and deliveries get their turn
        lastBreath = Date.now();
      }
    }
    this.clock.moveTo(targetMs);
    await this.#tick();
    if (seconds > 0) this.#file?.changed();
  }

  async #tick(): Promise<void> {
    for (const vendor of this.#vendors) await vendor.tick();
  }

  #nextDueMs(): number | undefined {
    const dues = this.#vendors.flatMap((vendor) => vendor.nextDueMs?.() ?? []);
    return dues.length === 0 ? undefined : Math.min(...dues);
  }
}
