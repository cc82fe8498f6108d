import { describe, expect, it } from "vitest";
import type { MappingRollout } from "../../../../contract/mapping.ts";
import { readRollout } from "./rollout-progress.ts";

const rollout = (part: Partial<MappingRollout>): MappingRollout => ({
  version: 2,
  phase: "looking",
  contacts: 100,
  looked: 0,
  affected: 0,
  waiting: 0,
  createdAt: "2026-11-22T10:00:00.000Z",
  doneAt: null,
  ...part,
});

describe("readRollout", () => {
  it.each([
    [{ phase: "preparing" }, { share: 0, done: 0, all: 100 }],
    [{ looked: 50 }, { share: 0.1, done: 50, all: 100 }],
    [
      { phase: "writing", affected: 40, waiting: 10 },
      { share: 0.8, done: 30, all: 40 },
    ],
    // The lane is shared: more may wait than this rollout made due.
    [
      { phase: "writing", affected: 40, waiting: 60 },
      { share: 0.2, done: 0, all: 40 },
    ],
    [
      { phase: "looking", contacts: 0 },
      { share: 0.2, done: 0, all: 0 },
    ],
    [
      { phase: "done", affected: 40 },
      { share: 1, done: 40, all: 40 },
    ],
  ] as const)("reads %j", (part, { share, ...expected }) => {
    const progress = readRollout(rollout(part));
    expect(progress).toMatchObject(expected);
    expect(progress.share).toBeCloseTo(share);
  });
});
