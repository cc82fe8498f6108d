/** A database of its own for benches that start no server. */
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runMigrations } from "graphile-worker";
import { openEmbedded } from "../../src/db/embedded.ts";
import { migrate } from "../../src/db/migrate.ts";
import { createPool, type DatabaseConfig } from "../../src/db/pool.ts";
import { atTheEnd } from "./processes.ts";

/** Opens it in this folder, with all tables; it ends with the bench. */
export async function openDatabase(folder: string, database: string): Promise<DatabaseConfig> {
  const dataDir = join(folder, "postgres");
  await mkdir(dataDir, { recursive: true });
  await chmod(folder, 0o711);
  const embedded = await openEmbedded({ dataDir, database, log: { info() {}, warn() {} }, own: true });
  atTheEnd(() => embedded.stop());
  const pool = createPool(embedded.connection, { max: 2 });
  await migrate(pool);
  await runMigrations({ pgPool: pool });
  await pool.end();
  return embedded.connection;
}
