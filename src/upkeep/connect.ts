/** Joins the two accounts: used by `dunlin connect`, by `dunlin doctor` and at every start, so that all see the same. */
import { apiVersion } from "../billing/version.ts";
import {
  findConnection,
  findCredentials,
  keepSetting,
  saveConnection,
  saveCredentials,
  type Owner,
} from "../connections/store.ts";
import { mainAccount, type Vendor } from "../connections/connection.ts";
import { withLock } from "../db/lock.ts";
import type { Pool } from "../db/pool.ts";
import type { IntercomClient } from "../intercom/client.ts";
import type { Workspace } from "../intercom/workspace.ts";
import type { SecretBox } from "../lib/secret-box.ts";
import { presetMapping, presetOf } from "../mapping/default-document.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { Preset } from "../mapping/preset.ts";
import { findSavedMapping, presetSetting, wantedPreset } from "../pipeline/mapping-in-force.ts";
import { AppError } from "../model/error.ts";
import type { StripeClient } from "../stripe/client.ts";
import {
  checkWorkspace,
  otherRegion,
  provisionAttributes,
  provisionCompanyAttributes,
  RegionMismatch,
  type Provisioned,
} from "./setup-intercom.ts";
import { ensureEndpoint, findAccount, type EventSource, type StoredEndpoint } from "./setup-stripe.ts";
import { ok, type Check } from "./check.ts";

/** The data folder belongs to another account: what is stored there would be wrong for this one. */
export class AccountChanged extends AppError {
  readonly code = "ACCOUNT_CHANGED";
  readonly kind = "invalid";
  constructor(vendor: Vendor, { stored, found }: { readonly stored: string; readonly found: string }) {
    super(
      `This installation belongs to the ${vendor} account ${stored}, the key belongs to ${found}. Use another DUNLIN_DATA_DIR (or database) for the other account.`,
    );
  }
}

export type Stores = { readonly pool: Pool; readonly box: SecretBox };

export type StripeJoined = {
  readonly label: string;
  readonly accountId: string | null;
  readonly source: EventSource;
  readonly checks: readonly Check[];
};

export type StripeWish = {
  /** Our name of the account. */
  readonly account: string;
  /** Secrets of endpoints that the operator manages. */
  readonly secrets: readonly string[] | undefined;
  readonly publicUrl: string | undefined;
  /** What the endpoint subscribes to; Dunlin's own types without it. */
  readonly types?: readonly string[] | undefined;
};

const endpointSecretName = "endpointSecret";
const endpointIdName = "endpointId";

/** The endpoint that an earlier start made, so that deliveries are taken before anything else is done. */
export async function findStoredEndpoint({ pool, box }: Stores, account: string): Promise<StoredEndpoint | undefined> {
  const stored = await findCredentials(pool, box, { vendor: "stripe", account });
  const endpointId = stored?.[endpointIdName];
  const secret = stored?.[endpointSecretName];
  return endpointId && secret ? { endpointId, secret } : undefined;
}

/** Keeps an endpoint that was made; Stripe shows its secret only once. */
export async function keepEndpoint(
  stores: Stores,
  account: string,
  { endpointId, secret }: StoredEndpoint,
): Promise<void> {
  await keepCredentials(
    stores,
    { vendor: "stripe", account },
    { [endpointIdName]: endpointId, [endpointSecretName]: secret },
  );
}

/** Finds the account and settles how events come in. Twice is the same as once, also when two nodes start together. */
export function joinStripe(stores: Stores, stripe: StripeClient, wish: StripeWish): Promise<StripeJoined> {
  return withLock(stores.pool, `join-stripe:${wish.account}`, () => joinStripeAlone(stores, stripe, wish));
}

async function joinStripeAlone(stores: Stores, stripe: StripeClient, wish: StripeWish): Promise<StripeJoined> {
  const { pool } = stores;
  const { accountId, label } = await findAccount(stripe);
  const owner = { vendor: "stripe", account: wish.account } as const;
  await refuseOther(pool, owner, { accountId, livemode: stripe.livemode });
  await saveConnection(pool, {
    ...owner,
    accountId,
    label,
    livemode: stripe.livemode,
    details: { apiVersion },
  });
  const { source, detail } = await settleSource(stores, stripe, wish);
  return { label, accountId, source, checks: [ok("Account", label), ok("Events", detail)] };
}

async function settleSource(
  stores: Stores,
  stripe: StripeClient,
  { account, secrets, publicUrl, types }: StripeWish,
): Promise<{ readonly source: EventSource; readonly detail: string }> {
  if (secrets && secrets.length > 0)
    return {
      source: { how: "provided", secrets },
      detail: "by webhook to your own endpoint (STRIPE_WEBHOOK_SECRET)",
    };
  if (publicUrl === undefined)
    return { source: { how: "poll" }, detail: "fetched from Stripe every 3 s, since PUBLIC_URL is not set" };
  const url = webhookAddress(publicUrl, account);
  const stored = await findStoredEndpoint(stores, account);
  const { endpoint, change } = await ensureEndpoint(stripe, { url, stored, types });
  if (change === "created") await keepEndpoint(stores, account, endpoint);
  return {
    source: endpoint,
    detail: `by webhook to ${url}${change === "none" ? "" : ` (endpoint ${change})`}`,
  };
}

