import { describe, expect, it } from "vitest";
import type { RuleTest, RunDetails } from "../../contract/rules-api.ts";
import { runDetailLines, runLines, testLines } from "./rule-runs-text.ts";

const waiting: RunDetails = {
  id: 7,
  rule: "nudge",
  version: 4,
  mode: "live",
  account: "main",
  customerId: "cus_1",
  state: "running",
  trigger: { kind: "moment", name: "payment_failed", objectId: "ch_1", occurredAt: "2026-11-22T09:00:00.000Z" },
  arm: "treated",
  waiting: { for: "message", why: "quiet hours", until: "2026-11-23T07:00:00.000Z" },
  approval: "none",
  cancelling: null,
  messages: 0,
  matchedAt: "2026-11-22T09:00:01.000Z",
  startedAt: "2026-11-22T09:00:02.000Z",
  endedAt: null,
  ended: null,
  onceKey: "object ch_1",
  invoiceId: "in_1",
  draft: null,
  steps: [
    { path: "steps[0]", kind: "tag", result: "done", detail: null, at: "2026-11-22T09:00:02.000Z", effect: "eff_9" },
  ],
};
const cancelled: RunDetails = {
  ...waiting,
  id: 12,
  account: "shop",
  state: "ended",
  waiting: null,
  endedAt: "2026-11-22T10:00:00.000Z",
  ended: { how: "cancelled", why: "Somebody cancelled it." },
};
const nowIso = "2026-11-22T10:00:00.000Z";

describe("runLines", () => {
  it("says how each run stands and why", () => {
    const judged: RunDetails = { ...waiting, id: 13, state: "matched", arm: null, waiting: null };
    expect(runLines([judged, cancelled, waiting], { hasMore: true })).toEqual([
      "RUN  SINCE (UTC)       RULE   CUSTOMER  MODE  STATE         WHY",
      " 13  2026-11-22 09:00  nudge  cus_1     live  to be judged  moment payment_failed",
      " 12  2026-11-22 09:00  nudge  cus_1     live  cancelled     Somebody cancelled it.",
      "  7  2026-11-22 09:00  nudge  cus_1     live  held back     until 2026-11-23 07:00: quiet hours",
      "",
      "There are more; narrow it down, or raise --limit.",
    ]);
    expect(runLines([], { hasMore: false })).toEqual(["There are no such runs."]);
  });
});

describe("runDetailLines", () => {
  it("shows the facts of a run and its steps", () => {
    expect(runDetailLines({ ...waiting, eventId: "evt_1" }, nowIso)).toEqual([
      "Run 7  nudge",
      "  state     held back",
      "  why       quiet hours",
      "  until     2026-11-23 07:00:00 UTC (in 21 h)",
      "  customer  cus_1",
      "  rules     version 4, live",
      "  trigger   moment payment_failed ch_1",
      "  told by   evt_1",
      "  arm       treated",
      "  once for  object ch_1",
      "  invoice   in_1",
      "  happened  2026-11-22 09:00:00 UTC (60 min ago)",
      "  began     2026-11-22 09:00:02 UTC (59 min ago)",
      "",
      "  ✓  2026-11-22 09:00:02  tag  steps[0]  eff_9",
    ]);
    const ending = runDetailLines({ ...waiting, cancelling: "Wrong person." }, nowIso);
    expect(ending.slice(1, 3)).toEqual(["  state     is being cancelled", "  why       Wrong person."]);
    expect(runDetailLines(cancelled, nowIso)).toContain("  customer  cus_1 (account shop)");
  });

  it("shows what a message would have said below its step", () => {
    const step = { path: "steps[1]", kind: "message", result: "done", detail: "<p>Hi Thea,</p><p>bye.</p>" } as const;
    const shown = runDetailLines(
      { ...waiting, mode: "shadow", steps: [{ ...step, at: nowIso, effect: null }] },
      nowIso,
    );
    expect(shown.slice(-6)).toEqual([
      "  ✓  2026-11-22 10:00:00  message  steps[1]",
      "",
      "    Hi Thea,",
      "",
      "    bye.",
      "",
    ]);
  });

  it("shows a draft, and how to decide about it", () => {
    const lines = runDetailLines({ ...waiting, approval: "wanted", draft: "Dear Thea,\n\nall is well." }, nowIso);
    expect(lines.slice(-9)).toEqual([
      "",
      "draft",
      "    Dear Thea,",
      "",
      "    all is well.",
      "",
      "! The draft waits for a person.",
      "  → dunlin rules approve 7",
      "  → dunlin rules reject 7",
    ]);
  });
});

describe("testLines", () => {
  const test: RuleTest = {
    rule: "nudge",
    customer: { account: "main", customerId: "cus_1", label: "Thea" },
    trigger: { kind: "moment", name: "payment_failed", isMadeUp: true, facts: { amount: 49 } },
    starts: true,
    why: null,
    arm: "treated",
    steps: [
      {
        path: "steps[0]",
        kind: "message",
        result: "done",
        detail: null,
        text: {
          subject: "Your payment",
          body: '<p>Hi Thea,</p><p>49 &lt; 50: <a href="https://a.example/x">pay</a></p>',
        },
        missing: [],
      },
      { path: "steps[1]", kind: "wait", result: "waits", detail: "2 days", text: null, missing: [] },
    ],
    later: [{ path: "steps[2]", kind: "note", text: null, missing: ["saving.per_year"] }],
    goesOnAt: "2026-11-24T10:00:00.000Z",
    ended: null,
  };

  it("shows what would be done and said, with texts as they read", () => {
    expect(testLines(test)).toEqual([
      "nudge for Thea (cus_1)",
      "  The facts of what triggers it are examples; no run of this customer has real ones.",
      "✓ It would begin.",
      "",
      "  ✓ message       steps[0]",
      "      Subject: Your payment",
      "",
      "      Hi Thea,",
      "",
      "      49 < 50: pay (https://a.example/x)",
      "",
      "  … wait          steps[1]  2 days",
      "",
      "It would go on at 2026-11-24 10:00 UTC, or sooner.",
      "",
      "Later it may say:",
      "",
      "  note          steps[2]",
      "      ! not known: saving.per_year",
    ]);
  });

  it.each([
    [
      { starts: false, why: "Its condition “if” is not true.", arm: null },
      "✗ It would not begin. Its condition “if” is not true. If it did:",
    ],
    [{ arm: "holdout" as const }, "✓ It would begin. But this customer is left alone on purpose (holdout). Else:"],
    [{ arm: "not_yet" as const }, "✓ It would begin. But this customer is outside of its share. Else:"],
  ])("says whether it would begin: %j", (change, said) => {
    expect(testLines({ ...test, ...change })[2]).toBe(said);
  });

  it("says how it would end", () => {
    const ended = { how: "finished", why: null };
    expect(testLines({ ...test, later: [], goesOnAt: null, ended }).at(-1)).toBe("It would have come to its end then.");
  });
});
