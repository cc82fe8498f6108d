/**
 * Fetches events from Stripe's list and sends them through the same first stage: the only way in while no webhook can
 * reach us, and behind the webhook the net for what was never delivered. Stripe keeps events for 30 days.
 */
import { findSetting, saveSetting } from "../connections/store.ts";
import { readEvent } from "../events/parse.ts";
import { kindOf, messageOf } from "../model/error.ts";
import type { SyncContext } from "../pipeline/context.ts";
import type { StripeEvent } from "../model/stripe-event.ts";
import type { EventReceiver } from "../pipeline/receive-event.ts";
import { StripeNotFound, StripeRejected } from "../stripe/failure.ts";
import type { StripeJson } from "../stripe/client.ts";
import { readList, readPage } from "../stripe/objects.ts";
import { Alarm } from "../pipeline/alarm.ts";

const settingName = "events-cursor";
/** How often to ask: while something happens, and once nothing has happened for a while. Reads are a budget of the account. */
export type Pace = { readonly busyMs: number; readonly quietMs: number };

/** The list is the only way in. */
export const pollingPace: Pace = { busyMs: 3_000, quietMs: 10_000 };
/** Webhooks bring the events; the list brings what they did not. */
export const catchUpPace: Pace = { busyMs: 300_000, quietMs: 300_000 };

const quietAfterMs = 5 * 60_000;
/** Stands for "before the first event" in an account that had none. */
const beginning = "";

export type PollerSettings = {
  readonly context: SyncContext;
  readonly receiver: EventReceiver;
  readonly pace: Pace;
  readonly onBlocked: (error: unknown) => Promise<void>;
  /** Events are missing that Stripe no longer lists. */
  readonly onGap: () => Promise<void>;
};

type EventPage = { readonly items: readonly StripeJson[]; readonly hasMore: boolean };

/** Polls until it is stopped. */
export class EventPoller {
  readonly #settings: PollerSettings;
  readonly #alarm: Alarm;
  #lastEventMs: number;
  #failures = 0;
  /** Where the last poll began. */
  #before: string | undefined;
  #stopping = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(settings: PollerSettings) {
    this.#settings = settings;
    this.#alarm = new Alarm(settings.context.nowMs);
    this.#lastEventMs = settings.context.nowMs();
  }

  /** Notes where the list stands, before history is loaded: nothing that happens from now on can fall between the two. */
  async begin(): Promise<void> {
    try {
      await this.#cursor();
    } catch (error) {
      if (kindOf(error) === "transient") throw error;
      await this.#failed(error);
    }
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
        this.#failures = 0;
      } catch (error) {
        await this.#failed(error);
      }
      const { pace, context } = this.#settings;
      const isQuiet = context.nowMs() - this.#lastEventMs > quietAfterMs;
      await this.#alarm.wait(isQuiet ? pace.quietMs : pace.busyMs);
    }
  }

  /** One line when it begins to fail; it is tried again by itself. */
  async #failed(error: unknown): Promise<void> {
    this.#failures += 1;
    await this.#settings.onBlocked(error);
    if (this.#failures > 1) return;
    this.#settings.context.log.warn({ err: error }, `events could not be fetched: ${messageOf(error)}`);
  }

  /**
   * Everything since the last event that we have, oldest first. It begins one poll further back than it would have to:
   * an event may enter the list a moment after younger ones. What is there already is stored only once.
   */
  async #poll(): Promise<void> {
    const { pool, nowMs } = this.#settings.context;
    const latest = await this.#cursor();
    let cursor = this.#before ?? latest;
    for (let more = true; more && !this.#stopping;) {
      const page = cursor === beginning ? await this.#everything() : await this.#pageAfter(cursor);
      await Promise.all(page.items.toReversed().map((item) => this.#receive(item)));
      const newest = page.items[0]?.["id"];
      if (typeof newest !== "string") break;
      if (newest !== latest) this.#lastEventMs = nowMs();
      cursor = newest;
      await saveSetting(pool, settingName, newest);
      more = page.hasMore;
    }
    this.#before = latest;
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
      log.warn({ cursor }, "the last event is older than the 30 days that Stripe keeps; everything is loaded again");
      await saveSetting(pool, settingName, null);
      this.#before = undefined;
      await this.#settings.onGap();
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

  /** An entry that is no event we can read must not hold up the others. */
  async #receive(item: StripeJson): Promise<void> {
    const { context, receiver } = this.#settings;
    const event = readOr(item, (error) =>
      context.log.warn({ err: error, eventId: item["id"] }, "an entry of the event list was left out"),
    );
    if (!event || event.livemode !== context.stripe.livemode) return;
    await receiver.receive({ event, body: Buffer.from(JSON.stringify(item)) });
  }
}

function readOr(item: StripeJson, report: (error: unknown) => void): StripeEvent | undefined {
  try {
    return readEvent(item);
  } catch (error) {
    report(error);
    return undefined;
  }
}
