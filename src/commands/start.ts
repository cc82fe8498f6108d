/** `dunlin start`: the server, with real accounts when their keys are known, else with the sandbox. */
import { join } from "node:path";
import type { Logger } from "pino";
import { App } from "../app.ts";
import { findKeys, openInstallation, type Installation, type InstallationKind, type Keys } from "../installation.ts";
import { childEnvironment, ConfigInvalid, maskedConfig, type Config } from "../config.ts";
import { backoffMs } from "../lib/backoff.ts";
import { createLog } from "../lib/log.ts";
import { pause } from "../lib/pause.ts";
import { codeOf, kindOf, messageOf } from "../model/error.ts";
import { startSandboxProcess, type SandboxProcess } from "../upkeep/sandbox-process.ts";
import { endTryOut, tellTryOut } from "../upkeep/try-out.ts";
import { describeMapping } from "../upkeep/connect.ts";
import { say } from "./terminal.ts";

/** Runs until it is told to end. */
export async function runStart(config: Config): Promise<void> {
  const log = createLog({ level: config.logLevel, terminal: process.stdout.isTTY });
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 22)
    log.warn({ node: process.versions.node }, "Node 20 no longer gets security fixes; Node 24 is recommended");
  log.debug(maskedConfig(config), "configuration");
  const ends = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => ends.abort());
  process.on("unhandledRejection", (error) => log.error({ err: error }, "a promise was left unhandled"));
  const running = await startAll(config, log, ends.signal);
  sayReady(running);
  void sayLeftOut(running.app).catch((error: unknown) =>
    log.warn({ err: error }, "customers without a contact could not be counted"),
  );
  if (!ends.signal.aborted)
    await new Promise((resolve) => ends.signal.addEventListener("abort", resolve, { once: true }));
  await stopAll(running, log);
}

type Running = {
  readonly app: App;
  readonly installation: Installation;
  readonly sandbox: SandboxProcess | undefined;
  readonly config: Config;
};

const databaseRetry = { baseMs: 500, capMs: 10_000 };

/** A node that is started while the database is being restarted waits for it. */
async function openPatiently(
  config: Config,
  log: Logger,
  { kind, ending }: { readonly kind: InstallationKind; readonly ending: AbortSignal },
): Promise<Installation> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await openInstallation(config, log, { kind, own: true });
    } catch (error) {
      if (kindOf(error) !== "transient" || ending.aborted) throw error;
      log.warn({ code: codeOf(error), attempt }, "the database does not answer yet; waiting for it");
      await pause(backoffMs(attempt, Math.random(), databaseRetry), ending);
    }
  }
}

async function startAll(config: Config, log: Logger, ending: AbortSignal): Promise<Running> {
  const real = await openPatiently(config, log, { kind: "real", ending });
  try {
    const keys = completeKeys(await findKeys(config, real));
    if (keys)
      return await startApp({ config, log, installation: real, keys, publicUrl: config.publicUrl, sandbox: undefined });
    // The make-believe company has a database of its own on the same server.
    const installation = await openPatiently(config, log, { kind: "sandbox", ending });
    await real.close();
    return await startSandboxed({ config, log, installation });
  } catch (error) {
    await real.close();
    throw error;
  }
}

type Parts = { readonly config: Config; readonly log: Logger; readonly installation: Installation };

/** The make-believe company is joined through the same code as a real one. */
async function startSandboxed({ config, log, installation }: Parts): Promise<Running> {
  try {
    const dataFile = join(config.dataDir, "sandbox.json");
    const sandbox = await startSandboxProcess({
      port: config.sandboxPort,
      dataFile,
      customers: config.sandboxCustomers,
      environment: childEnvironment(),
    });
    const { stripeApiKey, intercomAccessToken, intercomClientSecret, url } = sandbox;
    const keys: Keys = {
      stripeApiKey,
      furtherStripe: [],
      intercomAccessToken,
      intercomClientSecret,
      intercomRegion: "eu",
    };
    const bases = { stripeApiBase: url, intercomApiBase: url, sandboxClock: "follow" } as const;
    const settings = { ...config, ...bases, stripeWebhookSecrets: undefined };
    const publicUrl = `http://127.0.0.1:${config.port}`;
    await tellTryOut(config.dataDir, { ...sandbox, pid: process.pid });
    await enterWebhookAddress(url, `${publicUrl}/webhooks/intercom`);
    return await startApp({ config: settings, log, installation, keys, publicUrl, sandbox });
  } catch (error) {
    await installation.close();
    throw error;
  }
}

