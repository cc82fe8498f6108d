/** Brings together what the profile of a customer needs, and reads from Stripe what we have never seen. */
import { makeCopy } from "../billing/apply.ts";
import { gapsIn, productIdsOf, type Gap } from "../billing/gaps.ts";
import { compareRead } from "../billing/newest.ts";
import { groupCopies, type CustomerCopies } from "../billing/profile.ts";
import { renamedProducts } from "../billing/renamed.ts";
import { commitBatch, findCopies } from "../billing/store.ts";
import { decideAgain } from "../db/lost-race.ts";
import { isCatalogue, type ObjectCopy, type ObjectKind } from "../model/stripe-object.ts";
import { readObject, readPages } from "../stripe/objects.ts";
import type { StripeJson } from "../stripe/client.ts";
import { idOf, textOf } from "../billing/read.ts";
import type { SyncContext } from "./context.ts";

/** How long a name is believed without asking the database; other nodes may have stored a new one meanwhile. */
export const productsKeptMs = 5_000;

/** Names of products change rarely and are needed for every customer. */
export class ProductCache {
  readonly #copies = new Map<string, { readonly copy: ObjectCopy; readonly untilMs: number }>();

  /** The products with these ids, from memory when they were read a moment ago. */
  async find({ pool, account, nowMs }: SyncContext, ids: readonly string[]): Promise<readonly ObjectCopy[]> {
    const now = nowMs();
    const keyOf = (id: string): string => `${account} ${id}`;
    const missing = ids.filter((id) => (this.#copies.get(keyOf(id))?.untilMs ?? 0) < now);
    if (missing.length > 0) {
      for (const copy of await findCopies(pool, account, missing)) {
        this.#copies.set(keyOf(copy.id), { copy, untilMs: now + productsKeptMs });
      }
    }
    return ids.flatMap((id) => this.#copies.get(keyOf(id))?.copy ?? []);
  }

  /** Forgets these products, of whatever account. */
  forget(ids: readonly string[]): void {
    if (ids.length === 0) return;
    const forgotten = new Set(ids);
    for (const key of this.#copies.keys()) if (forgotten.has(key.slice(key.indexOf(" ") + 1))) this.#copies.delete(key);
  }

  clear(): void {
    this.#copies.clear();
  }
}

/**
 * The copies of one customer, complete: missing products, payment methods and the customer itself are read from Stripe
 * and kept. Null when Stripe has no such customer.
 */
export async function completeCopies(
  context: SyncContext,
  products: ProductCache,
  { customerId, copies }: { readonly customerId: string; readonly copies: readonly ObjectCopy[] },
): Promise<CustomerCopies | null> {
  const known = copies.some(({ id }) => id === customerId)
    ? copies
    : [...copies, ...(await fillGaps(context, [{ kind: "customer", id: customerId }], customerId))];
  const grouped = groupCopies(customerId, known);
  if (!grouped) return null;
  const withProducts = { ...grouped, products: await productsOf(context, products, grouped) };
  const gaps = gapsIn(withProducts);
  if (gaps.length === 0) return withProducts;
  const filled = await fillGaps(context, gaps, customerId);
  products.forget(gaps.map(({ id }) => id));
  return groupCopies(customerId, [...known, ...withProducts.products, ...filled]);
}

async function productsOf(
  context: SyncContext,
  products: ProductCache,
  { subscriptions }: CustomerCopies,
): Promise<CustomerCopies["products"]> {
  const copies = await products.find(context, productIdsOf(subscriptions));
  return copies.filter((copy): copy is CustomerCopies["products"][number] & ObjectCopy => copy.kind === "product");
}

/** Reads objects and keeps them; what Stripe does not have is kept as deleted, so that it is not asked for again. */
function fillGaps(context: SyncContext, gaps: readonly Gap[], customerId: string): Promise<readonly ObjectCopy[]> {
  return Promise.all(
    gaps.map((gap) => context.reads.do(`${gap.kind}:${gap.id}`, () => fillGap(context, gap, customerId))),
  );
}

async function fillGap(context: SyncContext, { kind, id }: Gap, customerId: string): Promise<ObjectCopy> {
  const { object, answeredS } = await readObject(context.stripe, kind, id);
  const head = { kind, id, customerId: isCatalogue(kind) ? null : customerId, deleted: object === null, rev: 0 };
  const asOfS = answeredS ?? Math.floor(context.nowMs() / 1000);
  const copy = makeCopy(object ?? {}, { ...head, asOfS, eventId: null, origin: "read" });
  await keepRead(context, [copy]);
  return copy;
}

const attemptMax = 6;

/** Keeps copies that were read from the API, unless an event has meanwhile brought newer ones. Answers those that changed something. */
export function keepRead(context: SyncContext, read: readonly ObjectCopy[]): Promise<readonly ObjectCopy[]> {
  return decideAgain(attemptMax, () => keepReadOnce(context, read));
}

async function keepReadOnce(
  { pool, account }: SyncContext,
  read: readonly ObjectCopy[],
): Promise<readonly ObjectCopy[]> {
  const ids = read.map(({ id }) => id);
  const stored = new Map((await findCopies(pool, account, ids)).map((copy) => [copy.id, copy]));
  const newer = [...new Map(read.map((copy) => [copy.id, copy])).values()]
    .filter((copy) => compareRead(stored.get(copy.id), copy) === "newer")
    .map((copy) => ({ ...copy, rev: stored.get(copy.id)?.rev ?? 0 }));
  if (newer.length === 0) return [];
  const renamed = renamedProducts(newer, (id) => stored.get(id));
  await commitBatch(pool, { account, events: [], copies: newer, renamed, jobs: [], settleMs: 0, settleMaxMs: 0 });
  return newer;
}

/** Copies of a page of objects, with what was expanded inside them. */
export function copiesOfPage(
  kind: ObjectKind,
  items: readonly StripeJson[],
  { answeredS, customerId }: { readonly answeredS: number; readonly customerId?: string },
): readonly ObjectCopy[] {
  return items.flatMap((item) => {
    const owner = kind === "customer" ? textOf(item, "id") : (customerId ?? idOf(item, "customer"));
    const own = copyOfRead(kind, item, { customerId: isCatalogue(kind) ? null : owner, asOfS: answeredS });
    const expanded = expandedMethods(item).flatMap((method) =>
      copyOfRead("payment_method", method, { customerId: idOf(method, "customer") ?? owner, asOfS: answeredS }),
    );
    return [...own, ...expanded];
  });
}

function copyOfRead(
  kind: ObjectKind,
  object: StripeJson,
  { customerId, asOfS }: { readonly customerId: string | null; readonly asOfS: number },
): readonly ObjectCopy[] {
  const id = textOf(object, "id");
  if (id === null) return [];
  const deleted = object["deleted"] === true;
  return [makeCopy(object, { kind, id, customerId, deleted, rev: 0, asOfS, eventId: null, origin: "read" })];
}

/** `default_payment_method` of subscriptions and of a customer's invoice settings, when expanded. */
function expandedMethods(item: StripeJson): readonly StripeJson[] {
  const settings = item["invoice_settings"];
  const candidates = [item["default_payment_method"], isObject(settings) ? settings["default_payment_method"] : null];
  return candidates.filter(isObject);
}

function isObject(value: unknown): value is StripeJson {
  return typeof value === "object" && value !== null;
}

/** Reads everything that the profile of one customer needs, for a customer whose history we have not loaded yet. */
export async function hydrateCustomer(context: SyncContext, customerId: string): Promise<void> {
  const { stripe } = context;
  const nowS = Math.floor(context.nowMs() / 1000);
  const lists: readonly {
    readonly kind: ObjectKind;
    readonly path: string;
    readonly query: Record<string, string | string[]>;
  }[] = [
    {
      kind: "subscription",
      path: "/v1/subscriptions",
      query: { customer: customerId, status: "all", expand: ["data.default_payment_method"] },
    },
    { kind: "invoice", path: "/v1/invoices", query: { customer: customerId, status: "open" } },
    { kind: "charge", path: "/v1/charges", query: { customer: customerId } },
  ];
  for (const { kind, path, query } of lists) {
    for (const { items, answeredS } of await readPages(stripe, path, query)) {
      await keepRead(context, copiesOfPage(kind, items, { answeredS: answeredS ?? nowS, customerId }));
    }
  }
}
