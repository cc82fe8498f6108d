#!/usr/bin/env node
/** The `dunlin` command line. */
import { Command, Option } from "commander";
import { appVersion } from "./installation.ts";
import { ConfigInvalid, readConfig, type Config } from "./config.ts";
import { codeOf, messageOf } from "./model/error.ts";
import { roles, type Role } from "./model/role.ts";
import { findTryOut } from "./upkeep/try-out.ts";
import { registerBackfill } from "./commands/backfill.ts";
import { registerBackup } from "./commands/backup.ts";
import { registerChange } from "./commands/change.ts";
import { registerCompanies } from "./commands/companies.ts";
import { runConnectIntercom, runConnectStripe, type ConnectOptions } from "./commands/connect.ts";
import { registerDead } from "./commands/dead.ts";
import { runDoctor } from "./commands/doctor.ts";
import { registerEffects } from "./commands/effects.ts";
import { registerExplain } from "./commands/explain.ts";
import { registerIdentity } from "./commands/identity.ts";
import { registerLinks } from "./commands/links.ts";
import { registerMapping } from "./commands/mapping.ts";
import { registerPause } from "./commands/pause.ts";
import { registerPlans } from "./commands/plans.ts";
import { registerNodes } from "./commands/nodes.ts";
import { registerRecipes } from "./commands/recipes.ts";
import { registerReconcile } from "./commands/reconcile.ts";
import { registerReplay } from "./commands/replay.ts";
import { registerRules } from "./commands/rules.ts";
import { registerSavings } from "./commands/savings.ts";
import { registerUsage } from "./commands/usage.ts";
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

/** The configuration of a command that looks at what runs: while no keys are known, at the try-out in the data folder. */
function configBeside(): Config {
  const config = configOrExit();
  const { databaseUrl, stripeApiKey, intercomAccessToken, dataDir } = config;
  if (databaseUrl !== undefined || stripeApiKey !== undefined || intercomAccessToken !== undefined) return config;
  const running = findTryOut(dataDir);
  if (!running) return config;
  const { pid: _pid, url, ...keys } = running;
  return {
    ...config,
    ...keys,
    stripeApiBase: url,
    intercomApiBase: url,
    intercomRegion: "eu",
    publicUrl: `http://127.0.0.1:${config.port}`,
    sandboxClock: "follow",
    isTryOut: true,
  };
}

const program = new Command("dunlin")
  .description("Joins Stripe billing and Intercom conversations.")
  .version(appVersion);

program
  .command("start")
  .description("start the server; without keys, with a make-believe company to look at")
  .addOption(new Option("--role <role>", "what this node does; else DUNLIN_ROLE, else all").choices(roles))
  .action(({ role }: { readonly role?: Role }) => {
    const config = configOrExit();
    return runStart(role === undefined ? config : { ...config, role });
  });

const connect = program
  .command("connect")
  .description("join an account: check the key, set up what is needed, keep the credentials encrypted");

connect
  .command("stripe")
  .description("check the key and its permissions, settle how events come in")
  .option("--key <key>", "Stripe key; else STRIPE_API_KEY, else asked for")
  .option("--account <name>", "a name of yours for a further Stripe account; without it the main one")
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
  .action((options: { json?: boolean }) => runDoctor(configBeside(), options));

registerBackfill(program, configBeside);
registerBackup(program, configBeside);
registerCompanies(program, configBeside);
registerEffects(program, configBeside);
registerIdentity(program, configBeside);
registerLinks(program, configBeside);
registerMapping(program, configBeside);
registerRules(program, configBeside);
registerRecipes(program, configBeside);
registerChange(program, configBeside);
registerPause(program, configBeside);
registerPlans(program, configBeside);
registerNodes(program, configBeside);
registerExplain(program, configBeside);
registerDead(program, configBeside);
registerReplay(program, configBeside);
registerSavings(program, configBeside);
registerUsage(program, configBeside);
registerReconcile(program, configBeside);

hintAtHelp(program);
// Whoever reads the output may stop early, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  const code = codeOf(error);
  const more = code === "BUG" && error instanceof Error ? `\n${error.stack}` : `\n  (${code})`;
  process.stderr.write(`${messageOf(error)}${more}\n`);
  process.exitCode = 1;
}

/** After a mistake in a command its own help is pointed at; a group's `list` also hears of commands that there are not. */
function hintAtHelp(command: Command): void {
  const path = pathOf(command.name() === "list" && command.parent ? command.parent : command);
  command.showHelpAfterError(`Run \`${path} --help\` to see what there is.`);
  command.commands.forEach(hintAtHelp);
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
