/** Shows how far a version of the mapping is on its way to the contacts. */
import type { Pool } from "../db/pool.ts";
import { pause } from "../lib/pause.ts";
import { isRolledOut } from "../mapping/rollout.ts";
import { readRollout } from "../upkeep/mapping/board.ts";
import { LiveBlock } from "./live-block.ts";
import { rolloutLine } from "./mapping-text.ts";
import { say } from "./terminal.ts";

const lookMs = 300;

/** Resolves when it is on all contacts, or after Ctrl-C, which ends the watching and not the work. */
export async function followRollout(pool: Pool): Promise<void> {
  const ends = new AbortController();
  process.once("SIGINT", () => ends.abort());
  const block = new LiveBlock(process.stdout);
  while (!ends.signal.aborted) {
    const rollout = await readRollout(pool);
    if (!rollout) return;
    block.show([rolloutLine(rollout)], rollout.phase);
    if (isRolledOut(rollout)) return;
    await pause(lookMs, ends.signal);
  }
  block.end();
  say("The server goes on with it. See: dunlin mapping history");
}
