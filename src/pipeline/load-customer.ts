/** Brings together what the profile of a customer needs, and reads from Stripe what we have never seen. */
import { makeCopy } from "../billing/apply.ts";
import { copyIdOf, prefixed } from "../billing/copy-id.ts";
import { couponIdsOf, gapsIn, priceIdsOf, productIdsOf, type Gap } from "../billing/gaps.ts";
import { compareRead } from "../billing/newest.ts";
import { lacksDetails, withKnownDetails } from "../billing/on-request.ts";
import { groupCatalogue, groupCopies, type CustomerCopies } from "../billing/profile.ts";
import { renamedProducts } from "../billing/renamed.ts";
import { commitBatch, findCopies } from "../billing/store.ts";
import { decideAgain } from "../db/lost-race.ts";
import { isCatalogue, type ObjectCopy, type StripeCopy, type StripeKind } from "../model/stripe-object.ts";
import { readObject, readPages, subscriptionExpands } from "../stripe/objects.ts";
import type { StripeJson } from "../stripe/client.ts";
import { idOf, textOf } from "../billing/read.ts";
import type { SyncContext } from "./context.ts";

/** How long a name, or that there is none, is believed without asking the database; other nodes may have stored a new one meanwhile. */
export const productsKeptMs = 5_000;

/** Products, prices and coupons change rarely and are needed for every customer. */
export class ProductCache {
  /** Undefined is one that we do not have: that, too, is asked for only once in a while. */
  readonly #copies = new Map<string, { readonly copy: ObjectCopy | undefined; readonly untilMs: number }>();
  #droppedMs = 0;

