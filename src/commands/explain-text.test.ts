/** What people read when they ask where a value comes from, or what has failed. */
import { describe, expect, it } from "vitest";
import type { AttributeExplanation, ExplainWrite } from "../../contract/explain.ts";
import type { DeadLetter } from "../../contract/dead.ts";
import { listLines, letterLines } from "./dead.ts";
import { attributeLines } from "./explain-text.ts";
import { replayedLines } from "./replay.ts";
import { distanceText, durationText, momentText } from "./times.ts";

const now = "2026-11-22T12:00:00.000Z";

const write: ExplainWrite = {
  id: "7",
  at: "2026-11-22T11:57:00.000Z",
  kind: "update",
  lane: "urgent",
  contactId: "c1",
  before: 1_790_000_000,
  after: null,
  requestId: "req_1",
  lagMs: 12,
  mapping: "stripe@1",
  cause: { kind: "events", text: "Stripe told us of a change of subscription sub_1." },
  objects: [
    {
      account: "main",
      kind: "subscription",
      id: "sub_1",
      revision: 2,
      asOf: "2026-11-22T11:56:59.000Z",
      origin: "event",
      eventId: "evt_2",
      isNew: true,
    },
  ],
  others: 2,
  events: [
    {
      account: "main",
      id: "evt_2",
      type: "customer.subscription.deleted",
      objectId: "sub_1",
      createdAt: "2026-11-22T11:56:59.000Z",
      receivedAt: "2026-11-22T11:57:00.000Z",
      came: "list",
      state: "applied",
      changes: [{ field: "endedAtS", before: null, after: "1790000000" }],
    },
  ],
  eventsGone: ["evt_1"],
  setting: null,
};

const explanation: AttributeExplanation = {
  now,
  customer: { account: "main", id: "cus_1", label: "Thea" },
  notices: [{ kind: "pending", text: "A look is pending.", remedy: "Wait." }],
  identity: {
    state: "linked",
    contactId: "c1",
    contactUrl: null,
    matchedBy: "email",
    text: "The contact was matched by e-mail.",
    linkedAt: "2026-11-22T10:00:00.000Z",
    checkedAt: null,
    customers: [],
  },
  attribute: {
    name: "stripe_cancel_at",
    type: "date",
    from: "mapping",
    rule: "When it ends.",
    mapping: "stripe@1",
    reads: ["subscription"],
  },
  setting: null,
  desired: { value: null, whyEmpty: "It has ended.", objects: [], others: 0 },
  shown: { value: null, agrees: true, writtenAt: write.at, confirmedAt: null },
  writes: [write],
};

describe("an explanation", () => {
  const text = attributeLines(explanation).join("\n");

  it("says first what stands in the way", () => {
    expect(text.indexOf("! A look is pending.")).toBeLessThan(text.indexOf("rule"));
    expect(text).toContain("  → Wait.");
  });

  it("tells moments in UTC and how long ago they were", () => {
    expect(text).toContain("2026-11-22 11:57:00 UTC (3 min ago): Stripe told us");
    expect(text).toContain("2026-09-21 14:13:20 UTC → none");
    expect(text).toContain("endedAtS: none → 2026-09-21 14:13:20 UTC");
  });

  it("names how the event came, the request and what is no longer stored", () => {
    expect(text).toContain("from Stripe's list");
    expect(text).toContain("Intercom's request id req_1");
    expect(text).toContain("evt_1  no longer stored");
    expect(text).toContain("and 2 older copies");
  });

  it("goes from Stripe to the write in this order", () => {
    const steps = ["Stripe ", "copies ", "rule ", "value ", "write "].map((label) => text.indexOf(`  ${label}`));
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(steps.every((place) => place > 0)).toBe(true);
  });
});

describe("dead letters", () => {
  const letter: DeadLetter = {
    id: "cus_1",
    kind: "sync",
    account: "main",
    customerId: "cus_1",
    what: "write the contact of cus_1",
    code: "INTERCOM_REJECTED",
    message: "No.",
    remedy: "Mend it.",
    attempts: 3,
    since: "2026-11-22T10:00:00.000Z",
    replay: "dunlin replay dead cus_1",
  };

  it("end with what to do about each code", () => {
    const counts = [{ kind: "sync" as const, code: "INTERCOM_REJECTED", count: 12 }];
    const lines = listLines({ letters: [letter], counts }, now);
    expect(lines).toContain("… and 11 more.");
    expect(lines.at(-1)).toBe("  → Then: dunlin replay dead --kind sync --code INTERCOM_REJECTED");
  });

  it("say so when there are none", () => {
    expect(listLines({ letters: [], counts: [] }, now)).toEqual(["✓ There are no dead letters."]);
  });

  it("are shown one by one", () => {
    expect(letterLines(letter, now).slice(-2)).toEqual(["→ Mend it.", "→ Then: dunlin replay dead cus_1"]);
  });
});

describe("a replay", () => {
  it("tells what was queued and what was not", () => {
    const queued = Array.from({ length: 12 }, (_, n) => ({ id: `evt_${n}`, kind: "event" as const }));
    const lines = replayedLines({ queued, refused: [{ id: "evt_x", reason: "It waits already." }] });
    expect(lines[0]).toMatch(/^Queued 12: evt_0, .* and 2 more\.$/);
    expect(lines.at(-1)).toBe("! evt_x: It waits already.");
  });

  it("of nothing says so", () => {
    expect(replayedLines({ queued: [], refused: [] })).toEqual(["There is nothing to replay."]);
  });
});

describe("times", () => {
  it.each([
    ["2026-11-22T12:00:00.000Z", "just now"],
    ["2026-11-22T11:59:30.000Z", "30 s ago"],
    ["2026-11-22T10:30:00.000Z", "90 min ago"],
    ["2026-11-22T09:00:00.000Z", "3 h ago"],
    ["2026-11-20T09:00:00.000Z", "2 d ago"],
    ["2026-11-22T12:05:00.000Z", "in 5 min"],
  ])("%s is %s", (iso, text) => {
    expect(distanceText(iso, now)).toBe(text);
    expect(momentText(iso, now)).toContain(`(${text})`);
  });

  it.each([
    [3, "3 ms"],
    [3_400, "3.4 s"],
    [300_000, "5 min"],
  ])("%d ms is %s", (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});
