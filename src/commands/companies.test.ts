/** What people read about companies. */
import { describe, expect, it } from "vitest";
import type { CompanyDetails, CompanyEntry } from "../../contract/companies.ts";
import { describeCompanies, describeCompany } from "./companies.ts";

function anEntry(parts: Partial<CompanyEntry> = {}): CompanyEntry {
  return {
    key: "acme",
    state: "shown",
    intercomId: "c1",
    url: null,
    name: "Acme GmbH",
    plan: "Team",
    monthlySpend: 49,
    customers: 2,
    contacts: 1,
    isDue: false,
    isDead: false,
    error: null,
    writtenAt: "2026-11-22T01:00:00.000Z",
    ...parts,
  };
}

function someDetails(parts: Partial<CompanyDetails> = {}): CompanyDetails {
  return { ...anEntry(), attributes: {}, unknowns: [], members: [], links: [], writes: [], ...parts };
}

const now = "2026-11-22T01:05:00.000Z";

describe("the list", () => {
  it("is a table with aligned columns", () => {
    expect(
      describeCompanies([anEntry(), anEntry({ key: "globex", name: null, plan: null, monthlySpend: null })]),
    ).toEqual([
      "KEY     NAME       PLAN  SPEND  CUSTOMERS  CONTACTS  STATE",
      "acme    Acme GmbH  Team     49          2         1  up to date",
      "globex  –          –         –          2         1  up to date",
    ]);
  });

  it.each<[string, Partial<CompanyEntry>, string]>([
    ["waits for a contact", { state: "waiting", intercomId: null }, "no contact yet"],
    ["is being written", { isDue: true }, "being written"],
    ["was deleted", { state: "gone" }, "deleted in Intercom"],
    ["was given up", { isDead: true }, "given up"],
  ])("says that a company %s", (_name, parts, text) => {
    expect(describeCompanies([anEntry(parts)])[1]).toMatch(new RegExp(`${text}$`));
  });

  it("says below each that needs a person what is wrong and what to do", () => {
    const error = { code: "COMPANY_TOO_LARGE", message: "Too many." };
    const lines = describeCompanies([anEntry({ isDead: true, error }), anEntry({ key: "a b", state: "gone" })]);
    expect(lines.slice(2, 4)).toEqual(["  ! Too many.", "  → dunlin companies renew acme"]);
    expect(lines.at(-1)).toBe('  → to have it made again: dunlin companies renew "a b"');
  });
});

it("tells one company in full", () => {
  const lines = describeCompany(
    someDetails({
      monthlySpend: null,
      attributes: { acme_status: "active" },
      unknowns: [{ field: "monthly_spend", reason: "Several currencies." }],
      members: [
        { account: "main", customerId: "cus_1", contactId: "64b7" },
        { account: "shop", customerId: "cus_2", contactId: null },
      ],
      links: [{ contactId: "64b7", state: "found" }],
      writes: [
        {
          kind: "update",
          changes: [{ field: "plan", before: null, after: "Team" }],
          requestId: null,
          at: "2026-11-22T01:00:00.000Z",
        },
      ],
    }),
    now,
  );
  expect(lines).toEqual([
    "acme: up to date",
    "  name           Acme GmbH",
    "  plan           Team",
    "  monthly spend  –",
    "  acme_status    active",
    "  in Intercom    c1",
    "  last written   2026-11-22 01:00:00 UTC (5 min ago)",
    "  ! monthly_spend is not known: Several currencies.",
    "",
    "Customers (2)",
    "  cus_1  main  64b7        was attached already",
    "  cus_2  shop  no contact",
    "",
    "Latest writes",
    "  2026-11-22 01:00:00 UTC (5 min ago)  update  plan  – → Team",
  ]);
});
