/** While a try-out runs beside its sandbox, commands are about its make-believe company: a file in the data folder tells them of it. */
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { parseJson } from "../lib/json.ts";

const tryOut = z.object({
  /** Of the process that runs it. */
  pid: z.number().int(),
  url: z.url(),
  stripeApiKey: z.string(),
  intercomAccessToken: z.string(),
  intercomClientSecret: z.string(),
});

export type TryOut = z.output<typeof tryOut>;

function fileIn(dataDir: string): string {
  return join(dataDir, "try-out.json");
}

/** Tells commands of a try-out that begins. */
export async function tellTryOut(dataDir: string, running: TryOut): Promise<void> {
  await writeFile(fileIn(dataDir), JSON.stringify(running), { mode: 0o600 });
}

/** It has ended. */
export async function endTryOut(dataDir: string): Promise<void> {
  await rm(fileIn(dataDir), { force: true });
}

/** The try-out that runs in this data folder; undefined when none does, or the one that did has died. */
export function findTryOut(dataDir: string): TryOut | undefined {
  const parsed = tryOut.safeParse(parseJson(read(fileIn(dataDir))));
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : undefined;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive all the same.
    return error instanceof Error && Reflect.get(error, "code") === "EPERM";
  }
}
