/** What a command needs that works with both accounts itself, beside a server or without one: it reads, and writes nothing. */
import { mainAccount } from "../connections/connection.ts";
import { ConfigInvalid, reportingOf, type Config } from "../config.ts";
import { findKeys, openIntercom, openStripe, type Installation, type Keys } from "../installation.ts";
import { RateBudget } from "../intercom/budget.ts";
import { createLog } from "../lib/log.ts";
import { SingleFlight } from "../lib/single-flight.ts";
import { Contexts, type SyncContext } from "../pipeline/context.ts";
import { loadMapping } from "../pipeline/mapping-in-force.ts";

/** Runs `work` with the contexts of all connected Stripe accounts. Throws ConfigInvalid when a connection is missing. */
export async function withContexts<T>(
  config: Config,
  installation: Installation,
  work: (contexts: Contexts, budget: RateBudget) => Promise<T>,
): Promise<T> {
  const budget = new RateBudget({});
  const keys = await findKeys(config, installation);
  const { stripeApiKey, intercomAccessToken, intercomRegion = "us", furtherStripe } = keys;
  if (stripeApiKey === undefined || intercomAccessToken === undefined) {
    throw new ConfigInvalid([
      "Both accounts must be known. Run `dunlin connect stripe` and `dunlin connect intercom`.",
    ]);
  }
  const intercom = openIntercom(config, { intercomAccessToken, intercomRegion }, budget);
  const base = await commonParts(config, installation);
  const accounts: readonly Keys["furtherStripe"][number][] = [
    { account: mainAccount, apiKey: stripeApiKey },
    ...furtherStripe,
  ];
  const contexts = accounts.map((key): SyncContext => ({
    ...base,
    account: key.account,
    stripe: openStripe(config, key),
    intercom,
    reads: new SingleFlight(),
  }));
  try {
    return await work(new Contexts(contexts), budget);
  } finally {
    await intercom.close();
  }
}

async function commonParts(
  config: Config,
  { pool, records }: Installation,
): Promise<Omit<SyncContext, "account" | "stripe" | "intercom" | "reads">> {
  const mapping = await loadMapping(pool, config.attributePreset);
  return {
    pool,
    records,
    mapping: () => mapping,
    reporting: reportingOf(config),
    policy: {
      createMode: config.createContacts,
      groupMode: config.groupCustomers,
      archived: config.archivedContacts,
      userIdKeys: config.userIdKeys,
    },
    nowMs: Date.now,
    random: Math.random,
    provision: () => Promise.reject(new Error("A command that only reads writes nothing.")),
    log: createLog({ level: "warn", terminal: process.stdout.isTTY }),
  };
}
