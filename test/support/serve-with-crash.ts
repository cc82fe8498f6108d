/** `dunlin start` in a process that kills itself at a named point, as the system does when memory runs out. */
import { runStart } from "../../src/commands/start.ts";
import { readConfig } from "../../src/config.ts";
import { setCrashPointHook } from "../../src/lib/crash-point.ts";

const point = process.env["CRASH_POINT"];
let passesLeft = Number(process.env["CRASH_PASSES"]);

setCrashPointHook(async (passed) => {
  if (passed !== point) return;
  passesLeft -= 1;
  if (passesLeft > 0) return;
  process.kill(process.pid, "SIGKILL");
  // The signal may take a moment; nothing that follows the point may happen meanwhile.
  await new Promise(() => {});
});

await runStart(readConfig(process.env));
