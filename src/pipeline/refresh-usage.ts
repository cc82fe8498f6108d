/** Reads from Stripe what a customer has used of their meters, at most once a minute, and keeps it. */
import { isJudgedByNow, isNews, type Reading } from "../billing/usage/judge.ts";
import { meteredItemsOf, type MeteredItem, type UsageCopies } from "../billing/usage/usage.ts";
import { listCustomerCopies } from "../billing/store.ts";
import type { Queryable } from "../db/pool.ts";
import { transaction } from "../db/transaction.ts";
import type { UsageFacts } from "../model/stripe-object.ts";
import { askUsage, listMeters, type Meter, type UsageQuestion } from "../stripe/meters.ts";
import { claimReading, unwatchUsage, watchUsage } from "../usage/store.ts";
import type { SyncContext } from "./context.ts";
import { UsageChange, type UsageParts } from "./keep-usage.ts";
import { completeCopies, type ProductCache } from "./load-customer.ts";

/** What reading usage needs beside the account's context. */
export type UsageReading = {
  readonly context: SyncContext;
  readonly products: ProductCache;
  readonly meters: MeterBook;
  readonly onCrossed?: UsageParts["onCrossed"];
};

/**
 * - asked: Stripe was asked, and what it said is kept
 * - recent: it was asked less than a minute ago
 * - unmetered: nothing of the customer is metered
 */
export type Refreshed = { readonly how: "asked" | "recent" | "unmetered"; readonly calls: number };

/** How often Stripe is asked about one customer at most. */
const askEveryMs = 60_000;
/** When the schedule comes to a customer again, at the earliest. */
export const scheduleEveryMs = 300_000;

type KnownMeters = {
  readonly meters: ReadonlyMap<string, Meter>;
  /** How far Stripe's clock is before ours. */
  readonly aheadS: number;
  readonly atMs: number;
};

/** The meters of all accounts, which hardly ever change, and what Stripe's clock shows. */
export class MeterBook {
  readonly #known = new Map<string, KnownMeters>();
  readonly #calls = new Map<string, number>();

