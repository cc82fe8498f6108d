/** An effect worker in a process that kills itself once as many effects as it was told have been sent and none is recorded. */
import { setCrashPointHook } from "../../src/lib/crash-point.ts";
import { startEffectWorker } from "./effect-worker.ts";

let leftToSend = Number(process.env["CRASH_PASSES"]);

setCrashPointHook(async (passed) => {
  if (passed !== "after-effect-sent-before-record") return;
  leftToSend -= 1;
  if (leftToSend === 0) process.kill(process.pid, "SIGKILL");
  // Nothing that follows the point may happen.
  await new Promise(() => {});
});

startEffectWorker({
  databaseUrl: process.env["DATABASE_URL"] ?? "",
  sandboxUrl: process.env["SANDBOX_URL"] ?? "",
  node: "crashing",
});
