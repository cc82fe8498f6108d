/**
 * Holds the nodes while their database is moved away: they refuse deliveries with 503 and begin nothing. The hold is a
 * pause that lapses by itself, so that a move that died holds nobody for long.
 */
import { liftPause, savePause } from "../../connections/store.ts";
import type { PauseScope } from "../../connections/pause.ts";
import type { Pool } from "../../db/pool.ts";

export type Hold = {
  /** The move is complete: whoever still runs here stays held, and can read why. */
  keep(reason: string): Promise<void>;
  /** The move is over: lets the nodes go on, unless `keep` was called. */
  end(): Promise<void>;
};

/** The table that a hold is kept in, which therefore is neither frozen nor fenced. */
export const holdTable = "pauses";

const scopes: readonly PauseScope[] = ["all", "intake"];
const lapseMs = 12_000;
const renewEveryMs = 3_000;
const code = "MOVING";

/** Begins a hold; every node obeys within about a second. */
export async function holdNodes(pool: Pool): Promise<Hold> {
  const reason = "everything is being moved to another database";
  let renewal = save(pool, reason, lapseMs);
  await renewal;
  const timer = setInterval(() => {
    // One that fails is made up for by the next; if all do, the hold lapses and the move goes on without it.
    renewal = renewal.then(() => save(pool, reason, lapseMs)).catch(() => undefined);
  }, renewEveryMs);
  let isKept = false;
  return {
    async keep(why) {
      isKept = true;
      clearInterval(timer);
      await renewal;
      await save(pool, why, null);
    },
    async end() {
      clearInterval(timer);
      await renewal;
      if (!isKept) await releaseNodes(pool);
    },
  };
}

/** Lifts whatever a move has left. */
export async function releaseNodes(pool: Pool): Promise<void> {
  for (const scope of scopes) await liftPause(pool, { scope, by: "move" });
}

async function save(pool: Pool, reason: string, lastsMs: number | null): Promise<void> {
  for (const scope of scopes) await savePause(pool, { scope, by: "move", code, reason, lastsMs });
}