  /** The meter with this id, as far as Stripe tells. */
  async find(context: SyncContext, id: string): Promise<Meter | undefined> {
    const found = (await this.#read(context, meterKeptMs)).meters.get(id);
    return found ?? (await this.#read(context, meterMissedMs)).meters.get(id);
  }

  /** What Stripe's clock shows now. */
  async nowS(context: SyncContext): Promise<number> {
    const { aheadS } = await this.#read(context, meterKeptMs);
    return Math.floor(context.nowMs() / 1000) + aheadS;
  }

  /** How many calls it has made for an account since this was last asked. */
  takeCalls(account: string): number {
    const calls = this.#calls.get(account) ?? 0;
    this.#calls.delete(account);
    return calls;
  }

  async #read(context: SyncContext, keptMs: number): Promise<KnownMeters> {
    const { account } = context;
    const nowMs = context.nowMs();
    const known = this.#known.get(account);
    if (known && nowMs - known.atMs < keptMs) return known;
    this.#calls.set(account, (this.#calls.get(account) ?? 0) + 1);
    const { meters, answeredS } = await listMeters(context.stripe);
    const aheadS = apartOf(context, answeredS);
    const fresh = { meters: new Map(meters.map((meter) => [meter.id, meter])), aheadS, atMs: nowMs };
    this.#known.set(account, fresh);
    return fresh;
  }

  /** Stripe answered at this second of its clock. */
  setClock(context: SyncContext, answeredS: number | null): void {
    const known = this.#known.get(context.account);
    if (known) this.#known.set(context.account, { ...known, aheadS: apartOf(context, answeredS) });
  }
}

/** A few seconds say nothing: what Stripe answers was under way for a moment. */
function apartOf({ nowMs }: SyncContext, answeredS: number | null): number {
  const apartS = answeredS === null ? 0 : answeredS - Math.floor(nowMs() / 1000);
  return Math.abs(apartS) < apartMinS ? 0 : apartS;
}

const meterKeptMs = 600_000;
/** A meter that is not in the book may be new. */
const meterMissedMs = 5_000;
const apartMinS = 30;

/**
 * Reads the customer's metered items of the periods that run. Throws what Stripe's client throws. What was pushed for a
 * period is left alone, and what was pushed for one that is over is taken away.
 */
export async function refreshUsage(reading: UsageReading, customerId: string): Promise<Refreshed> {
  const { context, products, meters } = reading;
  const { account, pool } = context;
  const stored = (await listCustomerCopies(pool, account, [customerId])).get(customerId) ?? [];
  const copies = await completeCopies(context, products, { customerId, copies: stored });
  const metered = copies && !copies.customer.deleted ? meteredItemsOf(copies) : [];
  const readings = copies?.usages.filter(({ deleted }) => !deleted) ?? [];
  if (metered.length === 0 && readings.length === 0) {
    await unwatchUsage(pool, account, customerId);
    return { how: "unmetered", calls: 0 };
  }
  const claim = { customerId, everyMs: askEveryMs, nextMs: scheduleEveryMs };
  if (!(await claimReading(pool, account, claim))) return { how: "recent", calls: 0 };
  meters.takeCalls(account);
  const asked = metered.filter((one) => !isPushed(one, readings));
  const read = (await Promise.all(asked.map((one) => readMeter(reading, customerId, one)))).filter(
    (one) => one !== null,
  );
  const left = await transaction(pool, (tx) => keep(tx, reading, { customerId, read }));
  if (metered.length === 0) await sleepUntil(context, customerId, left);
  return { how: "asked", calls: read.length + meters.takeCalls(account) };
}

/** The same without asking Stripe: what was pushed for a period that is over goes, and what has a new limit is judged by it. */
export async function tidyUsage(reading: Omit<UsageReading, "meters" | "products">, customerId: string): Promise<void> {
  const { context } = reading;
  const left = await transaction(context.pool, (tx) => keep(tx, reading, { customerId, read: [] }));
  const pushed = left.filter(({ source }) => source === "pushed");
  await sleepUntil(context, customerId, pushed);
}

/** Whether the period that runs was begun by somebody who pushes. */
function isPushed({ meterId, item }: MeteredItem, readings: UsageCopies["usages"]): boolean {
  return readings.some(
    ({ facts }) =>
      facts.source === "pushed" && facts.meterId === meterId && facts.periodEndS > (item.periodStartS ?? 0),
  );
}

/**
 * What Stripe has put together up to the last whole minute. The first minute of a period is left out unless the period
 * begins with it, so that nothing of the one before is counted. Null while the period is not known.
 */
async function readMeter(
  { context, meters }: UsageReading,
  customerId: string,
  { meterId, item }: MeteredItem,
): Promise<Reading | null> {
  const { periodStartS, periodEndS } = item;
  if (periodStartS === null || periodEndS === null) return null;
  const meter = await meters.find(context, meterId);
  const nowS = Math.min(await meters.nowS(context), periodEndS);
  const [startS, endS] = [Math.ceil(periodStartS / 60) * 60, Math.floor(nowS / 60) * 60];
  const value = endS > startS ? await ask({ context, meters }, { meterId, customerId, startS, endS }) : "0";
  return {
    meter: meter?.eventName ?? meterId,
    meterId,
    unit: meter?.displayName ?? null,
    formula: meter?.formula ?? "sum",
    periodStartS,
    periodEndS,
    value,
    asOfS: Math.max(periodStartS, endS),
    source: "stripe",
  };
}

async function ask({ context, meters }: Pick<UsageReading, "context" | "meters">, question: UsageQuestion) {
  const { value, answeredS } = await askUsage(context.stripe, question);
  meters.setClock(context, answeredS);
  return value;
}

type Read = {
  readonly customerId: string;
  readonly read: readonly Reading[];
};

/** Answers the readings that are left. */
async function keep(
  tx: Queryable,
  { context, onCrossed }: Omit<UsageReading, "meters" | "products">,
  { customerId, read }: Read,
): Promise<readonly UsageFacts[]> {
  const { account } = context;
  const rules = context.mapping().document.usage;
  const change = await UsageChange.begin(tx, { account, rules, onCrossed }, [customerId]);
  const { readings, copies } = change.of(customerId);
  const billed = new Set(meteredItemsOf(copies).map(({ meterId }) => meterId));
  const nowS = Math.floor(context.nowMs() / 1000);
  for (const { facts } of readings.values()) {
    const isBilled = facts.meterId !== null && billed.has(facts.meterId);
    const isOver = facts.source === "pushed" ? facts.periodEndS <= nowS : !isBilled;
    if (isOver) change.end(customerId, facts.meter);
  }
  for (const one of read) {
    const before = readings.get(one.meter);
    if (isNews(before && !before.deleted ? before.facts : undefined, one)) change.keep(customerId, one);
  }
  change.judgeAgain(customerId);
  await change.commit();
  return [...readings.values()].flatMap(({ deleted, facts }) => (deleted ? [] : [facts]));
}

/** Nothing is to be asked of Stripe; what was pushed is to be taken away when its period ends. */
async function sleepUntil(
  { pool, account }: SyncContext,
  customerId: string,
  left: readonly UsageFacts[],
): Promise<void> {
  await unwatchUsage(pool, account, customerId);
  if (left.length === 0) return;
  const dueS = Math.min(...left.map(({ periodEndS }) => periodEndS));
  await watchUsage(pool, account, { customerIds: [customerId], dueS });
}

/** How old a reading may be when an event tells of its customer. */
const freshS = 300;

/**
 * Sees to it that the schedule comes to this customer soon, when something of theirs is metered and there is no reading
 * of its period yet, or an old one, or the limit has changed since. Costs nothing for others. For when an event has told
 * of them.
 */
export async function noteMetered(
  { account, records, mapping, nowMs }: SyncContext,
  { customerId, copies }: { readonly customerId: string; readonly copies: UsageCopies },
): Promise<void> {
  const { usage: rules } = mapping().document;
  const isJudged = copies.usages.every(({ deleted, facts }) => deleted || isJudgedByNow(facts, { copies, rules }));
  if (isJudged && !needsReading(copies, Math.floor(nowMs() / 1000))) return;
  await watchUsage(records, account, { customerIds: [customerId] });
}

/** Whether a metered item has no reading of its period, or one that is older than five minutes. */
export function needsReading(copies: UsageCopies, nowS: number): boolean {
  return meteredItemsOf(copies).some(({ meterId, item }) => {
    const reading = copies.usages.find(({ deleted, facts }) => !deleted && facts.meterId === meterId)?.facts;
    if (!reading || reading.periodEndS <= (item.periodStartS ?? 0)) return true;
    return (
      reading.source === "stripe" && (reading.periodStartS < (item.periodStartS ?? 0) || reading.asOfS < nowS - freshS)
    );
  });
}
