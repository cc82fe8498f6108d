/** Finds the Chromium for the browser tests and, where we may, installs the distribution's. */
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./run.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const macOs = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/** @typedef {{ path: string, reason?: undefined } | { path?: undefined, reason: string }} Chromium */

/**
 * The browser's path, or the reason why there is none.
 * @returns {Promise<Chromium>}
 */
export async function ensureChromium() {
  const wanted = process.env["DUNLIN_CHROMIUM"];
  if (wanted) {
    return isExecutable(wanted) ? { path: wanted } : { reason: `DUNLIN_CHROMIUM names ${wanted}, which cannot be run` };
  }
  const found = findChromium();
  if (found) return { path: found };
  const refusal = await installChromium();
  const installed = findChromium();
  return installed ? { path: installed } : { reason: refusal ?? "apt-get installed no Chromium" };
}

/**
 * The variables that tell the tests which browser to use, or why they skip.
 * @param {Chromium} chromium
 */
export function chromiumEnv(chromium) {
  return chromium.path === undefined ? { DUNLIN_NO_CHROMIUM: chromium.reason } : { DUNLIN_CHROMIUM: chromium.path };
}

function findChromium() {
  const folders = ["/usr/bin", ...(process.env["PATH"] ?? "").split(delimiter)];
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...candidates, macOs].find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Installs with apt-get; answers why it did not. */
async function installChromium() {
  if (!existsSync("/usr/bin/apt-get")) return "there is no Chromium and no apt-get to install it; set DUNLIN_CHROMIUM";
  const prefix = await rootPrefix();
  if (!prefix) return "there is no Chromium and no right to install it; install it or set DUNLIN_CHROMIUM";
  console.log("Installing Chromium for the browser tests (once) …");
  const steps = [
    ["apt-get", "update", "-qq"],
    [
      "apt-get",
      "install",
      "-y",
      "-qq",
      "-o",
      "DPkg::Lock::Timeout=120",
      "--no-install-recommends",
      "chromium",
      "fonts-liberation",
    ],
  ];
  for (const step of steps) {
    // Through env, since sudo drops variables.
    const [command = "", ...args] = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", ...step];
    const outcome = await run(command, args, { timeoutMs: 300_000 });
    if (!outcome.ok) {
      console.error(outcome.output.trimEnd());
      return `\`${step.slice(0, 2).join(" ")}\` failed, see above`;
    }
  }
  return undefined;
}

/** What makes a command run as root: nothing, sudo without a password, or `undefined` when we cannot. */
async function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  const sudo = await run("sudo", ["-n", "true"], { timeoutMs: 5_000 });
  return sudo.ok ? ["sudo", "-n"] : undefined;
}
