import { describe, expect, it } from "vitest";
import type { IdentityEntry } from "../../contract/identity.ts";
import { boardLines } from "./identity.ts";

const proposal = { contactId: "66f0c2aaaaaaaaaaaaaaaaaa", role: null, externalId: null, name: null, url: null };
const entry: IdentityEntry = {
  account: "main",
  customerId: "cus_1",
  label: "Thea",
  state: "quarantined",
  reason: "email_ambiguous",
  hint: "Several users share the e-mail.",
  contactId: null,
  matchedBy: null,
  leader: null,
  proposals: [proposal],
  decision: null,
};

describe("boardLines", () => {
  it("proposes the first contact that could be meant", () => {
    expect(boardLines([entry]).at(-1)).toContain(`dunlin identity link cus_1 ${proposal.contactId}`);
  });

  it("says what was decided while it is not carried out yet", () => {
    expect(boardLines([{ ...entry, decision: "ignore" }])).toContain("  decided: ignore; being carried out");
  });

  it.each<Partial<IdentityEntry>>([
    { state: "ignored", reason: "ignored_by_person", decision: "ignore" },
    { state: "linked", reason: null, contactId: proposal.contactId, decision: "link" },
    { reason: "contact_unknown", decision: "link" },
  ])("does not say so any more once it was: %j", (done) => {
    expect(boardLines([{ ...entry, ...done }]).join("\n")).not.toContain("being carried out");
  });

  it("does not propose a contact that does not exist", () => {
    const lines = boardLines([{ ...entry, reason: "contact_unknown", decision: "link" }]);
    expect(lines.at(-1)).toContain("dunlin identity link cus_1 <contact id>");
  });
});
