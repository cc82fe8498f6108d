/** `dunlin plan`, `dunlin apply` and `dunlin rollback`: mapping and rules as files, changed together and taken back together. */
import { userInfo } from "node:os";
import { InvalidArgumentError, type Command } from "commander";
import type { Config } from "../config.ts";
import type { Pool } from "../db/pool.ts";
import { findVersion } from "../documents/store.ts";
import type { Installation } from "../installation.ts";
import { sameJson } from "../lib/json.ts";
import { compileMapping } from "../mapping/mapping.ts";
import { loadMapping } from "../pipeline/mapping-in-force.ts";
import { loadRules } from "../pipeline/rules-in-force.ts";
import { applyChange, type Change } from "../upkeep/change/change.ts";
import { prepareRollback, type RollbackOrder } from "../upkeep/change/rollback.ts";
import { diffMapping } from "../upkeep/mapping/diff-mapping.ts";
import { readMappingDocument, refuseRuleAuthors } from "../upkeep/mapping/save-mapping.ts";
import { leaveOf, mappedNames, readRules } from "../upkeep/rules/save-rules.ts";
import { appliedLines, changeLines, rollbackLines, type ChangePlan } from "./change-text.ts";
import { CommandInvalid } from "./command-invalid.ts";
import { confirm } from "./confirm.ts";
import { withInstallation } from "./connect.ts";
import { withContexts } from "./contexts.ts";
import { readDocumentFile, usualFile } from "./document-file.ts";
import { followRollout } from "./follow-rollout.ts";
import { LiveBlock } from "./live-block.ts";
import { hasWorker } from "./nodes.ts";
import { withProblems } from "./problems.ts";
import { planRulesOf } from "./rules-plan.ts";
import { say, sayAll } from "./terminal.ts";

const usualRules = "rules.yaml";

type Files = { readonly mapping?: string; readonly rules?: string };
type Sure = { readonly yes?: boolean; readonly note?: string; readonly detach?: boolean };

