/** The lanes a write to Intercom can take. */

/** urgent goes at once, calm after a short settle time so that bursts collapse, backfill when nothing else waits. */
export const lanes = ["urgent", "calm", "backfill"] as const;

export type Lane = (typeof lanes)[number];

/** The number a lane is stored as: smaller goes first. */
export function laneRank(lane: Lane): number {
  return lanes.indexOf(lane);
}

/** The lane of a stored number; an unknown number is the last lane. */
export function laneOfRank(rank: number): Lane {
  return lanes[rank] ?? "backfill";
}

/** The more urgent of two. */
export function fasterLane(a: Lane, b: Lane): Lane {
  return laneRank(a) <= laneRank(b) ? a : b;
}
