/** Connects Stripe: what the key may do, whose account it is, and the one webhook endpoint. Running it twice changes nothing. */
import { randomUUID } from "node:crypto";
import { subscribedTypes } from "../events/catalogue.ts";
import { fingerprint } from "../lib/hash.ts";
import { isRecord } from "../lib/json.ts";
import { messageOf } from "../model/error.ts";
import { apiVersion } from "../billing/version.ts";
import { textOf } from "../billing/read.ts";
import { StripeForbidden, StripeNotFound, StripeRejected, StripeUnauthorized } from "../stripe/failure.ts";
import type { StripeClient, StripeJson } from "../stripe/client.ts";
import { readList } from "../stripe/objects.ts";
import { failed, ok, warning, type Check } from "./check.ts";

export type StripeAccount = { readonly accountId: string | null; readonly label: string };

/** Whose account the key belongs to. A restricted key may not be allowed to know. Throws StripeUnauthorized. */
export async function findAccount(stripe: StripeClient): Promise<StripeAccount> {
  const mode = stripe.livemode ? "live mode" : "test mode";
  try {
    const { body } = await stripe.get("/v1/account");
    const dashboard = partOf(partOf(body, "settings"), "dashboard");
    const name =
      textOf(dashboard, "display_name") ?? textOf(partOf(body, "business_profile"), "name") ?? textOf(body, "id");
    return { accountId: textOf(body, "id"), label: `${name ?? "Stripe"} · ${mode}` };
  } catch (error) {
    if (error instanceof StripeForbidden || error instanceof StripeNotFound || error instanceof StripeRejected) {
      return { accountId: null, label: `Stripe · ${mode}` };
    }
    throw error;
  }
}

function partOf(value: StripeJson, key: string): StripeJson {
  const part = value[key];
  return isRecord(part) ? part : {};
}

type Permission = {
  readonly path: string;
  /** As Stripe's error names it, and as the dashboard does. */
  readonly scope: string;
  readonly row: string;
  readonly need: "always" | "webhook" | "nice";
};

/** What Dunlin reads and writes. Source: Stripe's error texts and the published list of restricted-key permissions. */
const permissions: readonly Permission[] = [
  { path: "/v1/customers", scope: "rak_customer_read", row: "Customers: read", need: "always" },
  { path: "/v1/subscriptions", scope: "rak_subscription_read", row: "Subscriptions: read", need: "always" },
  { path: "/v1/invoices", scope: "rak_invoice_read", row: "Invoices: read", need: "always" },
  { path: "/v1/charges", scope: "rak_charge_read", row: "Charges and refunds: read", need: "always" },
  { path: "/v1/payment_intents", scope: "rak_payment_intent_read", row: "Payment intents: read", need: "always" },
  {
    path: "/v1/payment_methods",
    scope: "rak_payment_method_read",
    row: "Payment methods: read",
    need: "always",
  },
  { path: "/v1/products", scope: "rak_product_read", row: "Products: read", need: "always" },
  { path: "/v1/prices", scope: "rak_plan_read", row: "Prices (plans): read", need: "always" },
  { path: "/v1/coupons", scope: "rak_coupon_read", row: "Coupons: read", need: "always" },
  { path: "/v1/disputes", scope: "rak_dispute_read", row: "Disputes: read", need: "always" },
  { path: "/v1/events", scope: "rak_event_read", row: "Events: read", need: "always" },
  { path: "/v1/webhook_endpoints", scope: "rak_webhook_write", row: "Webhook endpoints: write", need: "webhook" },
  { path: "/v1/billing/meters", scope: "rak_billing_meter_read", row: "Billing meters: read", need: "nice" },
  { path: "/v1/account", scope: "rak_connected_account_read", row: "Account: read", need: "nice" },
];

/** Tries every permission with the smallest read there is; one line for each. */
export async function probePermissions(
  stripe: StripeClient,
  { webhook }: { readonly webhook: boolean },
): Promise<readonly Check[]> {
  return Promise.all(permissions.map((permission) => probe(stripe, permission, webhook)));
}

async function probe(stripe: StripeClient, { path, scope, row, need }: Permission, webhook: boolean): Promise<Check> {
  const isNeeded = need === "always" || (need === "webhook" && webhook);
  const remedy = `In the Stripe dashboard, open Developers → API keys, edit the restricted key and set “${row}” (${scope}).`;
  try {
    await stripe.get(path, path === "/v1/account" ? {} : { limit: 1 });
    return ok(row, "allowed");
  } catch (error) {
    if (error instanceof StripeUnauthorized) return failed(row, "the key is not accepted", messageOf(error));
    if (error instanceof StripeForbidden)
      return isNeeded ? failed(row, "not allowed", remedy) : warning(row, "not allowed, and not needed now", remedy);
    if (error instanceof StripeNotFound || error instanceof StripeRejected) return ok(row, "allowed");
    return warning(row, messageOf(error));
  }
}

/** How events come in. */
export type EventSource =
  | { readonly how: "webhook"; readonly endpointId: string; readonly url: string; readonly secret: string }
  | { readonly how: "provided"; readonly secrets: readonly string[] }
  | { readonly how: "poll" };

/** What we keep of the endpoint that we made; Stripe shows the secret only once. */
export type StoredEndpoint = { readonly endpointId: string; readonly secret: string };

const managedBy = "dunlin";

