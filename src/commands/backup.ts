/** `dunlin backup`, `dunlin restore` and `dunlin move`: keep what Dunlin holds, bring it back, and outgrow the laptop. */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { appVersion } from "../installation.ts";
import { ConfigInvalid, type Config } from "../config.ts";
import { DatabaseUrlInvalid } from "../db/pool.ts";
import { checkCredentials } from "../upkeep/backup/credentials.ts";
import { BackupNotWritten, Interrupted } from "../upkeep/backup/errors.ts";
import { backupName, makeBackup } from "../upkeep/backup/make-backup.ts";
import { moveDatabase } from "../upkeep/backup/move.ts";
import { unmarkMoved, type Moved } from "../upkeep/backup/moved.ts";
import { restoreBackup } from "../upkeep/backup/restore.ts";
import { backupLines, movedLines, restoredLines, restoredNext, tableLine } from "./backup-text.ts";
import { withInstallation } from "./connect.ts";
import { askSecret, say, sayChecks } from "./terminal.ts";
import { utcText } from "./times.ts";

type BackupOptions = { readonly to?: string; readonly json?: boolean };
type RestoreOptions = { readonly replace?: boolean; readonly json?: boolean };
type MoveOptions = RestoreOptions & { readonly to?: string; readonly undo?: boolean };

/** Adds the three commands. */
export function registerBackup(program: Command, config: () => Config): void {
  program
    .command("backup")
    .description("write everything into one compressed file, while the server runs, and read it back")
    .option("--to <file>", "a new file that ends in .gz, or a folder; without it backups/ in the data folder")
    .option("--json", "print the result as JSON")
    .action((options: BackupOptions) => runBackup(config(), options));
  program
    .command("restore")
    .description("fill a database without data from a backup: everything or nothing")
    .argument("<file>", "made by `dunlin backup`, of this version or an earlier one")
    .option("--replace", "delete what the database holds first")
    .option("--json", "print the result as JSON")
    .action((file: string, options: RestoreOptions) => runRestore(config(), file, options));
  program
    .command("move")
    .description("move everything to another PostgreSQL server, with a pause as long as the copying takes")
    .option("--to <address>", "postgres://user:password@host:5432/database; else asked for")
    .option("--replace", "delete what the new database holds first")
    .option("--undo", "use the database that was moved away again, without what the new one has received")
    .option("--json", "print the result as JSON")
    .action((options: MoveOptions) => (options.undo ? runUndo(config()) : runMove(config(), options)));
}

async function runBackup(config: Config, { to, json = false }: BackupOptions): Promise<void> {
  await withInstallation(config, async ({ database }) => {
    const startedMs = Date.now();
    const path = await placeFor(to ?? join(config.dataDir, "backups"), { isFolder: to === undefined, startedMs });
    const made = await untilInterrupted((signal) =>
      makeBackup(database, { path, version: appVersion, signal, ...progress(json) }),
    );
    const tookMs = Date.now() - startedMs;
    if (json) return say(JSON.stringify({ ...made, tookMs }, null, 2));
    for (const line of backupLines(made, { tookMs, keyPlace: keyPlace(config) })) say(line);
  });
}

async function runRestore(
  config: Config,
  file: string,
  { replace = false, json = false }: RestoreOptions,
): Promise<void> {
  await withInstallation(config, async ({ database, pool, box }) => {
    const startedMs = Date.now();
    const restored = await untilInterrupted((signal) =>
      restoreBackup(database, { path: resolve(file), replace, signal, ...progress(json) }),
    );
    const tookMs = Date.now() - startedMs;
    const checks = await checkCredentials(pool, box);
    if (json) {
      const { madeAt, version } = restored.header;
      return say(JSON.stringify({ madeAt, version, rows: restored.rows, credentials: checks, tookMs }, null, 2));
    }
    for (const line of restoredLines(restored, tookMs)) say(line);
    if (checks.length > 0) sayChecks("Stored keys", checks);
    for (const line of restoredNext) say(line);
  });
}

async function runMove(config: Config, { to: given, replace = false, json = false }: MoveOptions): Promise<void> {
  const to = given ?? (await askSecret("Address of the new database"));
  if (to === undefined) throw new ConfigInvalid(["The new database is not named; give --to postgres://…"]);
  if (!URL.canParse(to) || !/^postgres(ql)?:$/.test(new URL(to).protocol))
    throw new DatabaseUrlInvalid("The new database's address");
  await withInstallation(config, async ({ database: from }) => {
    const done = await untilInterrupted((signal) =>
      moveDatabase({ from, to, replace, nowMs: Date.now, signal, ...progress(json) }),
    );
    if (json) return say(JSON.stringify(done, null, 2));
    for (const line of movedLines(done, resolve(config.dataDir))) say(line);
  });
}

async function runUndo(config: Config): Promise<void> {
  const undo = (of: Config): Promise<Moved | undefined> =>
    withInstallation(of, ({ pool }) => unmarkMoved(pool), { evenIfMoved: true });
  const moved = (await undo(config)) ?? (leftTryOut(config) ? await undo({ ...config, isTryOut: true }) : undefined);
  if (!moved) return say("This database was not moved; there is nothing to undo.");
  say(`This database can be used again. What ${moved.to} has received since ${utcText(moved.at)} is only there.`);
  say("  → stop every Dunlin that uses the other one, unset DATABASE_URL, dunlin start, dunlin reconcile");
}

/** A try-out that was moved away cannot start any more, so that commands do not find it by themselves. */
function leftTryOut({ databaseUrl, dataDir, isTryOut }: Config): boolean {
  return databaseUrl === undefined && isTryOut !== true && existsSync(join(dataDir, "sandbox.json"));
}

/**
 * The file to write: the one that is named, or one named by the time in the folder that is named. Throws BackupNotWritten for a
 * folder that is not there: a disk that is not mounted must not end in a file with its name.
 */
async function placeFor(
  path: string,
  { isFolder, startedMs }: { readonly isFolder: boolean; readonly startedMs: number },
): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (isFolder || found?.isDirectory()) return resolve(path, backupName(startedMs));
  if (found || path.endsWith(".gz")) return resolve(path);
  throw new BackupNotWritten(path, "there is no such folder. Make it first, or name a file that ends in .gz.");
}

function keyPlace(config: Config): string {
  return config.secretKey === undefined ? resolve(config.dataDir, "secret.key") : "your DUNLIN_SECRET_KEY";
}

/** Each table that holds anything as soon as it is done, for people; a script wants the result alone. */
function progress(json: boolean): { readonly onTable?: (table: string, rows: number) => void } {
  return json ? {} : { onTable: (table, rows) => rows > 0 && say(tableLine(table, rows)) };
}

/** Lets Ctrl-C and SIGTERM end the work in order: everything is rolled back, nothing half-made stays. */
async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ends = new AbortController();
  const end = (): void => ends.abort(new Interrupted());
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  try {
    return await work(ends.signal);
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, end);
  }
}
