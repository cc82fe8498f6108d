/** `dunlin plans`: the plans that a business sells, looked at, checked and put in force. */
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { InvalidArgumentError, type Command } from "commander";
import { parse } from "yaml";
import type { PlanDefinition, PlansFinding, PlansInForce } from "../../contract/plans.ts";
import { PlansInvalid } from "../billing/savings/check-plans.ts";
import type { Config } from "../config.ts";
import { messageOf } from "../model/error.ts";
import { judgePlans, parsePlans, savePlans, showPlans } from "../pipeline/plans.ts";
import { withInstallation } from "./connect.ts";
import { counted } from "./numbers.ts";
import { tableLines } from "./table.ts";
import { say } from "./terminal.ts";
import { utcText } from "./times.ts";

type Output = { readonly json?: boolean };
type ApplyOptions = Output & { readonly note?: string; readonly basedOn?: number };

/** Adds the command and its three verbs. */
export function registerPlans(program: Command, config: () => Config): void {
  const plans = program.command("plans").description("the plans that you sell: what savings are computed with");

  plans
    .command("show", { isDefault: true })
    .description("show the plans in force, and what is to be said about them")
    .option("--json", "print them as JSON, as GET /api/plans answers them")
    .action(({ json = false }: Output) =>
      withInstallation(config(), async ({ pool }) => {
        const inForce = await showPlans(pool);
        if (json) say(JSON.stringify(inForce, null, 2));
        else for (const line of describePlans(inForce)) say(line);
      }),
    );

  plans
    .command("check <file>")
    .description("hold a YAML or JSON file against the prices that are known; nothing is saved")
    .option("--json", "print the findings as JSON")
    .action((file: string, { json = false }: Output) =>
      withInstallation(config(), async ({ pool }) => {
        const document = parsePlans(readPlansFile(file));
        const findings = await judgePlans(pool, document);
        if (json) say(JSON.stringify({ findings }, null, 2));
        else for (const line of describeFindings(findings, counted(document.plans.length, "plan"))) say(line);
        if (findings.some(({ level }) => level === "error")) process.exitCode = 1;
      }),
    );

  plans
    .command("apply <file>")
    .description("check a YAML or JSON file and put it in force as the next version")
    .option("--note <text>", "why, for whoever reads the versions later")
    .option(
      "--based-on <version>",
      "the version that the file was made from; without it, the one in force",
      wholeNumber,
    )
    .option("--json", "print what is in force then as JSON")
    .action((file: string, { json = false, note, basedOn }: ApplyOptions) =>
      withInstallation(config(), async ({ pool }) => {
        const document = parsePlans(readPlansFile(file));
        const base = basedOn ?? (await showPlans(pool)).version;
        const saved = await savePlans(pool, { document, basedOn: base, by: userInfo().username, note });
        if (json) return say(JSON.stringify(saved, null, 2));
        for (const line of describePlans(saved)) say(line);
      }),
    );
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

/** Reads YAML, of which JSON is a part. Throws PlansInvalid for a file that cannot be read. */
function readPlansFile(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new PlansInvalid([`${file} cannot be read: ${messageOf(error)}`]);
  }
}

/** The plans in force as a table. */
export function describePlans({ version, document, savedAt, savedBy, findings }: PlansInForce): readonly string[] {
  if (document === null) return ["There are no plans yet.", "  → dunlin plans apply plans.yaml"];
  const rows = document.plans.map((plan) => [plan.id, plan.name, rulesText(plan), pricesText(plan)]);
  return [
    `Version ${version}, saved ${savedAt === null ? "" : utcText(savedAt)} by ${savedBy ?? "nobody"}`,
    "",
    ...tableLines([["PLAN", "NAME", "RULES", "PRICES"], ...rows]),
    "",
    ...describeFindings(findings, counted(document.plans.length, "plan")),
  ];
}

function pricesText({ prices }: PlanDefinition): string {
  return prices
    .map(({ id, as, quantity, optional }) => {
      const count = quantity === undefined ? (as === "base" ? "" : ` (${as})`) : ` × ${quantity}`;
      return `${id}${count}${optional ? "?" : ""}`;
    })
    .join(" + ");
}

function rulesText({ offered, eligibleFrom, notFrom, countries, includes }: PlanDefinition): string {
  const rules = [
    offered ? "" : "not offered",
    eligibleFrom ? `only from ${eligibleFrom.join(", ")}` : "",
    notFrom.length > 0 ? `not from ${notFrom.join(", ")}` : "",
    countries ? `in ${countries.join(", ")}` : "",
    includes.length > 0 ? `includes ${includes.join(", ")}` : "",
  ].filter((rule) => rule !== "");
  return rules.length === 0 ? "–" : rules.join("; ");
}

/** What is to be said, errors first; a line of praise when there is nothing. */
export function describeFindings(findings: readonly PlansFinding[], what: string): readonly string[] {
  if (findings.length === 0) return [`✓ ${what}, and every price is known and can be reckoned with.`];
  return findings.map(({ level, plan, text }) => `${level === "error" ? "✗" : "!"} ${plan}: ${text}`);
}
