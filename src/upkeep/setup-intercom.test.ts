/** The attributes of companies exist before they are written, whatever is there already. */
import { describe, expect, it } from "vitest";
import type { IntercomClient } from "../intercom/client.ts";
import { IntercomRejected } from "../intercom/failure.ts";
import type { AttributeDefinition } from "../model/attribute.ts";
import { AttributeTypeClash, provisionCompanyAttributes } from "./setup-intercom.ts";

type Row = { readonly id: string; readonly name: string; readonly data_type: string; readonly archived: boolean };

const needed: AttributeDefinition = { name: "company_status", type: "string", description: "How it pays." };

function aRow(parts: Partial<Row> = {}): Row {
  return { id: "7", name: "company_status", data_type: "string", archived: false, ...parts };
}

/** A workspace with these attributes of companies; `refusal` answers every creation. */
function workspace(rows: readonly Row[], { refusal, later = rows }: { refusal?: Error; later?: readonly Row[] } = {}) {
  const calls: string[] = [];
  let lists = 0;
  const client: IntercomClient = {
    async request(request) {
      await Promise.resolve();
      calls.push(`${request.method} ${JSON.stringify(request.body ?? request.query)}`);
      if (request.method === "POST" && refusal) throw refusal;
      lists += request.method === "GET" ? 1 : 0;
      const body = request.method === "GET" ? { data: lists === 1 ? rows : later } : aRow();
      return { data: request.schema.parse(body), requestId: null, headers: {} };
    },
    close: async () => undefined,
  };
  return { client, writes: () => calls.filter((call) => !call.startsWith("GET")) };
}

const taken = new IntercomRejected(
  {
    code: "parameter_invalid",
    message: "You already have 'company_status' in your people data.",
    field: null,
    requestId: null,
  },
  { status: 400, vendorCode: "parameter_invalid", requestId: null },
);

describe("an attribute of companies", () => {
  it("is made when it is missing, and cannot be written from the Messenger", async () => {
    const { client, writes } = workspace([]);
    await provisionCompanyAttributes(client, [needed]);
    expect(writes()).toHaveLength(1);
    expect(writes()[0]).toContain('"model":"company"');
    expect(writes()[0]).toContain('"messenger_writable":false');
  });

  it("is left alone when it is there, also with a wider type", async () => {
    const { client, writes } = workspace([aRow({ data_type: "float" })]);
    await provisionCompanyAttributes(client, [{ ...needed, type: "integer" }]);
    expect(writes()).toEqual([]);
  });

  it("is brought back when it was archived", async () => {
    const { client, writes } = workspace([aRow({ archived: true })]);
    await provisionCompanyAttributes(client, [needed]);
    expect(writes()).toEqual(['PUT {"archived":false}']);
  });

  it("is a clash when it has another type", async () => {
    const { client, writes } = workspace([aRow({ data_type: "boolean" })]);
    await expect(provisionCompanyAttributes(client, [needed])).rejects.toThrow(AttributeTypeClash);
    expect(writes()).toEqual([]);
  });

  it("may be made by another node at the same moment", async () => {
    const { client } = workspace([], { refusal: taken, later: [aRow()] });
    await expect(provisionCompanyAttributes(client, [needed])).resolves.toBeUndefined();
  });

  it("cannot be made while people have one of that name", async () => {
    const { client } = workspace([], { refusal: taken });
    await expect(provisionCompanyAttributes(client, [needed])).rejects.toBe(taken);
  });

  it("is not asked for when the mapping has none", async () => {
    const { client, writes } = workspace([]);
    await provisionCompanyAttributes(client, []);
    expect(writes()).toEqual([]);
  });
});
