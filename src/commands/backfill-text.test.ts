/** A backfill as people read it. */
import { describe, expect, it } from "vitest";
import type { BackfillPlan, BackfillRun } from "../../contract/backfill.ts";
import { planLines, progressLines } from "./backfill-text.ts";
import { LiveBlock } from "./live-block.ts";

const run: BackfillRun = {
  id: 1,
  account: "main",
  kind: "real",
  phase: "loading",
  startedAt: "2026-11-22T10:00:00.000Z",
  finishedAt: null,
  plan: null,
  progress: {
    resources: [
      { name: "products", ranges: { done: 1, all: 1 }, objects: 4, perS: null, remaining: 0, etaS: 0, problems: [] },
      {
        name: "customers",
        ranges: { done: 2, all: 8 },
        objects: 12_000,
        perS: 2100.4,
        remaining: 12_000,
        etaS: 6,
        problems: [],
      },
      {
        name: "charges",
        ranges: { done: 0, all: 1 },
        objects: 0,
        perS: null,
        remaining: null,
        etaS: null,
        problems: [
          {
            from: null,
            to: "2026-11-22T10:00:00.000Z",
            code: "STRIPE_FORBIDDEN",
            message: "The key may not.",
            attempt: 3,
            nextAttemptAt: "2026-11-22T10:05:00.000Z",
          },
        ],
      },
    ],
    census: { state: "counting", contacts: 3_000, total: 12_345 },
    planned: null,
    contacts: null,
  },
};

describe("progressLines", () => {
  it("shows each list with its rate and what is left, and what could not be read", () => {
    expect(progressLines(run)).toEqual([
      "✓ products   ████████████████████████       4",
      "  customers  ████████████░░░░░░░░░░░░  12,000  2,100/s  about 6 s left",
      "  charges    ░░░░░░░░░░░░░░░░░░░░░░░░       0",
      "  census of Intercom's contacts: 3,000 of 12,345",
      "! a part of charges (the beginning to 2026-11-22) could not be read: The key may not. Attempt 3; the next one is at 10:05:00 UTC.",
    ]);
  });

  it("shows contacts being written", () => {
    const contacts = { all: 12_000, done: 9_000, remaining: 3_000, perS: 159.9, etaS: 19 };
    const writing = {
      ...run,
      phase: "writing" as const,
      progress: { resources: [], census: null, planned: null, contacts },
    };
    expect(progressLines(writing)).toEqual([
      "  contacts  ██████████████████░░░░░░  9,000 of 12,000 customers  160/s  about 19 s left",
    ]);
  });

  it("says when nothing has begun", () => {
    expect(progressLines({ ...run, progress: null })).toEqual(["Waiting to begin …"]);
  });
});

describe("planLines", () => {
  it("says who gets what, why, and how long it takes", () => {
    const plan: BackfillPlan = {
      at: "2026-11-22T10:00:00.000Z",
      customers: 1_500,
      linked: 0,
      matched: [
        {
          reason: "user_id",
          text: "by the user id",
          count: 1_400,
          examples: [{ customerId: "cus_1", label: "Ada", contactId: "c1" }],
        },
      ],
      grouped: [],
      created: [],
      skipped: [{ reason: "no_user_id", text: "Only an e-mail is known.", count: 100, examples: [] }],
      quarantined: [],
      changes: 1_200,
      calls: 1_200,
      minutes: 0.2,
    };
    expect(planLines(plan)).toEqual([
      "1,500 customers:",
      "  1,400  match a contact by the user id",
      "         e.g. Ada (cus_1)",
      "    100  get no contact",
      "         Only an e-mail is known.",
      "1,200 contacts show something else than Stripe says and are updated.",
      "That takes 1,200 calls to Intercom, less than a minute at the present budget.",
    ]);
  });
});

describe("LiveBlock", () => {
  function anOutput(isTTY: boolean) {
    const written: string[] = [];
    return { written, output: { isTTY, write: (text: string) => written.push(text) } };
  }

  it("redraws in place on a terminal, and only what changed", () => {
    const { written, output } = anOutput(true);
    const block = new LiveBlock(output);
    block.show(["a", "b"], "x");
    block.show(["a", "b"], "x");
    block.show(["c"], "x");
    block.above(["plan"]);
    expect(written).toEqual(["a\nb\n", "\u001B[2A\u001B[0J", "c\n", "\u001B[1A\u001B[0J", "plan\n\n"]);
  });

  it("knows how many rows a line takes that is wider than the terminal", () => {
    const { written, output } = anOutput(true);
    const block = new LiveBlock({ ...output, columns: 10 });
    block.show(["x".repeat(25), "", "0123456789"], "x");
    block.show(["c"], "x");
    expect(written[1]).toBe("\u001B[5A\u001B[0J");
  });

  it("speaks up now and then where there is no terminal", () => {
    const { written, output } = anOutput(false);
    let nowMs = 0;
    const block = new LiveBlock(output, { nowMs: () => nowMs });
    block.show(["1 %"], "loading");
    block.show(["2 %"], "loading");
    nowMs = 10_000;
    block.show(["50 %"], "loading");
    block.show(["all"], "done");
    expect(written).toEqual(["1 %\n", "50 %\n", "all\n"]);
  });

  it("says nothing when it is told to be silent", () => {
    const { written, output } = anOutput(true);
    const block = new LiveBlock(output, { silent: true });
    block.show(["a"], "x");
    block.above(["b"]);
    expect(written).toEqual([]);
  });
});