/** What a person does in Intercom's Developer Hub, where there is no API for it. */
async function enterWebhookAddress(sandboxUrl: string, webhookUrl: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  await fetch(new URL("/control/intercom", sandboxUrl), {
    method: "POST",
    headers,
    body: JSON.stringify({ webhookUrl }),
  });
}

/** The keys of both accounts, none at all, or a mistake: half a set. */
function completeKeys(found: Awaited<ReturnType<typeof findKeys>>): Keys | undefined {
  const { stripeApiKey, intercomAccessToken } = found;
  if (stripeApiKey !== undefined && intercomAccessToken !== undefined) {
    return {
      stripeApiKey,
      furtherStripe: found.furtherStripe,
      intercomAccessToken,
      intercomClientSecret: found.intercomClientSecret,
      intercomRegion: found.intercomRegion ?? "us",
    };
  }
  if (stripeApiKey === undefined && intercomAccessToken === undefined) return undefined;
  throw new ConfigInvalid([
    stripeApiKey === undefined
      ? "STRIPE_API_KEY is missing, while an Intercom token is set. Set it, or run `dunlin connect stripe`."
      : "INTERCOM_ACCESS_TOKEN is missing, while a Stripe key is set. Set it, or run `dunlin connect intercom`.",
  ]);
}

async function startApp(
  parts: Parts & {
    readonly keys: Keys;
    readonly publicUrl: string | undefined;
    readonly sandbox: SandboxProcess | undefined;
  },
): Promise<Running> {
  const { sandbox, installation, config, log } = parts;
  const app = new App({ ...parts, sandboxUrl: sandbox?.url ?? null });
  const running: Running = { app, installation, sandbox, config };
  try {
    await app.start();
    return running;
  } catch (error) {
    await stopAll(running, log);
    throw explain(error, config);
  }
}

function explain(error: unknown, { port, host }: Config): unknown {
  const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
  return isTaken
    ? new ConfigInvalid([
        `PORT ${port} on ${host} is in use by another program. Choose another one, e.g. PORT=${port + 1}.`,
      ])
    : error;
}

function sayReady({ app, sandbox }: Running): void {
  if (sandbox)
    say(`Sandbox: a make-believe company with its own Stripe and Intercom. Make things happen at ${sandbox.url}`);
  for (const line of sourceLines(app)) say(line);
  if (app.freshToken !== undefined)
    say(`Admin token, needed from other machines and shown only now: ${app.freshToken}`);
  say(`Dunlin is ${app.joined ? "ready" : "starting; it keeps trying to connect"}: ${app.url}`);
}

function sourceLines(app: App): readonly string[] {
  const { joined } = app;
  if (!joined) return [];
  const events = joined.stripe.checks.find(({ name }) => name === "Events")?.detail ?? "";
  return [
    `Stripe: ${joined.stripe.label}. Events: ${events}.`,
    `Intercom: ${joined.intercom.label}. Attributes ${describeMapping(joined.intercom.provisioned.mapping)}.`,
  ];
}

/** Whom the settings leave out, as soon as every customer was looked at. */
async function sayLeftOut(app: App): Promise<void> {
  if (!(await app.settled())) return;
  const left = await app.leftOut();
  const total = left.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return say("Every customer has a contact.");
  say(`${total} ${total === 1 ? "customer has" : "customers have"} no contact:`);
  for (const { count, hint } of left) say(`  ${count} – ${hint}`);
}

async function stopAll({ app, installation, sandbox, config }: Running, log: Logger): Promise<void> {
  for (const [what, end] of [
    ["the server", () => app.stop()],
    ["the sandbox", async () => sandbox?.stop()],
    ["the try-out", async () => sandbox && endTryOut(config.dataDir)],
    ["the database", () => installation.close()],
  ] as const) {
    try {
      await end();
    } catch (error) {
      log.warn({ code: codeOf(error), err: error }, `${what} did not end in order: ${messageOf(error)}`);
    }
  }
}
