/** What a customer owes, and how the last attempt to collect it went: read from Stripe at this moment, and never kept. */
import { isRecord } from "../lib/json.ts";
import type { StripeClient, StripeJson } from "./client.ts";
import { StripeNotFound } from "./failure.ts";

export type OwedInvoice = {
  readonly id: string;
  /** What stands on it, for people; null for a draft. */
  readonly number: string | null;
  readonly status: string | null;
  readonly createdS: number;
  readonly currency: string;
  readonly remainingMinor: number;
  /** Stripe collects it; otherwise the customer is to transfer the money. */
  readonly isAutomatic: boolean;
  /** Where the customer can see and pay it. */
  readonly hostedUrl: string | null;
  readonly subscriptionId: string | null;
  readonly paymentMethodId: string | null;
  /** Of the payment that is being collected; null when there is none yet. */
  readonly intentId: string | null;
};

/** More open invoices than this have no customer who is still served. */
const openMax = 100;

/** A customer's open invoices, oldest first. Throws one of stripe/failure.ts. */
export async function listOpenInvoices(stripe: StripeClient, customerId: string): Promise<readonly OwedInvoice[]> {
  const query = { customer: customerId, status: "open", limit: openMax, expand: ["data.payments"] };
  const { body } = await stripe.get("/v1/invoices", query);
  return recordsOf(body["data"])
    .map(toInvoice)
    .filter(({ remainingMinor }) => remainingMinor > 0)
    .toSorted((a, b) => a.createdS - b.createdS || (a.id < b.id ? -1 : 1));
}

/** One invoice as it stands; null when Stripe has none. Throws one of stripe/failure.ts. */
export async function fetchOwedInvoice(stripe: StripeClient, id: string): Promise<OwedInvoice | null> {
  const body = await orNull(stripe.get(`/v1/invoices/${encodeURIComponent(id)}`, { expand: ["payments"] }));
  return body && toInvoice(body);
}

export type IntentReading = {
  readonly status: string | null;
  /** The latest charge as Stripe shows it; null before the first. */
  readonly charge: StripeJson | null;
  /** Of the latest failure, for attempts that made no charge. */
  readonly errorCode: string | null;
  readonly errorMethodId: string | null;
};

/** How the payment stands. Throws one of stripe/failure.ts. */
export async function fetchIntent(stripe: StripeClient, id: string): Promise<IntentReading> {
  const { body } = await stripe.get(`/v1/payment_intents/${encodeURIComponent(id)}`, { expand: ["latest_charge"] });
  const error = recordOf(body["last_payment_error"]);
  return {
    status: textOf(body["status"]),
    charge: isRecord(body["latest_charge"]) ? body["latest_charge"] : null,
    errorCode: textOf(error["code"]),
    errorMethodId: idOf(error["payment_method"]),
  };
}

/** An object by its path; null when Stripe has none. Throws what else is in stripe/failure.ts. */
export async function fetchOrNull(stripe: StripeClient, path: string): Promise<StripeJson | null> {
  return orNull(stripe.get(path));
}

async function orNull(answer: Promise<{ readonly body: StripeJson }>): Promise<StripeJson | null> {
  try {
    return (await answer).body;
  } catch (error) {
    if (error instanceof StripeNotFound) return null;
    throw error;
  }
}

/** Since 2025-03-31 payments stand in a list of their own, and the subscription in `parent`. */
function toInvoice(raw: StripeJson): OwedInvoice {
  const payments = recordsOf(recordOf(raw["payments"])["data"]);
  const payment = payments.find(({ status }) => status === "open") ?? payments.at(-1) ?? {};
  const details = recordOf(recordOf(raw["parent"])["subscription_details"]);
  return {
    id: textOf(raw["id"]) ?? "",
    number: textOf(raw["number"]),
    status: textOf(raw["status"]),
    createdS: wholeOf(raw["created"]),
    currency: textOf(raw["currency"]) ?? "",
    remainingMinor: wholeOf(raw["amount_remaining"]),
    isAutomatic: raw["collection_method"] === "charge_automatically",
    hostedUrl: textOf(raw["hosted_invoice_url"]),
    subscriptionId: idOf(details["subscription"]),
    paymentMethodId: idOf(raw["default_payment_method"]) ?? idOf(raw["default_source"]),
    intentId: idOf(recordOf(payment["payment"])["payment_intent"]),
  };
}

function recordOf(value: unknown): StripeJson {
  return isRecord(value) ? value : {};
}

function recordsOf(value: unknown): readonly StripeJson[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** The id, whether the object was expanded or not. */
function idOf(value: unknown): string | null {
  return textOf(isRecord(value) ? value["id"] : value);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function wholeOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : 0;
}
