/** Fetches events from Stripe's list while no webhook can reach us, and sends them through the same first stage. */
import { findSetting, saveSetting } from "../connections/store.ts";
import { readEvent } from "../events/parse.ts";
import { messageOf } from "../model/error.ts";
import type { SyncContext } from "../pipeline/context.ts";
import type { EventReceiver } from "../pipeline/receive-event.ts";
import { StripeNotFound, StripeRejected } from "../stripe/failure.ts";
import type { StripeJson } from "../stripe/client.ts";
import { readPage } from "../stripe/objects.ts";
import { Alarm } from "../pipeline/alarm.ts";

const settingName = "events-cursor";
const intervalMs = 3_000;

export type PollerSettings = {
  readonly context: SyncContext;
  readonly receiver: EventReceiver;
  readonly onBlocked: (error: unknown) => Promise<void>;
};

/** Polls until it is stopped. Only one node polls at a time: the cursor moves forward only. */
export class EventPoller {
  readonly #settings: PollerSettings;
  readonly #alarm: Alarm;
  #stopping = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(settings: PollerSettings) {
    this.#settings = settings;
    this.#alarm = new Alarm(settings.context.nowMs);
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#alarm.ring(0);
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      try {
        await this.#poll();
      } catch (error) {
        await this.#settings.onBlocked(error);
        this.#settings.context.log.warn({ err: error }, `events could not be fetched: ${messageOf(error)}`);
      }
      await this.#alarm.wait(intervalMs);
    }
  }

  /** Everything since the last event that we have, oldest first. */
  async #poll(): Promise<void> {
    for (let cursor = await this.#cursor(); cursor !== null && !this.#stopping;) {
      const page = await this.#pageAfter(cursor);
      const oldestFirst = page.items.toReversed();
      await Promise.all(oldestFirst.map((item) => this.#receive(item)));
      const newest = page.items[0]?.["id"];
      if (typeof newest !== "string") return;
      await saveSetting(this.#settings.context.pool, settingName, newest);
      cursor = page.hasMore ? newest : null;
    }
  }

  /** With `ending_before` Stripe answers the events that follow it, still newest first on the page. */
  async #pageAfter(cursor: string): Promise<{ readonly items: readonly StripeJson[]; readonly hasMore: boolean }> {
    const { stripe, pool, log } = this.#settings.context;
    try {
      return await readPage(stripe, "/v1/events", { ending_before: cursor });
    } catch (error) {
      if (!(error instanceof StripeNotFound || error instanceof StripeRejected)) throw error;
      log.warn(
        { cursor },
        "the last event is older than the 30 days that Stripe keeps; run `dunlin backfill --again` to load what was missed",
      );
      await saveSetting(pool, settingName, null);
      return { items: [], hasMore: false };
    }
  }

  /** The last event that we have; at the first start the newest one there is. */
  async #cursor(): Promise<string | null> {
    const { pool, stripe } = this.#settings.context;
    const stored = await findSetting(pool, settingName);
    if (typeof stored === "string") return stored;
    const [newest] = (await readPage(stripe, "/v1/events", { limit: 1 })).items;
    if (typeof newest?.["id"] !== "string") return null;
    await this.#receive(newest);
    await saveSetting(pool, settingName, newest["id"]);
    return newest["id"];
  }

  async #receive(item: StripeJson): Promise<void> {
    const event = readEvent(item);
    await this.#settings.receiver.receive({ event, body: Buffer.from(JSON.stringify(item)) });
  }
}
