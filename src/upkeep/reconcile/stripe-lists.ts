/**
 * Which of Stripe's lists are compared, and how far back.
 *
 * Customers, subscriptions and the catalogue are read to their end: they are what changes without getting younger.
 * Payments grow for ever and hardly change after some weeks, so each run reads those of the last 35 days (the time in
 * which Stripe lists events, and a few days more) and a stretch of the older ones, further back each night.
 */
import type { ObjectCopy, ObjectKind, StripeKind } from "../../model/stripe-object.ts";
import type { StripeQuery } from "../../stripe/client.ts";
import { resourceNamed } from "../backfill/resources.ts";

export type StripeList = {
  readonly resource: string;
  readonly kind: StripeKind;
  readonly path: string;
  readonly query: StripeQuery;
  /** all: to the end · recent: the last 35 days · older: what came before, a stretch in each run */
  readonly reach: "all" | "recent" | "older";
  /** What is not listed does not exist any more. */
  readonly isComplete: boolean;
};

export const recentS = 35 * 86_400;
/** Pages of older payments in one run, of each list. */
export const olderPagesMax = 50;

type Choice = Pick<StripeList, "reach" | "isComplete">;

const toTheEnd: Choice = { reach: "all", isComplete: false };
const complete: Choice = { reach: "all", isComplete: true };
const payments = ["charges", "refunds", "disputes", "invoices"] as const;

/** In the order in which they are compared. */
export const stripeLists: readonly StripeList[] = [
  listOf("customers", complete),
  listOf("subscriptions", complete),
  listOf("products", complete),
  listOf("prices", toTheEnd),
  ...payments.map((name) => listOf(name, { reach: "recent", isComplete: false })),
  ...payments.map((name) => listOf(name, { reach: "older", isComplete: false })),
];

/** Read as the backfill reads it, so that both see the same. */
function listOf(name: string, choice: Choice): StripeList {
  const { kind, path, query } = resourceNamed(name);
  return { resource: choice.reach === "older" ? `older ${name}` : name, kind, path, query, ...choice };
}

/** The bounds of a list whose pass began in this second. */
export function boundsOf({ reach }: StripeList, startedS: number): StripeQuery {
  if (reach === "all") return {};
  return reach === "recent" ? { "created[gte]": startedS - recentS } : { "created[lt]": startedS - recentS };
}

/**
 * Kinds of which we hold only what a customer needs, or which Stripe lists before it speaks of them (an invoice while it
 * is a draft): one that we never had is no missed event.
 */
const heldOnNeed: ReadonlySet<ObjectKind> = new Set<ObjectKind>([
  "product",
  "price",
  "coupon",
  "payment_method",
  "invoice",
]);

/** Whether a copy that we never had is no missed event. An open invoice always is one: contacts show what is owed. */
export function isHeldOnNeed(copy: ObjectCopy): boolean {
  if (copy.kind === "invoice" && copy.facts.status === "open") return false;
  return heldOnNeed.has(copy.kind);
}
