/** Starts the PostgreSQL process of a data folder, in a process group of its own. */
import { spawn } from "node:child_process";

import { socketPort } from "../pool.ts";
import { plainEnvironment } from "./binaries.ts";
import type { Binaries } from "./binaries.ts";
import { EmbeddedDatabaseFailed } from "./failure.ts";
import type { Layout } from "./layout.ts";
import { prepareSocketFolder } from "./layout.ts";
import { openLog, readLogSince, trimLog } from "./log-file.ts";
import { serverSettings, settingArguments } from "./settings.ts";

/** A process that was started; `ended` resolves when it is gone, with what it wrote to the log. */
export type Launched = { readonly pid: number; readonly ended: Promise<string>; hasEnded(): boolean };

/**
 * Starts PostgreSQL and does not wait for it. Its own process group keeps Ctrl-C in the terminal away from it, so that
 * Dunlin can finish its work first.
 */
export async function launchServer(
  layout: Layout,
  binaries: Binaries,
  extraSettings: Readonly<Record<string, string>>,
): Promise<Launched> {
  await trimLog(layout.logFile);
  const socketFolder = await prepareSocketFolder(layout);
  const { handle, start } = await openLog(layout.logFile);
  const door = { unix_socket_directories: socketFolder, port: String(socketPort) };
  const args = settingArguments({ ...serverSettings, ...extraSettings, ...door });
  try {
    const child = spawn(binaries.postgres, ["-D", layout.cluster, ...args], {
      cwd: "/",
      detached: true,
      env: plainEnvironment,
      stdio: ["ignore", handle.fd, handle.fd],
      ...layout.user.switchTo,
    });
    let over = false;
    const ended = new Promise<void>((resolve) => {
      child.once("exit", resolve);
      child.once("error", resolve);
    }).then(async () => {
      over = true;
      // The folder may be gone together with the server.
      return await readLogSince(layout.logFile, start).catch(() => "");
    });
    child.unref();
    if (child.pid === undefined)
      throw new EmbeddedDatabaseFailed(`PostgreSQL could not be started from ${binaries.postgres}.`);
    return { pid: child.pid, ended, hasEnded: () => over };
  } finally {
    await handle.close();
  }
}

/** Reasons that pass by themselves: another process starts the same server, or the dead one's processes still linger. */
export function passesByItself(log: string): boolean {
  return /lock file "[^"]*" (already exists|is empty)|pre-existing shared memory block|Address already in use/.test(
    log,
  );
}

/** The line that says why a server did not start. */
export function reasonIn(log: string): string {
  const lines = log.trim().split("\n");
  const fatal = lines.filter((line) => /(FATAL|PANIC|ERROR):/.test(line)).at(-1) ?? lines.at(-1) ?? "";
  return fatal.replace(/^.*?(FATAL|PANIC|ERROR):\s*/, "") || "it wrote nothing to its log";
}
