/** What rules name in Intercom is there, or somebody is told. */
/* oxlint-disable no-thenable -- the language has this word; nobody waits for a rule */
import { describe, expect, it } from "vitest";
import { rulesDocument, type RulesDocument } from "../../../contract/rule.ts";
import { aDocument, message } from "../../../test/support/rule-documents.ts";
import { checkWorkspaceThings, partsNamed, type WorkspaceThings } from "./workspace.ts";

const things: WorkspaceThings = {
  team: [
    { id: "5001", name: "Support" },
    { id: "5002", name: null },
  ],
  teammate: [{ id: "77", name: "Mara" }],
  ticketType: [{ id: "7001", name: "Billing question" }],
};

const read = (...steps: readonly object[]): RulesDocument => rulesDocument.parse(aDocument({ steps }));

function told(document: RulesDocument, known: Partial<WorkspaceThings> = {}): readonly string[] {
  const problems = checkWorkspaceThings(document, { ...things, ...known });
  return problems.map(({ code, path, problem, severity }) => `${severity} ${code} ${path}: ${problem}`);
}

describe("what rules name in Intercom", () => {
  const right = read(
    { assign: { team: "5001" } },
    { assign: { teammate: "77" } },
    { note: { text: "hello", from: "77" } },
    { ticket: { type: "7001", title: "hello", team: "5002", teammate: "77" } },
  );
  const wrong = read(
    { branch: [{ if: "profile.is_past_due", then: [{ assign: { team: "4711" } }] }] },
    { assign: { teammate: "78" } },
    { message: { channel: "chat", text: "hello", from: "79" } },
    { note: { text: "hello", from: "80" } },
    { ticket: { type: "7009", title: "hello", team: "4712", teammate: "81" } },
  );

  it("is fine where it is there", () => {
    expect(told(right)).toEqual([]);
  });

  it("is told with its place and what there is, and never refused", () => {
    expect(told(wrong)).toEqual([
      "warning TEAM_UNKNOWN rules[0].steps[0].branch[0].then[0].assign.team: Intercom has no team 4711; there are 5001 (Support), 5002",
      "warning TEAMMATE_UNKNOWN rules[0].steps[1].assign.teammate: Intercom has no teammate 78; there is 77 (Mara)",
      "warning TEAMMATE_UNKNOWN rules[0].steps[2].message.from: Intercom has no teammate 79; there is 77 (Mara)",
      "warning TEAMMATE_UNKNOWN rules[0].steps[3].note.from: Intercom has no teammate 80; there is 77 (Mara)",
      "warning TICKET_TYPE_UNKNOWN rules[0].steps[4].ticket.type: Intercom has no ticket type 7009; there is 7001 (Billing question)",
      "warning TEAM_UNKNOWN rules[0].steps[4].ticket.team: Intercom has no team 4712; there are 5001 (Support), 5002",
      "warning TEAMMATE_UNKNOWN rules[0].steps[4].ticket.teammate: Intercom has no teammate 81; there is 77 (Mara)",
    ]);
  });

  it("is not spoken of where it is not known", () => {
    expect(told(wrong, { team: null, teammate: null, ticketType: null })).toEqual([]);
    expect(told(read({ assign: { team: "1" } }), { team: [] })).toEqual([
      "warning TEAM_UNKNOWN rules[0].steps[0].assign.team: Intercom has no team 1",
    ]);
  });

  it("is asked for only where something is named", () => {
    expect(partsNamed(read(message))).toEqual([]);
    expect(partsNamed(read({ assign: { team: "1" } }))).toEqual(["team"]);
    expect(partsNamed(right)).toEqual(["team", "teammate", "ticketType"]);
  });
});