/** Adds the three commands. */
export function registerChange(program: Command, config: () => Config): void {
  const within = (work: (installation: Installation) => Promise<void>, named: Files = {}): Promise<void> => {
    const file = usualFile(named.rules, usualRules);
    return withInstallation(config(), (it) =>
      withProblems(`${file ?? "The rules"} cannot be saved`, () => work(it), file),
    );
  };
  const files = (command: Command): Command =>
    command
      .option("--mapping <file>", "else mapping.yaml, when there is one here")
      .option("--rules <file>", "else rules.yaml, when there is one here");

  files(program.command("plan"))
    .description("what changed files of mapping and rules would do: whom and what they touch; changes nothing")
    .option("--json", "print it as JSON")
    .action(({ json = false, ...named }: Files & { readonly json?: boolean }) =>
      within(async (it) => {
        const change = await readChange(config(), it, named);
        const plan = await planChange(config(), it, change);
        if (json) say(JSON.stringify(plan, null, 2));
        else sayAll(changeLines(plan));
      }, named),
    );
  files(program.command("apply"))
    .description("put changed files of mapping and rules in force, both or neither, after showing the plan")
    .option("--note <text>", "why, for the history")
    .option("--yes", "do not ask")
    .option("--detach", "do not wait until the mapping is on all contacts")
    .action(({ mapping, rules, ...sure }: Files & Sure) => {
      const named = { ...(mapping ? { mapping } : {}), ...(rules ? { rules } : {}) };
      return within(async (it) => {
        const change = await readChange(config(), it, named);
        await carryOut(it.pool, { change, plan: await planChange(config(), it, change) }, sure);
      }, named);
    });
  program
    .command("rollback")
    .description("restore the former version of what was changed last, and the values of attributes with it")
    .option("--mapping", "only the mapping")
    .option("--rules", "only the rules")
    .option("--to <version>", "with --mapping or --rules: to this version, 0 is before the first", wholeNumber)
    .option("--note <text>", "why, for the history")
    .option("--yes", "do not ask")
    .option("--detach", "do not wait until the mapping is on all contacts")
    .action((options: RollbackOptions) => within((it) => rollBack(config(), it, options)));
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

/** Reads and checks the files, and leaves out what is in force already. Throws CommandInvalid, MappingInvalid or RulesInvalid. */
async function readChange(config: Config, { pool }: Installation, named: Files): Promise<Change> {
  const mappingFile = usualFile(named.mapping, "mapping.yaml");
  const rulesFile = usualFile(named.rules, usualRules);
  if (mappingFile === undefined && rulesFile === undefined)
    throw new CommandInvalid([
      "There is neither mapping.yaml nor rules.yaml here. Name them: --mapping <file>, --rules <file>",
    ]);
  const inForce = await loadMapping(pool, config.attributePreset);
  const document = await readFrom(mappingFile, readMappingDocument);
  // Rules that come along are checked against this mapping; those in force are not checked again.
  if (document && rulesFile === undefined) await refuseRuleAuthors(pool, document);
  const mapped = mappedNames(document ? compileMapping(document, { name: "trial" }) : inForce);
  const rules = await readFrom(rulesFile, (input) => readRules(input, mapped, leaveOf(config)));
  const known = await loadRules(pool);
  const isNewMapping = document !== undefined && !sameJson(document, inForce.document);
  const isNewRules = rules !== undefined && !sameJson(rules.document, known.document);
  return {
    mapping: isNewMapping ? { document, basedOn: await findVersion(pool, "mapping") } : undefined,
    rules: isNewRules ? { rules, basedOn: known.version } : undefined,
  };
}

async function readFrom<T>(file: string | undefined, read: (input: unknown) => T): Promise<T | undefined> {
  return file === undefined ? undefined : read(await readDocumentFile(file));
}

/** What a change would do. Changes nothing. */
async function planChange(config: Config, installation: Installation, { mapping, rules }: Change): Promise<ChangePlan> {
  const block = new LiveBlock(process.stderr, { silent: !process.stderr.isTTY });
  const diff = mapping
    ? await withContexts(config, installation, (contexts) =>
        diffMapping(
          contexts,
          {
            mapping: compileMapping(mapping.document, { name: "trial", retiring: mapping.document.retired }),
            inForce: contexts.main.mapping(),
          },
          {
            contactsMax: Number.POSITIVE_INFINITY,
            onProgress: (looked, all) => block.show([`${looked} of ${all} contacts looked at`], "looking"),
          },
        ),
      )
    : null;
  block.clear();
  return {
    mapping: diff && { version: mapping?.basedOn ?? 0, ...diff },
    rules: rules ? await planRulesOf(config, installation, rules.rules) : null,
  };
}

/** Shows the plan, asks, and saves. */
async function carryOut(
  pool: Pool,
  { change, plan }: { readonly change: Change; readonly plan: ChangePlan },
  { yes = false, note, detach = false }: Sure,
): Promise<void> {
  sayAll(changeLines(plan));
  if (!change.mapping && !change.rules) return;
  say();
  await confirm("Put this in force?", yes);
  const saved = await applyChange(pool, change, { by: userInfo().username, note });
  sayAll(appliedLines(saved));
  if (saved.mapping === null) return;
  if (!(await hasWorker(pool)))
    return say("  No server is running; the next one brings it to the contacts: dunlin start");
  if (!detach) await followRollout(pool);
}

type RollbackOptions = Sure & { readonly mapping?: boolean; readonly rules?: boolean; readonly to?: number };

async function rollBack(
  config: Config,
  installation: Installation,
  { mapping = false, rules = false, to, ...sure }: RollbackOptions,
): Promise<void> {
  const kinds: RollbackOrder["kinds"] = [
    ...(mapping ? ["mapping" as const] : []),
    ...(rules ? ["rules" as const] : []),
  ];
  if (to !== undefined && kinds.length !== 1)
    throw new CommandInvalid(["--to is about one document: give --mapping or --rules with it."]);
  const { change, steps } = await prepareRollback(
    { pool: installation.pool, preset: config.attributePreset },
    { kinds, to },
  );
  sayAll(rollbackLines(steps));
  say();
  const note = sure.note ?? `back to ${steps.map((step) => `version ${step.to} of the ${step.kind}`).join(", ")}`;
  await carryOut(
    installation.pool,
    { change, plan: await planChange(config, installation, change) },
    { ...sure, note },
  );
}
