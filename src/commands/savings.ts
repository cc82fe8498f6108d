/** `dunlin savings`: what a customer would save under another plan, as a receipt. */
import type { Command } from "commander";
import { savingsRequest } from "../../contract/savings.ts";
import type { Config } from "../config.ts";
import { mainAccount } from "../connections/connection.ts";
import { parseInput } from "../http/input.ts";
import { findKeys, openStripe, type Installation } from "../installation.ts";
import type { SavingsSource } from "../pipeline/confirm-savings.ts";
import { answerSavings, findReceipt } from "../pipeline/savings.ts";
import { withInstallation } from "./connect.ts";
import { receiptLines } from "./savings-text.ts";
import { say } from "./terminal.ts";

type Options = {
  readonly account?: string;
  readonly subscription?: string;
  readonly confirm?: boolean;
  readonly json?: boolean;
};

/** Announces the command. */
export function registerSavings(program: Command, config: () => Config): void {
  program
    .command("savings")
    .description("what a customer would save under another plan, with everything that it follows from")
    .argument("<customer>", "Stripe customer id, contact id, e-mail or your own user id; or a receipt, sav_…")
    .option("--account <name>", "of which Stripe account, where there are several")
    .option("--subscription <id>", "which subscription, when the customer has several")
    .option("--confirm", "ask Stripe for invoice previews, to be sure")
    .option("--json", "print it as JSON, as POST /api/savings answers it")
    .action((customer: string, options: Options) => runSavings(config(), customer, options));
}

async function runSavings(config: Config, customer: string, { json = false, ...options }: Options): Promise<void> {
  await withInstallation(config, async (installation) => {
    const receipt = customer.startsWith("sav_")
      ? await findReceipt(installation.pool, customer)
      : await answerSavings(await sourceOf(config, installation), parseInput(savingsRequest, { customer, ...options }));
    if (json) return say(JSON.stringify(receipt, null, 2));
    for (const line of receiptLines(receipt)) say(line);
  });
}

/** Accounts are connected as far as there are keys; nothing is asked before a question needs it. */
async function sourceOf(config: Config, installation: Installation): Promise<SavingsSource> {
  const { stripeApiKey, furtherStripe } = await findKeys(config, installation);
  const main = stripeApiKey === undefined ? [] : [{ account: mainAccount, apiKey: stripeApiKey }];
  const clients = new Map([...main, ...furtherStripe].map((key) => [key.account, openStripe(config, key)] as const));
  return {
    pool: installation.pool,
    nowMs: Date.now,
    stripe: (account) => clients.get(account),
    confirm: config.confirmSavings === "preview",
  };
}
