import { describe, expect, it } from "vitest";
import type { NodeRow } from "../queue/liveness.ts";
import { describeNodes } from "./nodes.ts";

const nowMs = Date.parse("2026-11-22T12:00:00Z");

function aNode(parts: Partial<NodeRow>): NodeRow {
  return {
    id: "node-0a1b2c3d-0000-4000-8000-000000000000",
    role: "all",
    host: "ham-1",
    pid: 4711,
    version: "0.2.0",
    startedAt: new Date(nowMs - 90_000),
    seenAt: new Date(nowMs),
    share: 1,
    alive: true,
    duties: [],
    ...parts,
  };
}

describe("dunlin nodes", () => {
  it("lines up who does what", () => {
    const rows = [
      aNode({ share: 0.5, duties: ["poll-events:main", "poll-events:shop"] }),
      aNode({ id: "node-99999999-0000", role: "web", share: 0, startedAt: new Date(nowMs - 7_200_000) }),
      aNode({ id: "node-77777777-0000", alive: false, pid: null, seenAt: new Date(nowMs - 300_000) }),
    ];

    expect(describeNodes(rows, nowMs)).toEqual([
      "NODE           ROLE  STATE             SHARE  MACHINE     VERSION  DUTIES",
      "node-0a1b2c3d  all   up 90 s           50 %   ham-1:4711  0.2.0    poll-events:main, poll-events:shop",
      "node-99999999  web   up 2 h            –      ham-1:4711  0.2.0    –",
      "node-77777777  all   silent for 5 min  –      ham-1       0.2.0    –",
    ]);
  });

  it("says what to do when nobody takes jobs, or nobody is there", () => {
    expect(describeNodes([aNode({ role: "web" })], nowMs).at(-1)).toBe("  → dunlin start --role worker");
    expect(describeNodes([], nowMs)).toEqual(["No node is running. Start one: dunlin start"]);
  });
});
