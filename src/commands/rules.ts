/** `dunlin rules`: rules as a file and in force: look at them, check them, put them in force, switch one on and off. */
import { userInfo } from "node:os";
import { Argument, InvalidArgumentError, type Command } from "commander";
import { stringify } from "yaml";
import { ruleModes, type RuleMode } from "../../contract/rule.ts";
import type { RuleProblem } from "../../contract/rule-problem.ts";
import type { Config } from "../config.ts";
import { DocumentUnknown } from "../documents/document.ts";
import { findDocument, findVersion } from "../documents/store.ts";
import type { Installation } from "../installation.ts";
import { sameJson } from "../lib/json.ts";
import { loadMapping } from "../pipeline/mapping-in-force.ts";
import { loadRules } from "../pipeline/rules-in-force.ts";
import type { CompiledRules } from "../rules/program.ts";
import { rulesJsonSchema } from "../rules/json-schema.ts";
import { readLinkSecret } from "../upkeep/link-secret.ts";
import { readRulesBoard, readRulesHistory } from "../upkeep/rules/board.ts";
import { briefRules } from "../upkeep/rules/brief-document.ts";
import { leaveOf, mappedNames, readRules, saveRules, tryRules } from "../upkeep/rules/save-rules.ts";
import { getRule, pauseRule, placementText, switchRule, unpauseRule } from "../upkeep/rules/switch-rule.ts";
import { checkNamedThings } from "../upkeep/rules/check-workspace.ts";
import { webhookSecretOf } from "../webhooks/send.ts";
import { withInstallation } from "./connect.ts";
import { linesOfFile, readDocumentFile } from "./document-file.ts";
import { counted } from "./numbers.ts";
import { nowOfRules } from "./rule-clock.ts";
import { registerRuleRuns } from "./rule-runs.ts";
import { problemLines, withProblems } from "./problems.ts";
import { planRulesOf } from "./rules-plan.ts";
import { registerSimulate } from "./rules-simulate.ts";
import { boardLines, planLines, rulesVersionLines } from "./rules-text.ts";
import { say, sayAll } from "./terminal.ts";
import { withIntercom } from "./with-intercom.ts";

type Json = { readonly json?: boolean };

/** Adds the command and what it can do. */
export function registerRules(program: Command, config: () => Config): void {
  const rules = program
    .command("rules")
    .description("from a billing moment to the right message: rules, their modes and their runs");
  registerLooking(rules, config);
  registerChanging(rules, config);
  registerRuleRuns(rules, config);
  registerSecret(rules, config);
  registerSimulate(rules, config);
}

function registerLooking(rules: Command, config: () => Config): void {
  const within = (work: (installation: Installation) => Promise<void>): Promise<void> =>
    withInstallation(config(), work);
  rules
    .command("list", { isDefault: true })
    .description("list the rules in force: mode, runs, what starts them, what stops them")
    .option("--json", "print what GET /api/rules answers")
    .action(({ json = false }: Json) => within((it) => list(config(), it, json)));
  rules
    .command("show")
    .description("print the rules in force as YAML, to begin a file with; or one rule with its texts")
    .argument("[rule]", "only this rule")
    .option("--of-version <n>", "a version that was in force before", wholeNumber)
    .option("--json", "print it as JSON")
    .action((rule: string | undefined, options: ShowOptions) => within((it) => show(it, { ...options, rule })));
  rules
    .command("check")
    .description("check a file: names, expressions, texts, waits, loops; exit code 1 on errors")
    .argument("<file>", "rules as YAML or JSON")
    .option("--json", "print the problems as JSON")
    .action((file: string, { json = false }: Json) => within((it) => check(config(), it, { file, json })));
  rules
    .command("diff")
    .description("what a file would change: rules, runs, attributes, and whom it would meet; changes nothing")
    .argument("<file>", "rules as YAML or JSON")
    .option("--json", "print it as JSON")
    .action((file: string, { json = false }: Json) =>
      within((it) => withProblems(refused(file), () => diff(config(), it, { file, json }), file)),
    );
  rules
    .command("history")
    .description("list the versions that were saved")
    .option("--json", "print it as JSON")
    .action(({ json = false }: Json) => within((it) => history(it, json)));
  rules
    .command("schema")
    .description("print the JSON Schema of rules files, for editors")
    .action(() => say(JSON.stringify(rulesJsonSchema(), null, 2)));
}

