/** What every command needs: the database, the keys, and the clients of both vendors. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runMigrations } from "graphile-worker";
import type { Logger } from "pino";
import { apiVersion } from "./billing/version.ts";
import type { Config, Named } from "./config.ts";
import { mainAccount } from "./connections/connection.ts";
import { findCredentials, listFurtherAccounts } from "./connections/store.ts";
import { openEmbedded } from "./db/embedded.ts";
import { withLock } from "./db/lock.ts";
import { migrate } from "./db/migrate.ts";
import { createPool, type DatabaseConfig, type Pool } from "./db/pool.ts";
import type { RateBudget } from "./intercom/budget.ts";
import { createIntercomClient, type IntercomClient } from "./intercom/client.ts";
import type { Metrics } from "./lib/metrics.ts";
import { createSecretBox, type SecretBox } from "./lib/secret-box.ts";
import { regionOf, type Region } from "./model/region.ts";
import { createStripeClient, type StripeClient } from "./stripe/client.ts";
import { findMoved, refuseMoved } from "./upkeep/backup/moved.ts";
import { readSecretKey } from "./upkeep/secrets.ts";

/** The database and the keys: what every command needs. */
export type Installation = {
  readonly pool: Pool;
  readonly records: Pool;
  readonly box: SecretBox;
  readonly database: DatabaseConfig;
  close(): Promise<void>;
};

/**
 * The make-believe company has a database of its own on the embedded server. On a server of the operator's there is only
 * one; there the check of the account keeps the two apart.
 */
const databaseNames = { real: "dunlin", sandbox: "dunlin_sandbox" } as const;

export type InstallationKind = keyof typeof databaseNames;

export type InstallationOptions = {
  readonly kind: InstallationKind;
  /** Starts an embedded database again should it die. */
  readonly own: boolean;
  /** Opens a database whose content was moved to another one too, as it is. */
  readonly evenIfMoved?: boolean;
};

