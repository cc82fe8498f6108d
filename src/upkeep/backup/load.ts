/** Fills a database with what another one held: all of it or, when anything goes wrong, nothing. */
import pg from "pg";
import type { Migration } from "../../db/migration-plan.ts";
import { readMigrations } from "../../db/migrate.ts";
import { toDatabaseError } from "../../db/failure.ts";
import { query, sql } from "../../db/query.ts";
import type { Pool, Queryable, Tx } from "../../db/pool.ts";
import { copyIn, prepareToCopy, tableWithColumns, type RowSink } from "./copy.ts";
import { BackupDamaged, BackupTooNew, CopyIncomplete, DatabaseInUse, DatabaseNotEmpty } from "./errors.ts";
import type { Shape } from "./format.ts";
import {
  applyAll,
  besideSchema,
  buildBeside,
  continueSequences,
  countRows,
  currentSchema,
  findOwnTables,
  readSequences,
  readTables,
  workIn,
  type OwnTables,
} from "./schema.ts";
import { addSlowJobsFromInbox, clearSlowJobs, openSlowJobsInbox, slowJobsTable } from "./slow-jobs.ts";

export type LoadOptions = {
  /** Delete what the database holds; without it, a database with data is refused. */
  readonly replace: boolean;
};

/** How many rows each table has. */
export type RowCounts = Readonly<Record<string, number>>;

/** A database being filled. */
export type Load = {
  /** The transaction that fills it. */
  readonly tx: Tx;
  /** Opens the way into a table of the shape that was given; only one at a time. */
  open(table: Shape["tables"][number]): RowSink;
  /** Everything is there: compares the counts, continues the numbering, adds the slow jobs. */
  complete(rows: RowCounts): Promise<void>;
};

/** A database that has all migrations of this version, and may be filled. */
export type Room = {
  readonly pool: Pool;
  readonly migrations: readonly Migration[];
  readonly own: OwnTables;
  readonly replace: boolean;
};

/** Looks whether the database may be filled, and changes nothing. Throws DatabaseNotEmpty, DatabaseInUse. */
export async function findRoom(pool: Pool, { replace }: LoadOptions): Promise<Room> {
  const migrations = await readMigrations();
  const own = await findOwnTables(pool, migrations);
  await refuseRunning(pool);
  if (!replace) await refuseData(pool, own);
  return { pool, migrations, own, replace };
}

/**
 * Runs work that fills the database, and commits when it returns. The data may come from an earlier version. Throws as
 * findRoom does, and BackupTooNew, before anything is touched.
 */
export async function withLoad<Result>(
  { pool, migrations, own, replace }: Room,
  shape: Shape,
  work: (load: Load) => Promise<Result>,
): Promise<Result> {
  const stages = splitMigrations(migrations, shape);
  const tx = await pool.connect().catch((error: unknown) => {
    throw toDatabaseError(error);
  });
  try {
    await query(tx, sql.plain("begin"));
    await prepareToCopy(tx);
    await refuseRunning(tx);
    if (!replace) await refuseData(tx, own);
    await empty(tx, own);
    const result = await work(await startLoad(tx, { shape, stages, own }));
    await query(tx, sql.plain("commit"));
    tx.release();
    return result;
  } catch (error) {
    const isClean = await tx.query("rollback").then(
      () => true,
      () => false,
    );
    tx.release(!isClean);
    throw toDatabaseError(error);
  }
}

/** Lets the planner know what the tables hold now; without this the first queries may be slow. */
export async function analyseTables(pool: Pool, shape: Shape): Promise<void> {
  for (const { name } of shape.tables)
    if (name !== slowJobsTable.name) await query(pool, sql.plain(`analyze ${pg.escapeIdentifier(name)}`));
}

/** How long after its last sign of life a node counts as running, unless its session is gone. */
const nodeSilentMs = 12_000;

/** Dunlins that run on this database, as `node-… on <host>, process <pid>`. */
export async function listRunningNodes(db: Queryable): Promise<readonly string[]> {
  const text = `select concat_ws(', process ', concat_ws(' on ', id, nullif(host, '')), pid) as name from nodes
    where seen_at > now() - $1::int * interval '1 ms'
      and (session_pid is null or exists (select from pg_stat_activity a where a.pid = session_pid))
    order by started_at, id`;
  return (await query<{ name: string }>(db, sql.plain(text, [nodeSilentMs]))).map(({ name }) => name);
}

async function refuseRunning(db: Queryable): Promise<void> {
  const nodes = await listRunningNodes(db);
  if (nodes.length > 0) throw new DatabaseInUse(nodes);
}

