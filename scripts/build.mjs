/** `npm run build`: compiles server, sandbox and web UI into dist/, all at once. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { entryPoint, stampFile } from "./freshness.mjs";
import { isInstalled, root, runTool, seconds } from "./run.mjs";

/** @typedef {{ name: string, tool: import("./run.mjs").Tool, args: string[], needs: string }} Part */

/** @type {Part[]} */
const parts = [
  { name: "server", tool: "tsc", args: ["-p", "tsconfig.server.json"], needs: "src" },
  { name: "sandbox", tool: "tsc", args: ["-p", "tsconfig.sandbox.json"], needs: "sandbox" },
  {
    name: "web",
    tool: "vite",
    args: ["build", "web", "--logLevel", "warn"],
    needs: "web/vite.config.ts",
  },
];

/** @param {Part} part */
async function buildPart(part) {
  const outcome = await runTool(part.tool, part.args);
  console.log(`${outcome.ok ? "built " : "FAILED"} ${part.name.padEnd(8)} ${seconds(outcome.ms)}`);
  if (!outcome.ok) console.error(outcome.output.trimEnd());
  return outcome.ok;
}

async function build() {
  // Read before the work: what is saved meanwhile counts as newer.
  const startedAt = new Date();
  const present = parts.filter((part) => existsSync(join(root, part.needs)));
  const built = await Promise.all(present.map(buildPart));
  if (built.includes(false)) return 1;
  if (existsSync(entryPoint)) chmodSync(entryPoint, 0o755);
  mkdirSync(join(root, "dist"), { recursive: true });
  writeFileSync(stampFile, `${startedAt.toISOString()}\n`);
  return 0;
}

/** A production install has no compilers: it lives on the dist/ it was given. */
function explainMissingTools() {
  if (existsSync(entryPoint)) {
    console.log("The compilers are not installed; keeping the dist/ that is already here.");
    return 0;
  }
  console.error(
    "Dunlin is not built and the compilers are not installed: run `npm ci` without --omit=dev once, or copy a built dist/ here.",
  );
  return 1;
}

process.exitCode = isInstalled("tsc") && isInstalled("vite") ? await build() : explainMissingTools();
