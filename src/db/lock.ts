/** One at a time across all nodes: work under a named lock of the database. */
import { toDatabaseError } from "./failure.ts";
import type { Pool } from "./pool.ts";

/** Tells our locks from those of other programs on the same database. */
const family = "dunlin:";

/**
 * Runs `work` while nobody else on this database runs work of the same name, and waits for them first, at most as long
 * as a statement may take (then DatabaseUnavailable). The lock belongs to a connection of its own, so `work` may use
 * the pool as it likes; should that connection break, the lock is free and the work goes on: it must be safe to do twice.
 */
export async function withLock<T>(pool: Pool, name: string, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw toDatabaseError(error);
  });
  try {
    await client.query("select pg_advisory_lock(hashtextextended($1, 0))", [family + name]).catch((error: unknown) => {
      throw toDatabaseError(error);
    });
    return await work();
  } finally {
    // Closing the connection gives back the lock, also when it cannot be asked to.
    client.release(true);
  }
}

/** Runs `work` under a named lock unless somebody holds it now; then nothing is done and the answer is undefined. */
export async function withFreeLock<T>(
  pool: Pool,
  name: string,
  work: () => Promise<T>,
): Promise<{ readonly result: T } | undefined> {
  const client = await pool.connect().catch((error: unknown) => {
    throw toDatabaseError(error);
  });
  try {
    const { rows } = await client
      .query<{ free: boolean }>("select pg_try_advisory_lock(hashtextextended($1, 0)) as free", [family + name])
      .catch((error: unknown) => {
        throw toDatabaseError(error);
      });
    return rows[0]?.free ? { result: await work() } : undefined;
  } finally {
    client.release(true);
  }
}
