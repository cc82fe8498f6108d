/** The line of `doctor` about notifications. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { saveDocument } from "../documents/store.ts";
import { noteTopic } from "../signals/store.ts";
import { checkNotifications } from "./check-notifications.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.pool.query("truncate signal_topics, documents");
});
afterAll(() => database.drop());

async function applyRule(mode: string): Promise<void> {
  const steps = [{ tag: "vip" }, { wait: { for: "2 days", orReply: true } }, { untag: "vip" }];
  const rule = {
    name: "thanks",
    description: "Thanks.",
    purpose: "Thanks.",
    mode,
    on: { signal: "unsubscribed" },
    steps,
  };
  const body = { version: 1, rules: [rule] };
  await saveDocument(database.pool, { kind: "rules", body, basedOn: 0, by: "test" });
}

const check = () => checkNotifications(database.pool);

describe("the check of notifications", () => {
  it("is content when nothing needs any", async () => {
    expect(await check()).toMatchObject({ state: "ok" });
    await applyRule("draft");
    expect(await check()).toMatchObject({ state: "ok" });
  });

  it("names what rules in force need, as long as it never came", async () => {
    await applyRule("live");
    const before = await check();
    expect(before).toMatchObject({ state: "warning", remedy: expect.stringContaining("Developer Hub") });
    for (const topic of ["conversation.user.replied", "contact.unsubscribed"]) await noteTopic(database.pool, topic);
    const between = await check();
    expect(between.detail).toContain("conversation.user.created");
    expect(between.detail).not.toContain("contact.unsubscribed");
    for (const topic of ["conversation.user.created", "ticket.contact.replied"]) await noteTopic(database.pool, topic);
    expect(await check()).toMatchObject({ state: "ok", detail: expect.stringMatching(/^4 topics came/) });
  });
});
