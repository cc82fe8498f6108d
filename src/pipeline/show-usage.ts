/** How a customer's meters stand, for those who ask: read from Stripe a moment ago if it may be asked, else as they are kept. */
import type { CustomerUsage, MeterView } from "../../contract/usage.ts";
import { usageOf } from "../billing/usage/usage.ts";
import type { Pool } from "../db/pool.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import { AppError } from "../model/error.ts";
import type { UsageRules } from "../../contract/mapping.ts";
import type { UsageState } from "../model/profile.ts";
import type { KeptCrossing } from "../model/usage.ts";
import { listCrossings } from "../usage/store.ts";
import { loadUsage } from "./keep-usage.ts";
import { refreshUsage, type UsageReading } from "./refresh-usage.ts";

export type UsageSource = {
  readonly pool: Pool;
  readonly rules: () => Promise<UsageRules>;
  /** How to ask Stripe; undefined while nothing can be asked. */
  readonly reading: (account: string) => UsageReading | undefined;
};

/** Reads what may be read and answers how the customer stands. Trouble with Stripe is told and hides nothing that is kept. */
export async function showUsage(source: UsageSource, { account, customerId }: CustomerKey): Promise<CustomerUsage> {
  const { pool, rules, reading } = source;
  const attempt = await ask(reading(account), customerId);
  const usage = (await loadUsage(pool, account, [customerId])).get(customerId);
  const usages = usage ? [...usage.readings.values()] : [];
  const states = usage ? usageOf({ ...usage.copies, usages }, await rules()) : [];
  const sinceS = Math.min(...states.map(({ periodStartS }) => periodStartS));
  const crossings = states.length === 0 ? [] : await listCrossings(pool, { account, customerId, sinceS });
  return { account, customerId, ...attempt, meters: states.map(viewOfMeter), crossings: crossings.map(viewOfCrossing) };
}

type Attempt = Pick<CustomerUsage, "reading" | "problem">;

async function ask(reading: UsageReading | undefined, customerId: string): Promise<Attempt> {
  if (!reading) return { reading: "failed", problem: "Dunlin is not connected to Stripe at the moment." };
  try {
    return { reading: (await refreshUsage(reading, customerId)).how, problem: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { reading: "failed", problem: error.message };
  }
}

function viewOfMeter({ limit, periodStartS, periodEndS, asOfS, ...state }: UsageState): MeterView {
  const isKnown = typeof limit === "number" || limit === null;
  return {
    ...state,
    limit: isKnown ? limit : null,
    limitUnknown: isKnown ? null : limit.unknown,
    periodStart: isoOf(periodStartS),
    periodEnd: isoOf(periodEndS),
    asOf: isoOf(asOfS),
  };
}

function viewOfCrossing({ meter, threshold, direction, atS, value, limit }: KeptCrossing) {
  return { meter, threshold, direction, at: isoOf(atS), value, limit };
}

function isoOf(second: number): string {
  return new Date(second * 1000).toISOString();
}
