/** Stripe's side: pages through the lists of an account and suspects every copy that says something else than Stripe. */
import { makeCopy } from "../../billing/apply.ts";
import { compareRead } from "../../billing/newest.ts";
import { idOf, partOf, textOf } from "../../billing/read.ts";
import { withKnownDetails } from "../../billing/on-request.ts";
import { findCopies } from "../../billing/store.ts";
import type { ObjectCopy, StripeCopy } from "../../model/stripe-object.ts";
import type { SyncContext } from "../../pipeline/context.ts";
import { copiesOfPage } from "../../pipeline/load-customer.ts";
import type { StripeJson } from "../../stripe/client.ts";
import { StripeForbidden, StripeNotFound, StripeRejected } from "../../stripe/failure.ts";
import { readObject, readPage, type StripePage } from "../../stripe/objects.ts";
import {
  addMarks,
  addSuspects,
  areMarksComplete,
  endPass,
  findPass,
  listUnlistedCopies,
  savePass,
  scopeOf,
  type Pass,
} from "./marks.ts";
import { untilOpen } from "../until-open.ts";
import type { ReconcileParts } from "./parts.ts";
import type { RunInHand } from "./run-in-hand.ts";
import { boundsOf, isHeldOnNeed, olderPagesMax, type StripeList } from "./stripe-lists.ts";

export type ListInHand = {
  readonly parts: Pick<ReconcileParts, "openings" | "onBlocked">;
  readonly context: SyncContext;
  readonly list: StripeList;
  readonly run: RunInHand;
  readonly signal: AbortSignal;
};

/** done: compared as far as it should be in this run · budget: no more reads are allowed · again: it must begin anew */
export type ListEnd = "done" | "budget" | "again";

/**
 * Compares one list, from where an earlier run stopped. It must begin anew when the object at which it stopped is gone,
 * or when a crash of the database took what was marked.
 */
export async function compareList(hand: ListInHand): Promise<ListEnd> {
  const { context, list, run } = hand;
  const key = { account: context.account, resource: list.resource };
  let pass = (await findPass(context.pool, key)) ?? { ...key, ...notBegun(context) };
  for (let pages = 0; ; pages += 1) {
    await untilReadable(hand);
    if (!run.mayReadStripe) return "budget";
    if (list.reach === "older" && pages >= olderPagesMax) return "done";
    const page = await readOrGiveUp(hand, pass);
    if (page === "again" || page === "done") {
      await endPass(context.pool, key);
      return page;
    }
    pass = await keepPage(hand, pass, page);
    if (!page.hasMore || page.items.length === 0) return endOfList(hand, pass);
  }
}

function untilReadable({ parts, context, signal }: ListInHand): Promise<void> {
  return untilOpen(parts, (now) => now.stripe(context.account), signal);
}

function notBegun(context: SyncContext): Omit<Pass, "account" | "resource"> {
  return { cursor: null, startedS: nowS(context), answeredS: nowS(context), marked: 0 };
}

function nowS({ nowMs }: SyncContext): number {
  return Math.floor(nowMs() / 1000);
}

/** A list that the key may not read, or that is refused, must not keep the others away. */
async function readOrGiveUp({ context, list, run }: ListInHand, pass: Pass): Promise<StripePage | "again" | "done"> {
  const { cursor, startedS } = pass;
  const after = cursor === null ? {} : { starting_after: cursor };
  run.countCall("stripe");
  try {
    return await readPage(context.stripe, list.path, { ...list.query, ...boundsOf(list, startedS), ...after });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // The object at which an earlier run stopped may have been deleted since.
    if (cursor !== null && !(error instanceof StripeForbidden)) return "again";
    const facts = { code: error.code, account: context.account, resource: list.resource };
    context.log.error(facts, `${list.resource} are left out of the comparison: ${error.message}`);
    return "done";
  }
}

function isRefusal(error: unknown): error is StripeForbidden | StripeRejected | StripeNotFound {
  return error instanceof StripeForbidden || error instanceof StripeRejected || error instanceof StripeNotFound;
}

/** What the page shows otherwise is suspected, in the transaction that moves the cursor on. */
async function keepPage(hand: ListInHand, before: Pass, page: StripePage): Promise<Pass> {
  const { context, list } = hand;
  const answeredS = page.answeredS ?? nowS(context);
  const ids = page.items.map((item) => textOf(item, "id")).filter((id) => id !== null);
  const pass: Pass = {
    ...before,
    cursor: ids.at(-1) ?? before.cursor,
    startedS: before.cursor === null ? answeredS : before.startedS,
    answeredS,
  };
  const suspects = await suspectsOf(hand, page.items, answeredS);
  return stepWith(hand, pass, { ids: list.isComplete ? ids : [], suspects, objects: ids.length });
}

