import { describe, expect, it } from "vitest";
import { rulesDocument } from "../../contract/rule.ts";
import type { RulePlanLine, RulesPlan } from "../../contract/rules-api.ts";
import { changeLines, rollbackLines } from "./change-text.ts";
import { boardLines, planLines, rulesVersionLines } from "./rules-text.ts";

const noRuns = { matched: 0, running: 0, approval: 0, begun: 0 };
const version = { version: 4, savedAt: "2026-11-22T09:00:00.000Z", savedBy: "thea", note: "calmer" };
const line = {
  description: "Nudges.",
  share: 100,
  trigger: "moment payment_failed",
  stop: null,
  runs: noRuns,
} as const;
const nowIso = "2026-11-22T10:00:00.000Z";

describe("boardLines", () => {
  it("shows rules in columns, and below them what waits for somebody", () => {
    const stop = { by: "breaker", reason: "It wanted to touch 60 customers.", since: version.savedAt } as const;
    const rules = [
      { ...line, name: "nudge", mode: "live" as const, share: 10, runs: { ...noRuns, running: 1200, approval: 2 } },
      { ...line, name: "vip", mode: "shadow" as const, stop },
    ];
    const board = { version: 4, document: rulesDocument.parse({ version: 1 }), rules, versions: [version] };
    expect(boardLines(board, nowIso)).toEqual([
      "Version 4, saved 2026-11-22 09:00:00 UTC by thea",
      "",
      "RULE   MODE              OPEN RUNS  LAST 30 DAYS  STARTS",
      "nudge  live 10 %             1,200             0  moment payment_failed",
      "vip    stopped (shadow)          0             0  moment payment_failed",
      "",
      "! nudge: 2 drafts wait for a person.",
      "  → dunlin rules approvals",
      "! vip has stood still since 2026-11-22 09:00:00 UTC (60 min ago): It wanted to touch 60 customers.",
      "  → dunlin rules resume vip",
    ]);
  });

  it("says how to begin", () => {
    const board = { version: 0, document: rulesDocument.parse({ version: 1 }), rules: [], versions: [] };
    expect(boardLines(board, nowIso).at(-1)).toContain("dunlin recipes list");
    expect(rulesVersionLines([])).toEqual(["No rules were saved yet. Begin with: dunlin recipes list"]);
  });
});

it("lists versions, newest first", () => {
  expect(rulesVersionLines([version])).toEqual([
    "VERSION  SAVED (UTC)          BY    NOTE",
    "4        2026-11-22 09:00:00  thea  calmer",
  ]);
});

describe("planLines", () => {
  const same: RulePlanLine = {
    name: "same",
    change: "same",
    before: { mode: "live", share: 100 },
    after: { mode: "live", share: 100 },
    parts: [],
    running: 3,
    reach: null,
  };
  const plan: RulesPlan = {
    version: 4,
    rules: [same],
    settings: [],
    attributes: { added: [], removed: [] },
    looked: 0,
    isComplete: true,
  };

  it("says that nothing differs", () => {
    expect(planLines(plan)).toEqual(["What rules do stays the same."]);
  });

  it("says what each change means for rules, runs, attributes and customers", () => {
    const reach = {
      kind: "crossing",
      customers: 2,
      examples: [
        { account: "main", customerId: "cus_1", label: "Thea" },
        { account: "main", customerId: "cus_2", label: null },
      ],
    } as const;
    const rules: RulePlanLine[] = [
      same,
      {
        ...same,
        name: "vip",
        change: "added",
        before: null,
        after: { mode: "shadow", share: 100 },
        reach: { ...reach, examples: [...reach.examples] },
      },
      { ...same, name: "nudge", change: "changed", parts: ["steps", "texts"], running: 1 },
      { ...same, name: "calm", change: "mode", after: { mode: "draft", share: 100 }, running: 2 },
      { ...same, name: "old", change: "removed", after: null, running: 0 },
      { ...same, name: "soon", change: "added", before: null, reach: { kind: "date", customers: 1, examples: [] } },
    ];
    const attributes = {
      added: [{ name: "vip", type: "boolean" as const }],
      removed: [{ name: "score", contacts: 12 }],
    };
    expect(planLines({ ...plan, rules, settings: ["caps"], attributes, looked: 1000, isComplete: false })).toEqual([
      "+  vip    shadow              new",
      "~  nudge  live 100 %          steps, texts; 1 open run on the former version",
      "~  calm   live 100 % → draft  cancels 2 open runs",
      "-  old    live 100 %          removed",
      "+  soon   live 100 %          new",
      "~ for all rules: caps",
      "+ attribute vip (boolean)",
      "- attribute score, taken back from 12 contacts",
      "",
      "vip: fits 2 customers already, who are left alone; it starts for whoever it becomes true for",
      "  for example Thea (cus_1), cus_2",
      "soon: comes to 1 customer within seven days",
      "Only 1,000 customers were looked at; there are more.",
    ]);
  });

  it("stands under the version that would be saved", () => {
    expect(changeLines({ mapping: null, rules: plan })).toEqual([
      "Rules, version 5",
      "  What rules do stays the same.",
    ]);
    expect(changeLines({ mapping: null, rules: null })).toEqual(["Nothing differs from what is in force."]);
  });
});

it("says from where to where a rollback goes", () => {
  expect(
    rollbackLines([
      { kind: "mapping", from: 1, to: 0 },
      { kind: "rules", from: 6, to: 5 },
    ]),
  ).toEqual(["Back from version 1 of the mapping to the preset.", "Back from version 6 of the rules to version 5."]);
});
