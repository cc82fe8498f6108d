/** Fetches events from Stripe's list while no webhook can reach us, and sends them through the same first stage. */
import { findSetting, saveSetting } from "../connections/store.ts";
import { readEvent } from "../events/parse.ts";
import { messageOf } from "../model/error.ts";
import type { SyncContext } from "../pipeline/context.ts";
import type { EventReceiver } from "../pipeline/receive-event.ts";
import { StripeNotFound, StripeRejected } from "../stripe/failure.ts";
import type { StripeJson } from "../stripe/client.ts";
import { readList, readPage } from "../stripe/objects.ts";
import { Alarm } from "../pipeline/alarm.ts";

const settingName = "events-cursor";
/** While something happens, and once nothing has happened for a while: reads are a budget of the account. */
const busyIntervalMs = 3_000;
const quietIntervalMs = 10_000;
const quietAfterMs = 5 * 60_000;
/** Stands for "before the first event" in an account that had none. */
const beginning = "";

export type PollerSettings = {
  readonly context: SyncContext;
  readonly receiver: EventReceiver;
  readonly onBlocked: (error: unknown) => Promise<void>;
};

type EventPage = { readonly items: readonly StripeJson[]; readonly hasMore: boolean };

/** Polls until it is stopped. */
export class EventPoller {
  readonly #settings: PollerSettings;
  readonly #alarm: Alarm;
  #lastEventMs: number;
  #stopping = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(settings: PollerSettings) {
    this.#settings = settings;
    this.#alarm = new Alarm(settings.context.nowMs);
    this.#lastEventMs = settings.context.nowMs();
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
      const isQuiet = this.#settings.context.nowMs() - this.#lastEventMs > quietAfterMs;
      await this.#alarm.wait(isQuiet ? quietIntervalMs : busyIntervalMs);
    }
  }

  /** Everything since the last event that we have, oldest first. */
  async #poll(): Promise<void> {
    for (let more = true; more && !this.#stopping;) {
      const cursor = await this.#cursor();
      const page = cursor === beginning ? await this.#everything() : await this.#pageAfter(cursor);
      await Promise.all(page.items.toReversed().map((item) => this.#receive(item)));
      const newest = page.items[0]?.["id"];
      if (typeof newest !== "string") return;
      this.#lastEventMs = this.#settings.context.nowMs();
      await saveSetting(this.#settings.context.pool, settingName, newest);
      more = page.hasMore;
    }
  }

  /** An account that had no event when we first looked: all there are now are new. */
  async #everything(): Promise<EventPage> {
    return { items: await readList(this.#settings.context.stripe, "/v1/events", {}), hasMore: false };
  }

  /** With `ending_before` Stripe answers the events that follow it, still newest first on the page. */
  async #pageAfter(cursor: string): Promise<EventPage> {
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
  async #cursor(): Promise<string> {
    const { pool, stripe } = this.#settings.context;
    const stored = await findSetting(pool, settingName);
    if (typeof stored === "string") return stored;
    const [newest] = (await readPage(stripe, "/v1/events", { limit: 1 })).items;
    const id = newest?.["id"];
    const cursor = typeof id === "string" ? id : beginning;
    await saveSetting(pool, settingName, cursor);
    return cursor;
  }

  async #receive(item: StripeJson): Promise<void> {
    const event = readEvent(item);
    await this.#settings.receiver.receive({ event, body: Buffer.from(JSON.stringify(item)) });
  }
}
