import { describe, expect, it } from "vitest";
import type { StoredDrift } from "../upkeep/reconcile/drift-rows.ts";
import { firstProgress, type Run } from "../upkeep/reconcile/runs.ts";
import { describeProgress, describeRun, describeRuns } from "./reconcile-text.ts";

const at = new Date("2026-11-22T03:30:00Z");

function aRun(parts: Partial<Run> = {}): Run {
  return {
    id: 7,
    state: "done",
    askedBy: "schedule",
    options: { check: false, calls: 1000, account: null, graceMs: 60_000 },
    progress: { ...firstProgress, phase: "end", objects: 12_345, contacts: 10_000, contactsTotal: 10_000 },
    calls: { stripe: 124, intercom: 67 },
    askedAt: at,
    startedAt: at,
    endedAt: new Date(at.getTime() + 90_000),
    error: null,
    counts: {},
    ...parts,
  };
}

const edited: StoredDrift = {
  id: 1,
  class: "foreign_edit",
  account: "main",
  customerId: "cus_1",
  contactId: "c1",
  objectId: null,
  differences: [["stripe_plan", "Team", "Gold plan"]],
  done: "rewritten",
  at,
};

describe("describeRun", () => {
  it("says in one glance that nothing differs, and what it has cost", () => {
    expect(describeRun(aRun(), [])).toEqual([
      "Reconcile, run 7",
      "",
      "  Stripe    12,345 objects compared with our copies · 124 reads of at most 1,000",
      "  Intercom  10,000 of 10,000 contacts compared · 67 calls",
      "",
      "  ✓ Nothing differs.",
    ]);
  });

  it("lists findings by class with examples and what was done", () => {
    const run = aRun({ counts: { foreign_edit: 3, deleted: 12 } });
    const gone: StoredDrift = {
      ...edited,
      class: "deleted",
      account: "shop",
      customerId: "cus_2",
      contactId: null,
      differences: [["customer cus_2", "deleted", "there"]],
      done: "renewed",
    };
    expect(describeRun(run, [edited, gone]).slice(5)).toEqual([
      "   3 foreign edits  somebody else changed the contact",
      "       cus_1 · contact c1 – written again",
      "           stripe_plan: “Gold plan” instead of Team",
      "       … and 2 more",
      "",
      "  12 deleted        Stripe does not have it any more",
      "       shop · cus_2 – our copy is renewed, the contact is brought up to date",
      "           customer cus_2: there instead of deleted",
      "       … and 11 more",
      "",
      "  All of it as JSON: dunlin reconcile show 7 --json",
    ]);
  });

  it("says where the reads were used up, and how to repair after a check", () => {
    const options = { check: true, calls: 124, account: "shop", graceMs: 0 };
    const progress = { ...aRun().progress, stoppedIn: "shop/subscriptions", busy: 2 };
    const lines = describeRun(aRun({ options, progress, counts: { foreign_edit: 1 } }), [edited]);
    expect(lines[0]).toBe("Reconcile, run 7 (check only, account shop)");
    expect(lines).toContain("            the reads were used up in shop/subscriptions; the next run goes on there");
    expect(lines).toContain("            2 were being written and are compared the next time");
    expect(lines.at(-1)).toBe("  Nothing was changed. To repair what is ours: dunlin reconcile");
  });

  it("says why a run failed", () => {
    const error = { code: "STRIPE_ACCOUNT_GONE", message: "The Stripe account “x” is not connected any more." };
    expect(describeRun(aRun({ state: "failed", error }), [])).toContain(
      "  ✗ It failed: The Stripe account “x” is not connected any more. (STRIPE_ACCOUNT_GONE)",
    );
  });
});

describe("describeProgress", () => {
  it("fits on one line", () => {
    const progress = {
      ...firstProgress,
      phase: "contacts",
      objects: 1200,
      contacts: 450,
      contactsTotal: 1000,
    } as const;
    expect(describeProgress(aRun({ state: "running", progress, counts: { merged: 2 } }))).toBe(
      "Run 7: reading Intercom · 1,200 objects of Stripe (124 reads) · 450 of 1,000 contacts · 2 found",
    );
    expect(describeProgress(aRun({ state: "queued" }))).toBe("Run 7 waits for a worker …");
  });
});

describe("describeRuns", () => {
  it("shows the last runs as a table", () => {
    expect(
      describeRuns([aRun({ counts: { merged: 2, missed_event: 1 } }), aRun({ id: 6 })], at.getTime() + 3_600_000),
    ).toEqual([
      "RUN  STATE  BEGUN       TOOK    BY        MODE    FOUND",
      "7    done   60 min ago  90.0 s  schedule  repair  1 missed event, 2 merged",
      "6    done   60 min ago  90.0 s  schedule  repair  nothing",
    ]);
    expect(describeRuns([], 0)).toEqual(["There was no run yet. Begin one: dunlin reconcile"]);
  });
});
