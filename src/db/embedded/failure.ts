/** What can be wrong with the embedded database, each with the way out. */
import { AppError } from "../../model/error.ts";

/** There are no PostgreSQL binaries that run on this machine. */
export class EmbeddedDatabaseUnsupported extends AppError {
  readonly code = "EMBEDDED_DATABASE_UNSUPPORTED";
  readonly kind = "permanent";
  constructor(why: string, options?: ErrorOptions) {
    super(`The embedded database cannot run here: ${why} Set DATABASE_URL to a PostgreSQL server instead.`, options);
  }
}

/** The data folder was written by another major version of PostgreSQL. */
export class EmbeddedDatabaseVersion extends AppError {
  readonly code = "EMBEDDED_DATABASE_VERSION";
  readonly kind = "permanent";
  constructor(folder: string, found: string, ours: string) {
    super(
      `The data in ${folder} was written by PostgreSQL ${found}, and this version of Dunlin brings PostgreSQL ${ours}. ` +
        `Either start the previous version of Dunlin again, or run a PostgreSQL ${found} server on that folder and set DATABASE_URL to it, ` +
        `or move the data: dump it there with pg_dump and restore it into an empty data folder.`,
    );
  }
}

/** The data folder cannot be used as it is, for example because of its owner. */
export class EmbeddedDatabaseFolder extends AppError {
  readonly code = "EMBEDDED_DATABASE_FOLDER";
  readonly kind = "permanent";
}

/** PostgreSQL was started and did not come up, or its tools failed. */
export class EmbeddedDatabaseFailed extends AppError {
  readonly code = "EMBEDDED_DATABASE_FAILED";
  readonly kind = "permanent";
}
