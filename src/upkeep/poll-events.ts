/**
 * Fetches events from Stripe's list and sends them through the same first stage: the only way in while no webhook can
 * reach us, and behind the webhook the net for what was never delivered. Stripe keeps events for 30 days.
 */
import { mainAccount } from "../connections/connection.ts";
import { findSetting, keepSetting, saveSetting } from "../connections/store.ts";
import { useOf } from "../events/catalogue.ts";
import { readEvent } from "../events/parse.ts";
import { isRecord } from "../lib/json.ts";
import { kindOf, messageOf } from "../model/error.ts";
import type { SyncContext } from "../pipeline/context.ts";
import type { StripeEvent } from "../model/stripe-event.ts";
import type { EventReceiver } from "../pipeline/receive-event.ts";
import { StripeNotFound, StripeRejected } from "../stripe/failure.ts";
import type { StripeJson } from "../stripe/client.ts";
import { readPage, type StripePage } from "../stripe/objects.ts";
import { Alarm } from "../pipeline/alarm.ts";
import { isOverdue, isYoung } from "./delivery-health.ts";

/** How often to ask: while something happens, and once nothing has happened for a while. Reads are a budget of the account. */
export type Pace = { readonly busyMs: number; readonly quietMs: number };

/** The list is the only way in. */
export const pollingPace: Pace = { busyMs: 3_000, quietMs: 10_000 };

/** Webhooks bring the events; the list brings what they did not. */
export function catchUpPace(catchUpMs: number): Pace {
  return { busyMs: catchUpMs, quietMs: catchUpMs };
}

const quietAfterMs = 5 * 60_000;
/** Stands for "before the first event that Stripe still lists". */
const beginning = "";

export type PollerSettings = {
  readonly context: SyncContext;
  readonly receiver: Pick<EventReceiver, "receive">;
  /** Asked after each poll. */
  readonly pace: () => Pace;
  /** Whether the account may be read and events may be taken; while not, nothing is fetched. */
  readonly isOpen: () => boolean;
  readonly onBlocked: (error: unknown) => Promise<void>;
  /** Events are missing that Stripe no longer lists. */
  readonly onGap: () => Promise<void>;
  /** Told after each poll how many events a delivery should have brought long before: see delivery-health.ts. */
  readonly onPolled: (missed: number) => Promise<void>;
  /** How long an event may be on its way before a delivery of it counts as missing. */
  readonly overdueAfterMs: number;
  /** Whether deliveries are expected: what may be on its way is then left to them until a moment later. */
  readonly leavesYoung: () => boolean;
};

/** Where the list was read up to, with that event's second, and where the poll before began. */
type Cursor = { readonly latest: string; readonly atS: number | null; readonly before: string | null };

/** Stripe lists events for 30 days; half a day earlier they may be on their way out. */
const listedS = 29.5 * 86_400;