function registerSecret(rules: Command, config: () => Config): void {
  rules
    .command("webhook-secret")
    .description("print the secret with which webhooks of rules are signed, for whoever receives them")
    .action(() =>
      withInstallation(config(), async ({ pool, box }) => say(webhookSecretOf(await readLinkSecret(pool, box)))),
    );
}

function registerChanging(rules: Command, config: () => Config): void {
  const within = (work: (installation: Installation) => Promise<void>): Promise<void> =>
    withInstallation(config(), work);
  rules
    .command("apply")
    .description("save a file as the next version; it is in force on every node within seconds")
    .argument("<file>", "rules as YAML or JSON; - reads it from the input")
    .option("--note <text>", "why, for the history")
    .option("--based-on <n>", "the version that the file began as; refused if another one came since", wholeNumber)
    .action((file: string, options: ApplyOptions) =>
      within((it) => withProblems(refused(file), () => apply(config(), it, { ...options, file }), file)),
    );
  rules
    .command("mode")
    .description("switch one rule: draft, shadow, live with a share of customers, paused")
    .argument("<rule>", "its name")
    .addArgument(new Argument("<mode>", "what it is from now on").choices(ruleModes))
    .option("--share <percent>", "the share of customers for whom it acts; else as before", percentage)
    .option("--note <text>", "why, for the history")
    .action((rule: string, mode: RuleMode, options: ModeOptions) =>
      within((it) => changeMode(it, { ...options, rule, mode })),
    );
  rules
    .command("pause")
    .description("let a rule stand still at once, whatever its mode; its open runs wait")
    .argument("<rule>", "its name")
    .option("--reason <text>", "why, for whoever finds it paused", "Somebody paused it.")
    .action((rule: string, { reason }: { readonly reason: string }) =>
      within(async ({ pool }) => {
        const isNew = await pauseRule(pool, { rule, reason });
        say(isNew ? `✓ ${rule} stands still.` : `${rule} stood still already.`);
        say(`  → dunlin rules resume ${rule}`);
      }),
    );
  rules
    .command("resume")
    .description("let a rule go on that was paused, by a person or by its breaker")
    .argument("<rule>", "its name")
    .action((rule: string) =>
      within(async ({ pool }) => {
        const wasStopped = await unpauseRule(pool, rule, Math.floor((await nowOfRules(config())) / 1000));
        const { mode } = getRule(await loadRules(pool), rule).rule;
        say(wasStopped ? `✓ ${rule} goes on.` : `${rule} did not stand still; its mode is ${mode}.`);
        if (mode === "paused") say(`  → dunlin rules mode ${rule} live`);
      }),
    );
}

