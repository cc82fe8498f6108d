/** Runs every measurement in short form, one after the other, and prints their lines. Short runs show breakage, not records. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const loader = fileURLToPath(new URL("../test/support/database-typescript.mjs", import.meta.url));

const benches: readonly (readonly [name: string, ...options: string[]])[] = [
  ["start", "--times", "1"],
  ["calls-per-event", "--customers", "500", "--each", "5"],
  ["latency", "--seconds", "10", "--customers", "2000"],
  ["ingest", "--seconds", "15", "--customers", "2000"],
  ["memory", "--events", "20000", "--customers", "2000"],
  ["simulate", "--events", "30000", "--customers", "300"],
  ["waiting-runs", "--runs", "10000", "--customers", "300", "--seconds", "5"],
  ["reconcile", "--customers", "500", "--edits", "20"],
  ["backfill", "--customers", "2000", "--limit", "100000"],
];

for (const [name, ...options] of benches) {
  const script = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, ["--import", loader, script, ...options], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => child.kill(signal));
  const [code] = await once(child, "exit");
  if (code !== 0) process.exitCode = 1;
}
