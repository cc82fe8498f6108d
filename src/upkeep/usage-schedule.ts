/**
 * Reads the meters of an account's customers one after the other, whoever has waited longest first, and never faster than
 * the calls per hour that it may make. One node at a time does it for an account.
 */
import { listMeteredCustomers } from "../billing/store.ts";
import { pause } from "../lib/pause.ts";
import { codeOf, kindOf, messageOf } from "../model/error.ts";
import { refreshUsage, scheduleEveryMs, tidyUsage, type UsageReading } from "../pipeline/refresh-usage.ts";
import { StripeForbidden } from "../stripe/failure.ts";
import { addWatched, nextWatched, postponeWatched, thinEntries } from "../usage/store.ts";

export type UsageScheduleSettings = UsageReading & {
  /** 0: Stripe is asked nothing; what was pushed is still put in order. */
  readonly callsPerHour: number;
  /** Whether Stripe may be asked at present. */
  readonly isOpen: () => boolean;
  readonly onBlocked: (error: unknown) => Promise<void>;
  /** A customer's job was queued. */
  readonly onQueued: () => void;
};

const hourMs = 3_600_000;
/** When nobody is due, or nothing may be asked. */
const idleMs = 2_000;
/** Calls that may be made together after a quiet while, so that what an event tells of is read at once. */
const burstMax = 20;
/** After trouble with a customer, and when the key lacks the permission. */
const troubleMs = 300_000;
const forbiddenMs = 3_600_000;
/** Ids of what was pushed are remembered so long. */
const entriesKeptDays = 90;

/** Goes on until the signal is aborted. */
export async function runUsageSchedule(settings: UsageScheduleSettings, signal: AbortSignal): Promise<void> {
  const { context, callsPerHour } = settings;
  const allowance = new Allowance(callsPerHour, context.nowMs());
  if (callsPerHour > 0) await findMetered(settings, signal);
  await thinEntries(context.pool, entriesKeptDays);
  let tidiedMs = context.nowMs();
  while (!signal.aborted) {
    const waitMs = settings.isOpen() ? await step(settings, allowance) : idleMs;
    if (context.nowMs() - tidiedMs > 24 * hourMs) {
      await thinEntries(context.pool, entriesKeptDays);
      tidiedMs = context.nowMs();
    }
    await pause(waitMs, signal);
  }
}

/** One customer. Answers how long to wait before the next. */
async function step(settings: UsageScheduleSettings, allowance: Allowance): Promise<number> {
  const { context, callsPerHour, onQueued } = settings;
  const { pool, account, nowMs } = context;
  const waitMs = callsPerHour === 0 ? 0 : allowance.waitMs(nowMs());
  if (waitMs > 0) return waitMs;
  const customerId = await nextWatched(pool, account);
  if (customerId === undefined) return idleMs;
  try {
    if (callsPerHour === 0) {
      await tidyUsage(settings, customerId);
      return 0;
    }
    const { how, calls } = await refreshUsage(settings, customerId);
    allowance.take(calls);
    // Somebody else asked a moment ago, or an event told of the customer again: it is looked at once more later.
    if (how === "recent") await postponeWatched(pool, account, { customerId, delayMs: scheduleEveryMs });
    if (how === "asked") onQueued();
    return 0;
  } catch (error) {
    allowance.take(1);
    await postponeWatched(pool, account, { customerId, delayMs: troubleMs });
    return onTrouble(settings, error);
  }
}

/** A key that may not read meters can do everything else: the account is not paused for it. */
async function onTrouble({ context, onBlocked }: UsageScheduleSettings, error: unknown): Promise<number> {
  const facts = { account: context.account, code: codeOf(error) };
  context.log.warn(facts, `usage could not be read: ${messageOf(error)}`);
  if (error instanceof StripeForbidden) return forbiddenMs;
  if (kindOf(error) === "blocked") await onBlocked(error);
  return idleMs;
}

/** Who has metered items is known from events; at the start also those who come from before anybody looked. */
async function findMetered({ context }: UsageScheduleSettings, signal: AbortSignal): Promise<void> {
  const { pool, account } = context;
  for (let after: string | null = ""; after !== null && !signal.aborted;) {
    const slice: Awaited<ReturnType<typeof listMeteredCustomers>> = await listMeteredCustomers(pool, account, after);
    await addWatched(pool, account, slice.customerIds);
    after = slice.next;
  }
}

/** How many calls may be made: so many per hour, and a few together after a quiet while. */
export class Allowance {
  readonly #perMs: number;
  #calls: number;
  #atMs: number;

  constructor(perHour: number, nowMs: number) {
    this.#perMs = perHour / hourMs;
    this.#calls = Math.min(burstMax, perHour);
    this.#atMs = nowMs;
  }

  /** How long until one more call may be made; 0 for now. */
  waitMs(nowMs: number): number {
    this.#calls = Math.min(burstMax, this.#calls + Math.max(0, nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
    return this.#calls >= 1 ? 0 : Math.ceil((1 - this.#calls) / this.#perMs);
  }

  take(calls: number): void {
    this.#calls -= calls;
  }
}
