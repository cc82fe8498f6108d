/** Starts Dunlin in the test's own process, put together as `dunlin start` does it, against a sandbox. */
import { z } from "zod";
import { App } from "../../src/app.ts";
import { findKeys, openInstallation, type Keys } from "../../src/installation.ts";
import { readConfig } from "../../src/config.ts";
import { INTERCOM_CLIENT_SECRET, INTERCOM_TOKEN, type Sandbox } from "../../sandbox/sandbox.ts";
import { countUnfinished, type Home } from "./home.ts";
import { captureLog, type LogEntry } from "./log-capture.ts";
import { freePort } from "./ports.ts";
import { stripeKey } from "./sandbox.ts";
import { eventually } from "./wait.ts";

export type Settings = Readonly<Record<string, string>>;

export type DunlinOptions = {
  readonly sandbox: Sandbox;
  readonly home: Home;
  /** Settings that differ from those that fit the sandbox; an empty text unsets one. */
  readonly env?: Settings;
  /** The same one as before keeps the address, and so the webhook endpoint. */
  readonly port?: number;
  /** Shown on the page, as when the server started the sandbox itself. */
  readonly isSandboxShown?: boolean;
};

export type Dunlin = {
  readonly url: string;
  readonly port: number;
  readonly app: App;
  logged(): readonly LogEntry[];
  /** Resolves when everything that was sent has arrived and nothing is left to do. */
  settled(withinMs?: number): Promise<void>;
  stop(): Promise<void>;
};

export type Readiness = { readonly status: number; readonly parts: Readonly<Record<string, string>> };

/** The environment that joins a Dunlin on this port to a sandbox. */
export function environmentFor(sandboxUrl: string, port: number): Settings {
  return {
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    STRIPE_API_KEY: stripeKey,
    STRIPE_API_BASE: sandboxUrl,
    INTERCOM_ACCESS_TOKEN: INTERCOM_TOKEN,
    INTERCOM_CLIENT_SECRET,
    INTERCOM_API_BASE: sandboxUrl,
    INTERCOM_REGION: "eu",
    DUNLIN_SETTLE_MS: "50",
    // Usage is read at times of its own, which would come between what a journey counts.
    DUNLIN_USAGE_CALLS_PER_HOUR: "0",
  };
}

/** Starts it; Intercom's notifications reach it too. */
export async function startDunlin({
  sandbox,
  home,
  env = {},
  isSandboxShown = false,
  ...given
}: DunlinOptions): Promise<Dunlin> {
  const port = given.port ?? (await freePort());
  const config = readConfig({
    ...environmentFor(sandbox.url, port),
    DUNLIN_DATA_DIR: home.dataDir,
    DATABASE_URL: home.databaseUrl,
    ...env,
  });
  const { log, entries } = captureLog();
  const installation = await openInstallation(config, log, { kind: "real", own: true });
  const keys = complete(await findKeys(config, installation));
  const sandboxUrl = isSandboxShown ? sandbox.url : null;
  const app = new App({ config, log, installation, keys, publicUrl: config.publicUrl, sandboxUrl });
  try {
    await app.start();
  } catch (error) {
    await app.stop();
    await installation.close();
    throw error;
  }
  sandbox.intercom.setWebhookUrl(`${app.url}/webhooks/intercom`);
  return {
    url: app.url,
    port,
    app,
    logged: entries,
    settled: (withinMs = 15_000) => settled({ sandbox, home, app }, withinMs),
    stop: once(async () => {
      // A notification that meets a closed door is sent again only after a minute.
      sandbox.intercom.setWebhookUrl(null);
      await app.stop();
      await installation.close();
    }),
  };
}

const readinessBody = z.object({ parts: z.record(z.string(), z.string()) });

/** What `/ready` says. */
export async function readReadiness(url: string): Promise<Readiness> {
  const answer = await fetch(`${url}/ready`);
  return { status: answer.status, parts: readinessBody.parse(await answer.json()).parts };
}

async function settled(
  { sandbox, home, app }: { readonly sandbox: Sandbox; readonly home: Home; readonly app: App },
  withinMs: number,
): Promise<void> {
  await eventually(
    async () => {
      const parts = {
        backfill: app.backfill?.state,
        deliveries: sandbox.deliveries.pending,
        unfinished: await countUnfinished(home.pool),
      };
      const isDone = parts.backfill === "done" && parts.deliveries === 0 && parts.unfinished === 0;
      if (!isDone) throw new Error(`Not settled: ${JSON.stringify(parts)}`);
    },
    { withinMs },
  );
}

function complete(found: Awaited<ReturnType<typeof findKeys>>): Keys {
  const { stripeApiKey, furtherStripe, intercomAccessToken, intercomClientSecret, intercomRegion } = found;
  if (stripeApiKey === undefined || intercomAccessToken === undefined) throw new Error("The test gave no keys.");
  return {
    stripeApiKey,
    furtherStripe,
    intercomAccessToken,
    intercomClientSecret,
    intercomRegion: intercomRegion ?? "us",
  };
}

/** A test may stop a server itself; the clean-up afterwards then does nothing. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
