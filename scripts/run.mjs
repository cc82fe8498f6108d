/** Runs the project's tools as child processes: found in node_modules, timed, ended as a group when their time is up. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

// The JavaScript file behind each command, so that no shell and no .cmd wrapper stands between.
const scripts = {
  knip: "knip/bin/knip.js",
  oxfmt: "oxfmt/bin/oxfmt",
  oxlint: "oxlint/bin/oxlint",
  tsc: "typescript/bin/tsc",
  vite: "vite/bin/vite.js",
  vitest: "vitest/vitest.mjs",
};

const graceMs = 10_000;

/** @typedef {keyof typeof scripts} Tool */
/** @typedef {{ ok: boolean, output: string, ms: number, timedOut: boolean }} Outcome */
/** @typedef {{ env?: NodeJS.ProcessEnv, timeoutMs?: number, live?: boolean }} Options */

/**
 * Where a tool's script is.
 * @param {Tool} tool
 */
function pathOf(tool) {
  return join(root, "node_modules", scripts[tool]);
}

/**
 * Whether a tool is installed; a production install leaves all of them out.
 * @param {Tool} tool
 */
export function isInstalled(tool) {
  return existsSync(pathOf(tool));
}

/**
 * Runs a tool and gathers what it prints, or lets it print itself when `live`.
 * @param {Tool} tool
 * @param {readonly string[]} args
 * @param {Options} [options]
 */
export function runTool(tool, args, options) {
  return run(process.execPath, [pathOf(tool), ...args], options);
}

/**
 * Runs a command in the repository's folder. Never rejects: a command that cannot start is an outcome too.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Options} [options]
 * @returns {Promise<Outcome>}
 */
export function run(command, args, { env = {}, timeoutMs, live = false } = {}) {
  const startedMs = performance.now();
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...colours(), ...env },
    stdio: live ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
    // A group of its own, so that workers and browsers end with it.
    detached: process.platform !== "win32",
  });
  const gathered = gather(child);
  const guard = guardChild(child, timeoutMs);
  return new Promise((resolve) => {
    /** @param {boolean} ok */
    const finish = (ok) => {
      guard.release();
      const ms = performance.now() - startedMs;
      resolve({
        ok: ok && !guard.timedOut(),
        output: gathered.text(),
        ms,
        timedOut: guard.timedOut(),
      });
    };
    child.once("error", (error) => {
      gathered.add(`${command}: ${error.message}\n`);
      finish(false);
    });
    child.once("close", (code) => finish(code === 0));
  });
}

/** What is gathered from a pipe is shown in colour only when we ourselves write to a terminal. */
function colours() {
  return process.stdout.isTTY ? { FORCE_COLOR: "1" } : { NO_COLOR: "1", FORCE_COLOR: undefined };
}

/** @param {import("node:child_process").ChildProcess} child */
function gather(child) {
  let text = "";
  /** @param {string} chunk */
  const add = (chunk) => {
    text += chunk;
  };
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", add);
  return { add, text: () => text };
}

/**
 * Ends the child with us, or when its time is up: first asked, then forced.
 * @param {import("node:child_process").ChildProcess} child
 * @param {number | undefined} timeoutMs
 */
function guardChild(child, timeoutMs) {
  let timedOut = false;
  /** @type {NodeJS.Timeout | undefined} */
  let force;
  const end = () => {
    signalGroup(child, "SIGTERM");
    force = setTimeout(() => signalGroup(child, "SIGKILL"), graceMs);
  };
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          end();
        }, timeoutMs);
  const interrupt = () => {
    process.exitCode = 130;
    end();
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  return {
    timedOut: () => timedOut,
    release: () => {
      clearTimeout(timer);
      clearTimeout(force);
      process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    },
  };
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function signalGroup(child, signal) {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(process.platform === "win32" ? child.pid : -child.pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
}

/**
 * Runs jobs with at most `width` at a time and keeps their order in the result.
 * @template T
 * @param {readonly (() => Promise<T>)[]} jobs
 * @param {number} width
 */
export async function runPool(jobs, width) {
  /** @type {T[]} */
  const results = [];
  const queue = [...jobs.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, job] = next;
      results[index] = await job();
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

/**
 * Seconds with one decimal, as the tables print them.
 * @param {number} ms
 */
export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
