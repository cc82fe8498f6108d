/** `dunlin usage`: how much of their limits a customer has used, and where that will end. */
import type { Command } from "commander";
import type { Config } from "../config.ts";
import { findAsked } from "../pipeline/explain-subject.ts";
import { ProductCache } from "../pipeline/load-customer.ts";
import { MeterBook } from "../pipeline/refresh-usage.ts";
import { showUsage } from "../pipeline/show-usage.ts";
import { withInstallation } from "./connect.ts";
import { withContexts } from "./contexts.ts";
import { say } from "./terminal.ts";
import { usageLines } from "./usage-text.ts";

type Options = { readonly account?: string; readonly json?: boolean };

/** Announces the command. */
export function registerUsage(program: Command, config: () => Config): void {
  program
    .command("usage")
    .description("how much of their limits a customer has used, read from Stripe at most once a minute")
    .argument("<customer>", "Stripe customer id, contact id, e-mail or your own user id")
    .option("--account <name>", "of which Stripe account, where there are several")
    .option("--json", "print it as JSON, as GET /api/usage/{customer} answers")
    .action((customer: string, options: Options) => runUsage(config(), customer, options));
}

async function runUsage(config: Config, name: string, { account, json = false }: Options): Promise<void> {
  await withInstallation(config, async (installation) => {
    const asked = await findAsked(installation.pool, { name, ...(account === undefined ? {} : { account }) });
    await withContexts(config, installation, async (contexts) => {
      const products = new ProductCache();
      const usage = await showUsage(
        {
          pool: installation.pool,
          rules: async () => contexts.main.mapping().document.usage,
          reading: (of) =>
            contexts.has(of) ? { context: contexts.of(of), products, meters: new MeterBook() } : undefined,
        },
        asked,
      );
      if (json) say(JSON.stringify(usage, null, 2));
      else for (const line of usageLines(usage, new Date().toISOString())) say(line);
    });
  });
}
