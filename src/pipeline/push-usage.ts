/** Takes a batch of pushed usage: each entry counts once, whatever is sent again, and all of them or none are kept. */
import type { UsageEntry, UsageOutcome, UsagePush, UsagePushed } from "../../contract/usage.ts";
import { billingItemOf, periodAt } from "../billing/usage/period.ts";
import type { Pool, Queryable } from "../db/pool.ts";
import { transaction } from "../db/transaction.ts";
import { fingerprint } from "../lib/hash.ts";
import { decidePush } from "../usage/push.ts";
import { forgetEntries, keepEntries, watchUsage } from "../usage/store.ts";
import { UsageChange, type UsageOfCustomer, type UsageParts } from "./keep-usage.ts";

export type PushParts = Omit<UsageParts, "account"> & { readonly pool: Pool; readonly nowMs: () => number };

/** Counts a batch. Answers what became of each entry, in their order; nothing is left unsaid. */
export async function pushUsage(parts: PushParts, { account, entries }: UsagePush): Promise<UsagePushed> {
  const nowS = Math.floor(parts.nowMs() / 1000);
  const outcomes = await transaction(parts.pool, (tx) => push(tx, { ...parts, account }, { entries, nowS }));
  const count = (result: UsageOutcome["result"]): number =>
    outcomes.filter((outcome) => outcome.result === result).length;
  return {
    counted: count("counted"),
    repeated: count("repeated"),
    superseded: count("superseded"),
    refused: count("refused"),
    entries: [...outcomes],
  };
}

type Sent = { readonly entries: readonly UsageEntry[]; readonly nowS: number };

async function push(tx: Queryable, parts: UsageParts, { entries, nowS }: Sent): Promise<readonly UsageOutcome[]> {
  const { account } = parts;
  const prints = entries.map((entry) => fingerprint(JSON.stringify(entry)));
  const first = new Map<string, number>();
  for (const [index, { id }] of entries.entries()) if (!first.has(id)) first.set(id, index);
  const distinct = [...first.values()].flatMap((index) => {
    const entry = entries[index];
    return entry ? [{ ...entry, customerId: entry.customer, fingerprint: prints[index] ?? "" }] : [];
  });
  const kept = await keepEntries(tx, account, distinct);
  const change = await UsageChange.begin(
    tx,
    parts,
    entries.map(({ customer }) => customer),
  );
  const decided = new Map<string, UsageOutcome>();
  const outcomes = entries.map((entry, index): UsageOutcome => {
    const before = kept.get(entry.id) ?? (first.get(entry.id) === index ? undefined : prints[first.get(entry.id) ?? 0]);
    if (before !== undefined) return again(entry, { same: before === prints[index], earlier: decided.get(entry.id) });
    const outcome = count(change, entry, nowS);
    decided.set(entry.id, outcome);
    return outcome;
  });
  const refused = [...decided.values()].filter(({ result }) => result === "refused").map(({ id }) => id);
  await forgetEntries(tx, account, refused);
  await change.commit();
  await watchEnds(tx, account, { change, entries });
  return outcomes;
}

/** What was refused the first time is refused the second time, and for the same reason. */
function again(
  { id }: UsageEntry,
  { same, earlier }: { same: boolean; earlier: UsageOutcome | undefined },
): UsageOutcome {
  if (!same)
    return {
      id,
      result: "refused",
      code: "id_used_otherwise",
      reason: "Another entry has this id. What was counted under it stands; use a new id for new usage.",
    };
  return earlier?.result === "refused" ? earlier : { id, result: "repeated" };
}

function count(change: UsageChange, entry: UsageEntry, nowS: number): UsageOutcome {
  const { id, customer, meter } = entry;
  const person = change.of(customer);
  if (!person.isKnown)
    return {
      id,
      result: "refused",
      code: "unknown_customer",
      reason: `No customer ${customer} is known. Send the entry again, with the same id, once Stripe has told of them.`,
    };
  const pushed = decidePush(entry, inputsOf(person, entry, nowS));
  if (pushed.result === "counted") change.keep(customer, { ...pushed.reading, meter });
  const { result } = pushed;
  return result === "refused" ? { id, result, code: pushed.code, reason: pushed.reason } : { id, result };
}

function inputsOf({ copies, readings }: UsageOfCustomer, { meter, at, period }: UsageEntry, nowS: number) {
  const copy = readings.get(meter);
  const known = copy && !copy.deleted ? copy.facts : undefined;
  const billing = billingItemOf(copies, { meter, meterId: known?.meterId ?? null });
  const atS = at ?? nowS;
  return {
    known,
    atS,
    nowS,
    meterId: billing?.meterId ?? null,
    period: period ? { startS: period.start, endS: period.end } : periodAt(copies, { billing, atS }),
  };
}

/** When a pushed period ends nobody may push again: the schedule then takes its readings away. */
async function watchEnds(
  tx: Queryable,
  account: string,
  { change, entries }: { readonly change: UsageChange; readonly entries: readonly UsageEntry[] },
): Promise<void> {
  const byEnd = new Map<number, string[]>();
  for (const customerId of new Set(entries.map(({ customer }) => customer))) {
    const living = [...change.of(customerId).readings.values()].filter(({ deleted }) => !deleted);
    if (living.length === 0) continue;
    const endS = Math.min(...living.map(({ facts }) => facts.periodEndS));
    byEnd.set(endS, [...(byEnd.get(endS) ?? []), customerId]);
  }
  for (const [dueS, customerIds] of [...byEnd].toSorted(([a], [b]) => a - b))
    await watchUsage(tx, account, { customerIds, dueS });
}
