/** A rollout as one bar: first all contacts are looked at, then those that differ are written. */
import type { MappingRollout } from "../../../../contract/mapping.ts";

export type RolloutProgress = { readonly share: number; readonly done: number; readonly all: number };

/** Looking is quick, so that it has the first fifth of the bar. */
const lookingShare = 0.2;

/** How much is done of the phase that is going on, and where the bar stands. */
export function readRollout({ phase, contacts, looked, affected, waiting }: MappingRollout): RolloutProgress {
  const written = Math.max(0, affected - waiting);
  switch (phase) {
    case "preparing":
      return { share: 0, done: 0, all: contacts };
    case "looking":
      return { share: lookingShare * partOf(looked, contacts), done: looked, all: contacts };
    case "writing":
      return { share: lookingShare + (1 - lookingShare) * partOf(written, affected), done: written, all: affected };
    case "retiring":
    case "done":
    case "superseded":
      return { share: 1, done: written, all: affected };
  }
}

function partOf(done: number, all: number): number {
  return all === 0 ? 1 : Math.min(1, done / all);
}
