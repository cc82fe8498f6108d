/** Decides which migrations are still to be applied, and refuses when files and database tell different stories. */
import { AppError } from "../model/error.ts";

export type Migration = { readonly name: string; readonly text: string; readonly checksum: string };
export type AppliedMigration = { readonly name: string; readonly checksum: string };

/** A file was edited after it had been applied. */
export class MigrationChanged extends AppError {
  readonly code = "MIGRATION_CHANGED";
  readonly kind = "permanent";
  constructor(name: string) {
    super(
      `The migration ${name} was changed after it had been applied to this database. Restore the file; put the change into a new migration.`,
    );
  }
}

/** The database has been used by a later version of Dunlin, or the migrations are not the ones it was made with. */
export class DatabaseTooNew extends AppError {
  readonly code = "DATABASE_TOO_NEW";
  readonly kind = "permanent";
  constructor(name: string) {
    super(
      `The database has the migration ${name}, which this version of Dunlin does not know. Start the version that made it, or a later one.`,
    );
  }
}

/** A migration that is not applied yet sorts before one that is. */
export class MigrationOutOfOrder extends AppError {
  readonly code = "MIGRATION_OUT_OF_ORDER";
  readonly kind = "permanent";
  constructor(name: string, last: string) {
    super(`The migration ${name} comes before ${last}, which has been applied already. Give it a later number.`);
  }
}

/** The files still to be applied, in order. Both lists are sorted by name. */
export function planMigrations(
  files: readonly Migration[],
  applied: readonly AppliedMigration[],
): readonly Migration[] {
  const known = new Map(files.map((file) => [file.name, file]));
  for (const { name, checksum } of applied) {
    const file = known.get(name);
    if (file === undefined) throw new DatabaseTooNew(name);
    if (file.checksum !== checksum) throw new MigrationChanged(name);
  }
  const done = new Set(applied.map(({ name }) => name));
  const pending = files.filter(({ name }) => !done.has(name));
  const last = applied
    .map(({ name }) => name)
    .toSorted()
    .at(-1);
  const early = pending.find(({ name }) => last !== undefined && name < last);
  if (early !== undefined && last !== undefined) throw new MigrationOutOfOrder(early.name, last);
  return pending;
}
