/** `dunlin rules runs` and its neighbours: what rules do, for whom, and how to try, start, stop and approve it. */
import { Option, type Command } from "commander";
import { runQuery, runStates, type RunQuery, type ShownRun } from "../../contract/rules-api.ts";
import type { Config } from "../config.ts";
import { parseInput } from "../http/input.ts";
import type { Installation } from "../installation.ts";
import { loadMapping } from "../pipeline/mapping-in-force.ts";
import { loadRules } from "../pipeline/rules-in-force.ts";
import { listApprovals } from "../upkeep/rules/run-rows.ts";
import {
  askForRun,
  cancelRun,
  cancelSelected,
  getRunDetails,
  judgeDraft,
  readRuns,
  type RunSelection,
} from "../upkeep/rules/runs.ts";
import { rehearse } from "../upkeep/rules/rehearse.ts";
import { leaveOf, mappedNames, readRules } from "../upkeep/rules/save-rules.ts";
import { confirm } from "./confirm.ts";
import { withInstallation } from "./connect.ts";
import { withContexts } from "./contexts.ts";
import { readDocumentFile } from "./document-file.ts";
import { counted } from "./numbers.ts";
import { nowOfRules } from "./rule-clock.ts";
import { runDetailLines, runLines, testLines } from "./rule-runs-text.ts";
import { say, sayAll } from "./terminal.ts";

type Json = { readonly json?: boolean };
type Within = (work: (installation: Installation) => Promise<void>) => Promise<void>;

const approvalsShown = 200;

/** Adds what is about runs to `dunlin rules`. */
export function registerRuleRuns(rules: Command, config: () => Config): void {
  const within: Within = (work) => withInstallation(config(), work);
  registerRunLists(rules, config, within);
  registerCancel(rules, within);
  registerTrials(rules, config, within);
}

function registerRunLists(rules: Command, config: () => Config, within: Within): void {
  rules
    .command("runs")
    .description("list runs, newest first")
    .option("--rule <rule>", "only of this rule")
    .option("--customer <customer>", "only of this customer: id, contact id, e-mail or your own user id")
    .option("--account <name>", "of which Stripe account the customer is")
    .addOption(new Option("--state <state>", "only in this state").choices(runStates))
    .option("--limit <count>", "how many, 200 at most", "50")
    .option("--json", "print what GET /api/runs answers")
    .action(({ json = false, ...options }: Json & Omit<RunQuery, "limit"> & { readonly limit: string }) =>
      within(async ({ pool }) => {
        const page = await readRuns(pool, parseInput(runQuery, options));
        if (json) say(JSON.stringify(page, null, 2));
        else sayAll(runLines(page.runs, { hasMore: page.next !== null }));
      }),
    );
  rules
    .command("run <id>")
    .description("show one run: what triggered it, what each step did, what it waits for")
    .option("--json", "print what GET /api/runs/<id> answers")
    .action((id: string, { json = false }: Json) =>
      within(async ({ pool }) => print(await getRunDetails(pool, id), { json, nowMs: await nowOfRules(config()) })),
    );
  rules
    .command("approvals")
    .description("show drafts that wait for a person")
    .option("--json", "print what GET /api/approvals answers")
    .action(({ json = false }: Json) =>
      within(async ({ pool }) => {
        const runs = await listApprovals(pool, approvalsShown);
        if (json) return say(JSON.stringify({ runs }, null, 2));
        if (runs.length === 0) return say("No draft waits for a person.");
        const now = isoOfMs(await nowOfRules(config()));
        for (const run of runs) sayAll([...runDetailLines(run, now), ""]);
      }),
    );
  for (const [verb, decision, what] of [
    ["approve", "approved", "let a draft be sent"],
    ["reject", "rejected", "do not let a draft be sent"],
  ] as const) {
    rules
      .command(`${verb} <id>`)
      .description(`${what}, by the number of its run`)
      .action((id: string) =>
        within(async ({ pool }) =>
          say(`✓ The draft of run ${(await judgeDraft(pool, id, decision)).id} is ${decision}.`),
        ),
      );
  }
}

