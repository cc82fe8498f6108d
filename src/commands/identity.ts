/** `dunlin identity`: customers without a contact, whom they could be, and what you decide about them. */
import type { Command } from "commander";
import { identityDecision, identityQuery, type IdentityDecision, type IdentityEntry } from "../../contract/identity.ts";
import type { Config } from "../config.ts";
import { mainAccount } from "../connections/connection.ts";
import { decideOnBoard, readIdentityBoard } from "../pipeline/identity-board.ts";
import { CommandInvalid, invalidOptions } from "./command-invalid.ts";
import { withInstallation } from "./connect.ts";
import { say } from "./terminal.ts";

type AccountOption = { readonly account: string };
type ListOptions = { readonly state?: string; readonly limit: string; readonly json?: boolean };

/** Adds the command with its parts. */
export function registerIdentity(program: Command, config: () => Config): void {
  const identity = program
    .command("identity")
    .description("customers without a contact, and what you decide about them");
  identity
    .command("list")
    .description("who waits for a person: no contact could be chosen for certain, or theirs is archived or deleted")
    .option("--state <state>", "quarantined, left_out, archived, gone, ignored, linked or all")
    .option("--limit <n>", "how many at most", "100")
    .option("--json", "print them as JSON, as GET /api/identities answers")
    .action((options: ListOptions) => runList(config(), options));
  decision(identity.command("link <customer> <contact>"), "from now on this contact is the customer's").action(
    (customer: string, contactId: string, { account }: AccountOption) =>
      runDecision(config(), { account, customerId: customer }, { decision: "link", contactId }),
  );
  decision(identity.command("ignore <customer>"), "the customer has no contact, and is not looked up again").action(
    (customer: string, { account }: AccountOption) =>
      runDecision(config(), { account, customerId: customer }, { decision: "ignore" }),
  );
  decision(identity.command("reset <customer>"), "take your decision back: the rules decide again").action(
    (customer: string, { account }: AccountOption) =>
      runDecision(config(), { account, customerId: customer }, { decision: "none" }),
  );
}

function decision(command: Command, description: string): Command {
  return command.description(description).option("--account <name>", "of which Stripe account", mainAccount);
}

async function runList(config: Config, { state, limit, json = false }: ListOptions): Promise<void> {
  const query = identityQuery.safeParse({ limit, ...(state === undefined ? {} : { state }) });
  if (!query.success) throw invalidOptions(query.error.issues, { limit, state });
  await withInstallation(config, async ({ pool }) => {
    const page = await readIdentityBoard({ pool, contactUrl: () => null }, query.data);
    if (json) return say(JSON.stringify(page, null, 2));
    if (page.entries.length === 0) return say("✓ Nobody waits for a decision.");
    for (const line of boardLines(page.entries)) say(line);
    if (page.next !== null) say("\nThere are more: --limit shows up to 500.");
  });
}

/** The board as text: one paragraph for each customer. */
export function boardLines(entries: readonly IdentityEntry[]): readonly string[] {
  return entries.flatMap((entry, index) => {
    const who = [entry.customerId, entry.label, entry.account === mainAccount ? null : `account ${entry.account}`];
    const decided = isUnderWay(entry) ? [`  decided: ${entry.decision}; being carried out`] : [];
    return [
      ...(index === 0 ? [] : [""]),
      `${entry.state.padEnd(11)}  ${who.filter((part) => part !== null).join(" · ")}`,
      `  ${entry.hint}`,
      ...entry.proposals.map(proposalLine),
      ...decided,
      ...remedy(entry),
    ];
  });
}

/** What a decision led to shows in state and reason, once it was carried out. */
function isUnderWay({ decision, state, reason }: IdentityEntry): boolean {
  if (decision === null) return false;
  return decision === "ignore" ? state !== "ignored" : state !== "linked" && reason !== "contact_unknown";
}

function proposalLine({ contactId, role, externalId, name }: IdentityEntry["proposals"][number]): string {
  const facts = [name, role, externalId === null ? null : `user id ${externalId}`].filter((part) => part !== null);
  return `  ? ${contactId}${facts.length === 0 ? "" : `  ${facts.join(", ")}`}`;
}

function remedy({ state, reason, customerId, account, proposals }: IdentityEntry): readonly string[] {
  if (state === "linked") return [];
  const option = account === mainAccount ? "" : ` --account ${account}`;
  if (state === "ignored") return [`  → dunlin identity reset ${customerId}${option}`];
  // Of a contact that does not exist the only proposal is itself.
  const contact = (reason === "contact_unknown" ? undefined : proposals[0]?.contactId) ?? "<contact id>";
  return [
    `  → dunlin identity link ${customerId} ${contact}${option}   or   dunlin identity ignore ${customerId}${option}`,
  ];
}

async function runDecision(
  config: Config,
  customer: { readonly account: string; readonly customerId: string },
  decided: IdentityDecision,
): Promise<void> {
  const parsed = identityDecision.safeParse(decided);
  if (!parsed.success) throw new CommandInvalid(parsed.error.issues.map(({ message }) => `The contact ${message}.`));
  await withInstallation(config, ({ pool }) => decideOnBoard({ pool, contactUrl: () => null }, customer, parsed.data));
  say(`${customer.customerId}: ${decidedTexts[decided.decision]} The running server does it at once.`);
}

const decidedTexts: Readonly<Record<IdentityDecision["decision"], string>> = {
  link: "will be linked to that contact, whatever the rules say.",
  ignore: "will have no contact.",
  none: "is decided by the rules again.",
};
