/** What is wrong with a document is found when it is saved, with its place. */
import { describe, expect, it } from "vitest";
import { checkAgainstWorkspace, checkDocument, type WorkspaceAttributes } from "./check-document.ts";
import { presetDocument } from "./default-document.ts";

const one = { name: "tier", field: "plan", purpose: "Know it." };
const document = (...attributes: readonly object[]): object => ({ version: 1, attributes });

function problemsOf(input: unknown): readonly string[] {
  return checkDocument(input).problems.map(({ path, problem }) => `${path}: ${problem}`);
}

describe("a document that can be saved", () => {
  it.each(["stripe", "billing"] as const)("is the preset %s", (preset) => {
    expect(checkDocument(presetDocument(preset))).toMatchObject({ problems: [] });
  });

  it.each([
    ["a metadata key", { name: "tier", metadata: "crm_tier", type: "string", purpose: "x." }],
    [
      "an expression",
      { name: "vip", cel: 'profile.total_paid > 500.0 && profile.total_paid_currency == "EUR"', purpose: "x." },
    ],
    ["metadata in an expression", { name: "vip", cel: 'profile.metadata["tier"] == "a"', purpose: "x." }],
    ["a band", { ...one, field: "total_paid", precision: { bands: [100, 500] } }],
    ["money as text", { ...one, field: "mrr", type: "string", format: "money", locale: "de" }],
    ["a date as text", { ...one, field: "trial_end", type: "string", format: "date" }],
    ["a rounded whole number", { ...one, field: "total_paid", type: "integer", precision: { round: 10 } }],
    ["a whole number as a decimal", { ...one, field: "payment_count", type: "float" }],
  ])("has %s", (_what, attribute) => {
    expect(problemsOf(document(attribute))).toEqual([]);
  });
});

describe("an error", () => {
  it.each<[string, unknown, string]>([
    ["no document", null, "document: it is empty"],
    ["another format", { version: 2, attributes: [] }, "version: "],
    ["an unknown part", { version: 1, attributes: [], nope: 1 }, "nope: there is no “nope” here"],
    [
      "an unknown field",
      document({ ...one, field: "plann" }),
      "attributes[0].field: the profile has no field “plann”; did you mean “plan”?",
    ],
    ["no source", document({ name: "a", purpose: "x." }), "attributes[0]: exactly one of field, metadata and cel"],
    ["two sources", document({ ...one, metadata: "x" }), "attributes[0]: exactly one of field, metadata and cel"],
    ["no purpose", document({ name: "a", field: "plan" }), "attributes[0].purpose: "],
    ["no type", document({ name: "a", metadata: "x", purpose: "x." }), "attributes[0]: the type must be said"],
    [
      "a type that does not fit",
      document({ ...one, type: "integer" }),
      "attributes[0]: a value of type string cannot be written as integer",
    ],
    [
      "a decimal as a whole number",
      document({ ...one, field: "mrr", type: "integer" }),
      "attributes[0]: a value of type float cannot be written as integer",
    ],
    [
      "a band of text",
      document({ ...one, precision: { bands: [1] } }),
      "attributes[0]: only numbers can be rounded or put into bands",
    ],
    [
      "a band as a number",
      document({ ...one, field: "mrr", type: "float", precision: { bands: [1] } }),
      "attributes[0]: a band is text",
    ],
    ["money of text", document({ ...one, format: "money" }), "attributes[0]: the format money is for amounts"],
    ["a date of text", document({ ...one, format: "date" }), "attributes[0]: the format date is for dates"],
    [
      "a format without text",
      document({ ...one, field: "mrr", format: "money" }),
      "attributes[0]: the format money makes text",
    ],
    [
      "an unknown word in an expression",
      document({ name: "a", cel: "profile.plann == 1", purpose: "x." }),
      "attributes[0].cel: No such key: plann (character 9)",
    ],
    [
      "types that clash in an expression",
      document({ name: "a", cel: 'profile.mrr > "x"', purpose: "x." }),
      "attributes[0].cel: no such overload",
    ],
    [
      "half an expression",
      document({ name: "a", cel: "profile.mrr >", purpose: "x." }),
      "attributes[0].cel: Unexpected token",
    ],
    [
      "an expression that makes a list",
      document({ name: "a", cel: "[1, 2]", purpose: "x." }),
      "attributes[0].cel: it answers a list",
    ],
    [
      "an expression like a bomb",
      document({ name: "a", cel: Array.from({ length: 600 }, () => "1").join("+"), purpose: "x." }),
      "attributes[0].cel: ",
    ],
    [
      "a name twice",
      document(one, { ...one, name: "TIER" }),
      "attributes[1].name: “TIER” stands at attributes[0].name already",
    ],
    [
      "Intercom's own name",
      document({ ...one, name: "Email" }),
      "attributes[0].name: “Email” is a field of Intercom's own",
    ],
    ["a name that Intercom does not take", document({ ...one, name: "a.b" }), "attributes[0].name: a letter first"],
    [
      "a name of people and companies",
      { ...document(one), companies: { key: "customer", attributes: [one] } },
      "companies.attributes[0].name: attributes[0].name has this name too",
    ],
    ["a retired name in use", { ...document(one), retired: ["tier"] }, "retired[0]: “tier” is still mapped"],
    [
      "a retired name in use by companies",
      {
        ...document(one),
        companies: { on: true, key: "customer", attributes: [{ ...one, name: "org" }] },
        retired: ["org"],
      },
      "retired[0]: “org” is still mapped",
    ],
    [
      "too many",
      document(...Array.from({ length: 251 }, (_, index) => ({ ...one, name: `a${index}` }))),
      "attributes: 251 attributes are on; Intercom takes 250",
    ],
    [
      "no currency",
      { ...document(), companies: { key: "customer", monthlySpend: { currency: "Euro" } } },
      "companies.monthlySpend.currency: three small letters",
    ],
    ["an unknown moment", { ...document(), events: { paid: { on: true } } }, "events.paid: there is no moment “paid”"],
  ])("is %s", (_what, input, problem) => {
    expect(problemsOf(input)).toEqual(expect.arrayContaining([expect.stringContaining(problem)]));
    expect(checkDocument(input).document).toBeUndefined();
  });
});

