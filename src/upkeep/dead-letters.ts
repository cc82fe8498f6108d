/** Dead letters of every kind in one list: what waits for a person, why, and what to do about it. */
import type { DeadKind, DeadLetter, DeadList, DeadQuery } from "../../contract/dead.ts";
import type { EffectEntry } from "../../contract/effect.ts";
import type { Queryable } from "../db/pool.ts";
import { query, sql } from "../db/query.ts";
import { listEntries } from "../effects/store.ts";
import { listDeadEvents, listEventsById, type KeptEvent } from "../events/store.ts";
import { AppError } from "../model/error.ts";
import { remedyOf } from "../model/remedy.ts";
import { listDeadCompanies, type DeadCompany } from "../queue/company-jobs.ts";
import { listFailedSlowJobs, type FailedSlowJob } from "../queue/slow-jobs.ts";
import { listDeadSyncJobs, type KeptJob } from "../queue/kept-jobs.ts";

/** There is no dead letter of that id. */
export class DeadLetterNotFound extends AppError {
  readonly code = "DEAD_LETTER_NOT_FOUND";
  readonly kind = "missing";
  constructor(id: string) {
    super(
      `There is no dead letter ${id}; it may have been sent through meanwhile. To see what there is: dunlin dead list`,
    );
  }
}

/** Slow jobs end as dead letters whatever broke them; the message says what it was. */
const slowJobCode = "JOB_FAILED";
const slowJobPrefix = "job_";
const companyPrefix = "company_";

/** More than anybody can look through; the counts say so. */
const scanMax = 10_000;
const pageSize = 200;

export type DeadFilter = Pick<DeadQuery, "kind" | "code">;

/** The dead letters, oldest first within each kind, and how many there are of each kind and code. */
export async function listDead(db: Queryable, { limit, ...filter }: DeadQuery): Promise<DeadList> {
  const letters = await findDead(db, filter);
  const counts = new Map<string, DeadList["counts"][number]>();
  for (const { kind, code } of letters) {
    const known = counts.get(`${kind} ${code}`);
    counts.set(`${kind} ${code}`, { kind, code, count: (known?.count ?? 0) + 1 });
  }
  return { letters: letters.slice(0, limit), counts: [...counts.values()].toSorted((a, b) => b.count - a.count) };
}

/** How many there are of each kind, as cheaply as a scrape may ask: of each kind the index of its dead ones is counted. */
export async function countDead(db: Queryable): Promise<Readonly<Record<DeadKind, number>>> {
  const text = `select (select count(*) from sync_jobs where state = 'dead') as sync,
    (select count(*) from companies where dead) as company,
    (select count(*) from stripe_events where state = 'dead') as event,
    (select count(*) from effects where state = 'failed') as effect`;
  const [row] = await query<Record<Exclude<DeadKind, "job">, number>>(db, sql.prepared("count_dead_letters", text));
  const { sync = 0, company = 0, event = 0, effect = 0 } = row ?? {};
  return { sync, company, event, effect, job: (await listFailedSlowJobs(db, scanMax)).length };
}

/** One dead letter. Throws DeadLetterNotFound. */
export async function getDead(db: Queryable, id: string): Promise<DeadLetter> {
  const letter = (await findDeadById(db, id))[0];
  if (!letter) throw new DeadLetterNotFound(id);
  return letter;
}

/** Every dead letter that fits. */
export async function findDead(db: Queryable, { kind, code }: DeadFilter): Promise<readonly DeadLetter[]> {
  const wants = (one: DeadKind): boolean => kind === undefined || kind === one;
  const letters = await Promise.all([
    wants("sync") ? listDeadSyncJobs(db, { code: code ?? null }, scanMax).then((jobs) => jobs.map(ofSyncJob)) : [],
    wants("company")
      ? listDeadCompanies(db, { code: code ?? null, limit: scanMax }).then((all) => all.map(ofCompany))
      : [],
    wants("event") ? listDeadEvents(db, { code: code ?? null, limit: scanMax }).then((all) => all.map(ofEvent)) : [],
    wants("effect") ? listFailedEffects(db).then((effects) => effects.map(ofEffect)) : [],
    wants("job") ? listFailedSlowJobs(db, scanMax).then((jobs) => jobs.map(ofSlowJob)) : [],
  ]);
  return letters.flat().filter((letter) => code === undefined || letter.code === code);
}

