/** `npm test`: installs what the tests need, checks everything, and ends with one line of counts. */
import { relative } from "node:path";
import { runChecks } from "./checks.mjs";
import { chromiumEnv, ensureChromium } from "./chromium.mjs";
import { isStale } from "./freshness.mjs";
import { startOtherPostgres } from "./postgres.mjs";
import { run, seconds } from "./run.mjs";
import { addTotals, noTotals, runProject, totalsLine } from "./vitest-run.mjs";

/** @typedef {import("./vitest-run.mjs").Totals} Totals */

/** They take half of it; a machine that is slower, or busy, need not fail for that. */
const boundMs = 30 * 60_000;

/**
 * In the order of running, what fails soonest first; `built` are those that start what is in dist/, `timed` those that kill
 * servers, wait for their leases and open pages beside each other, so that a busy machine may be too slow for a deadline.
 */
const projects = [
  { name: "unit", built: false, timed: false },
  { name: "db", built: false, timed: true },
  { name: "properties", built: false, timed: false },
  { name: "faults", built: true, timed: true },
  { name: "conformance", built: true, timed: false },
  { name: "journeys", built: true, timed: true },
  { name: "regressions", built: true, timed: false },
  { name: "browser", built: true, timed: true },
];

/** More files than these fail for a reason. */
const secondLooksMax = 2;

/** Files that passed at their second attempt only. @type {string[]} */
const wavering = [];

/** dist/ as the sources are now. */
async function ensureBuilt() {
  if (!isStale()) return true;
  const outcome = await run(process.execPath, ["scripts/build.mjs"], { live: true });
  return outcome.ok;
}

/** Looked for only by the project that opens pages. */
async function browserEnv() {
  const chromium = await ensureChromium();
  if (chromium.reason !== undefined) console.log(`Browser tests are skipped: ${chromium.reason}.`);
  return chromiumEnv(chromium);
}

/**
 * One project, with its output shown when it fails.
 * @param {string} project
 * @param {number} deadlineMs
 * @param {{ name?: string, env?: NodeJS.ProcessEnv, args?: readonly string[] }} [given] another name to show, variables, vitest's options
 */
async function runQuietly(project, deadlineMs, given = {}) {
  const timeoutMs = Math.max(1, deadlineMs - performance.now());
  const env = project === "browser" ? await browserEnv() : (given.env ?? {});
  const name = given.name ?? project;
  const outcome = await runProject(project, { env, timeoutMs, args: given.args ?? [] });
  const state = outcome.ok ? "ok    " : "FAILED";
  console.log(`${state}  ${name.padEnd(22)} ${seconds(outcome.ms).padStart(7)}  ${totalsLine(outcome.totals)}`);
  if (!outcome.ok) console.log(`\n── ${name} ──\n${outcome.output.trimEnd()}\n`);
  if (outcome.timedOut) console.log(`The bound of ${boundMs / 60_000} minutes for all tests is used up.`);
  return outcome;
}

/**
 * As `runQuietly`; a file or two of a timed project that failed run once more, with nothing beside them. What passes then counts as
 * passed and is named: it is to be looked into, and does not stop a change that has nothing to do with it.
 * @param {string} project
 * @param {number} deadlineMs
 * @param {{ name?: string, env?: NodeJS.ProcessEnv }} [given]
 */
async function runTwice(project, deadlineMs, given = {}) {
  const first = await runQuietly(project, deadlineMs, given);
  const { failedFiles: files, totals } = first;
  const isTimed = projects.some(({ name, timed }) => timed && name === project);
  if (first.ok || !isTimed || files.length === 0 || files.length > secondLooksMax) return first;
  const args = [...files, "--no-file-parallelism"];
  const second = await runQuietly(project, deadlineMs, { ...given, name: `${given.name ?? project}, again`, args });
  if (!second.ok) return first;
  wavering.push(...files.map((file) => relative(process.cwd(), file)));
  return { ok: true, totals: { ...totals, passed: totals.passed + totals.failed, failed: 0 } };
}

/**
 * What speaks SQL, once more on the oldest PostgreSQL that Dunlin supports, where this machine has one.
 * @param {number} deadlineMs
 */
async function runOnOtherPostgres(deadlineMs) {
  const { server, reason } = await startOtherPostgres();
  if (!server) {
    console.log(`The tests are not repeated on an older PostgreSQL: ${reason}.`);
    return { ok: true, totals: noTotals };
  }
  try {
    const env = { TEST_DATABASE_URL: server.url };
    return await runTwice("db", deadlineMs, { name: `db on ${server.name}`, env });
  } finally {
    await server.stop();
  }
}

async function runEverything() {
  const deadlineMs = performance.now() + boundMs;
  if (!(await ensureBuilt())) return { ok: false, totals: { ...noTotals, failed: 1 } };
  const checks = await runChecks();
  let ok = checks.ok;
  let totals = checks.totals;
  for (const { name } of projects.filter((project) => project.name !== "unit")) {
    if (process.exitCode === 130) return { ok: false, totals };
    /** @type {{ ok: boolean, totals: import("./vitest-run.mjs").Totals }[]} */
    const outcomes = [await runTwice(name, deadlineMs)];
    if (name === "db") outcomes.push(await runOnOtherPostgres(deadlineMs));
    ok &&= outcomes.every((outcome) => outcome.ok);
    for (const outcome of outcomes) totals = addTotals(totals, outcome.totals);
  }
  for (const file of wavering) console.log(`wavered: ${file} failed at first and passed alone; look into it`);
  // A check that is no test (types, lint …) counts as a failure too, so that the line never flatters.
  return { ok, totals: ok || totals.failed > 0 ? totals : { ...totals, failed: 1 } };
}

/**
 * `npm test -- journeys -t "a name"`: one project, live, with vitest's own options.
 * @param {string} project
 * @param {readonly string[]} args
 */
async function runOne(project, args) {
  const needsBuild = projects.some(({ name, built }) => built && name === project);
  if (needsBuild && !(await ensureBuilt())) return { ok: false, totals: { ...noTotals, failed: 1 } };
  const env = project === "browser" ? await browserEnv() : {};
  return runProject(project, { env, args, live: true, timeoutMs: boundMs });
}

/** @param {readonly string[]} argv */
async function main([first, ...rest]) {
  const names = projects.map(({ name }) => name);
  if (first === "--list") return console.log(names.join("\n"));
  if (first !== undefined && !names.includes(first)) {
    console.error(`There is no test project "${first}". There are: ${names.join(", ")}.`);
    process.exitCode = 2;
    return;
  }
  const { ok, totals } = first === undefined ? await runEverything() : await runOne(first, rest);
  process.exitCode ||= ok ? 0 : 1;
  console.log(totalsLine(totals));
}

await main(process.argv.slice(2));