describe("a warning", () => {
  it("is an amount without its currency", () => {
    const input = document({ name: "vip", cel: "profile.total_paid > 500.0", purpose: "x." });
    expect(problemsOf(input)).toEqual([
      "attributes[0].cel: profile.total_paid is in each customer's own currency; say which one is meant with profile.total_paid_currency, or use profile.total_paid_reporting",
    ]);
    expect(checkDocument(input).document).toBeDefined();
  });
});

describe("what the workspace has", () => {
  const { document: checked } = checkDocument({
    ...document({ ...one, field: "mrr" }),
    companies: { on: true, key: "customer", attributes: [{ name: "seats", field: "payment_count", purpose: "x." }] },
  });
  const against = (workspace: Partial<WorkspaceAttributes>): readonly string[] =>
    checked
      ? checkAgainstWorkspace(checked, { people: [], companies: [], ...workspace }).map(
          ({ path, problem }) => `${path}: ${problem}`,
        )
      : ["unchecked"];

  it("may hold the attribute already", () => {
    const people = [{ name: "tier", type: "float" }];
    expect(against({ people, companies: [{ name: "seats", type: "integer" }] })).toEqual([]);
  });

  it("clashes when the type is another one", () => {
    const people = [{ name: "tier", type: "string" }];
    expect(against({ people, companies: [{ name: "seats", type: "boolean" }] })).toEqual([
      "attributes[0].name: Intercom has “tier” as string, and float is needed; it cannot change a type",
      "companies.attributes[0].name: Intercom has “seats” as boolean, and integer is needed; it cannot change a type",
    ]);
  });

  it("clashes when the other model has the name", () => {
    const people = [{ name: "seats", type: "integer" }];
    expect(against({ people, companies: [{ name: "tier", type: "float" }] })).toEqual([
      "attributes[0].name: companies have an attribute “tier” in Intercom already",
      "companies.attributes[0].name: people have an attribute “seats” in Intercom already",
    ]);
  });

  it("may leave no room, both models together", () => {
    const many = (count: number, name: string): WorkspaceAttributes["people"] =>
      Array.from({ length: count }, (_, index) => ({ name: `${name}_${index}`, type: "string" }));
    expect(against({ people: many(200, "p"), companies: many(48, "c") })).toEqual([]);
    expect(against({ people: many(200, "p"), companies: many(49, "c") })).toEqual([
      expect.stringContaining("249 custom attributes, and 2 would be added: Intercom takes 250 in all"),
    ]);
  });

  it("is warned of when Intercom's native Stripe app is at work", () => {
    const people = [{ name: "stripe_id", type: "string" }];
    const problems = checkAgainstWorkspace(presetDocument("stripe"), { people, companies: [] });
    expect(problems.every(({ severity }) => severity === "warning")).toBe(true);
    expect(problems.length).toBeGreaterThan(10);
  });
});