/** The dead letters of this id: a customer may have one in each Stripe account. */
export async function findDeadById(db: Queryable, id: string): Promise<readonly DeadLetter[]> {
  if (id.startsWith(slowJobPrefix) || id.startsWith("eff_")) {
    const kind = id.startsWith("eff_") ? "effect" : "job";
    return (await findDead(db, { kind })).filter((letter) => letter.id === id);
  }
  if (id.startsWith(companyPrefix))
    return (await listDeadCompanies(db, { key: companyKey(id), limit: 1 })).map(ofCompany);
  const [jobs, events] = await Promise.all([
    listDeadSyncJobs(db, { customerIds: [id] }, scanMax),
    listEventsById(db, { ids: [id] }),
  ]);
  return [...jobs.map(ofSyncJob), ...events.filter(({ state }) => state === "dead").map(ofEvent)];
}

/** The number that the queue knows a slow job by. */
export function slowJobId(id: string): string {
  return id.slice(slowJobPrefix.length);
}

/** The key of a company. */
export function companyKey(id: string): string {
  return id.slice(companyPrefix.length);
}

async function listFailedEffects(db: Queryable): Promise<readonly EffectEntry[]> {
  const found: EffectEntry[] = [];
  for (let before: string | undefined; found.length < scanMax;) {
    const page = await listEntries(db, { state: "failed", limit: pageSize, before });
    found.push(...page.effects);
    if (page.next === null) break;
    before = page.next;
  }
  return found.toReversed();
}

function ofSyncJob({ customer, attempt, queuedAt, error }: KeptJob): DeadLetter {
  const { account, customerId } = customer;
  return {
    ...described(error),
    id: customerId,
    kind: "sync",
    account,
    customerId,
    what: `write the contact of ${customerId}`,
    attempts: attempt,
    since: queuedAt.toISOString(),
    replay: `dunlin replay dead ${customerId}`,
  };
}

function ofCompany({ key, attempt, queuedAt, error }: DeadCompany): DeadLetter {
  const id = `${companyPrefix}${key}`;
  return {
    ...described(error),
    id,
    kind: "company",
    account: null,
    customerId: null,
    what: `write the company ${key}`,
    attempts: attempt,
    since: queuedAt.toISOString(),
    replay: `dunlin replay dead ${/^[\w.@-]+$/.test(id) ? id : `'${id.replaceAll("'", "'\\''")}'`}`,
  };
}

function ofEvent({ account, id, type, customerId, attempt, receivedAt, error }: KeptEvent): DeadLetter {
  return {
    ...described(error),
    id,
    kind: "event",
    account,
    customerId,
    what: `apply ${type}`,
    attempts: attempt,
    since: receivedAt.toISOString(),
    replay: `dunlin replay event ${id}`,
  };
}

function ofEffect({ account, id, kind, customerId, attempt, plannedAt, error }: EffectEntry): DeadLetter {
  return {
    ...described(error),
    id,
    kind: "effect",
    account,
    customerId,
    what: `send the ${kind.replaceAll("_", " ")} for ${customerId}`,
    attempts: attempt,
    since: plannedAt,
    replay: `dunlin replay dead ${id}`,
  };
}

function ofSlowJob({ id, task, attempts, error, addedAt }: FailedSlowJob): DeadLetter {
  return {
    id: `${slowJobPrefix}${id}`,
    kind: "job",
    account: null,
    customerId: null,
    what: `run ${task}`,
    code: slowJobCode,
    message: error,
    remedy: "The message says what broke; mend it, then replay.",
    attempts,
    since: addedAt.toISOString(),
    replay: `dunlin replay dead ${slowJobPrefix}${id}`,
  };
}

function described(error: { readonly code: string; readonly message: string } | null): {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
} {
  const { code, message } = error ?? { code: "BUG", message: "Nothing was noted." };
  return { code, message, remedy: remedyOf(code) };
}
