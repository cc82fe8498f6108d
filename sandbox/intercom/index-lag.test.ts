import { describe, expect, it } from "vitest";
import { createTestClient, type TestClient } from "./test-client.ts";

describe("the searches for conversations and tickets", () => {
  it.each<[string, (client: TestClient, id: string) => Promise<unknown>]>([
    [
      "conversations",
      (client, id) => client.call("POST", "/conversations", { from: { type: "contact", id }, body: "Hi" }),
    ],
    [
      "tickets",
      (client, id) =>
        client.call("POST", "/tickets", {
          ticket_type_id: client.intercom.ticketTypes()[0]?.id,
          contacts: [{ id }],
          ticket_attributes: { _default_title_: "Hi" },
        }),
    ],
  ])("show new %s only after a while", async (what, make) => {
    const client = createTestClient({ searchLagMs: 5_000 });
    const { id } = client.intercom.seedContact({ role: "user", email: "ada@example.com" });
    await make(client, id);
    const query = { field: "contact_ids", operator: "=", value: id };
    const found = async (): Promise<unknown> =>
      (await client.call("POST", `/${what}/search`, { query })).get("total_count");

    expect(await found()).toBe(0);
    client.kernel.advance(6_000);
    expect(await found()).toBe(1);
  });
});

describe("texts", () => {
  it("are kept as HTML, with addresses as links", async () => {
    const client = createTestClient();
    const { id } = client.intercom.seedContact({ role: "user", email: "ada@example.com" });
    await client.call("POST", `/contacts/${id}/notes`, { body: "Tom & Ada\nhttps://a.example/x" });

    expect(client.intercom.notesOn(id).map(({ body }) => body)).toEqual([
      '<p>Tom &amp; Ada<br><a href="https://a.example/x" target="_blank">https://a.example/x</a></p>',
    ]);
  });
});
