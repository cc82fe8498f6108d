/** Loads what Stripe has: once after the first connect, resumable page by page, in an order that needs no call per customer. */
import { makeCopy } from "../billing/apply.ts";
import { idOf, textOf } from "../billing/read.ts";
import { findCopies, listCustomerIds } from "../billing/store.ts";
import { findSetting, saveSetting } from "../connections/store.ts";
import { isRecord } from "../lib/json.ts";
import type { ObjectCopy, ObjectCopyOf, ObjectKind } from "../model/stripe-object.ts";
import type { SyncContext } from "../pipeline/context.ts";
import { copiesOfPage, keepRead } from "../pipeline/load-customer.ts";
import { queueCustomers } from "../queue/sync-jobs.ts";
import { StripeForbidden, StripeNotFound, StripeRejected } from "../stripe/failure.ts";
import { readPage, type StripePage } from "../stripe/objects.ts";
import type { StripeJson, StripeQuery } from "../stripe/client.ts";

type Resource = {
  readonly name: string;
  readonly kind: ObjectKind;
  readonly path: string;
  readonly query: StripeQuery;
};

/** The order matters: charges before refunds and disputes, which may name only a charge (facts: Stripe's list parameters and expands). */
const resources: readonly Resource[] = [
  { name: "products", kind: "product", path: "/v1/products", query: {} },
  {
    name: "customers",
    kind: "customer",
    path: "/v1/customers",
    query: { expand: ["data.invoice_settings.default_payment_method"] },
  },
  {
    name: "subscriptions",
    kind: "subscription",
    path: "/v1/subscriptions",
    query: { status: "all", expand: ["data.default_payment_method"] },
  },
  { name: "charges", kind: "charge", path: "/v1/charges", query: {} },
  { name: "refunds", kind: "refund", path: "/v1/refunds", query: {} },
  { name: "disputes", kind: "dispute", path: "/v1/disputes", query: {} },
];

/** Where a backfill stands. */
export type BackfillState = {
  readonly state: "running" | "done";
  /** Objects created up to this second are loaded; later ones come as events. */
  readonly startedS: number;
  /** The resource under way, or "contacts" while customers are being queued. */
  readonly resource: string;
  readonly cursor: string | null;
  /** Objects read so far, over all resources. */
  readonly done: number;
};

/** The setting that holds the state; null begins again. */
export const backfillSetting = "backfill";

/** Where the backfill of this installation stands; `undefined` before the first. */
export async function findBackfill(context: Pick<SyncContext, "pool">): Promise<BackfillState | undefined> {
  const value = await findSetting(context.pool, backfillSetting);
  return isBackfillState(value) ? value : undefined;
}

/** Written by this file only. */
function isBackfillState(value: unknown): value is BackfillState {
  return isRecord(value) && typeof value["state"] === "string" && typeof value["startedS"] === "number";
}

export type BackfillHooks = {
  readonly signal: AbortSignal;
  readonly onProgress: (state: BackfillState) => void;
};

/** Runs the backfill, or goes on with one that was interrupted. `fresh` begins again. */
export async function runBackfill(context: SyncContext, hooks: BackfillHooks, fresh = false): Promise<BackfillState> {
  const stored = fresh ? undefined : await findBackfill(context);
  if (stored?.state === "done") return stored;
  let state: BackfillState = stored ?? firstState(Math.floor(context.nowMs() / 1000));
  const save = async (next: BackfillState): Promise<void> => {
    state = next;
    await saveSetting(context.pool, backfillSetting, next);
    hooks.onProgress(next);
  };
  await save(state);
  const remaining = resources.slice(resources.findIndex(({ name }) => name === state.resource));
  if (state.resource !== "contacts") {
    for (const resource of remaining) {
      if (state.resource !== resource.name) await save({ ...state, resource: resource.name, cursor: null });
      await loadResource(context, { resource, hooks, read: () => state, save });
    }
    await save({ ...state, resource: "contacts", cursor: null });
  }
  await queueEverybody(context, { hooks, read: () => state, save });
  await save({ ...state, state: "done", cursor: null });
  return state;
}

function firstState(startedS: number): BackfillState {
  return { state: "running", startedS, resource: resources[0]?.name ?? "contacts", cursor: null, done: 0 };
}

type Progress = {
  readonly hooks: BackfillHooks;
  readonly read: () => BackfillState;
  readonly save: (state: BackfillState) => Promise<void>;
};

/** Newest first, down to the oldest; what is created meanwhile comes as an event. */
async function loadResource(
  context: SyncContext,
  { resource, hooks, read, save }: Progress & { readonly resource: Resource },
): Promise<void> {
  for (;;) {
    hooks.signal.throwIfAborted();
    const { cursor } = read();
    const query = { ...resource.query, ...(cursor === null ? {} : { starting_after: cursor }) };
    const page = await readPageOrSkip(context, resource, query);
    if (!page) return;
    const answeredS = page.answeredS ?? Math.floor(context.nowMs() / 1000);
    const copies = await withCustomers(context, copiesOfPage(resource.kind, page.items, { answeredS }), page.items);
    await keepRead(context, copies);
    const last = textOf(page.items.at(-1) ?? {}, "id");
    await save({ ...read(), cursor: last, done: read().done + page.items.length });
    if (!page.hasMore || last === null) return;
  }
}

/** A list that the key may not read, or that is refused, must not keep the others away. */
async function readPageOrSkip(
  context: SyncContext,
  { name, path }: Resource,
  query: StripeQuery,
): Promise<StripePage | undefined> {
  try {
    return await readPage(context.stripe, path, query);
  } catch (error) {
    if (!(error instanceof StripeForbidden || error instanceof StripeRejected || error instanceof StripeNotFound))
      throw error;
    context.log.error({ code: error.code, resource: name }, `${name} are left out of the backfill: ${error.message}`);
    return undefined;
  }
}

/** A dispute, and a refund of an older shape, belongs to whoever its charge belongs to. */
async function withCustomers(
  context: SyncContext,
  copies: readonly ObjectCopy[],
  items: readonly StripeJson[],
): Promise<readonly ObjectCopy[]> {
  if (!copies.some(isOrphan)) return copies;
  const chargeIds = items.map((item) => idOf(item, "charge")).filter((id) => id !== null);
  const charges = new Map((await findCopies(context.pool, context.account, chargeIds)).map((copy) => [copy.id, copy]));
  return copies.map((copy) => {
    if (!isOrphan(copy)) return copy;
    const item = items.find((candidate) => candidate["id"] === copy.id);
    const charge = charges.get(copy.facts.chargeId ?? "");
    return item && charge ? makeCopy(item, { ...copy, customerId: charge.customerId }) : copy;
  });
}

function isOrphan(copy: ObjectCopy): copy is ObjectCopyOf<"dispute"> | ObjectCopyOf<"refund"> {
  return (copy.kind === "dispute" || copy.kind === "refund") && copy.customerId === null;
}

const queuePageSize = 500;

async function queueEverybody(context: SyncContext, { hooks, read, save }: Progress): Promise<void> {
  for (;;) {
    hooks.signal.throwIfAborted();
    const ids = await listCustomerIds(context.pool, context.account, {
      after: read().cursor ?? "",
      limit: queuePageSize,
    });
    await queueCustomers(context.pool, { account: context.account, customerIds: ids, lane: "backfill" });
    const last = ids.at(-1);
    if (last === undefined) return;
    await save({ ...read(), cursor: last });
  }
}
