import { describe, expect, it } from "vitest";
import { createTestClient } from "./test-client.ts";

const plan = { name: "billing_plan", model: "contact", data_type: "string" };

describe("custom attribute definitions", () => {
  it("are listed beside the standard ones, archived ones only on request", async () => {
    const { call } = createTestClient();
    const id = (await call("POST", "/data_attributes", plan)).get("id");
    const names = async (query: string) => JSON.stringify((await call("GET", `/data_attributes${query}`)).get("data"));

    expect(await names("?model=contact")).toContain('"full_name":"custom_attributes.billing_plan"');
    expect(await names("?model=contact")).toContain('"full_name":"signed_up_at"');
    expect(await names("?model=company")).not.toContain("billing_plan");
    await call("PUT", `/data_attributes/${String(id)}`, { archived: true });
    expect(await names("?model=contact")).not.toContain("billing_plan");
    expect(await names("?include_archived=true")).toContain("billing_plan");
    expect((await call("GET", "/data_attributes?model=conversation")).status).toBe(422);
  });

  it("read dates back as dates and lists as texts with options", async () => {
    const { call } = createTestClient();
    const date = await call("POST", "/data_attributes", { ...plan, name: "at", data_type: "datetime" });
    const list = await call("POST", "/data_attributes", {
      ...plan,
      data_type: "options",
      options: [{ value: "a" }, { value: "b" }],
    });

    expect(date.get("data_type")).toBe("date");
    expect(list.body).toMatchObject({
      data_type: "string",
      options: ["a", "b"],
      messenger_writable: false,
      custom: true,
    });
  });

  it.each([
    [
      { ...plan, model: "company" },
      "You already have 'billing_plan' in your people data. To save this as new company data, use a different name.",
    ],
    [
      plan,
      "You already have 'billing_plan' in your people data. To save this as new people data, use a different name.",
    ],
    [
      { ...plan, name: "email" },
      "You already have 'email' in your people data. To save this as new people data, use a different name.",
    ],
    [
      { ...plan, name: "a.b" },
      "Your name for this attribute must only contain alphanumeric characters, currency symbols, and hyphens",
    ],
    [
      { ...plan, name: "US$" },
      "Your name for this attribute must only contain alphanumeric characters, currency symbols, and hyphens",
    ],
    [{ ...plan, name: "n", data_type: "toString" }, "Data Type isn't an option"],
    [{ ...plan, name: "n", model: "ticket" }, "The Data Attribute model field must be either contact or company"],
    [{ ...plan, name: "n", data_type: "options", options: { value: "a" } }, "Options isn't an array"],
    [{ ...plan, name: "n", colour: "red" }, "bad 'colour' parameter"],
  ])("refuse %j", async (body, message) => {
    const { call } = createTestClient();
    await call("POST", "/data_attributes", plan);
    const answer = await call("POST", "/data_attributes", body);

    expect([answer.status, answer.get("errors", 0, "message")]).toEqual([400, message]);
  });

  it("cannot change their type, and are at most 250", async () => {
    const { call, intercom } = createTestClient();
    const id = String((await call("POST", "/data_attributes", plan)).get("id"));
    expect((await call("PUT", `/data_attributes/${id}`, { data_type: "integer" })).status).toBe(400);
    expect((await call("PUT", "/data_attributes/9999", { archived: true })).get("errors", 0, "code")).toBe(
      "field_not_found",
    );

    for (let n = 1; n < 250; n += 1) intercom.addAttribute({ ...plan, name: `n${n}` });
    expect((await call("POST", "/data_attributes", { ...plan, name: "n250" })).status).toBe(400);
  });
});