/** How the endpoint should stand; `types` are ours unless rules go by further ones. */
export type WantedEndpoint = {
  readonly url: string;
  readonly stored: StoredEndpoint | undefined;
  readonly types?: readonly string[] | undefined;
};

/**
 * Finds or creates the one endpoint at this address, with our pinned version and exactly our event types. Other
 * endpoints of ours at the same address are removed, since their secrets are lost; foreign ones are left alone.
 */
export async function ensureEndpoint(
  stripe: StripeClient,
  { url, stored, types = subscribedTypes }: WantedEndpoint,
): Promise<{
  readonly endpoint: Extract<EventSource, { how: "webhook" }>;
  readonly change: "none" | "updated" | "created";
}> {
  const endpoints = await readList(stripe, "/v1/webhook_endpoints", {});
  const ours = stored && endpoints.find((endpoint) => endpoint["id"] === stored.endpointId);
  if (ours && stored && ours["api_version"] === apiVersion) {
    const change = await bringUpToDate(stripe, ours, { url, types });
    return { endpoint: { how: "webhook", endpointId: stored.endpointId, url, secret: stored.secret }, change };
  }
  const seen = [stored?.endpointId ?? "", ...endpoints.map(({ id }) => String(id))].toSorted();
  const endpoint = await createEndpoint(stripe, { url, types }, seen);
  const orphans = endpoints.filter((candidate) => isOurs(candidate, url) && candidate["id"] !== endpoint.endpointId);
  for (const orphan of orphans) await stripe.delete(`/v1/webhook_endpoints/${String(orphan["id"])}`);
  return { endpoint, change: "created" };
}

function isOurs(endpoint: StripeJson, url: string): boolean {
  return endpoint["url"] === url && partOf(endpoint, "metadata")["managed_by"] === managedBy;
}

async function bringUpToDate(
  stripe: StripeClient,
  endpoint: StripeJson,
  { url, types }: Address,
): Promise<"none" | "updated"> {
  if (endpoint["url"] === url && endpoint["status"] !== "disabled" && hasTypes(endpoint, types)) return "none";
  const body = { url, enabled_events: types, disabled: false };
  // Setting values is harmless when repeated; a key made of the values would be answered from memory for a day.
  await stripe.post(`/v1/webhook_endpoints/${String(endpoint["id"])}`, body, `dunlin-webhook-update-${randomUUID()}`);
  return "updated";
}

type Address = { readonly url: string; readonly types: readonly string[] };

function hasTypes(endpoint: StripeJson, wanted: readonly string[]): boolean {
  const types = endpoint["enabled_events"];
  return Array.isArray(types) && types.map(String).toSorted().join() === wanted.join();
}

/**
 * A creation whose answer was lost is answered again under the same key, with its secret. The key names the endpoints that
 * were there, and if what it answers with exists no more, a fresh key makes a new one.
 */
async function createEndpoint(
  stripe: StripeClient,
  { url, types }: Address,
  seen: readonly string[],
): Promise<Extract<EventSource, { how: "webhook" }>> {
  const body = {
    url,
    enabled_events: types,
    api_version: apiVersion,
    description: "Dunlin: billing for Intercom",
    metadata: { managed_by: managedBy },
  };
  const first = await postEndpoint(stripe, body, `dunlin-webhook-create-${fingerprint(JSON.stringify([body, seen]))}`);
  const now = await readList(stripe, "/v1/webhook_endpoints", {});
  if (now.some(({ id }) => id === first.endpointId)) return { how: "webhook", url, ...first };
  return { how: "webhook", url, ...(await postEndpoint(stripe, body, `dunlin-webhook-create-${randomUUID()}`)) };
}

async function postEndpoint(stripe: StripeClient, body: StripeJson, key: string): Promise<StoredEndpoint> {
  const created = (await stripe.post("/v1/webhook_endpoints", body, key)).body;
  const endpointId = textOf(created, "id");
  const secret = textOf(created, "secret");
  if (endpointId === null || secret === null)
    throw new StripeRejected("the new webhook endpoint came without id or secret");
  return { endpointId, secret };
}

/** What is wrong with the endpoint that we made, as the end of a sentence; null when it stands as it should. */
export function endpointTrouble(
  endpoints: readonly StripeJson[],
  { stored, url, types = subscribedTypes }: WantedEndpoint,
): string | null {
  const endpoint = endpoints.find((candidate) => candidate["id"] === stored?.endpointId);
  if (!endpoint) return stored ? "was deleted" : "was never made";
  if (endpoint["status"] === "disabled") return "is disabled";
  if (endpoint["url"] !== url) return `points to ${String(endpoint["url"])}`;
  if (endpoint["api_version"] !== apiVersion) return `sends version ${String(endpoint["api_version"])}`;
  return hasTypes(endpoint, types) ? null : "subscribes to other event types";
}

/** How the endpoint at this address stands, without changing it. */
export async function inspectEndpoint(
  stripe: StripeClient,
  { stored, url, types = subscribedTypes }: WantedEndpoint,
): Promise<Check> {
  const endpoints = await readList(stripe, "/v1/webhook_endpoints", {});
  const trouble = endpointTrouble(endpoints, { stored, url, types });
  return trouble === null
    ? ok("Webhook", `${url}, ${types.length} event types, version ${apiVersion}`)
    : failed(
        "Webhook",
        `the endpoint for ${url} ${trouble}`,
        "The running server mends it within minutes; `dunlin connect stripe` does at once.",
      );
}
