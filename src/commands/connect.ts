/** `dunlin connect stripe` and `dunlin connect intercom`: check, set up, and keep the credentials. */
import {
  findKeys,
  givenSecrets,
  openInstallation,
  openIntercom,
  openStripe,
  type Installation,
} from "../installation.ts";
import { accountName, ConfigInvalid, type Config } from "../config.ts";
import { mainAccount } from "../connections/connection.ts";
import { RateBudget } from "../intercom/budget.ts";
import { regionOf, type Region } from "../model/region.ts";
import { createLog } from "../lib/log.ts";
import { allWork, type Check } from "../upkeep/check.ts";
import { typesInForce } from "../pipeline/rules-in-force.ts";
import { joinIntercom, joinStripe, keepCredentials } from "../upkeep/connect.ts";
import { probeScopes } from "../upkeep/setup-intercom.ts";
import { probePermissions } from "../upkeep/setup-stripe.ts";
import { askSecret, say, sayChecks } from "./terminal.ts";

export type ConnectOptions = {
  /** Our name of a further Stripe account. */
  readonly account?: string;
  readonly key?: string;
  readonly token?: string;
  readonly clientSecret?: string;
  readonly region?: string;
};

/** Opens the installation for one command; log lines would get in the way of the answer. */
export async function withInstallation<T>(
  config: Config,
  work: (installation: Installation) => Promise<T>,
  { evenIfMoved = false }: { readonly evenIfMoved?: boolean } = {},
): Promise<T> {
  const kind = config.isTryOut ? "sandbox" : "real";
  const log = createLog({ level: "warn", terminal: process.stdout.isTTY });
  const installation = await openInstallation(config, log, { kind, own: false, evenIfMoved });
  try {
    return await work(installation);
  } finally {
    await installation.close();
  }
}

/** Connects Stripe. Exit code 1 when something that is needed is missing. */
export async function runConnectStripe(config: Config, options: ConnectOptions): Promise<void> {
  await withInstallation(config, async (installation) => {
    const account = requireName(options.account ?? mainAccount);
    const apiKey =
      options.key ??
      (await knownStripeKey(config, installation, account)) ??
      (await askSecret("Stripe key (restricted is enough)"));
    if (apiKey === undefined) throw new ConfigInvalid(["STRIPE_API_KEY is not set; set it, or give --key."]);
    const stripe = openStripe(config, { account, apiKey });
    const secrets = givenSecrets(config, account);
    const checks: Check[] = [
      ...(await probePermissions(stripe, { webhook: config.publicUrl !== undefined && !secrets })),
    ];
    if (allWork(checks)) {
      const joined = await joinStripe(installation, stripe, {
        account,
        secrets,
        types: await typesInForce(installation.pool),
        publicUrl: config.publicUrl,
      });
      checks.push(...joined.checks);
      await keepCredentials(installation, { vendor: "stripe", account }, { apiKey });
    }
    conclude("Stripe", checks, "dunlin connect intercom");
  });
}

/** Connects Intercom. Exit code 1 when something that is needed is missing. */
export async function runConnectIntercom(config: Config, options: ConnectOptions): Promise<void> {
  await withInstallation(config, async (installation) => {
    const known = await findKeys(config, installation);
    const token = options.token ?? known.intercomAccessToken ?? (await askSecret("Intercom access token"));
    if (token === undefined) throw new ConfigInvalid(["INTERCOM_ACCESS_TOKEN is not set; set it, or give --token."]);
    const clientSecret =
      options.clientSecret ??
      known.intercomClientSecret ??
      (await askSecret("Intercom client secret (empty: no notifications)"));
    const region = requireRegion(options.region ?? known.intercomRegion);
    const intercom = openIntercom(config, { intercomAccessToken: token, intercomRegion: region }, new RateBudget({}));
    try {
      const checks: Check[] = [...(await probeScopes(intercom))];
      if (allWork(checks)) {
        checks.push(
          ...(
            await joinIntercom(installation, intercom, {
              region,
              strictRegion: config.intercomApiBase === undefined,
              preset: config.attributePreset,
            })
          ).checks,
        );
        const credentials = { accessToken: token, region, ...(clientSecret === undefined ? {} : { clientSecret }) };
        await keepCredentials(installation, { vendor: "intercom" }, credentials);
      }
      conclude("Intercom", checks, "dunlin start");
    } finally {
      await intercom.close();
    }
  });
}

async function knownStripeKey(
  config: Config,
  installation: Installation,
  account: string,
): Promise<string | undefined> {
  const { stripeApiKey, furtherStripe } = await findKeys(config, installation);
  return account === mainAccount ? stripeApiKey : furtherStripe.find((known) => known.account === account)?.apiKey;
}

/** Account names go into addresses, so only plain ones are taken. */
function requireName(account: string): string {
  if (accountName.test(account)) return account;
  throw new ConfigInvalid([
    `The account's name “${account}” must begin with a small letter and have only small letters, digits and hyphens.`,
  ]);
}

function requireRegion(text: string | undefined): Region {
  const region = regionOf(text);
  if (!region) throw new ConfigInvalid([`The region must be us, eu or au, not ${String(text)}.`]);
  return region;
}

function conclude(vendor: string, checks: readonly Check[], next: string): void {
  sayChecks(vendor, checks);
  say();
  if (allWork(checks)) say(`${vendor} is connected. Next: ${next}`);
  else {
    say(`${vendor} is not connected yet: mend what is marked ✗ and run this again.`);
    process.exitCode = 1;
  }
}
