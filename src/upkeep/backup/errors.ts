/** What can stand in the way of a backup, of restoring one, and of moving to another database. */
import { AppError } from "../../model/error.ts";

/** The file could not be written, or does not hold what was written to it. */
export class BackupNotWritten extends AppError {
  readonly code = "BACKUP_NOT_WRITTEN";
  readonly kind = "permanent";
  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`The backup was not written to ${path}: ${why}`, options);
  }
}

/** The file is no backup, or not whole. */
export class BackupDamaged extends AppError {
  readonly code = "BACKUP_DAMAGED";
  readonly kind = "invalid";
  constructor(why: string, options?: ErrorOptions) {
    super(`This file cannot be restored: ${why} Nothing was changed. Take another backup.`, options);
  }
}

/** The backup comes from a later version of Dunlin, or from one with other migrations. */
export class BackupTooNew extends AppError {
  readonly code = "BACKUP_TOO_NEW";
  readonly kind = "invalid";
  constructor(why: string) {
    super(`${why} Nothing was changed. Restore it with the version of Dunlin that made it, or a later one.`);
  }
}

/** The database that data should go into has some already. */
export class DatabaseNotEmpty extends AppError {
  readonly code = "DATABASE_NOT_EMPTY";
  readonly kind = "invalid";
  constructor(table: string) {
    super(
      `The database that should be filled holds data of Dunlin already (in ${table}, for one). Give an empty database, or --replace to delete what it holds first.`,
    );
  }
}

/** A Dunlin runs on the database that should be filled. */
export class DatabaseInUse extends AppError {
  readonly code = "DATABASE_IN_USE";
  readonly kind = "invalid";
  constructor(nodes: readonly string[]) {
    super(`Dunlin is running on the database that should be filled (${nodes.join(", ")}). Stop it first.`);
  }
}

/** The server that data should go into cannot hold it. */
export class DatabaseUnsuitable extends AppError {
  readonly code = "DATABASE_UNSUITABLE";
  readonly kind = "invalid";
}

/** This database was moved away; only the new one is current. */
export class DatabaseMoved extends AppError {
  readonly code = "DATABASE_MOVED";
  readonly kind = "invalid";
  constructor({ to, at }: { readonly to: string; readonly at: string }) {
    super(
      `This database was moved to ${to} on ${at.slice(0, 16).replace("T", " ")} UTC. Set DATABASE_URL to the new one (postgres://user:password@host:5432/database). ` +
        `To use the one here again after all, without what the new one has received: dunlin move --undo`,
    );
  }
}

/** What arrived is not what was sent; everything was rolled back. */
export class CopyIncomplete extends AppError {
  readonly code = "COPY_INCOMPLETE";
  readonly kind = "permanent";
  constructor(table: string, { sent, arrived }: { readonly sent: number; readonly arrived: number }) {
    super(`Of ${sent} rows of ${table}, ${arrived} arrived. Nothing was changed. Run it again.`);
  }
}

/** Writers did not let go of the tables. */
export class MoveBusy extends AppError {
  readonly code = "MOVE_BUSY";
  readonly kind = "transient";
  constructor(options?: ErrorOptions) {
    super(
      "Work that was under way did not end in time, so nothing was moved and Dunlin goes on here. Run it again; if that does not help, stop Dunlin first.",
      options,
    );
  }
}

/** The new database holds everything, and the old one could not be told so. */
export class MoveUnfinished extends AppError {
  readonly code = "MOVE_UNFINISHED";
  readonly kind = "permanent";
  constructor(to: string, options?: ErrorOptions) {
    super(
      `Everything was copied to ${to}, but this database could not be marked as moved, so Dunlin goes on here and the copy grows old. Run it again with --replace.`,
      options,
    );
  }
}

/** A person ended the command, or the machine is going down. */
export class Interrupted extends AppError {
  readonly code = "INTERRUPTED";
  readonly kind = "transient";
  constructor() {
    super("Interrupted. Nothing was changed.");
  }
}