  /** The copies with these ids, from memory when they were read a moment ago. */
  async find({ pool, account, nowMs }: SyncContext, ids: readonly string[]): Promise<readonly ObjectCopy[]> {
    const now = nowMs();
    this.#dropExpired(now);
    const keyOf = (id: string): string => `${account} ${id}`;
    const known = new Map(ids.map((id) => [id, this.#copies.get(keyOf(id))]));
    const missing = ids.filter((id) => (known.get(id)?.untilMs ?? 0) < now);
    if (missing.length > 0) {
      const found = new Map((await findCopies(pool, account, missing)).map((copy) => [copy.id, copy]));
      for (const id of missing) {
        const entry = { copy: found.get(id), untilMs: now + productsKeptMs };
        known.set(id, entry);
        this.#copies.set(keyOf(id), entry);
      }
    }
    return ids.flatMap((id) => known.get(id)?.copy ?? []);
  }

  /** Many businesses have a price for each subscription: what is not believed any more is not kept either. */
  #dropExpired(now: number): void {
    if (now - this.#droppedMs < productsKeptMs) return;
    this.#droppedMs = now;
    for (const [key, { untilMs }] of this.#copies) if (untilMs < now) this.#copies.delete(key);
  }

  /** Forgets the copies with these ids and the prices of such products, of whatever account. */
  forget(ids: readonly string[]): void {
    if (ids.length === 0) return;
    const forgotten = new Set(ids);
    for (const [key, { copy }] of this.#copies) {
      const isOfProduct = copy?.kind === "price" && forgotten.has(copy.facts.productId ?? "");
      if (isOfProduct || forgotten.has(key.slice(key.indexOf(" ") + 1))) this.#copies.delete(key);
    }
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
  let known = copies.some(({ id }) => id === customerId)
    ? copies
    : [...copies, ...(await fillGaps(context, [{ kind: "customer", id: customerId }], customerId))];
  const asked = new Set<string>();
  // What is read may show another gap: a payment method that was detached makes way for the next one.
  for (;;) {
    const grouped = groupCopies(customerId, known);
    if (!grouped) return null;
    const { catalogue, withCatalogue, gaps } = await lookUpCatalogue(context, products, grouped);
    const open = gaps.filter((gap) => !asked.has(gapText(gap)));
    if (open.length === 0) return withCatalogue;
    for (const gap of open) asked.add(gapText(gap));
    const filled = await fillGaps(context, open, customerId);
    products.forget(filled.map(({ id }) => id));
    const fresh = new Set(filled.map(({ id }) => id));
    known = [...[...known, ...catalogue].filter(({ id }) => !fresh.has(id)), ...filled];
  }
}

function gapText({ kind, id }: Gap): string {
  return `${kind}:${id}`;
}

/** What of the catalogue a customer's copies name: products, prices, coupons. */
export function catalogueIdsOf(copies: CustomerCopies): readonly string[] {
  const { subscriptions } = copies;
  return [...productIdsOf(subscriptions), ...priceIdsOf(subscriptions), ...couponIdsOf(copies)];
}

/** A customer's copies as far as they are stored, and whether something is missing; null when the customer is. Asks nobody. */
export async function storedCopies(
  context: SyncContext,
  products: ProductCache,
  { customerId, copies }: { readonly customerId: string; readonly copies: readonly ObjectCopy[] },
): Promise<{ readonly copies: CustomerCopies; readonly isComplete: boolean } | null> {
  const grouped = groupCopies(customerId, copies);
  if (!grouped) return null;
  const { withCatalogue, gaps } = await lookUpCatalogue(context, products, grouped);
  return { copies: withCatalogue, isComplete: gaps.length === 0 };
}

type WithCatalogue = {
  readonly catalogue: readonly ObjectCopy[];
  readonly withCatalogue: CustomerCopies;
  /** What is missing all the same. */
  readonly gaps: readonly Gap[];
};

async function lookUpCatalogue(
  context: SyncContext,
  products: ProductCache,
  grouped: CustomerCopies,
): Promise<WithCatalogue> {
  const catalogue = await products.find(context, catalogueIdsOf(grouped));
  const withCatalogue = { ...grouped, ...groupCatalogue(catalogue) };
  const gaps = gapsIn(withCatalogue, context.mapping().document.primarySubscription);
  return { catalogue, withCatalogue, gaps };
}

/** Reads objects and keeps them; what Stripe does not have is kept as deleted, so that it is not asked for again. */
function fillGaps(context: SyncContext, gaps: readonly Gap[], customerId: string): Promise<readonly ObjectCopy[]> {
  return Promise.all(gaps.map((gap) => context.reads.do(gapText(gap), () => fillGap(context, gap, customerId))));
}

async function fillGap(context: SyncContext, { kind, id }: Gap, customerId: string): Promise<ObjectCopy> {
  const { object, answeredS } = await readObject(context.stripe, kind, id);
  const copyId = object ? copyIdOf(kind, object) : kind === "coupon" ? prefixed(kind, id) : id;
  const owner = isCatalogue(kind) ? null : customerId;
  const head = { kind, id: copyId ?? id, customerId: owner, deleted: object === null, rev: 0 };
  const asOfS = answeredS ?? Math.floor(context.nowMs() / 1000);
  const copy = makeCopy(object ?? {}, { ...head, asOfS, eventId: null, origin: "read" });
  const [kept] = await keepRead(context, [copy]);
  return kept ?? copy;
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
    .map((copy) => withFacts(copy, stored.get(copy.id)))
    .flatMap((copy) => newsIn(stored.get(copy.id), copy) ?? [])
    .map((copy) => ({ ...copy, rev: stored.get(copy.id)?.rev ?? 0 }));
  if (newer.length === 0) return [];
  const renamed = renamedProducts(newer, (id) => stored.get(id));
  await commitBatch(pool, { account, events: [], copies: newer, renamed, jobs: [], settleMs: 0, settleMaxMs: 0 });
  return newer;
}

/** What is to be kept of what was read: all of it when it is newer, else what nobody had told before. */
function newsIn(stored: ObjectCopy | undefined, read: ObjectCopy): ObjectCopy | undefined {
  if (!stored || compareRead(stored, read) === "newer") return read;
  const fuller = withKnownDetails(stored, read);
  return fuller === stored || lacksDetails(fuller) ? undefined : fuller;
}

/** What is gone was last as we knew it. */
function withFacts(read: ObjectCopy, stored: ObjectCopy | undefined): ObjectCopy {
  if (!read.deleted || !stored) return withKnownDetails(read, stored);
  return { ...stored, deleted: true, asOfS: read.asOfS, eventId: null, secondEvents: [], origin: "read" };
}

/** Copies of a page of objects, with what was expanded inside them. */
export function copiesOfPage(
  kind: StripeKind,
  items: readonly StripeJson[],
  { answeredS, customerId }: { readonly answeredS: number; readonly customerId?: string },
): readonly StripeCopy[] {
  return items.flatMap((item) => {
    const owner = kind === "customer" ? textOf(item, "id") : (customerId ?? idOf(item, "customer"));
    const own = copyOfRead(kind, item, { customerId: isCatalogue(kind) ? null : owner, asOfS: answeredS });
    const expanded = expandedMethods(item).flatMap((method) =>
      copyOfRead("payment_method", method, { customerId: idOf(method, "customer") ?? owner, asOfS: answeredS }),
    );
    const coupons = expandedCoupons(item).flatMap((coupon) =>
      copyOfRead("coupon", coupon, { customerId: null, asOfS: answeredS }),
    );
    return [...own, ...expanded, ...coupons];
  });
}

function copyOfRead(
  kind: StripeKind,
  object: StripeJson,
  { customerId, asOfS }: { readonly customerId: string | null; readonly asOfS: number },
): readonly StripeCopy[] {
  const id = copyIdOf(kind, object);
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

/** The coupons of a customer's or a subscription's own discounts, when expanded. */
function expandedCoupons(item: StripeJson): readonly StripeJson[] {
  const { discount, discounts } = item;
  const entries: readonly unknown[] = Array.isArray(discounts) ? discounts : [discount];
  return entries.flatMap((entry) => {
    const source = isObject(entry) ? entry["source"] : null;
    const coupon = isObject(source) ? source["coupon"] : null;
    return isObject(coupon) ? [coupon] : [];
  });
}

function isObject(value: unknown): value is StripeJson {
  return typeof value === "object" && value !== null;
}

/** Reads everything that the profile of one customer needs, for a customer whose history we have not loaded yet. */
export async function hydrateCustomer(context: SyncContext, customerId: string): Promise<void> {
  const { stripe } = context;
  const nowS = Math.floor(context.nowMs() / 1000);
  const lists: readonly {
    readonly kind: StripeKind;
    readonly path: string;
    readonly query: Record<string, string | string[]>;
  }[] = [
    {
      kind: "subscription",
      path: "/v1/subscriptions",
      query: { customer: customerId, status: "all", expand: subscriptionExpands },
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
