/** `npm test`: installs what the tests need, checks everything, and ends with one line of counts. */
import { runChecks } from "./checks.mjs";
import { chromiumEnv, ensureChromium } from "./chromium.mjs";
import { isStale } from "./freshness.mjs";
import { startOtherPostgres } from "./postgres.mjs";
import { run, seconds } from "./run.mjs";
import { addTotals, noTotals, runProject, totalsLine } from "./vitest-run.mjs";

/** @typedef {import("./vitest-run.mjs").Totals} Totals */

/** They take half of it; a machine that is slower, or busy, need not fail for that. */
const boundMs = 30 * 60_000;

/** In the order of running, what fails soonest first; `built` are those that start what is in dist/. */
const projects = [
  { name: "unit", built: false },
  { name: "db", built: false },
  { name: "properties", built: false },
  { name: "faults", built: true },
  { name: "conformance", built: true },
  { name: "journeys", built: true },
  { name: "regressions", built: true },
  { name: "browser", built: true },
];

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
 * @param {{ name?: string, env?: NodeJS.ProcessEnv }} [given] another name to show, and variables
 */
async function runQuietly(project, deadlineMs, given = {}) {
  const timeoutMs = Math.max(1, deadlineMs - performance.now());
  const env = project === "browser" ? await browserEnv() : (given.env ?? {});
  const name = given.name ?? project;
  const outcome = await runProject(project, { env, timeoutMs });
  const state = outcome.ok ? "ok    " : "FAILED";
  console.log(`${state}  ${name.padEnd(22)} ${seconds(outcome.ms).padStart(7)}  ${totalsLine(outcome.totals)}`);
  if (!outcome.ok) console.log(`\n── ${name} ──\n${outcome.output.trimEnd()}\n`);
  if (outcome.timedOut) console.log(`The bound of ${boundMs / 60_000} minutes for all tests is used up.`);
  return outcome;
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
    return await runQuietly("db", deadlineMs, { name: `db on ${server.name}`, env });
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
    const outcomes = [await runQuietly(name, deadlineMs)];
    if (name === "db") outcomes.push(await runOnOtherPostgres(deadlineMs));
    ok &&= outcomes.every((outcome) => outcome.ok);
    for (const outcome of outcomes) totals = addTotals(totals, outcome.totals);
  }
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
