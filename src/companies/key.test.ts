/** Which company a customer counts to. */
import { describe, expect, it } from "vitest";
import { freeMailDomains } from "./free-mail.ts";
import { companyKeyOf, type KeyedCustomer } from "./key.ts";
import type { CompanyKeyRule } from "./rules.ts";

function aCustomer(parts: Partial<KeyedCustomer> = {}): KeyedCustomer {
  return { customerId: "cus_1", email: "jane@acme.example", metadata: {}, ...parts };
}

const byMetadata: CompanyKeyRule = { kind: "metadata", metadataKey: "org" };
const byDomain: CompanyKeyRule = { kind: "email_domain", exclude: new Set(["agency.example"]) };

describe("a key from metadata", () => {
  it.each<[string, string | undefined, string | null]>([
    ["is the value as it stands, capitals included", "Acme-7", "Acme-7"],
    ["loses blanks around it", "  42 ", "42"],
    ["is none when the key is missing", undefined, null],
    ["is none when the value is blank", "   ", null],
    ["is none when it holds what cannot be printed", "a\u0000b", null],
    ["is none when it breaks a line", "a\nb", null],
    ["is none when it is longer than any id", "x".repeat(256), null],
  ])("%s", (_name, value, key) => {
    expect(companyKeyOf(byMetadata, aCustomer({ metadata: value === undefined ? {} : { org: value } }))).toBe(key);
  });

  it("never comes from the object's own machinery", () => {
    expect(companyKeyOf({ kind: "metadata", metadataKey: "toString" }, aCustomer())).toBeNull();
  });
});

it("makes each customer a company by itself when the mapping says so", () => {
  expect(companyKeyOf({ kind: "customer" }, aCustomer())).toBe("cus_1");
});

describe("a key from the e-mail's domain", () => {
  it.each<[string, string | null, string | null]>([
    ["is the domain in small letters", "Jane@ACME.example", "acme.example"],
    ["is what stands behind the last @", '"a@b"@acme.example', "acme.example"],
    ["tells a subdomain from its domain", "jane@eu.acme.example", "eu.acme.example"],
    ["takes names of other scripts", "jane@bücher.example", "bücher.example"],
    ["is none without an e-mail", null, null],
    ["is none of a free mailbox", "jane@gmail.com", null],
    ["is none of a part of a mail provider", "jane@mail.gmx.de", null],
    ["is none of a domain that the mapping excludes", "jane@agency.example", null],
    ["is none of what is no address", "jane", null],
    ["is none without a person", "@acme.example", null],
    ["is none of a machine without domain", "jane@localhost", null],
    ["is none of a domain with an empty part", "jane@acme..example", null],
    ["is none of an address in brackets", "jane@[10.0.0.1]", null],
  ])("%s", (_name, email, key) => {
    expect(companyKeyOf(byDomain, aCustomer({ email }))).toBe(key);
  });
});

it("lists free mailboxes in small letters and as domains", () => {
  for (const domain of freeMailDomains) expect(domain).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/);
});
