#!/usr/bin/env node
/** The `dunlin` command line. */
import { Command } from "commander";
import { appVersion } from "./app.ts";
import { ConfigInvalid, readConfig, type Config } from "./config.ts";
import { codeOf, messageOf } from "./model/error.ts";
import { runBackfillCommand } from "./commands/backfill.ts";
import { runConnectIntercom, runConnectStripe, type ConnectOptions } from "./commands/connect.ts";
import { runDoctor } from "./commands/doctor.ts";
import { runStart } from "./commands/start.ts";

/** Every mistake at once, then the end: nothing is started with half a configuration. */
function configOrExit(): Config {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    process.stderr.write(`${error.message}\nEvery setting is described in docs/reference/config.md.\n`);
    process.exit(1);
  }
}

const program = new Command("dunlin")
  .description("Joins Stripe billing and Intercom conversations.")
  .version(appVersion)
  .showHelpAfterError("Run `dunlin --help` to see what there is.");

program
  .command("start")
  .description("start the server; without keys, with a make-believe company to look at")
  .action(() => runStart(configOrExit()));

const connect = program
  .command("connect")
  .description("join an account: check the key, set up what is needed, keep the credentials encrypted");

connect
  .command("stripe")
  .description("check the key and its permissions, settle how events come in")
  .option("--key <key>", "Stripe key; else STRIPE_API_KEY, else asked for")
  .action((options: ConnectOptions) => runConnectStripe(configOrExit(), options));

connect
  .command("intercom")
  .description("check the token and its permissions, create the attributes")
  .option("--token <token>", "access token; else INTERCOM_ACCESS_TOKEN, else asked for")
  .option("--client-secret <secret>", "client secret; else INTERCOM_CLIENT_SECRET, else asked for")
  .option("--region <region>", "us, eu or au; else INTERCOM_REGION, else us")
  .action((options: ConnectOptions) => runConnectIntercom(configOrExit(), options));

program
  .command("doctor")
  .description("check everything: accounts, permissions, attributes, clock, database, queue, webhooks")
  .option("--json", "print the checks as JSON")
  .action((options: { json?: boolean }) => runDoctor(configOrExit(), options));

program
  .command("backfill")
  .description("load what Stripe has; goes on where an earlier one stopped")
  .option("--again", "begin from the start")
  .action((options: { again?: boolean }) => runBackfillCommand(configOrExit(), options));

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(
    `${messageOf(error)}\n${codeOf(error) === "BUG" && error instanceof Error ? `${error.stack}\n` : ""}`,
  );
  process.exitCode = 1;
}
