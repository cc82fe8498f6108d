/** `dunlin explain`: where a value on a contact comes from. */
import type { Command } from "commander";
import { explainQuery } from "../../contract/explain.ts";
import { reportingOf, type Config } from "../config.ts";
import { parseInput } from "../http/input.ts";
import { explainAttribute, explainCustomer, type ExplainSource } from "../pipeline/explain.ts";
import { findConfirmedAt } from "../upkeep/confirmed.ts";
import { loadMapping } from "../pipeline/mapping-in-force.ts";
import type { Installation } from "../installation.ts";
import { withInstallation } from "./connect.ts";
import { attributeLines, customerLines } from "./explain-text.ts";
import { say } from "./terminal.ts";

type Options = { readonly account?: string; readonly writes?: string; readonly json?: boolean };

/** Announces the command. */
export function registerExplain(program: Command, config: () => Config): void {
  program
    .command("explain")
    .description("where a value on a contact comes from: Stripe's events, our copies, the rule, the write")
    .argument("<customer>", "Stripe customer id, contact id, e-mail or your own user id")
    .argument("[attribute]", "e.g. stripe_plan or plan; without one, every attribute in a line")
    .option("--account <name>", "of which Stripe account, where there are several")
    .option("--writes <n>", "how many of the latest writes to explain (1 to 100)", "3")
    .option("--json", "print it as JSON, as GET /api/explain answers it")
    .action((customer: string, attribute: string | undefined, options: Options) =>
      runExplain(config(), { customer, attribute }, options),
    );
}

async function runExplain(
  config: Config,
  { customer, attribute }: { readonly customer: string; readonly attribute: string | undefined },
  { account, writes, json }: Options,
): Promise<void> {
  const query = parseInput(explainQuery, { customer, writes, ...(account === undefined ? {} : { account }) });
  await withInstallation(config, async (installation) => {
    const source = sourceOf(config, installation);
    if (attribute === undefined) {
      const explanation = await explainCustomer(source, query);
      return print(json ? JSON.stringify(explanation, null, 2) : customerLines(explanation));
    }
    const explanation = await explainAttribute(source, { ...query, attribute });
    print(json ? JSON.stringify(explanation, null, 2) : attributeLines(explanation));
  });
}

function sourceOf(config: Config, { pool }: Installation): ExplainSource {
  return {
    pool,
    mapping: () => loadMapping(pool, config.attributePreset),
    reporting: reportingOf(config),
    nowMs: Date.now,
    contactUrl: () => null,
    confirmedAt: (contactId) => findConfirmedAt(pool, contactId),
  };
}

function print(text: string | readonly string[]): void {
  for (const line of typeof text === "string" ? [text] : text) say(line);
}
