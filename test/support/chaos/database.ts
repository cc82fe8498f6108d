/** A PostgreSQL of its own for a test that breaks it: durable as in production, and ended without mercy on request. */
import { rm } from "node:fs/promises";
import { openEmbedded } from "../../../src/db/embedded.ts";
import { createPool, type Pool } from "../../../src/db/pool.ts";
import { addressOf, createDataDir } from "../home.ts";
import { eventually } from "../wait.ts";

export type BreakableDatabase = {
  /** As an operator would write it into DATABASE_URL. */
  readonly url: string;
  /** For looking into it beside the nodes. */
  readonly pool: Pool;
  /** The immediate shutdown: nothing is finished or written out. Resolves when it has recovered from its log. */
  restart(): Promise<void>;
  remove(): Promise<void>;
};

const database = "dunlin";

/** Starts one in a new folder. */
export async function openBreakableDatabase(): Promise<BreakableDatabase> {
  const dataDir = await createDataDir();
  const pids: number[] = [];
  const log = {
    info: (facts: object) => {
      if ("pid" in facts && typeof facts.pid === "number") pids.push(facts.pid);
    },
    warn: () => undefined,
  };
  const embedded = await openEmbedded({ dataDir, database, log, own: true });
  const pool = createPool(embedded.connection, { max: 3 });
  return {
    url: addressOf(embedded.connection),
    pool,
    restart: async () => {
      const before = pids.length;
      // https://www.postgresql.org/docs/18/server-shutdown.html: SIGQUIT is the immediate shutdown.
      process.kill(pids.at(-1) ?? 0, "SIGQUIT");
      await eventually(() => pids.length > before, { withinMs: 30_000 });
    },
    remove: async () => {
      await pool.end();
      await embedded.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
