/** `npm run sandbox`: starts the sandbox from the environment and ends it cleanly. */
import { INTERCOM_CLIENT_SECRET, INTERCOM_TOKEN, startSandbox } from "./sandbox.ts";
import type { SandboxOptions } from "./sandbox.ts";
import { FULL_KEY } from "./stripe/api/keys.ts";

const DEFAULT_PORT = 4243;

const sandbox = await startSandbox(optionsFrom(process.env)); // oxlint-disable-line node/no-process-env -- the program's one look at it
console.log(`The sandbox, a local Stripe and Intercom, listens on ${sandbox.url}: open it in a browser.`);
process.send?.({
  ready: true,
  url: sandbox.url,
  stripeApiKey: FULL_KEY,
  intercomAccessToken: INTERCOM_TOKEN,
  intercomClientSecret: INTERCOM_CLIENT_SECRET,
});

let ending: Promise<void> | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, end);
process.on("disconnect", end);

function end(): void {
  ending ??= sandbox.close().then(
    () => process.exit(0),
    (error: unknown) => {
      console.error("The sandbox did not end cleanly:", error);
      process.exit(1);
    },
  );
}

function optionsFrom(env: NodeJS.ProcessEnv): SandboxOptions {
  const dataFile = env["SANDBOX_DATA"];
  return {
    port: numberFrom(env, "SANDBOX_PORT") ?? DEFAULT_PORT,
    ...(dataFile === undefined || dataFile === "" ? {} : { dataFile }),
    seed: numberFrom(env, "SANDBOX_SEED"),
    customers: numberFrom(env, "SANDBOX_CUSTOMERS"),
    bustleMs: numberFrom(env, "SANDBOX_BUSTLE_MS"),
  };
}

function numberFrom(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`${name} must be a whole number, not "${text}".`);
  return value;
}