/** Rows that the migrations themselves put in are no data. */
async function refuseData(db: Queryable, { carried }: OwnTables): Promise<void> {
  for (const [table, seeded] of carried) if ((await countRows(db, table)) > seeded) throw new DatabaseNotEmpty(table);
}

async function empty(tx: Tx, { carried, leftOut }: OwnTables): Promise<void> {
  await truncate(tx, [...carried.keys(), ...leftOut]);
  await clearSlowJobs(tx);
}

/** With new numbering, because only then is continuing it undone when the transaction is. */
async function truncate(tx: Tx, tables: readonly string[]): Promise<void> {
  const list = tables.map((name) => pg.escapeIdentifier(name)).join(", ");
  await query(tx, sql.plain(`truncate ${list} restart identity`));
}

/** The migrations that the data has been through, and those that it still has to go through. */
type Stages = { readonly before: readonly Migration[]; readonly after: readonly Migration[] };

function splitMigrations(ours: readonly Migration[], { migrations }: Shape): Stages {
  const known = new Map(ours.map((migration) => [migration.name, migration]));
  for (const { name, checksum } of migrations) {
    if (known.get(name)?.checksum !== checksum)
      throw new BackupTooNew(
        `The data has been through the migration ${name}, which this version of Dunlin does not know.`,
      );
  }
  const done = new Set(migrations.map(({ name }) => name));
  return { before: ours.filter(({ name }) => done.has(name)), after: ours.filter(({ name }) => !done.has(name)) };
}

type Parts = { readonly shape: Shape; readonly stages: Stages; readonly own: OwnTables };

/**
 * Data of an older version goes into a schema beside the real one that looks as it did then; that is migrated as an old
 * database would be, so that migrations which change rows change these too, and only then taken over.
 */
async function startLoad(tx: Tx, { shape, stages, own }: Parts): Promise<Load> {
  const home = await currentSchema(tx);
  const isOlder = stages.after.length > 0;
  if (isOlder) {
    await buildBeside(tx, stages.before);
    await truncate(
      tx,
      (await readTables(tx)).map(({ name }) => name),
    );
  }
  await openSlowJobsInbox(tx);
  const present = new Map([...(await readTables(tx)), slowJobsTable].map(({ name, columns }) => [name, columns]));
  return {
    tx,
    open(table) {
      checkTable(table, present);
      return copyIn(tx, tableWithColumns(table.name, table.columns));
    },
    async complete(rows) {
      await checkCounts(tx, shape, rows);
      await continueSequences(tx, shape.sequences);
      if (isOlder) await takeOver(tx, { home, after: stages.after, tables: [...own.carried.keys()] });
      await addSlowJobsFromInbox(tx);
    },
  };
}

/** Names come from a file, so they count only if we know them. */
function checkTable({ name, columns }: Shape["tables"][number], present: ReadonlyMap<string, readonly string[]>): void {
  const known = present.get(name);
  if (known === undefined) throw new BackupDamaged(`it names a table ${name}, which there was not at its migrations.`);
  const foreign = columns.find((column) => !known.includes(column));
  if (foreign !== undefined)
    throw new BackupDamaged(`it names a column ${foreign} of ${name}, which there was not at its migrations.`);
}

async function checkCounts(tx: Tx, shape: Shape, rows: RowCounts): Promise<void> {
  for (const { name } of shape.tables) {
    const arrived = await countRows(tx, name);
    const sent = rows[name] ?? 0;
    if (arrived !== sent) throw new CopyIncomplete(name, { sent, arrived });
  }
}

type Taking = { readonly home: string; readonly after: readonly Migration[]; readonly tables: readonly string[] };

/** Brings the schema beside the real one up to date, and its rows and numbering into the real one. */
async function takeOver(tx: Tx, { home, after, tables }: Taking): Promise<void> {
  await applyAll(tx, after);
  const sequences = await readSequences(tx, tables);
  for (const { name, columns } of (await readTables(tx)).filter((table) => tables.includes(table.name))) {
    const list = columns.map((column) => pg.escapeIdentifier(column)).join(", ");
    const target = `${pg.escapeIdentifier(home)}.${pg.escapeIdentifier(name)}`;
    const text = `insert into ${target} (${list}) overriding system value select ${list} from ${pg.escapeIdentifier(name)}`;
    await query(tx, sql.plain(text));
  }
  await workIn(tx, home);
  await continueSequences(tx, sequences);
  await query(tx, sql.plain(`drop schema ${besideSchema} cascade`));
}
