/** `dunlin rules simulate`: takes rules through the recorded past and shows what they would have done. Changes nothing. */
import { InvalidArgumentError, type Command } from "commander";
import { simulationDaysMax } from "../../contract/simulation.ts";
import { reportingOf, type Config } from "../config.ts";
import type { Installation } from "../installation.ts";
import { loadMapping } from "../pipeline/mapping-in-force.ts";
import { loadRules, loadRulesVersion } from "../pipeline/rules-in-force.ts";
import { simulate } from "../pipeline/simulate/simulate.ts";
import { RuleUnknown } from "../upkeep/rules/errors.ts";
import { leaveOf, mappedNames, readRules } from "../upkeep/rules/save-rules.ts";
import { withInstallation } from "./connect.ts";
import { readDocumentFile } from "./document-file.ts";
import { LiveBlock } from "./live-block.ts";
import { withProblems } from "./problems.ts";
import { nowOfRules } from "./rule-clock.ts";
import { progressLine, simulationLines } from "./rules-simulate-text.ts";
import { say, sayAll } from "./terminal.ts";

type Options = {
  readonly days: number;
  readonly file?: string;
  readonly against?: number;
  readonly threads: number;
  readonly json?: boolean;
};

/** Adds `simulate` to the commands of rules. */
export function registerSimulate(rules: Command, config: () => Config): void {
  rules
    .command("simulate")
    .description("take rules through the recorded past: whom they would have met, when, and what they would have said")
    .argument("[rule]", "only this rule; without it, all that are not paused")
    .option("--days <n>", `how far back, at most ${simulationDaysMax}`, daysOf, 90)
    .option("--file <file>", "rules as YAML or JSON instead of those in force")
    .option("--against <version>", "put beside this version: whom only one of both would have met", wholeNumber)
    .option("--threads <n>", "how many threads work on it, 1 to 16", threadsOf, 2)
    .option("--json", "print what POST /api/rules/simulate answers")
    .action((rule: string | undefined, options: Options) =>
      withInstallation(config(), (it) =>
        withProblems(
          `${options.file ?? "The rules"} cannot be simulated`,
          () => run(config(), it, { ...options, rule }),
          options.file,
        ),
      ),
    );
}

async function run(
  config: Config,
  { pool, database }: Installation,
  { rule, days, against, file, threads, json = false }: Options & { readonly rule: string | undefined },
): Promise<void> {
  const mapping = await loadMapping(pool, config.attributePreset);
  const rules =
    file === undefined
      ? await loadRules(pool)
      : readRules(await readDocumentFile(file), mappedNames(mapping), leaveOf(config));
  if (rule !== undefined && !rules.byName.has(rule)) throw new RuleUnknown(rule, [...rules.byName.keys()]);
  if (rules.rules.length === 0 && !json) {
    say("There are no rules to simulate.");
    say("  → dunlin rules simulate --file rules.yaml, or begin with a recipe: dunlin recipes list");
    return;
  }
  const block = new LiveBlock(process.stderr, { silent: json });
  const result = await simulate(
    rules,
    { rule, days, against: against === undefined ? undefined : await loadRulesVersion(pool, against) },
    {
      pool,
      database,
      mapping,
      threads,
      reporting: reportingOf(config),
      nowS: Math.floor((await nowOfRules(config)) / 1000),
      onProgress: (progress) => block.show([progressLine(progress, process.stderr.columns ?? 80)], "simulating"),
    },
  );
  block.clear();
  if (json) say(JSON.stringify(result));
  else sayAll(simulationLines(result));
}

function daysOf(text: string): number {
  const days = wholeNumber(text);
  if (days < 1 || days > simulationDaysMax) throw new InvalidArgumentError(`It must be 1 to ${simulationDaysMax}.`);
  return days;
}

function threadsOf(text: string): number {
  const threads = wholeNumber(text);
  if (threads < 1 || threads > 16) throw new InvalidArgumentError("It must be 1 to 16.");
  return threads;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}