type Seen = { readonly ids: readonly string[]; readonly suspects: readonly ObjectCopy[]; readonly objects: number };

/** Marks, suspects and the cursor are kept together. Answers the pass with its new count of marks. */
async function stepWith({ context, run }: ListInHand, pass: Pass, { ids, suspects, objects }: Seen): Promise<Pass> {
  let { marked } = pass;
  await run.step(context.pool, async (tx) => {
    marked = pass.marked + (await addMarks(tx, scopeOf(pass), ids));
    await savePass(tx, { ...pass, marked });
    await addSuspects(tx, run.id, { account: context.account, copies: suspects });
    return { objects: run.progress.objects + objects };
  });
  return { ...pass, marked };
}

async function suspectsOf(
  { context, list }: ListInHand,
  items: readonly StripeJson[],
  answeredS: number,
): Promise<readonly ObjectCopy[]> {
  const read = copiesOfPage(list.kind, items, { answeredS });
  const ids = read.map(({ id }) => id);
  const known = await findCopies(context.pool, context.account, ids);
  const stored = new Map(known.map((copy) => [copy.id, copy]));
  const raw = new Map(items.map((item) => [textOf(item, "id"), item]));
  return read
    .filter((copy) => stored.has(copy.id) || !isHeldOnNeed(copy))
    .map((copy) => withOwner(copy, raw.get(copy.id), stored.get(copy.id)))
    .filter((copy) => isNews(stored.get(copy.id), copy));
}

/** Events and lists show less than who asks for one object is told; that is no difference. */
function isNews(stored: ObjectCopy | undefined, read: ObjectCopy): boolean {
  return compareRead(stored && withKnownDetails(stored, read), withKnownDetails(read, stored)) === "newer";
}

/** Disputes, and refunds of an older shape, do not name their customer: they belong to whoever their charge belongs to. */
function withOwner(copy: StripeCopy, item: StripeJson | undefined, stored: ObjectCopy | undefined): StripeCopy {
  if (copy.customerId !== null || !item) return copy;
  const customerId = idOf(partOf(item, "charge"), "customer") ?? stored?.customerId ?? null;
  return customerId === null ? copy : makeCopy(item, { ...copy, customerId });
}

/** What we have and Stripe did not list is read one by one. */
async function endOfList(hand: ListInHand, pass: Pass): Promise<ListEnd> {
  const { context, list } = hand;
  if (list.isComplete) {
    if (!(await areMarksComplete(context.pool, scopeOf(pass), pass.marked))) {
      await endPass(context.pool, pass);
      return "again";
    }
    if (!(await readUnlisted(hand, pass))) return "budget";
  }
  await endPass(context.pool, pass);
  return "done";
}

/** False when the budget ended before. */
async function readUnlisted(hand: ListInHand, pass: Pass): Promise<boolean> {
  const { context, list, run } = hand;
  let now = pass;
  for (let after: string | null = ""; after !== null;) {
    const slice = await listUnlistedCopies(context.pool, { pass, kind: list.kind, after });
    for (const id of slice.found) {
      await untilReadable(hand);
      if (!run.mayReadStripe) return false;
      now = await readOne(hand, now, id);
    }
    after = slice.next;
  }
  return true;
}

async function readOne(hand: ListInHand, pass: Pass, id: string): Promise<Pass> {
  const { context, list, run } = hand;
  run.countCall("stripe");
  const { object, answeredS } = await readObject(context.stripe, list.kind, id);
  const suspects = object
    ? await suspectsOf(hand, [object], answeredS ?? pass.answeredS)
    : await deletedCopies(context, id, pass.answeredS);
  return stepWith(hand, pass, { ids: [id], suspects, objects: 1 });
}

/** The facts stay as they were; that the object is gone is what is new. */
async function deletedCopies(
  { pool, account }: SyncContext,
  id: string,
  asOfS: number,
): Promise<readonly ObjectCopy[]> {
  const stored = await findCopies(pool, account, [id]);
  return stored.map((copy) => ({ ...copy, deleted: true, asOfS, eventId: null, secondEvents: [], origin: "read" }));
}