function refused(file: string): string {
  return `${file} cannot be saved`;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

function percentage(text: string): number {
  const percent = Number(text.replace(/\s*%$/, ""));
  if (text.trim() === "" || !(percent >= 0 && percent <= 100))
    throw new InvalidArgumentError("It must be a number from 0 to 100.");
  return percent;
}

async function list(config: Config, { pool }: Installation, json: boolean): Promise<void> {
  const nowMs = await nowOfRules(config);
  const board = await readRulesBoard(pool, await loadRules(pool), Math.floor(nowMs / 1000));
  if (json) say(JSON.stringify(board, null, 2));
  else sayAll(boardLines(board, new Date(nowMs).toISOString()));
}

type ShowOptions = Json & { readonly ofVersion?: number };

async function show(
  { pool }: Installation,
  { rule, ofVersion: version, json = false }: ShowOptions & { readonly rule: string | undefined },
): Promise<void> {
  const shown = await findShown(pool, rule, version);
  if (json) return say(JSON.stringify(shown.body, null, 2));
  sayAll(shown.comments.map((line) => `# ${line}`));
  say(stringify(shown.body, { lineWidth: 120 }).trimEnd());
}

/** A version that this Dunlin does not understand is shown as it was saved, to be mended. */
async function findShown(
  pool: Installation["pool"],
  rule: string | undefined,
  version: number | undefined,
): Promise<{ readonly body: unknown; readonly comments: readonly string[] }> {
  const saved = await findDocument(pool, "rules", version);
  if (version !== undefined && !saved) throw new DocumentUnknown({ kind: "rules", version });
  const { rules, problems } = tryRules(saved?.body ?? { version: 1 }, new Set(), { allowsPrivateHosts: true });
  const title = saved ? `Version ${saved.version}.` : "No rules were saved yet.";
  const comments = [`${title} Check changes with: dunlin rules check <file>`];
  if (!rules)
    return { body: saved?.body, comments: [...comments, ...problems.map((it) => `${it.path}: ${it.problem}`)] };
  if (rule === undefined) return { body: briefRules(rules.document), comments };
  const { document } = rules;
  const { texts, rule: found } = getRule(rules, rule);
  const own = Object.entries(document.texts).filter(([name]) => texts.has(name));
  const part = { ...document, rules: [found], texts: Object.fromEntries(own) };
  return { body: briefRules(part), comments: [`${title} Only ${rule}, and the texts that it uses.`] };
}

type FileOptions = { readonly file: string; readonly json: boolean };

async function check(config: Config, installation: Installation, { file, json }: FileOptions): Promise<void> {
  const { rules, problems: own } = tryRules(
    await readDocumentFile(file),
    mappedNames(await loadMapping(installation.pool, config.attributePreset)),
    leaveOf(config),
  );
  const problems = [...own, ...(rules ? await missingInIntercom(config, installation, rules) : [])];
  if (!rules) process.exitCode = 1;
  if (json) return say(JSON.stringify({ problems }, null, 2));
  const count = rules?.rules.length ?? 0;
  say(rules ? `✓ ${file} can be saved: ${counted(count, "rule")}.` : `✗ ${file} cannot be saved:`);
  sayAll(problemLines(problems, await linesOfFile(file)));
}

/** What rules name and Intercom does not have; nothing where that is not known. */
function missingInIntercom(
  config: Config,
  installation: Installation,
  { document }: CompiledRules,
): Promise<readonly RuleProblem[]> {
  return withIntercom(config, installation, async (intercom) => (await checkNamedThings(document, intercom)).problems);
}

async function diff(config: Config, installation: Installation, { file, json }: FileOptions): Promise<void> {
  const after = readRules(
    await readDocumentFile(file),
    mappedNames(await loadMapping(installation.pool, config.attributePreset)),
    leaveOf(config),
  );
  const plan = await planRulesOf(config, installation, after);
  if (json) return say(JSON.stringify(plan, null, 2));
  sayAll(planLines(plan));
  const isNew = plan.rules.some(({ change }) => change === "added" || change === "changed");
  if (!isNew || file === "-") return;
  const against = plan.version === 0 ? "" : ` --against ${plan.version}`;
  sayAll(["", "What they would have done in the past:", `  → dunlin rules simulate --file ${file}${against}`]);
}

type ApplyOptions = { readonly note?: string; readonly basedOn?: number };

async function apply(
  config: Config,
  installation: Installation,
  { file, note, basedOn }: ApplyOptions & { readonly file: string },
): Promise<void> {
  const { pool } = installation;
  const rules = readRules(
    await readDocumentFile(file),
    mappedNames(await loadMapping(pool, config.attributePreset)),
    leaveOf(config),
  );
  const base = basedOn ?? (await findVersion(pool, "rules"));
  const inForce = await loadRules(pool);
  if (base === inForce.version && base > 0 && sameJson(rules.document, inForce.document))
    return say(`Nothing differs from version ${base} of the rules, which stays in force.`);
  const version = await saveRules(pool, { rules, basedOn: base, by: userInfo().username, note });
  say(`✓ Version ${version} of the rules is in force: ${counted(rules.rules.length, "rule")}.`);
  sayAll(problemLines(await missingInIntercom(config, installation, rules), await linesOfFile(file)));
}

type ModeOptions = { readonly share?: number; readonly note?: string };

async function changeMode(
  { pool }: Installation,
  { rule: name, ...order }: ModeOptions & { readonly rule: string; readonly mode: RuleMode },
): Promise<void> {
  const before = await findVersion(pool, "rules");
  const version = await switchRule(pool, { rule: name, ...order, by: userInfo().username });
  const { rule } = getRule(await loadRules(pool), name);
  if (version === before) return say(`${name} is ${placementText(rule)} already.`);
  say(`✓ ${name} is ${placementText(rule)} (version ${version}).`);
  say("  A file that you keep says something else now: dunlin rules show > rules.yaml");
}

async function history({ pool }: Installation, json: boolean): Promise<void> {
  const versions = await readRulesHistory(pool);
  if (json) say(JSON.stringify({ versions }, null, 2));
  else sayAll(rulesVersionLines(versions));
}
