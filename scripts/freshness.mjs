/** Tells whether dist/ was built from the sources as they are now. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";

/** What `npm start` runs. */
export const entryPoint = join(root, "dist", "src", "main.js");

/** Written by the build with the time at which it began. */
export const stampFile = join(root, "dist", ".built");

const sources = [
  "src",
  "contract",
  "sandbox",
  "web",
  "tsconfig.base.json",
  "tsconfig.server.json",
  "tsconfig.sandbox.json",
  "package-lock.json",
];

/** Whether something was saved after the last build began, or nothing was built yet. */
export function isStale() {
  if (!existsSync(stampFile)) return true;
  const builtMs = Date.parse(readFileSync(stampFile, "utf8").trim());
  return !sources.every((source) => newestMs(join(root, source)) <= builtMs);
}

/**
 * The latest change below a path; 0 when there is nothing.
 * @param {string} path
 * @returns {number}
 */
function newestMs(path) {
  if (!existsSync(path)) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return isTest(path) ? 0 : stats.mtimeMs;
  // A folder's own time changes when a file in it goes away.
  const below = readdirSync(path)
    .filter((name) => name !== "node_modules" && name !== "dist")
    .map((name) => newestMs(join(path, name)));
  return Math.max(stats.mtimeMs, ...below);
}

/** @param {string} path */
function isTest(path) {
  return /\.test\.tsx?$/.test(path);
}
