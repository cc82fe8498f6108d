/** The checks of `npm run verify`: what needs no database and takes seconds. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { root, runPool, runTool, seconds } from "./run.mjs";
import { noTotals, runProject, totalsLine } from "./vitest-run.mjs";

/** @typedef {import("./vitest-run.mjs").Totals} Totals */
/** @typedef {{ ok: boolean, output: string, ms: number, note?: string, totals?: Totals }} Result */
/** @typedef {{ name: string, check: () => Promise<Result> }} Step */

/** A check that hangs must not hang the gate. */
const bound = { timeoutMs: 180_000 };

/**
 * What the compiler learned last time is kept, so that only what has changed since is checked again.
 * @param {string} config
 */
function types(config) {
  const kept = join(root, "node_modules", ".cache", "types", `${config.replaceAll("/", "-")}.tsbuildinfo`);
  const args = ["-p", config, "--noEmit", "--pretty", "false", "--incremental", "--tsBuildInfoFile", kept];
  return () => runTool("tsc", args, bound);
}

/** Lint with the type-aware rules and import circles; warnings are counted, they do not fail. */
async function lint() {
  const outcome = await runTool("oxlint", ["--type-aware", "--report-unused-disable-directives"], bound);
  const warnings = /Found (\d+) warnings?/.exec(outcome.output)?.[1];
  return {
    ...outcome,
    note: warnings === undefined ? "" : `${warnings} to look at twice (npx oxlint --type-aware)`,
  };
}

async function unitTests() {
  const outcome = await runProject("unit", bound);
  return { ...outcome, note: totalsLine(outcome.totals) };
}

/**
 * The longest first, so that both cores end together.
 * @type {Step[]}
 */
const steps = [
  { name: "unit tests", check: unitTests },
  { name: "dead code", check: () => runTool("knip", ["--no-progress"], bound) },
  { name: "lint, import circles", check: lint },
  { name: "types: tests and all", check: types("tsconfig.test.json") },
  { name: "types: server", check: types("tsconfig.server.json") },
  { name: "types: sandbox", check: types("tsconfig.sandbox.json") },
  ...(existsSync(join(root, "web", "tsconfig.json"))
    ? [{ name: "types: web", check: types("web/tsconfig.json") }]
    : []),
  { name: "format", check: () => runTool("oxfmt", ["--check", "."], bound) },
];

/** Runs every check, prints the table, then the full output of what failed. */
export async function runChecks() {
  const startedMs = performance.now();
  const jobs = steps.map((step) => async () => ({ step, result: await step.check() }));
  const done = await runPool(jobs, Math.max(2, Math.min(4, availableParallelism())));
  for (const { step, result } of done) console.log(tableRow(step.name, result));
  for (const { step, result } of done.filter((one) => !one.result.ok)) {
    console.log(`\n── ${step.name} ──\n${result.output.trimEnd()}`);
  }
  const failed = done.filter((one) => !one.result.ok).length;
  const summary = failed === 0 ? "all checks passed" : `${failed} of ${done.length} checks failed`;
  console.log(`${failed === 0 ? "" : "\n"}${summary} in ${seconds(performance.now() - startedMs)}`);
  const totals = done.find((one) => one.result.totals)?.result.totals ?? noTotals;
  return { ok: failed === 0, totals };
}

/**
 * @param {string} name
 * @param {Result} result
 */
function tableRow(name, result) {
  const row = `${result.ok ? "ok    " : "FAILED"}  ${name.padEnd(22)} ${seconds(result.ms).padStart(7)}  ${result.note ?? ""}`;
  return row.trimEnd();
}
