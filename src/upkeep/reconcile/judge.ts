/** Judges what is suspected, once events that were on their way have had their time: what is still different was missed. */
import { outcomeOf, type Outcome } from "../../billing/apply.ts";
import { describeChanges } from "../../billing/changes.ts";
import { compareRead } from "../../billing/newest.ts";
import { renamedProducts } from "../../billing/renamed.ts";
import { commitBatch, findCopies, type JobRequest } from "../../billing/store.ts";
import type { Tx } from "../../db/pool.ts";
import type { ObjectCopy } from "../../model/stripe-object.ts";
import { differencesMax, type Difference, type Drift } from "./drift.ts";
import { takeSuspects } from "./marks.ts";
import type { ReconcileParts } from "./parts.ts";
import type { RunInHand } from "./run-in-hand.ts";
import { listDeletedIn, saveDrifts } from "./drift-rows.ts";

const batchSize = 100;

/** Judges all suspects of a run, in batches that each are all or nothing. */
export async function judgeSuspects({
  parts,
  run,
  signal,
}: {
  readonly parts: ReconcileParts;
  readonly run: RunInHand;
  readonly signal: AbortSignal;
}): Promise<void> {
  for (let more = true; more;) {
    signal.throwIfAborted();
    let batch: Batch | undefined;
    await run.step(parts.contexts.main.pool, async (tx) => {
      batch = await judgeBatch(tx, run);
      return {};
    });
    more = batch !== undefined;
    parts.products.forget(batch?.renamed ?? []);
    parts.onQueued();
  }
}

type Batch = { readonly renamed: readonly string[] };

/** One batch; undefined when nothing is left. When a copy was changed by an event meanwhile, the transaction begins again. */
async function judgeBatch(tx: Tx, run: RunInHand): Promise<Batch | undefined> {
  const suspects = await takeSuspects(tx, run.id, batchSize);
  if (!suspects) return undefined;
  const { account } = suspects;
  const known = await findCopies(
    tx,
    account,
    suspects.copies.map(({ id }) => id),
  );
  const stored = new Map(known.map((copy) => [copy.id, copy]));
  const copies = suspects.copies
    .filter((copy) => compareRead(stored.get(copy.id), copy) === "newer")
    .map((copy) => ({ ...copy, rev: stored.get(copy.id)?.rev ?? 0 }));
  const renamed = renamedProducts(copies, (id) => stored.get(id));
  if (!run.options.check) {
    const jobs = jobsFor(copies.map((copy) => outcomeOf(stored.get(copy.id), copy)));
    await commitBatch(tx, { account, events: [], copies, renamed, jobs, settleMs: 0, settleMaxMs: 0 });
  }
  await saveDrifts(tx, run.id, await driftsOf(tx, run, { account, copies, stored }));
  return { renamed: run.options.check ? [] : renamed };
}

/** Nothing of this is so new that it may pass what events bring. */
function jobsFor(outcomes: readonly Outcome[]): readonly JobRequest[] {
  const due = outcomes.filter(({ lane }) => lane !== null).map(({ customerId }) => customerId);
  const customerIds = new Set(due.filter((id) => id !== null));
  return [...customerIds].map((customerId) => ({ customerId, lane: "backfill", events: 0 }));
}

type Missed = {
  readonly account: string;
  readonly copies: readonly ObjectCopy[];
  readonly stored: ReadonlyMap<string, ObjectCopy>;
};

/** One drift per customer. The objects of a customer who was deleted went with them: that is one drift, not several. */
async function driftsOf(tx: Tx, run: RunInHand, { account, copies, stored }: Missed): Promise<readonly Drift[]> {
  const owners = copies.map(({ customerId }) => customerId).filter((id) => id !== null);
  const found = await listDeletedIn(tx, run.id, { account, customerIds: owners });
  const gone = new Set([...found, ...copies.filter(isDeletedCustomer).map(({ id }) => id)]);
  const drifts = new Map<string, Drift>();
  for (const copy of copies) {
    const subject = subjectOf(copy, gone);
    const key = JSON.stringify(subject);
    const differences = [...(drifts.get(key)?.differences ?? []), ...differencesOf(stored.get(copy.id), copy)];
    const done = run.options.check ? "reported" : "renewed";
    drifts.set(key, { ...subject, account, contactId: null, differences: differences.slice(0, differencesMax), done });
  }
  return [...drifts.values()];
}

/** What a copy's difference is a finding about: its customer, unless it has none or is itself what is gone. */
function subjectOf(
  { id, customerId, deleted }: ObjectCopy,
  gone: ReadonlySet<string>,
): Pick<Drift, "class" | "customerId" | "objectId"> {
  if (customerId !== null && gone.has(customerId)) return { class: "deleted", customerId, objectId: null };
  if (deleted) return { class: "deleted", customerId, objectId: id };
  return { class: "missed_event", customerId, objectId: customerId === null ? id : null };
}

function isDeletedCustomer({ kind, deleted }: ObjectCopy): boolean {
  return kind === "customer" && deleted;
}

/** What Stripe shows is what was to be expected. */
function differencesOf(stored: ObjectCopy | undefined, copy: ObjectCopy): readonly Difference[] {
  const name = `${copy.kind} ${copy.id}`;
  if (!stored) return [[name, "there", "not there"]];
  if (copy.deleted) return [[name, "deleted", "there"]];
  return describeChanges(stored, copy).map(([field, found, expected]) => [`${name} ${field}`, expected, found]);
}
