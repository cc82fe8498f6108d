/** Companies as Intercom answers them, in every form that it has for the same thing. */
import { describe, expect, it } from "vitest";
import type { IntercomClient, IntercomRequest } from "./client.ts";
import {
  attachCompany,
  findCompanyByOwnId,
  getCompany,
  isAttached,
  scrollCompanies,
  updateCompany,
  upsertCompany,
} from "./companies.ts";
import { IntercomNotFound } from "./failure.ts";

const options = { lane: "calm" } as const;
const details = { status: 404, vendorCode: "company_not_found", requestId: null };

/** Answers every request with this body; an error is thrown. */
function answering(body: unknown): { client: IntercomClient; asked: () => IntercomRequest<unknown>[] } {
  const asked: IntercomRequest<unknown>[] = [];
  const client: IntercomClient = {
    async request(request) {
      await Promise.resolve();
      asked.push(request);
      if (body instanceof Error) throw body;
      return { data: request.schema.parse(body), requestId: "r1", headers: {} };
    },
    close: async () => undefined,
  };
  return { client, asked: () => asked };
}

const wire = {
  type: "company",
  id: "c1",
  company_id: "acme",
  name: "Acme",
  plan: { type: "plan", id: "1", name: "Pro" },
  monthly_spend: 49,
  custom_attributes: { status: "active", list: [1], nothing: null },
};
const acme = {
  id: "c1",
  companyId: "acme",
  name: "Acme",
  plan: "Pro",
  monthlySpend: 49,
  customAttributes: { status: "active", nothing: null },
};

describe("a company", () => {
  it("is read with plain attributes only", async () => {
    expect(await getCompany(answering(wire).client, "c1", options)).toEqual(acme);
  });

  it.each([[{}], [null], [{ name: "" }], [undefined]])("that was never told a plan shows none: %j", async (plan) => {
    const bare = { id: "c1", company_id: "acme", plan };
    expect(await getCompany(answering(bare).client, "c1", options)).toEqual({
      id: "c1",
      companyId: "acme",
      name: null,
      plan: null,
      monthlySpend: 0,
      customAttributes: {},
    });
  });

  it.each([
    ["itself", wire],
    ["a list of one", { type: "list", data: [wire] }],
    ["a list with others", { type: "list", data: [{ ...wire, id: "c2", company_id: "other" }, wire] }],
  ])("is found by the business's id when the answer is %s", async (_name, body) => {
    const { client, asked } = answering(body);
    expect(await findCompanyByOwnId(client, "acme", options)).toEqual(acme);
    expect(asked()[0]).toMatchObject({ query: { company_id: "acme" }, effect: "read" });
  });

  it("is not found when there is none, or only another one", async () => {
    const nothing = new IntercomNotFound("Nothing.", details);
    expect(await findCompanyByOwnId(answering(nothing).client, "acme", options)).toBeNull();
    expect(await findCompanyByOwnId(answering(wire).client, "Acme", options)).toBeNull();
  });

  it("is written with what the patch names, by Intercom's names", async () => {
    const { client, asked } = answering(wire);
    await upsertCompany(client, { companyId: "acme", patch: { plan: "Pro", monthlySpend: 49 } }, options);
    await updateCompany(client, { id: "c1", patch: { customAttributes: { status: null } } }, options);
    expect(asked().map(({ body }) => JSON.parse(JSON.stringify(body)) as unknown)).toEqual([
      { company_id: "acme", plan: "Pro", monthly_spend: 49 },
      { custom_attributes: { status: null } },
    ]);
  });
});

describe("a contact's companies", () => {
  it.each(["data", "companies"])("are read from `%s`", async (field) => {
    const { client } = answering({ type: "list", [field]: [wire] });
    expect(await isAttached(client, { contactId: "p1", companyId: "c1" }, options)).toBe(true);
    expect(await isAttached(client, { contactId: "p1", companyId: "c2" }, options)).toBe(false);
  });

  it("are added to by Intercom's id of the company", async () => {
    const { client, asked } = answering(wire);
    expect(await attachCompany(client, { contactId: "p1", companyId: "c1" }, options)).toBe("r1");
    expect(asked()[0]).toMatchObject({ params: { contactId: "p1" }, body: { id: "c1" }, effect: "idempotent" });
  });
});

describe("the scroll", () => {
  it("goes on with the parameter that came with the page", async () => {
    const { client, asked } = answering({ type: "list", data: [wire], pages: null, scroll_param: "s1" });
    expect(await scrollCompanies(client, "s0", options)).toEqual({ companies: [acme], cursor: "s1" });
    expect(asked()[0]).toMatchObject({ query: { scroll_param: "s0" } });
  });

  it("ends with an empty page or with none at all", async () => {
    expect(await scrollCompanies(answering({ data: [] }).client, "s1", options)).toEqual({
      companies: [],
      cursor: null,
    });
    expect(await scrollCompanies(answering(null).client, "s1", options)).toEqual({ companies: [], cursor: null });
  });
});
