/** Runs one vitest project and counts its tests from vitest's own JSON report. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTool } from "./run.mjs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Totals */
/** @typedef {import("./run.mjs").Outcome & { totals: Totals, failedFiles: readonly string[] }} TestOutcome */

/**
 * @param {string} project
 * @param {import("./run.mjs").Options & { args?: readonly string[] }} [options]
 * @returns {Promise<TestOutcome>}
 */
export async function runProject(project, { args = [], ...options } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "dunlin-tests-"));
  const report = join(folder, "report.json");
  try {
    // Shown only when something fails, so failures are all that should stand in it.
    const shown = options.live ? "default" : "dot";
    const reporters = [`--reporter=${shown}`, "--reporter=json", `--outputFile.json=${report}`];
    const all = ["run", "--project", project, "--passWithNoTests", ...reporters, ...args];
    const outcome = await runTool("vitest", all, options);
    const json = existsSync(report) ? readFileSync(report, "utf8") : null;
    const totals = json === null ? noTotals : countReport(json);
    const failedFiles = json === null ? [] : filesThatFailed(json);
    return { ...outcome, failedFiles, totals: outcome.ok ? totals : atLeastOneFailure(totals) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @type {Totals} */
export const noTotals = { passed: 0, failed: 0, skipped: 0 };

/**
 * @param {Totals} a
 * @param {Totals} b
 * @returns {Totals}
 */
export function addTotals(a, b) {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

/**
 * The plain line that people and CI read.
 * @param {Totals} totals
 */
export function totalsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/**
 * @param {string} json
 * @returns {Totals}
 */
function countReport(json) {
  const report = JSON.parse(json);
  // A file that could not even be loaded has no tests to fail; it counts as one.
  /** @param {{ status: string, assertionResults: unknown[] }} file */
  const isBroken = (file) => file.status === "failed" && file.assertionResults.length === 0;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.testResults.filter(isBroken).length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * @param {string} json
 * @returns {readonly string[]}
 */
function filesThatFailed(json) {
  /** @type {{ testResults: { name: string, status: string }[] }} */
  const { testResults } = JSON.parse(json);
  return testResults.filter(({ status }) => status === "failed").map(({ name }) => name);
}

/**
 * A run that failed for another reason (time is up, an unhandled rejection) must not read as "0 failed".
 * @param {Totals} totals
 */
function atLeastOneFailure(totals) {
  return { ...totals, failed: Math.max(totals.failed, 1) };
}
