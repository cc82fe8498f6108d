import { describe, expect, it } from "vitest";
import type { Pause } from "../connections/pause.ts";
import { durationMs, pauseLines } from "./pause.ts";

const pause: Pause = {
  scope: "lane:calm",
  by: "person",
  code: "PAUSED_BY_HAND",
  reason: "An import runs.",
  since: new Date("2026-11-22T01:00:00Z"),
  until: null,
};

describe("pauseLines", () => {
  it("says who has paused what, since when, why, and how it goes on", () => {
    expect(pauseLines([{ ...pause, until: new Date("2026-11-22T03:00:00Z") }])).toEqual([
      "! lane:calm is paused by hand since 2026-11-22 01:00:00 UTC, until 2026-11-22 03:00:00 UTC",
      "    An import runs.",
      "    → dunlin resume lane:calm",
    ]);
  });

  it("asks for a mended cause where Dunlin itself has paused", () => {
    const lines = pauseLines([{ ...pause, scope: "intercom", by: "dunlin", reason: "The token is refused." }]);
    expect(lines[0]).toBe("! intercom is paused since 2026-11-22 01:00:00 UTC");
    expect(lines.at(-1)).toContain("dunlin doctor");
  });
});

describe("durationMs", () => {
  it.each([
    ["90s", 90_000],
    ["30m", 1_800_000],
    ["2h", 7_200_000],
    ["3d", 259_200_000],
  ])("reads %s", (text, ms) => expect(durationMs(text)).toBe(ms));

  it.each(["", "0m", "2", "h", "1.5h", "-1h", "2 h"])("refuses “%s”", (text) => {
    expect(() => durationMs(text)).toThrow(/--for must be like/);
  });
});