/** Opens the database, brings it up to date and reads the key. `own` starts it again should it die. */
export async function openInstallation(
  config: Config,
  log: Logger,
  { kind, own, evenIfMoved = false }: InstallationOptions,
): Promise<Installation> {
  const secret = await readSecretKey(config.secretKey, config.dataDir);
  const embedded =
    config.databaseUrl === undefined
      ? await openEmbedded({ dataDir: join(config.dataDir, "postgres"), database: databaseNames[kind], log, own })
      : undefined;
  const database: DatabaseConfig = embedded ? embedded.connection : { kind: "url", url: config.databaseUrl ?? "" };
  const pool = createPool(database, { max: 10, log });
  const records = createPool(database, { max: 5, durable: false, log });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= Promise.all([pool.end(), records.end()]).then(() => embedded?.stop());
    return closed;
  };
  try {
    const isLeftAsItIs = evenIfMoved && (await findMoved(pool)) !== undefined;
    if (!isLeftAsItIs) {
      await refuseMoved(pool);
      await migrate(pool);
      await withLock(pool, "migrate", () => runMigrations({ pgPool: pool }));
    }
    return { pool, records, box: createSecretBox(secret), database, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The key of a further Stripe account. */
export type FurtherStripe = {
  /** Our name of the account. */
  readonly account: string;
  readonly apiKey: string;
};

/** The keys to both vendors, from the environment or from `dunlin connect`. */
export type Keys = {
  /** Of the main account. */
  readonly stripeApiKey: string;
  readonly furtherStripe: readonly FurtherStripe[];
  readonly intercomAccessToken: string;
  readonly intercomClientSecret: string | undefined;
  readonly intercomRegion: Region;
};

/** Reads the keys; a missing one is undefined. */
export async function findKeys(
  config: Config,
  { pool, box }: Installation,
): Promise<{ readonly [K in keyof Omit<Keys, "furtherStripe">]: Keys[K] | undefined } & Pick<Keys, "furtherStripe">> {
  const [stripe, intercom, furtherStripe] = await Promise.all([
    findCredentials(pool, box, { vendor: "stripe" }),
    findCredentials(pool, box, { vendor: "intercom" }),
    findFurtherKeys(config, { pool, box }),
  ]);
  const region = config.intercomRegion ?? regionOf(intercom?.["region"]);
  return {
    stripeApiKey: config.stripeApiKey ?? stripe?.["apiKey"],
    furtherStripe,
    intercomAccessToken: config.intercomAccessToken ?? intercom?.["accessToken"],
    intercomClientSecret: config.intercomClientSecret ?? intercom?.["clientSecret"],
    intercomRegion: region ?? "us",
  };
}

/** What the environment names counts before what is kept. */
async function findFurtherKeys(
  { stripeFurtherApiKeys: given = [] }: Config,
  { pool, box }: Pick<Installation, "pool" | "box">,
): Promise<readonly FurtherStripe[]> {
  const kept = (await listFurtherAccounts(pool)).filter((name) => !given.some(({ account }) => account === name));
  const opened = await Promise.all(
    kept.map(async (account) => {
      const apiKey = (await findCredentials(pool, box, { vendor: "stripe", account }))?.["apiKey"];
      return apiKey === undefined ? [] : [{ account, apiKey }];
    }),
  );
  return [...given.map(({ account, value }) => ({ account, apiKey: value })), ...opened.flat()];
}

/** What a running server adds to a client. */
type Outside = { readonly metrics?: Metrics; readonly gate?: () => void };

/** Opens the client of a Stripe account. Nothing is sent yet. */
export function openStripe(
  config: Config,
  { account = mainAccount, apiKey }: { readonly account?: string; readonly apiKey: string },
  { metrics, gate }: Outside = {},
): StripeClient {
  return createStripeClient({
    ...(gate ? { gate } : {}),
    account,
    apiKey,
    apiVersion,
    baseUrl: valueOf(config.stripeFurtherApiBases, account) ?? config.stripeApiBase,
    onCall: ({ endpoint, status }) => metrics?.stripeCalls.inc({ endpoint, status: status ?? "none" }),
  });
}

/** Signing secrets that the operator manages for an account; undefined when Dunlin makes the endpoint. */
export function givenSecrets(config: Config, account: string): readonly string[] | undefined {
  if (account === mainAccount) return config.stripeWebhookSecrets;
  const further = config.stripeFurtherWebhookSecrets?.filter((named) => named.account === account) ?? [];
  return further.length > 0 ? further.map(({ value }) => value) : undefined;
}

function valueOf(values: readonly Named[] | undefined, account: string): string | undefined {
  return values?.find((named) => named.account === account)?.value;
}

const intercomHosts = {
  us: "https://api.intercom.io",
  eu: "https://api.eu.intercom.io",
  au: "https://api.au.intercom.io",
} as const;

/** Opens the client of the workspace. Nothing is sent yet. */
export function openIntercom(
  config: Config,
  keys: Pick<Keys, "intercomAccessToken" | "intercomRegion">,
  budget: RateBudget,
  { metrics, gate }: Outside = {},
): IntercomClient {
  return createIntercomClient({
    ...(gate ? { gate } : {}),
    baseUrl: config.intercomApiBase ?? intercomHosts[keys.intercomRegion],
    token: keys.intercomAccessToken,
    budget,
    appVersion,
    onCall: ({ method, path, status, durationMs }) => {
      metrics?.intercomCalls.inc({ method, path, status: status ?? "none" });
      metrics?.intercomSeconds.observe(durationMs / 1000);
    },
  });
}

/** From package.json, which lies beside `src` and beside `dist`. */
export const appVersion = readVersion();

function readVersion(): string {
  const found = ["../package.json", "../../package.json"]
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  return found === undefined ? "0" : String(JSON.parse(readFileSync(found, "utf8")).version);
}
