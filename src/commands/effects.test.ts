import { describe, expect, it } from "vitest";
import type { EffectDetails } from "../../contract/effect.ts";
import { describeEntry, describeList } from "./effects.ts";

const entry: EffectDetails = {
  id: "eff_7",
  account: "main",
  key: "refund:re_1",
  kind: "note",
  customerId: "cus_1",
  contactId: "6762f0dd1bb69f9f2193bb83",
  lane: "calm",
  guarantee: "verified",
  state: "confirmed",
  plannedAt: "2026-11-22T01:02:03.000Z",
  sentAt: "2026-11-22T01:02:04.000Z",
  endedAt: "2026-11-22T01:02:06.000Z",
  endedHow: "look",
  attempt: 2,
  objectId: "26",
  conversationId: null,
  requestId: null,
  error: null,
  effect: { kind: "note", text: "Approved." },
};
const failed: EffectDetails = {
  ...entry,
  id: "eff_12",
  kind: "message",
  state: "failed",
  endedHow: null,
  error: { code: "EFFECT_UNCERTAIN", message: "It cannot be told whether this message arrived." },
};

describe("the list of effects", () => {
  it("is a table, with what to do about failed ones", () => {
    expect(describeList([failed, entry], true)).toEqual([
      "EFFECT  PLANNED (UTC)        KIND     STATE      CUSTOMER  KEY OR ERROR",
      "eff_12  2026-11-22 01:02:03  message  failed     cus_1     EFFECT_UNCERTAIN",
      "eff_7   2026-11-22 01:02:03  note     confirmed  cus_1     refund:re_1",
      "",
      "There are more; narrow it down, or raise --limit.",
      "",
      "! What failed waits for you: mend the cause and replay it, or say that it is done.",
      "  → dunlin replay dead eff_12",
      "  → dunlin effects settle eff_12 --as confirmed",
    ]);
  });

  it("says when there is nothing", () => {
    expect(describeList([], false)).toEqual(["The ledger has no such entry."]);
  });
});

describe("one effect", () => {
  it("is shown with what was asked for and what it became", () => {
    expect(describeEntry(entry, "2026-11-22T01:05:06.000Z")).toEqual([
      "eff_7  note",
      "  state        confirmed (found in Intercom)",
      "  key          refund:re_1",
      "  customer     cus_1",
      "  contact      6762f0dd1bb69f9f2193bb83",
      "  guarantee    verified",
      "  planned      2026-11-22 01:02:03 UTC (3 min ago)",
      "  sent         2026-11-22 01:02:04 UTC (3 min ago), attempt 2",
      "  ended        2026-11-22 01:02:06 UTC (3 min ago)",
      "  in Intercom  26",
      "  asked for",
      "    {",
      '      "kind": "note",',
      '      "text": "Approved."',
      "    }",
    ]);
  });

  it("that wrote attributes is shown as what they went from and to", () => {
    const changes = [
      ["stripe_plan", null, "Team"],
      ["stripe_delinquent", true, false],
    ];
    const written: EffectDetails = {
      ...entry,
      id: "write_3",
      kind: "attributes",
      effect: { kind: "attributes", changes },
    };
    expect(describeEntry(written, "2026-11-22T01:05:06.000Z").slice(-3)).toEqual([
      "  asked for",
      "    stripe_plan        none → Team",
      "    stripe_delinquent  true → false",
    ]);
  });

  it("that failed is shown with its reason and the way out", () => {
    const lines = describeEntry({ ...failed, account: "shop" }, "2026-11-22T01:05:06.000Z");
    expect(lines).toContain("  customer     cus_1 (account shop)");
    expect(lines).toContain("  error        EFFECT_UNCERTAIN: It cannot be told whether this message arrived.");
    expect(lines.at(-1)).toBe("  → dunlin effects settle eff_12 --as confirmed");
  });
});
