/** Keeps readings of meters: copies, crossings and the customers' jobs, all in one transaction. */
import type { UsageRules } from "../../contract/mapping.ts";
import { groupCatalogue } from "../billing/profile.ts";
import { priceIdsOf, productIdsOf } from "../billing/gaps.ts";
import { commitBatch, findCopies, listCopiesOfKinds } from "../billing/store.ts";
import { isJudgedByNow, judgeReading, type Reading } from "../billing/usage/judge.ts";
import type { UsageCopies } from "../billing/usage/usage.ts";
import type { Queryable } from "../db/pool.ts";
import type { Lane } from "../model/lane.ts";
import {
  usageId,
  type ObjectCopy,
  type ObjectCopyOf,
  type ObjectKind,
  type UsageFacts,
} from "../model/stripe-object.ts";
import type { KeptCrossing } from "../model/usage.ts";
import { keepCrossings, lockUsage } from "../usage/store.ts";

/** Where usage is kept, and by which rules. */
export type UsageParts = {
  readonly account: string;
  readonly rules: UsageRules;
  /** Thresholds that were crossed for the first time in their period, in the transaction that keeps them. */
  readonly onCrossed?:
    | ((tx: Queryable, account: string, crossings: readonly KeptCrossing[]) => Promise<void>)
    | undefined;
};

/** One customer's part of the work: what usage follows from, and the readings as they stand. */
export type UsageOfCustomer = {
  readonly customerId: string;
  /** False when no such customer is known, or they were deleted. */
  readonly isKnown: boolean;
  readonly copies: Omit<UsageCopies, "usages">;
  /** By meter. */
  readonly readings: Map<string, ObjectCopyOf<"usage">>;
};

/** Changes to the readings of some customers, begun in a transaction; nobody else changes them until it ends. */
export class UsageChange {
  readonly #tx: Queryable;
  readonly #parts: UsageParts;
  readonly #customers: ReadonlyMap<string, UsageOfCustomer>;
  readonly #changed = new Map<string, ObjectCopy>();
  readonly #crossings: KeptCrossing[] = [];

  private constructor(tx: Queryable, parts: UsageParts, customers: ReadonlyMap<string, UsageOfCustomer>) {
    this.#tx = tx;
    this.#parts = parts;
    this.#customers = customers;
  }

  /** Waits until nobody else changes the readings of these customers, and reads them. */
  static async begin(tx: Queryable, parts: UsageParts, customerIds: readonly string[]): Promise<UsageChange> {
    const ids = [...new Set(customerIds)].toSorted();
    await lockUsage(tx, parts.account, ids);
    return new UsageChange(tx, parts, await loadUsage(tx, parts.account, ids));
  }

  of(customerId: string): UsageOfCustomer {
    const found = this.#customers.get(customerId);
    if (!found) throw new Error(`The readings of ${customerId} were not asked for.`);
    return found;
  }

  /** Keeps this reading in place of the one before. */
  keep(customerId: string, reading: Reading): void {
    const { readings, copies } = this.of(customerId);
    const before = readings.get(reading.meter);
    const known = before && !before.deleted ? before.facts : undefined;
    const { facts, crossings } = judgeReading(known, reading, { copies, rules: this.#parts.rules });
    this.#put(customerId, facts, false);
    const { meter, periodStartS, periodEndS, value, judgedLimit: limit, asOfS: atS } = facts;
    for (const crossing of crossings)
      this.#crossings.push({ ...crossing, customerId, meter, periodStartS, periodEndS, atS, value, limit });
  }

  /** Judges again the readings whose limit has changed since they were judged. */
  judgeAgain(customerId: string): void {
    const { readings, copies } = this.of(customerId);
    for (const { deleted, facts } of readings.values()) {
      if (!deleted && !isJudgedByNow(facts, { copies, rules: this.#parts.rules })) this.keep(customerId, facts);
    }
  }

  /** A reading whose period is over, or whose meter is billed no more, says nothing. */
  end(customerId: string, meter: string): void {
    const before = this.of(customerId).readings.get(meter);
    if (before && !before.deleted) this.#put(customerId, before.facts, true);
  }

  #put(customerId: string, facts: UsageFacts, deleted: boolean): void {
    const { readings } = this.of(customerId);
    const before = readings.get(facts.meter);
    const copy: ObjectCopyOf<"usage"> = {
      kind: "usage",
      id: usageId(facts.meter, customerId),
      customerId,
      asOfS: facts.asOfS,
      rev: before?.rev ?? 0,
      eventId: null,
      secondEvents: [],
      origin: "read",
      deleted,
      facts,
    };
    readings.set(facts.meter, copy);
    this.#changed.set(copy.id, copy);
  }

  /** Writes all of it. Answers the crossings that are new in their period. */
  async commit(): Promise<readonly KeptCrossing[]> {
    const { account, onCrossed } = this.#parts;
    const copies = [...this.#changed.values()];
    if (copies.length === 0) return [];
    const crossed = await keepCrossings(this.#tx, account, this.#crossings);
    const hasty = new Set(crossed.map(({ customerId }) => customerId));
    const jobs = [...new Set(copies.map(({ customerId }) => customerId ?? ""))].map((customerId) => {
      const lane: Lane = hasty.has(customerId) ? "urgent" : "calm";
      return { customerId, lane, events: 0 };
    });
    await commitBatch(this.#tx, { account, events: [], copies, renamed: [], jobs, settleMs: 0, settleMaxMs: 0 });
    if (crossed.length > 0) await onCrossed?.(this.#tx, account, crossed);
    return crossed;
  }
}

/** Of payments usage needs none. */
const usageKinds: readonly ObjectKind[] = ["customer", "subscription", "usage"];

/** What usage of these customers follows from, by their ids. Only what is stored: nothing is asked of Stripe. */
export async function loadUsage(
  db: Queryable,
  account: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, UsageOfCustomer>> {
  const stored = await listCopiesOfKinds(db, account, { customerIds: ids, kinds: usageKinds });
  const catalogue = await catalogueOf(db, account, [...stored.values()].flat());
  return new Map(ids.map((id) => [id, usageOfCustomer(id, stored.get(id) ?? [], catalogue)]));
}

async function catalogueOf(db: Queryable, account: string, copies: readonly ObjectCopy[]) {
  const subscriptions = copies.flatMap((copy) => (copy.kind === "subscription" ? [copy] : []));
  const ids = [...new Set([...productIdsOf(subscriptions), ...priceIdsOf(subscriptions)])];
  return groupCatalogue(await findCopies(db, account, ids));
}

function usageOfCustomer(
  customerId: string,
  copies: readonly ObjectCopy[],
  { products, prices }: Pick<UsageCopies, "products" | "prices">,
): UsageOfCustomer {
  const customer = copies.find(({ id }) => id === customerId);
  const subscriptions = copies.flatMap((copy) => (copy.kind === "subscription" && !copy.deleted ? [copy] : []));
  const usages = copies.flatMap((copy) => (copy.kind === "usage" ? [copy] : []));
  return {
    customerId,
    isKnown: customer?.kind === "customer" && !customer.deleted,
    copies: { subscriptions, products, prices },
    readings: new Map(usages.map((copy) => [copy.facts.meter, copy])),
  };
}
