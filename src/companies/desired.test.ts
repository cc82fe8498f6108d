/** The company that the mapping asks for. */
import { describe, expect, it } from "vitest";
import { aProfile } from "../../test/support/builders.ts";
import type { Profile } from "../model/profile.ts";
import { desiredCompany, type DesiredCompany, type NamingCustomer } from "./desired.ts";
import type { CompanyRules } from "./rules.ts";

const rules: CompanyRules = {
  key: { kind: "metadata", metadataKey: "org" },
  name: { kind: "customer_name" },
  plan: true,
  spendCurrency: "eur",
  attributes: [{ name: "billing_company_status", isShared: false, value: (p) => p.subscription?.status ?? null }],
  retiring: [],
  fingerprint: "f",
};

function aNaming(parts: Partial<NamingCustomer> = {}): NamingCustomer {
  return { customerId: "cus_1", createdS: 10, deleted: false, name: "Acme GmbH", metadata: {}, ...parts };
}

type Given = {
  readonly rules?: Partial<CompanyRules>;
  readonly profile?: Partial<Profile>;
  readonly customers?: readonly NamingCustomer[];
};

function desire({ rules: changed = {}, profile = {}, customers = [aNaming()] }: Given = {}): DesiredCompany {
  return desiredCompany({ ...rules, ...changed }, "acme", { customers, profile: aProfile(profile) });
}

it("shows plan, spend, name and attributes of all customers together", () => {
  expect(desire()).toEqual({
    name: "Acme GmbH",
    plan: "Pro",
    monthlySpend: 10,
    custom: { billing_company_status: "active" },
    unknowns: [],
  });
});

it("leaves alone what the mapping does not fill", () => {
  expect(desire({ rules: { plan: false, spendCurrency: null, attributes: [] } })).toMatchObject({
    plan: undefined,
    monthlySpend: undefined,
    custom: {},
  });
});

describe("monthly spend", () => {
  it.each<[string, Profile["recurring"], string, number]>([
    ["rounds half a unit up", { mrrMinor: 1050, arrMinor: 0, currency: "eur" }, "eur", 11],
    ["rounds less than half a unit down", { mrrMinor: 1049, arrMinor: 0, currency: "eur" }, "eur", 10],
    ["knows currencies without minor units", { mrrMinor: 1050, arrMinor: 0, currency: "jpy" }, "jpy", 1050],
    ["knows currencies of thousandths", { mrrMinor: 10_500, arrMinor: 0, currency: "kwd" }, "kwd", 11],
    ["is nothing without subscriptions", { mrrMinor: 0, arrMinor: 0, currency: null }, "eur", 0],
    ["is nothing in any currency", { mrrMinor: 0, arrMinor: 0, currency: "usd" }, "eur", 0],
    [
      "takes what just fits into Intercom's field",
      { mrrMinor: 214_748_364_749, arrMinor: 0, currency: "eur" },
      "eur",
      2_147_483_647,
    ],
  ])("%s", (_name, recurring, spendCurrency, monthlySpend) => {
    expect(desire({ rules: { spendCurrency }, profile: { recurring } })).toMatchObject({ monthlySpend, unknowns: [] });
  });

  it.each<[string, Profile["recurring"], RegExp]>([
    ["is in another currency", { mrrMinor: 1000, arrMinor: 0, currency: "usd" }, /in USD.*asks for EUR/],
    ["is of several currencies", { unknown: "Subscriptions are of several currencies." }, /several currencies/],
    ["does not fit into Intercom's field", { mrrMinor: 214_748_364_750, arrMinor: 0, currency: "eur" }, /2147483647/],
  ])("is not known when it %s, and says why", (_name, recurring, reason) => {
    const { monthlySpend, unknowns } = desire({ profile: { recurring } });
    expect(monthlySpend).toBeNull();
    expect(unknowns).toEqual([["monthly_spend", expect.stringMatching(reason)]]);
  });
});

describe("the name", () => {
  it.each<[string, Given, string | null]>([
    [
      "is the oldest customer's, who stays the oldest",
      { customers: [aNaming({ customerId: "cus_2", createdS: 20, name: "Acme UK" }), aNaming()] },
      "Acme GmbH",
    ],
    [
      "is that of who still exists",
      { customers: [aNaming({ deleted: true }), aNaming({ createdS: 20, name: "Acme UK" })] },
      "Acme UK",
    ],
    ["is that of whoever has one", { customers: [aNaming({ name: " " }), aNaming({ name: "Acme UK" })] }, "Acme UK"],
    ["is the key when nobody says one", { customers: [aNaming({ name: null })] }, "acme"],
    ["is the key when the mapping says so", { rules: { name: { kind: "key" } } }, "acme"],
    [
      "is what metadata say",
      {
        rules: { name: { kind: "metadata", metadataKey: "org_name" } },
        customers: [aNaming({ metadata: { org_name: "Acme Group" } })],
      },
      "Acme Group",
    ],
    ["ends where Intercom's texts end", { customers: [aNaming({ name: "x".repeat(300) })] }, `${"x".repeat(254)}…`],
  ])("%s", (_name, given, name) => {
    expect(desire(given).name).toBe(name);
  });
});

it("takes everything back when nobody pays for the company any more", () => {
  expect(desiredCompany(rules, "acme", null)).toEqual({
    name: null,
    plan: null,
    monthlySpend: null,
    custom: { billing_company_status: null },
    unknowns: [],
  });
});

it("takes out what is mapped no more, whether anybody pays for the company or not", () => {
  const without = { ...rules, attributes: [], retiring: ["old_status"] };
  expect(desire({ rules: without }).custom).toEqual({ old_status: null });
  expect(desiredCompany(without, "acme", null).custom).toEqual({ old_status: null });
});
