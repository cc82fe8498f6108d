import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createTestClient, type TestClient } from "./test-client.ts";

function listening(): TestClient {
  const client = createTestClient();
  client.intercom.setWebhookUrl("http://127.0.0.1:9/hook");
  return client;
}

const topics = (client: TestClient) => client.hooks().map((hook) => hook.topic);

describe("webhooks", () => {
  it("are signed with SHA-1 over the raw body and retried once after a minute", async () => {
    const { kernel, call } = listening();
    await call("POST", "/contacts", { email: "a@b.c" });
    const [delivery] = kernel.delivered;

    expect(delivery).toMatchObject({ vendor: "intercom", url: "http://127.0.0.1:9/hook", retryDelaysMs: [60_000] });
    const mac = createHmac("sha1", "secret").update(String(delivery?.body)).digest("hex");
    expect(delivery?.sign(0)).toMatchObject({ "x-hub-signature": `sha1=${mac}` });
    expect(JSON.parse(String(delivery?.body))).toMatchObject({
      type: "notification_event",
      topic: "contact.user.created",
      app_id: "dl1sandbox",
      delivery_attempts: 1,
      data: { type: "notification_event_data", item: { type: "contact", email: "a@b.c" } },
    });
  });

  it("tell of a contact's whole life, our own writes included", async () => {
    const client = listening();
    const { call } = client;
    const id = String((await call("POST", "/contacts", { external_id: "x", email: "a@b.c" })).get("id"));
    const tag = String((await call("POST", "/tags", { name: "past-due" })).get("id"));
    await call("PUT", `/contacts/${id}`, { name: "Ann" });
    await call("PUT", `/contacts/${id}`, { name: "Ann" });
    await call("PUT", `/contacts/${id}`, { email: "ann@b.c" });
    await call("PUT", `/contacts/${id}`, { unsubscribed_from_emails: true });
    await call("POST", `/contacts/${id}/tags`, { id: tag });
    await call("POST", `/contacts/${id}/tags`, { id: tag });
    await call("DELETE", `/contacts/${id}/tags/${tag}`);
    await call("POST", `/contacts/${id}/archive`);
    await call("POST", `/contacts/${id}/unarchive`);
    await call("DELETE", `/contacts/${id}`);

    expect(topics(client)).toEqual([
      "contact.user.created",
      "contact.user.updated",
      "contact.email.updated",
      "contact.user.updated",
      "contact.unsubscribed",
      "contact.user.updated",
      "contact.user.tag.created",
      "contact.user.tag.deleted",
      "contact.archived",
      "contact.unarchive",
      "contact.deleted",
    ]);
    expect(client.hooks().at(-1)?.item).toEqual({ type: "contact", id, external_id: "x", deleted: true });
    expect(client.hooks()[6]?.item).toMatchObject({ tag: { id: tag, name: "past-due" }, contact: { id } });
  });

  it("name the merged source beside the survivor", async () => {
    const client = listening();
    const lead = client.intercom.seedContact({ role: "lead", email: "a@b.c" });
    const user = client.intercom.seedContact({ external_id: "x" });
    client.intercom.mergeContacts(lead.id, user.id);

    expect(client.hooks()).toMatchObject([
      { topic: "contact.merged", item: { id: user.id, merged_from: { id: lead.id } } },
    ]);
  });

  it("are silent about seeded people, unticked topics and when nobody listens", async () => {
    const client = listening();
    client.intercom.seedContact({ email: "seed@b.c" });
    client.intercom.setWebhookTopics(["contact.deleted"]);
    await client.call("POST", "/contacts", { email: "a@b.c" });
    client.intercom.setWebhookUrl(null);
    client.intercom.deleteContact(String(client.intercom.contacts()[0]?.id));

    expect(client.hooks()).toEqual([]);
  });

  it("can be tested with a ping", () => {
    const client = listening();
    client.intercom.ping();
    expect(topics(client)).toEqual(["ping"]);
  });
});
