/** Which tables are Dunlin's, and what they look like at any of its migrations: found by applying those to an empty schema. */
import pg from "pg";
import { toDatabaseError } from "../../db/failure.ts";
import type { Migration } from "../../db/migration-plan.ts";
import { query, sql } from "../../db/query.ts";
import type { Pool, Queryable } from "../../db/pool.ts";
import type { Shape } from "./format.ts";

/** A schema beside the real one. It lives inside one transaction, so nobody else ever sees it. */
export const besideSchema = "dunlin_beside";

/**
 * Tables whose rows belong to the running processes or to the database itself: who is alive says nothing about
 * another database.
 */
const notCarried: ReadonlySet<string> = new Set(["nodes"]);

export type OwnTables = {
  /** Tables whose rows are carried over, with how many rows the migrations themselves put into each. */
  readonly carried: ReadonlyMap<string, number>;
  /** Tables that start anew: about running processes, or kept in memory only (unlogged). */
  readonly leftOut: readonly string[];
};

/** Finds the tables that these migrations make. Leaves nothing behind. */
export async function findOwnTables(pool: Pool, migrations: readonly Migration[]): Promise<OwnTables> {
  const tx = await pool.connect().catch((error: unknown) => {
    throw toDatabaseError(error);
  });
  try {
    await query(tx, sql.plain("begin"));
    await buildBeside(tx, migrations);
    return await readOwnTables(tx);
  } finally {
    const isClean = await tx.query("rollback").then(
      () => true,
      () => false,
    );
    tx.release(!isClean);
  }
}

/** Makes the schema beside the real one with these migrations, and works in it from now on. */
export async function buildBeside(tx: Queryable, migrations: readonly Migration[]): Promise<void> {
  await query(tx, sql.plain(`create schema ${besideSchema}`));
  await workIn(tx, besideSchema);
  await applyAll(tx, migrations);
}

/** Applies migrations to the schema that is worked in. */
export async function applyAll(tx: Queryable, migrations: readonly Migration[]): Promise<void> {
  for (const { text } of migrations) await query(tx, sql.plain(text));
}

/** Names without a schema mean this one until the transaction ends. */
export async function workIn(tx: Queryable, schema: string): Promise<void> {
  await query(tx, sql.plain(`set local search_path = ${pg.escapeIdentifier(schema)}`));
}

/** The schema that Dunlin's tables lie in. */
export async function currentSchema(db: Queryable): Promise<string> {
  const [row] = await query<{ name: string }>(db, sql.plain("select current_schema() as name"));
  return row?.name ?? "public";
}

export type Table = { readonly name: string; readonly columns: readonly string[] };
type TableRow = Table & { readonly permanent: boolean };

/**
 * Partitions come with the table that they are part of; a generated column is computed again. Tables that others refer to
 * come first, so that rows find what they refer to.
 */
const tablesText = `
with recursive own as (
  select oid, relname, relpersistence from pg_class
  where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition
), levels (oid, level) as (
  select oid, 0 from own
  union
  select f.conrelid, l.level + 1 from levels l
  join pg_constraint f on f.contype = 'f' and f.confrelid = l.oid and f.conrelid <> l.oid
)
select own.relname::text as name, own.relpersistence = 'p' as permanent,
  array(
    select attname::text from pg_attribute
    where attrelid = own.oid and attnum > 0 and not attisdropped and attgenerated = '' order by attnum
  ) as columns
from own
order by (select max(level) from levels l where l.oid = own.oid), own.relname`;

/** The tables of the present schema with the columns that can be written, by name. */
export async function readTables(db: Queryable): Promise<readonly Table[]> {
  return await query<TableRow>(db, sql.plain(tablesText));
}

async function readOwnTables(tx: Queryable): Promise<OwnTables> {
  const tables = await query<TableRow>(tx, sql.plain(tablesText));
  const isCarried = ({ name, permanent }: TableRow): boolean => permanent && !notCarried.has(name);
  const carried = new Map<string, number>();
  for (const { name } of tables.filter(isCarried)) carried.set(name, await countRows(tx, name));
  return { carried, leftOut: tables.filter((table) => !isCarried(table)).map(({ name }) => name) };
}

/** How many rows a table has. */
export async function countRows(db: Queryable, table: string): Promise<number> {
  const text = `select count(*) as count from ${pg.escapeIdentifier(table)}`;
  const [row] = await query<{ count: number }>(db, sql.plain(text));
  return row?.count ?? 0;
}

const sequencesText = `
select t.name as table, a.attname::text as column,
  pg_sequence_last_value(pg_get_serial_sequence(quote_ident(t.name), a.attname)::regclass) as last
from unnest($1::text[]) with ordinality as t (name, nth)
join pg_attribute a on a.attrelid = quote_ident(t.name)::regclass and a.attnum > 0 and not a.attisdropped
where pg_get_serial_sequence(quote_ident(t.name), a.attname) is not null
order by t.nth, a.attnum`;

/** Where the numbering of new rows stands, for all numbered columns of these tables. */
export async function readSequences(db: Queryable, tables: readonly string[]): Promise<Shape["sequences"]> {
  const rows = await query<Shape["sequences"][number]>(db, sql.plain(sequencesText, [tables]));
  return [...rows];
}

/** Lets the numbering go on behind `last`. Undone with the transaction only if the table was truncated in it. */
export async function continueSequences(db: Queryable, sequences: Shape["sequences"]): Promise<void> {
  const text = "select setval(pg_get_serial_sequence(quote_ident($1), $2), $3)";
  for (const { table, column, last } of sequences)
    if (last !== null) await query(db, sql.plain(text, [table, column, last]));
}

/** What these tables of the present schema look like. */
export async function readShape(db: Queryable, names: readonly string[]): Promise<Shape> {
  const tables = (await readTables(db)).filter(({ name }) => names.includes(name));
  const version = "select current_setting('server_version') as version";
  const [server] = await query<{ version: string }>(db, sql.plain(version));
  const applied = "select name, checksum from dunlin_migrations order by name";
  return {
    // Debian adds its own release: "15.14 (Debian 15.14-0+deb12u1)".
    postgres: server?.version.split(" ")[0] ?? "",
    migrations: [...(await query<Shape["migrations"][number]>(db, sql.plain(applied)))],
    tables: tables.map(({ name, columns }) => ({ name, columns: [...columns] })),
    sequences: await readSequences(
      db,
      tables.map(({ name }) => name),
    ),
  };
}
