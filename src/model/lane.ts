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

/** Lanes next to each other, as ranks. */
export type LaneRange = { readonly from: number; readonly to: number };

/** The open lanes down to `widest`, as ranges that one index scan each can read in order. */
export function laneRanges(open: readonly Lane[], widest: Lane): readonly LaneRange[] {
  const ranks = open
    .map(laneRank)
    .filter((rank) => rank <= laneRank(widest))
    .toSorted((a, b) => a - b);
  const ranges: LaneRange[] = [];
  for (const rank of ranks) {
    const last = ranges.at(-1);
    if (last?.to === rank - 1) ranges[ranges.length - 1] = { from: last.from, to: rank };
    else ranges.push({ from: rank, to: rank });
  }
  return ranges;
}