function print(run: ShownRun, { json, nowMs }: { readonly json: boolean; readonly nowMs: number }): void {
  if (json) say(JSON.stringify(run, null, 2));
  else sayAll(runDetailLines(run, isoOfMs(nowMs)));
}

function isoOfMs(atMs: number): string {
  return new Date(atMs).toISOString();
}

type CancelOptions = RunSelection & { readonly yes?: boolean; readonly reason: string };

function registerCancel(rules: Command, within: Within): void {
  rules
    .command("cancel")
    .description("end one run, or all open runs of a rule or customer, and take back what they have set")
    .argument("[id]", "the number of a run")
    .option("--rule <rule>", "all open runs of this rule")
    .option("--customer <customer>", "all open runs of this customer; with --rule, of both")
    .option("--account <name>", "of which Stripe account the customer is")
    .option("--reason <text>", "why, for whoever looks at them later", "Somebody cancelled it.")
    .option("--yes", "do not ask")
    .action((id: string | undefined, { yes = false, reason: why, ...selection }: CancelOptions, command: Command) =>
      within(async ({ pool }) => {
        if (id !== undefined) {
          const run = await cancelRun(pool, id, why);
          return say(`✓ Run ${run.id} of ${run.rule} ends now.`);
        }
        if (selection.rule === undefined && selection.customer === undefined)
          command.error("error: give the number of a run, --rule or --customer");
        await confirm(`Cancel all open runs ${selectionText(selection)}?`, yes);
        const count = await cancelSelected(pool, selection, why);
        say(
          count === 0
            ? `There is no open run ${selectionText(selection)}.`
            : `✓ ${counted(count, "run")} will end now.`,
        );
      }),
    );
}

function selectionText({ rule, customer }: RunSelection): string {
  return [rule === undefined ? "" : `of ${rule}`, customer === undefined ? "" : `for ${customer}`]
    .filter((part) => part !== "")
    .join(" ");
}

type TestOptions = Json & { readonly account?: string; readonly file?: string };

function registerTrials(rules: Command, config: () => Config, within: Within): void {
  rules
    .command("test")
    .description("what a rule would do now for a customer, and how its texts would read; does nothing")
    .argument("<rule>", "its name")
    .argument("<customer>", "a Stripe customer id, a contact id, an e-mail or the business's own user id")
    .option("--account <name>", "of which Stripe account the customer is")
    .option("--file <file>", "as this file has it, instead of the rules in force")
    .option("--json", "print what POST /api/rules/test answers")
    .action((rule: string, customer: string, options: TestOptions) =>
      within((it) => test(config(), it, { ...options, rule, customer })),
    );
  rules
    .command("trigger")
    .description("start a rule that waits to be asked (on: { manual: true }) for a customer")
    .argument("<rule>", "its name")
    .argument("<customer>", "a Stripe customer id, a contact id, an e-mail or the business's own user id")
    .option("--account <name>", "of which Stripe account the customer is")
    .option("--json", "print what POST /api/rules/trigger answers")
    .action((rule: string, customer: string, { account, json = false }: TestOptions) =>
      within(async ({ pool }) => {
        const nowS = Math.floor((await nowOfRules(config())) / 1000);
        const runs = await askForRun(pool, { rule, customer, account }, { nowS });
        if (json) return say(JSON.stringify({ runs }, null, 2));
        for (const run of runs) sayAll([`✓ ${rule} looks at ${run.customerId}.`, `  → dunlin rules run ${run.id}`]);
      }),
    );
}

async function test(
  config: Config,
  installation: Installation,
  { file, json = false, ...order }: TestOptions & { readonly rule: string; readonly customer: string },
): Promise<void> {
  const { pool } = installation;
  const mapped = mappedNames(await loadMapping(pool, config.attributePreset));
  const rules =
    file === undefined ? await loadRules(pool) : readRules(await readDocumentFile(file), mapped, leaveOf(config));
  const nowS = Math.floor((await nowOfRules(config)) / 1000);
  const shown = await withContexts(config, installation, (contexts) => rehearse(contexts, rules, { ...order, nowS }));
  if (json) say(JSON.stringify(shown, null, 2));
  else sayAll(testLines(shown));
}