/** Where Stripe delivers the events of this account. */
export function webhookAddress(publicUrl: string, account: string): string {
  const path = account === mainAccount ? "" : `/${encodeURIComponent(account)}`;
  return `${publicUrl.replace(/\/+$/, "")}/webhooks/stripe${path}`;
}

async function refuseOther(
  pool: Pool,
  { vendor, account }: Owner,
  found: { readonly accountId: string | null; readonly livemode: boolean | null },
): Promise<void> {
  const stored = await findConnection(pool, vendor, account);
  if (!stored) return;
  const mode = (livemode: boolean | null): string => (livemode ? "in live mode" : "in test mode");
  const isOther = stored.accountId !== null && found.accountId !== null && stored.accountId !== found.accountId;
  if (isOther) throw new AccountChanged(vendor, { stored: String(stored.accountId), found: String(found.accountId) });
  if (stored.livemode !== null && stored.livemode !== found.livemode) {
    throw new AccountChanged(vendor, { stored: mode(stored.livemode), found: `one ${mode(found.livemode)}` });
  }
}

export type IntercomJoined = {
  readonly label: string;
  readonly workspace: Workspace;
  readonly provisioned: Provisioned;
  readonly checks: readonly Check[];
};

export type IntercomWish = {
  readonly region: string;
  /** Calls go straight to the region's host, so the region must be the right one. */
  readonly strictRegion: boolean;
  readonly preset: Preset | "auto";
};

/** Finds the workspace and makes the attributes exist, one node at a time. The prefix is chosen once and then kept. */
export function joinIntercom(stores: Stores, intercom: IntercomClient, wish: IntercomWish): Promise<IntercomJoined> {
  return withLock(stores.pool, "join-intercom", () => joinIntercomAlone(stores, intercom, wish));
}

async function joinIntercomAlone(
  stores: Stores,
  intercom: IntercomClient,
  wish: IntercomWish,
): Promise<IntercomJoined> {
  const { pool } = stores;
  const { workspace, checks } = await checkWorkspace(intercom, wish.region);
  const actual = otherRegion(workspace, wish.region);
  if (actual !== null && wish.strictRegion) throw new RegionMismatch({ set: wish.region, actual });
  await refuseOther(pool, { vendor: "intercom" }, { accountId: workspace.appId, livemode: null });
  const region = (workspace.region ?? wish.region).toUpperCase();
  const label = `${workspace.appName ?? workspace.appId ?? "Intercom"} · ${region}`;
  const provisioned = await provisionAttributes(intercom, await wantedMapping(pool, wish));
  await provisionCompanyAttributes(intercom, provisioned.mapping.companyDefinitions);
  const preset = presetOf(provisioned.mapping);
  if (preset !== null) await keepSetting(pool, presetSetting, preset);
  const details = { region: workspace.region, adminId: workspace.adminId, timezone: workspace.timezone };
  await saveConnection(pool, { vendor: "intercom", accountId: workspace.appId, label, livemode: null, details });
  return { label, workspace, provisioned, checks: [...checks, ok("Attributes", attributesDetail(provisioned))] };
}

async function wantedMapping(pool: Pool, wish: Pick<IntercomWish, "preset">): Promise<Mapping | undefined> {
  const saved = await findSavedMapping(pool);
  if (saved) return saved;
  const preset = await wantedPreset(pool, wish.preset);
  return preset && presetMapping(preset);
}

function attributesDetail({ mapping, created, unarchived, existing, reason }: Provisioned): string {
  const parts = [
    `${existing} exist`,
    ...(created.length > 0 ? [`${created.length} created`] : []),
    ...(unarchived.length > 0 ? [`${unarchived.length} brought back from the archive`] : []),
  ];
  return `${describeMapping(mapping)}: ${parts.join(", ")} (${reason})`;
}

/** A preset by its prefix, since people know the names; a saved mapping by its version. */
export function describeMapping(mapping: Mapping): string {
  const preset = presetOf(mapping);
  return preset === null ? mapping.name : `${preset}_*`;
}

/** Keeps credentials that were given to `connect`; those of other purposes stay. */
export async function keepCredentials(
  { pool, box }: Stores,
  owner: Owner,
  given: Readonly<Record<string, string>>,
): Promise<void> {
  const kept = (await findCredentials(pool, box, owner)) ?? {};
  await saveCredentials(pool, box, { ...owner, credentials: { ...kept, ...given } });
}
