/** Small helpers around one statement: named prepared statements, and rows with our own errors. */
import type { QueryResultRow } from "pg";

import { toDatabaseError } from "./failure.ts";
import type { Queryable } from "./pool.ts";

/** A statement with its values; one with a name is parsed and planned once per connection. */
export type Statement = { readonly name?: string; readonly text: string; readonly values?: unknown[] };

/** PostgreSQL cuts names at 63 bytes, which would let two statements share one plan. */
const nameLengthMax = 63;

export const sql = {
  /** A statement that each connection prepares once. A name belongs to one text for ever. */
  prepared(name: string, text: string, values: readonly unknown[] = []): Statement {
    if (name.length > nameLengthMax)
      throw new RangeError(`The statement name ${name} is longer than ${nameLengthMax} characters.`);
    return { name, text, values: [...values] };
  },

  /** A statement that is parsed each time. */
  plain(text: string, values: readonly unknown[] = []): Statement {
    return { text, values: [...values] };
  },
} as const;

/** Runs one statement and returns its rows; a database that is away becomes `DatabaseUnavailable`. */
export async function query<Row extends QueryResultRow>(on: Queryable, statement: Statement): Promise<readonly Row[]> {
  try {
    const result = await on.query<Row>(statement);
    return result.rows;
  } catch (error) {
    throw toDatabaseError(error);
  }
}
