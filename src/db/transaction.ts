/** Runs work in one transaction, and again when PostgreSQL chose it as the loser of a deadlock. */
import { setTimeout as wait } from "node:timers/promises";

import { DatabaseConflict, DatabaseUnavailable, isSerializationFailure, toDatabaseError } from "./failure.ts";
import type { Pool, Tx } from "./pool.ts";

export type TransactionOptions = {
  /** A number from 0 to 1 that spreads the attempts of those who collided. */
  readonly jitter?: () => number;
};

const attemptMax = 5;
const backoffBaseMs = 10;

/**
 * Begins, runs `work`, commits; rolls back when it throws. After a deadlock or a serialization failure the work runs
 * again, so it must have no effect outside the database. A connection in doubt is thrown away.
 */
export async function transaction<Result>(
  pool: Pool,
  work: (tx: Tx) => Promise<Result>,
  options: TransactionOptions = {},
): Promise<Result> {
  const jitter = options.jitter ?? Math.random;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce(pool, work);
    } catch (error) {
      if (!isSerializationFailure(error)) throw toDatabaseError(error);
      if (attempt === attemptMax) throw new DatabaseConflict(attempt, { cause: error });
      await wait(jitter() * backoffBaseMs * 2 ** attempt);
    }
  }
}

/**
 * Begins, runs `work`, commits; rolls back when it throws. Once: whoever lost a race (SQLSTATE 40001, 40P01) has to read and
 * decide again, see `decideAgain`.
 */
export async function singleTransaction<Result>(pool: Pool, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  try {
    return await attemptOnce(pool, work);
  } catch (error) {
    throw isSerializationFailure(error) ? error : toDatabaseError(error);
  }
}

async function attemptOnce<Result>(pool: Pool, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  const tx = await pool.connect();
  try {
    await tx.query("begin");
    const result = await work(tx);
    const { command } = await tx.query("commit");
    // PostgreSQL answers the commit of a transaction in which a statement failed with a rollback, not with an error.
    if (command === "ROLLBACK")
      throw new Error("The work went on after a statement had failed, so nothing was committed.");
    tx.release();
    return result;
  } catch (error) {
    // A connection that is lost or still busy with a statement we gave up on cannot be asked to roll back.
    const reachable = !(toDatabaseError(error) instanceof DatabaseUnavailable);
    tx.release(!(reachable && (await rollBack(tx))));
    throw error;
  }
}

/** Whether the connection is clean again. */
async function rollBack(tx: Tx): Promise<boolean> {
  try {
    await tx.query("rollback");
    return true;
  } catch {
    return false;
  }
}
