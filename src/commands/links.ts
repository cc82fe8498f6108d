/** `dunlin links`: makes a link for a customer, ends all that they have, shows what they did through them. */
import { Argument, type Command } from "commander";
import type { Config } from "../config.ts";
import type { Installation } from "../installation.ts";
import type { CustomerAction } from "../links/action.ts";
import { moneyText } from "../links/format.ts";
import { linkPurposes, type LinkPurpose } from "../links/link.ts";
import { findGeneration, listActions, revokeLinks } from "../links/store.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import { findAsked } from "../pipeline/explain-subject.ts";
import { LinksUnavailable, makeLinkAsked } from "../pipeline/make-link.ts";
import { readLinkSecret } from "../upkeep/link-secret.ts";
import { CommandInvalid } from "./command-invalid.ts";
import { withInstallation } from "./connect.ts";
import { nowOfRules } from "./rule-clock.ts";
import { tableLines } from "./table.ts";
import { say } from "./terminal.ts";
import { utcText } from "./times.ts";

type Options = { readonly account?: string; readonly json?: boolean };
type MakeOptions = Options & { readonly days: string };

/** Adds the command and its three verbs. */
export function registerLinks(program: Command, config: () => Config): void {
  const links = program.command("links").description("links that customers get in messages");
  const customer = "a Stripe customer id, a contact id, an e-mail or your own user id";

  links
    .command("make")
    .description("make a link for a customer; whoever has it is taken for the customer")
    .argument("<customer>", customer)
    .addArgument(new Argument("<purpose>", "what it allows").choices(linkPurposes))
    .option("--days <number>", "how long it works, 1 to 365", "14")
    .option("--account <name>", "of which Stripe account; without it any account")
    .option("--json", "print it as JSON")
    .action((name: string, purpose: LinkPurpose, { days, account, json = false }: MakeOptions) =>
      withInstallation(config(), async (installation) => {
        const lifetimeS = daysOf(days) * 86_400;
        const asked = await findAsked(installation.pool, { name, account });
        const url = await linkFor(config(), installation, { ...asked, purpose, lifetimeS });
        say(json ? JSON.stringify({ ...asked, purpose, url }, null, 2) : url);
      }),
    );

  links
    .command("revoke")
    .description("end every link that a customer has; later ones work")
    .argument("<customer>", customer)
    .option("--account <name>", "of which Stripe account; without it any account")
    .option("--json", "print what is in force as JSON")
    .action((name: string, { account, json = false }: Options) =>
      withInstallation(config(), async ({ pool }) => {
        const asked = await findAsked(pool, { name, account });
        const generation = await revokeLinks(pool, asked);
        if (json) return say(JSON.stringify({ ...asked, generation }, null, 2));
        say(`✓ All links of ${asked.customerId} (account ${asked.account}) are revoked, on every node at once.`);
      }),
    );

  links
    .command("show")
    .description("show what a customer paid, or tried to pay, through links")
    .argument("<customer>", customer)
    .option("--account <name>", "of which Stripe account; without it any account")
    .option("--json", "print it as JSON")
    .action((name: string, { account, json = false }: Options) =>
      withInstallation(config(), async ({ pool }) => {
        const asked = await findAsked(pool, { name, account });
        const [generation, actions] = await Promise.all([findGeneration(pool, asked), listActions(pool, asked, 50)]);
        if (json) return say(JSON.stringify({ ...asked, generation, actions }, null, 2));
        for (const line of describeActions(asked, generation, actions)) say(line);
      }),
    );
}

function daysOf(text: string): number {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 365)
    throw new CommandInvalid([`--days must be a whole number from 1 to 365, not “${text}”.`]);
  return days;
}

async function linkFor(
  config: Config,
  { pool, box }: Installation,
  wish: Parameters<typeof makeLinkAsked>[1],
): Promise<string> {
  const { publicUrl } = config;
  if (publicUrl === undefined) throw new LinksUnavailable();
  const nowMs = await nowOfRules(config);
  const settings = { secret: await readLinkSecret(pool, box), baseUrl: publicUrl };
  return makeLinkAsked({ pool, settings, nowMs: () => nowMs }, wish);
}

/** The actions, newest first, in aligned columns. */
export function describeActions(
  { account, customerId }: CustomerKey,
  generation: number,
  actions: readonly CustomerAction[],
): readonly string[] {
  const revoked = generation === 0 ? "never revoked" : `revoked ${generation === 1 ? "once" : `${generation} times`}`;
  const head = `${customerId} (account ${account}): links ${revoked}.`;
  if (actions.length === 0) return [head, "Nothing was paid through a link."];
  const rows = actions.map(({ plannedAt, objectId, attempt, amount, state, outcome }) => [
    utcText(plannedAt.toISOString()),
    moneyText(amount, "en"),
    state,
    outcome ?? "–",
    `${objectId}, attempt ${attempt}`,
  ]);
  const doubts = actions.some(({ state }) => state === "unknown");
  return [
    head,
    "",
    ...tableLines([["WHEN", "AMOUNT", "STATE", "OUTCOME", "INVOICE"], ...rows], { right: [1] }),
    ...(doubts ? ["", "→ unknown: Stripe gave no answer. The invoice in the Dashboard says what became of it."] : []),
  ];
}
