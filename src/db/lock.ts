/** One at a time across all nodes: work under a named lock of the database. */
import pg from "pg";
import { toDatabaseError } from "./failure.ts";
import type { Pool } from "./pool.ts";

/** Tells our locks from those of other programs on the same database. */
const family = "dunlin:";

/**
 * Runs `work` while nobody else on this database runs work of the same name, and waits for them first, at most as long
 * as a statement may take (then DatabaseUnavailable). The lock belongs to a connection of its own beside the pool, so
 * `work` may use the pool as it likes; should that connection break, the lock is free and the work goes on: it must be
 * safe to do twice.
 */
export async function withLock<T>(pool: Pool, name: string, work: () => Promise<T>): Promise<T> {
  const done = await underLock(
    pool,
    { name, text: "select true as ours from pg_advisory_lock(hashtextextended($1, 0))" },
    work,
  );
  if (!done) throw new Error("A lock that was waited for is ours.");
  return done.result;
}

/** Runs `work` under a named lock unless somebody holds it now; then nothing is done and the answer is undefined. */
export function withFreeLock<T>(
  pool: Pool,
  name: string,
  work: () => Promise<T>,
): Promise<{ readonly result: T } | undefined> {
  return underLock(pool, { name, text: "select pg_try_advisory_lock(hashtextextended($1, 0)) as ours" }, work);
}

type Lock = { readonly name: string; readonly text: string };

async function underLock<T>(
  pool: Pool,
  { name, text }: Lock,
  work: () => Promise<T>,
): Promise<{ readonly result: T } | undefined> {
  // Not one of the pool's: a lock may be held for hours, and whoever holds one or waits for one must take nothing away
  // from the work under it.
  const client = new pg.Client(pool.options);
  client.on("error", ignore);
  try {
    const ours = await take(client, { name, text }).catch((error: unknown) => {
      throw toDatabaseError(error);
    });
    return ours ? { result: await work() } : undefined;
  } finally {
    // Closing the connection gives back the lock, also when it cannot be asked to.
    client.end().catch(ignore);
  }
}

async function take(client: pg.Client, { name, text }: Lock): Promise<boolean> {
  await client.connect();
  const { rows } = await client.query<{ ours: boolean }>(text, [family + name]);
  return rows[0]?.ours ?? false;
}

function ignore(): void {}
