/**
 * Sends stored events, customers and dead letters through again. Everything here only changes states in the database: the
 * running server takes it up within seconds, and without a server it waits for the next. Nothing that Intercom has
 * confirmed is repeated: an event leads to a look at Stripe, a customer to a comparison with what Intercom shows, and the
 * ledger never sends a confirmed effect again.
 */
import type { DeadLetter, Replayed, ReplayRequest } from "../../contract/dead.ts";
import { makeCopy } from "../billing/apply.ts";
import { findCopies } from "../billing/store.ts";
import { doubtCompany } from "../companies/store.ts";
import { mainAccount } from "../connections/connection.ts";
import { listJoinedAccounts } from "../connections/store.ts";
import { forgetLookups } from "../contacts/store.ts";
import type { Queryable } from "../db/pool.ts";
import { replayEffect } from "../effects/store.ts";
import { listEventsById, replayEvents } from "../events/store.ts";
import { AppError } from "../model/error.ts";
import type { SyncContext } from "../pipeline/context.ts";
import { hydrateCustomer, keepRead } from "../pipeline/load-customer.ts";
import { queueCompanies } from "../queue/company-jobs.ts";
import { addSlowJob, reviveSlowJobs } from "../queue/slow-jobs.ts";
import { reviveSyncJobs } from "../queue/kept-jobs.ts";
import { queuePeople } from "../queue/sync-jobs.ts";
import { readObject } from "../stripe/objects.ts";
import { companyKey, findDead, findDeadById, slowJobId } from "./dead-letters.ts";

/** Queues what is to be sent through again, and says what could not be, and why. Asking twice is the same as once. */
export async function replay(db: Queryable, request: ReplayRequest): Promise<Replayed> {
  if ("events" in request) return replayStoredEvents(db, request.events);
  if ("customers" in request) return queueCustomerReplays(db, request.customers, request.account ?? mainAccount);
  if ("ids" in request.dead) return replayDeadIds(db, request.dead.ids);
  return replayLetters(db, await findDead(db, request.dead));
}

async function replayStoredEvents(db: Queryable, ids: readonly string[]): Promise<Replayed> {
  const queued = await replayEvents(db, { ids });
  const taken = new Set(queued);
  const missed = ids.filter((id) => !taken.has(id));
  const stored = new Map((await listEventsById(db, { ids: missed })).map((event) => [event.id, event.state]));
  return {
    queued: queued.map((id) => ({ id, kind: "event" as const })),
    refused: missed.map((id) => ({ id, reason: reasonOf(id, stored.get(id)) })),
  };
}

function reasonOf(id: string, state: string | undefined): string {
  if (state === "waiting") return "It waits already.";
  if (state === undefined)
    return `No event ${id} is stored. Is it older than what is kept? Replay its customer: dunlin replay customer cus_…`;
  return "Its body was removed because of its age. Replay its customer: dunlin replay customer cus_…";
}

/** Reading Stripe is left to the server, which has the account's budget. */
async function queueCustomerReplays(db: Queryable, ids: readonly string[], account: string): Promise<Replayed> {
  if (account !== mainAccount && !(await listJoinedAccounts(db)).includes(account)) {
    return { queued: [], refused: ids.map((id) => ({ id, reason: `There is no Stripe account named “${account}”.` })) };
  }
  for (const customerId of ids) {
    const key = `replay-customer:${account}:${customerId}`;
    await addSlowJob(db, { task: "replay-customer", payload: { account, customerId }, key });
  }
  return { queued: ids.map((id) => ({ id, kind: "customer" as const })), refused: [] };
}

async function replayDeadIds(db: Queryable, ids: readonly string[]): Promise<Replayed> {
  const found = await Promise.all(ids.map(async (id) => ({ id, letters: await findDeadById(db, id) })));
  const missing = found.filter(({ letters }) => letters.length === 0);
  const done = await replayLetters(
    db,
    found.flatMap(({ letters }) => letters),
  );
  const refused = missing.map(({ id }) => ({ id, reason: "It is no dead letter, or not any more." }));
  return { queued: done.queued, refused: [...done.refused, ...refused] };
}

async function replayLetters(db: Queryable, letters: readonly DeadLetter[]): Promise<Replayed> {
  const idsOf = (kind: DeadLetter["kind"]): string[] =>
    letters.filter((letter) => letter.kind === kind).map(({ id }) => id);
  const customers = await reviveSyncJobs(db, { customerIds: idsOf("sync") });
  const companies = idsOf("company");
  for (const id of companies) await doubtCompany(db, companyKey(id));
  await queueCompanies(db, { keys: companies.map(companyKey), lane: "urgent" });
  const jobs = await reviveSlowJobs(db, idsOf("job").map(slowJobId));
  const events = await replayStoredEvents(db, idsOf("event"));
  const effects = await replayEffects(db, idsOf("effect"));
  return {
    queued: [
      ...customers.map(({ customerId }) => ({ id: customerId, kind: "sync" as const })),
      ...companies.map((id) => ({ id, kind: "company" as const })),
      ...events.queued,
      ...effects.queued,
      ...jobs.map((id) => ({ id: `job_${id}`, kind: "job" as const })),
    ],
    refused: [...events.refused, ...effects.refused],
  };
}

/** One after the other: each says for itself whether it may be sent again. */
async function replayEffects(db: Queryable, ids: readonly string[]): Promise<Replayed> {
  const done: { queued: Replayed["queued"]; refused: Replayed["refused"] } = { queued: [], refused: [] };
  for (const id of ids) {
    try {
      await replayEffect(db, id);
      done.queued.push({ id, kind: "effect" });
    } catch (error) {
      if (!(error instanceof AppError) || error.kind === "transient") throw error;
      done.refused.push({ id, reason: error.message });
    }
  }
  return done;
}

/** Reads the customer, their subscriptions and charges again, and has the contact looked at as if for the first time. */
export async function replayCustomer(context: SyncContext, customerId: string): Promise<void> {
  const { pool, account } = context;
  await readCustomer(context, customerId);
  await hydrateCustomer(context, customerId);
  await forgetLookups(pool, [{ account, customerId }]);
  await queuePeople(pool, { customers: [{ account, customerId }], lane: "urgent" });
}

/** Whom Stripe has no more is marked as deleted; whom it never had leaves nothing behind. */
async function readCustomer(context: SyncContext, id: string): Promise<void> {
  const { object, answeredS } = await readObject(context.stripe, "customer", id);
  const asOfS = answeredS ?? Math.floor(context.nowMs() / 1000);
  const head = { kind: "customer", id, customerId: id, rev: 0, asOfS, eventId: null, origin: "read" } as const;
  if (object) {
    await keepRead(context, [makeCopy(object, { ...head, deleted: false })]);
    return;
  }
  const [stored] = await findCopies(context.pool, context.account, [id]);
  if (stored?.kind === "customer")
    await keepRead(context, [{ ...stored, asOfS, eventId: null, secondEvents: [], origin: "read", deleted: true }]);
}
