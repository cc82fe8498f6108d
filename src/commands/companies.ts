/** `dunlin companies`: which companies billing keeps in Intercom, what they show, and what is wrong with them. */
import type { Command } from "commander";
import { companyQuery, type CompanyDetails, type CompanyEntry } from "../../contract/companies.ts";
import type { Config } from "../config.ts";
import { readCompanies, readCompany, renewCompany } from "../pipeline/company-board.ts";
import { invalidOptions } from "./command-invalid.ts";
import { withInstallation } from "./connect.ts";
import { tableLines } from "./table.ts";
import { say } from "./terminal.ts";
import { momentText } from "./times.ts";

type ListOptions = { readonly state: string; readonly limit: string; readonly after?: string; readonly json?: boolean };
type ShowOptions = { readonly json?: boolean };

/** Adds the command with its parts. */
export function registerCompanies(program: Command, config: () => Config): void {
  const companies = program.command("companies").description("companies that Dunlin keeps in step with billing");
  companies
    .command("list")
    .description("every company, what Intercom shows of it, and what is wrong with it")
    .option("--state <state>", "waiting, shown, gone, trouble or all", "all")
    .option("--limit <n>", "how many at most", "100")
    .option("--after <key>", "begin behind this key")
    .option("--json", "print them as JSON, as GET /api/companies answers")
    .action((options: ListOptions) => runList(config(), options));
  companies
    .command("show <key>")
    .description("one company: customers, contacts, values, latest writes")
    .option("--json", "print it as JSON, as GET /api/companies/<key> answers")
    .action((key: string, { json = false }: ShowOptions) =>
      withInstallation(config(), async ({ pool }) => {
        const company = await readCompany({ pool, companyUrl: () => null }, key);
        if (json) return say(JSON.stringify(company, null, 2));
        for (const line of describeCompany(company, new Date().toISOString())) say(line);
      }),
    );
  companies
    .command("renew <key>")
    .description("look at a company anew; one that was deleted in Intercom is made again")
    .action((key: string) =>
      withInstallation(config(), async ({ pool }) => {
        await renewCompany({ pool }, key);
        say(`✓ ${key} is looked at within a second or two of the running server.`);
      }),
    );
}

async function runList(config: Config, { json = false, ...given }: ListOptions): Promise<void> {
  const asked = companyQuery.safeParse(given);
  if (!asked.success) throw invalidOptions(asked.error.issues, given);
  await withInstallation(config, async ({ pool }) => {
    const page = await readCompanies({ pool, companyUrl: () => null }, asked.data);
    if (json) return say(JSON.stringify(page, null, 2));
    if (page.companies.length === 0) return say(nothingText(asked.data.state));
    for (const line of describeCompanies(page.companies)) say(line);
    if (page.next !== null) say(`\nThere are more: dunlin companies list --after ${JSON.stringify(page.next)}`);
  });
}

function nothingText(state: string): string {
  if (state === "trouble") return "✓ Nothing is wrong with any company.";
  return "There are no companies. They are switched on in the mapping, see docs/guides/companies.md.";
}

/** A table with one line for each company, and a remedy below each that needs a person. */
export function describeCompanies(companies: readonly CompanyEntry[]): readonly string[] {
  const head = ["KEY", "NAME", "PLAN", "SPEND", "CUSTOMERS", "CONTACTS", "STATE"];
  const rows = companies.map((company) => [
    company.key,
    company.name ?? "–",
    company.plan ?? "–",
    company.monthlySpend === null ? "–" : String(company.monthlySpend),
    String(company.customers),
    String(company.contacts),
    stateText(company),
  ]);
  const [first = "", ...lines] = tableLines([head, ...rows], { right: [3, 4, 5] });
  return [first, ...lines.flatMap((line, index) => [line, ...troubleLines(companies[index])])];
}

function stateText({ state, isDead, isDue }: CompanyEntry): string {
  if (isDead) return "given up";
  if (state === "gone") return "deleted in Intercom";
  if (state === "waiting") return "no contact yet";
  return isDue ? "being written" : "up to date";
}

function troubleLines(company: CompanyEntry | undefined): readonly string[] {
  if (!company) return [];
  const { key, isDead, state, error } = company;
  if (!isDead && state !== "gone") return [];
  const remedy = `dunlin companies renew ${/^[\w.@-]+$/.test(key) ? key : JSON.stringify(key)}`;
  if (isDead) return [`  ! ${error?.message ?? "It could not be written."}`, `  → ${remedy}`];
  return [`  → to have it made again: ${remedy}`];
}

/** All that is on record of one company. */
export function describeCompany(company: CompanyDetails, nowIso: string): readonly string[] {
  const facts: readonly (readonly [string, string])[] = [
    ["name", company.name ?? "–"],
    ["plan", company.plan ?? "–"],
    ["monthly spend", company.monthlySpend === null ? "–" : String(company.monthlySpend)],
    ...Object.entries(company.attributes).map(([name, shown]): [string, string] => [name, valueText(shown)]),
    ["in Intercom", company.intercomId ?? "–"],
    ["last written", company.writtenAt === null ? "never" : momentText(company.writtenAt, nowIso)],
  ];
  const states = new Map(company.links.map(({ contactId, state }) => [contactId, state]));
  const members = company.members.map(({ account, customerId, contactId }) => [
    `  ${customerId}`,
    account,
    contactId ?? "no contact",
    contactId === null ? "" : linkText(states.get(contactId)),
  ]);
  const writes = company.writes.flatMap(({ kind, changes, at }) =>
    changes.map(({ field, before, after }) => [
      `  ${momentText(at, nowIso)}`,
      kind,
      field,
      `${valueText(before)} → ${valueText(after)}`,
    ]),
  );
  return [
    `${company.key}: ${stateText(company)}`,
    ...troubleLines(company),
    ...tableLines(facts.map(([name, text]) => [`  ${name}`, text])),
    ...company.unknowns.map(({ field, reason }) => `  ! ${field} is not known: ${reason}`),
    "",
    `Customers (${company.customers})`,
    ...tableLines(members),
    ...(writes.length === 0 ? [] : ["", "Latest writes", ...tableLines(writes)]),
  ];
}

function linkText(state: CompanyDetails["links"][number]["state"] | undefined): string {
  switch (state) {
    case "ours":
      return "attached";
    case "found":
      return "was attached already";
    case "refused":
      return "not attached: the contact has as many companies as Intercom allows";
    case "attaching":
    case undefined:
      return "not attached yet";
  }
}

function valueText(value: string | number | boolean | null): string {
  return value === null ? "–" : String(value);
}