/** Polls one account until it is stopped. */
export class EventPoller {
  readonly #settings: PollerSettings;
  readonly #alarm: Alarm;
  readonly #settingName: string;
  #lastEventMs: number;
  /** From when on somebody was there to take deliveries. */
  #listeningMs: number;
  #failures = 0;
  #isFirst = true;
  #stopping = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(settings: PollerSettings) {
    this.#settings = settings;
    this.#alarm = new Alarm(settings.context.nowMs);
    this.#settingName = cursorSetting(settings.context.account);
    this.#lastEventMs = settings.context.nowMs();
    this.#listeningMs = this.#lastEventMs;
  }

  /**
   * Notes where the list stands, before history is loaded: nothing that happens from now on can fall between the two.
   * Safe on several nodes: the first note stays.
   */
  async begin(): Promise<void> {
    try {
      await this.#cursor();
    } catch (error) {
      if (kindOf(error) === "transient") throw error;
      await this.#failed(error);
    }
  }

  start(): void {
    this.#listeningMs = this.#settings.context.nowMs();
    this.#loop = this.#run();
  }

  /** Polls in `afterMs` at the latest. */
  wake(afterMs = 0): void {
    this.#alarm.ring(this.#settings.context.nowMs() + afterMs);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#alarm.ring(0);
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      await this.#turn();
      const { busyMs, quietMs } = this.#settings.pace();
      const isQuiet = this.#settings.context.nowMs() - this.#lastEventMs > quietAfterMs;
      await this.#alarm.wait(isQuiet ? quietMs : busyMs);
    }
  }

  async #turn(): Promise<void> {
    if (!this.#settings.isOpen()) {
      // What happens now was not refused by anybody's mistake.
      this.#listeningMs = this.#settings.context.nowMs();
      return;
    }
    try {
      const missed = await this.#poll();
      this.#isFirst = false;
      this.#failures = 0;
      await this.#settings.onPolled(missed);
    } catch (error) {
      await this.#failed(error);
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
   * Everything since the last event that we have, oldest first; answers how many of them were overdue. It begins one poll
   * further back than it would have to: an event may enter the list a moment after younger ones. What is there already is
   * stored only once.
   */
  async #poll(): Promise<number> {
    const { latest, atS, before } = await this.#cursor();
    if (latest === beginning) return this.#takeAll();
    const { nowMs } = this.#settings.context;
    if (atS !== null && nowMs() / 1000 - atS > listedS) return this.#takeAllAfterGap(latest);
    let missed = 0;
    let cursor = before ?? latest;
    for (let more = true; more && !this.#stopping;) {
      const page = await this.#pageAfter(cursor);
      if (page === undefined) return missed + (await this.#takeAllAfterGap(cursor));
      const items = this.#withoutYoung(page.items);
      missed += await this.#take(items);
      const newest = idOf(items[0]);
      if (newest === undefined) break;
      if (newest !== latest) this.#lastEventMs = nowMs();
      if (newest !== latest || before !== latest)
        await this.#keep({ latest: newest, atS: secondOf(items[0]), before: latest });
      cursor = newest;
      more = page.hasMore && items.length === page.items.length;
    }
    return missed;
  }

  /** With `ending_before` Stripe answers the events that follow it, still newest first; undefined when it lists it no more. */
  async #pageAfter(cursor: string): Promise<StripePage | undefined> {
    try {
      return await readPage(this.#settings.context.stripe, "/v1/events", { ending_before: cursor });
    } catch (error) {
      if (error instanceof StripeNotFound || error instanceof StripeRejected) return undefined;
      throw error;
    }
  }

  /** What Stripe still lists is taken; what may have happened before that only a comparison can tell. */
  async #takeAllAfterGap(cursor: string): Promise<number> {
    const { account, log } = this.#settings.context;
    log.warn(
      { account, cursor },
      "the last event is older than what Stripe lists (30 days): all that it lists is taken, and both sides are compared",
    );
    await this.#keep({ latest: beginning, atS: null, before: null });
    await this.#settings.onGap();
    return this.#takeAll();
  }

  /** All that Stripe lists, page by page from the newest on; in what order they are taken makes no difference. */
  async #takeAll(): Promise<number> {
    const { stripe } = this.#settings.context;
    let missed = 0;
    let newest: StripeJson | undefined;
    for (let after: string | undefined; ;) {
      const page = await readPage(stripe, "/v1/events", after === undefined ? {} : { starting_after: after });
      const items = this.#withoutYoung(page.items);
      missed += await this.#take(items);
      newest ??= items[0];
      after = idOf(page.items.at(-1));
      if (this.#stopping) return missed;
      if (!page.hasMore || after === undefined) break;
    }
    const latest = idOf(newest);
    if (latest === undefined) return missed;
    this.#lastEventMs = this.#settings.context.nowMs();
    await this.#keep({ latest, atS: secondOf(newest), before: null });
    return missed;
  }

  /** The last event that we have; at the first start the newest one there is. */
  async #cursor(): Promise<Cursor> {
    const { pool, stripe } = this.#settings.context;
    const stored = toCursor(await findSetting(pool, this.#settingName));
    if (stored) return stored;
    const { items } = await readPage(stripe, "/v1/events", { limit: 1 });
    const first: Cursor = { latest: idOf(items[0]) ?? beginning, atS: secondOf(items[0]), before: null };
    return toCursor(await keepSetting(pool, this.#settingName, first)) ?? first;
  }

  async #keep(cursor: Cursor): Promise<void> {
    await saveSetting(this.#settings.context.pool, this.#settingName, cursor);
  }

  /** Newest first, so the young ones stand in front. After a start, what is left is looked for a moment later. */
  #withoutYoung(items: readonly StripeJson[]): readonly StripeJson[] {
    const { context, overdueAfterMs: afterMs, leavesYoung } = this.#settings;
    if (!leavesYoung()) return items;
    const nowMs = context.nowMs();
    // What happened before anybody listened here is left to nobody: its delivery may be acknowledged by who is lost.
    const isLeft = (item: StripeJson): boolean => {
      const createdS = secondOf(item) ?? 0;
      return createdS * 1000 >= this.#listeningMs && isYoung(createdS, { nowMs, afterMs });
    };
    const first = items.findIndex((item) => !isLeft(item));
    if (this.#isFirst && first !== 0 && items.length > 0) this.wake(afterMs + 1_000);
    return first === -1 ? [] : items.slice(first);
  }

  async #take(items: readonly StripeJson[]): Promise<number> {
    const overdue = await Promise.all(items.toReversed().map((item) => this.#receive(item)));
    return overdue.filter(Boolean).length;
  }

  /** An entry that is no event we can read must not hold up the others. Answers whether a delivery of it is overdue. */
  async #receive(item: StripeJson): Promise<boolean> {
    const { context, receiver, overdueAfterMs: afterMs } = this.#settings;
    const event = readOr(item, (error) =>
      context.log.warn({ err: error, eventId: item["id"] }, "an entry of the event list was left out"),
    );
    if (!event || event.livemode !== context.stripe.livemode) return false;
    const { duplicate } = await receiver.receive({ event, body: Buffer.from(JSON.stringify(item)), came: "list" });
    const listed = { createdS: event.createdS, isSubscribed: useOf(event.type) !== undefined, isNew: !duplicate };
    return isOverdue(listed, { nowMs: context.nowMs(), listeningMs: this.#listeningMs, afterMs });
  }
}

/** The setting that says how far an account's list was read; the main account's has had its name from the start. */
export function cursorSetting(account: string): string {
  return account === mainAccount ? "events-cursor" : `events-cursor:${account}`;
}

/** As it is stored; until 0.1 it was the id alone. */
function toCursor(value: unknown): Cursor | undefined {
  if (typeof value === "string") return { latest: value, atS: null, before: null };
  if (!isRecord(value) || typeof value["latest"] !== "string") return undefined;
  const { latest, atS, before } = value;
  return {
    latest,
    atS: typeof atS === "number" ? atS : null,
    before: typeof before === "string" ? before : null,
  };
}

function secondOf(item: StripeJson | undefined): number | null {
  const created = item?.["created"];
  return typeof created === "number" ? created : null;
}

function idOf(item: StripeJson | undefined): string | undefined {
  const id = item?.["id"];
  return typeof id === "string" ? id : undefined;
}

function readOr(item: StripeJson, report: (error: unknown) => void): StripeEvent | undefined {
  try {
    return readEvent(item);
  } catch (error) {
    report(error);
    return undefined;
  }
}
