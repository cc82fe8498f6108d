/** Notifications become signals: once, for contacts of customers, and not for what we did ourselves. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { link } from "../../test/support/effect-cast.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { parseSignal } from "../intercom/webhook.ts";
import { findPersonSignals, keepSignals, listTopics } from "../signals/store.ts";
import type { KeptSignal } from "./keep-signals.ts";
import { receiveSignal } from "./receive-signal.ts";

const ada = "6762f0dd1bb69f9f2193bb83";
const bob = "5ab313046e4997e35bc13e7c";
const stranger = "000000000000000000000001";

let database: TestDatabase;
let kept: KeptSignal[];
let ids = 0;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.pool.query("truncate signals, signal_topics, identities, effects");
  await link(database.pool, "cus_ada", ada);
  await link(database.pool, "cus_bob", bob);
  kept = [];
});
afterAll(() => database.drop());

async function hear(topic: string, item: object, changes: { id?: string | null; createdS?: number } = {}) {
  ids += 1;
  const { id = `notif_${ids}`, createdS = 1_000 } = changes;
  const body = { type: "notification_event", id, topic, app_id: "abc", created_at: createdS, data: { item } };
  const signal = parseSignal(Buffer.from(JSON.stringify(body)));
  await receiveSignal(database.pool, signal, async (_tx, signals) => void kept.push(...signals));
}

function talk(id: string, contactId = ada, more: object = {}) {
  return { type: "conversation", id, contacts: { contacts: [{ type: "contact", id: contactId }] }, ...more };
}

const known = (contactId = ada, sinceS = 0) => findPersonSignals(database.pool, contactId, sinceS);

describe("a notification", () => {
  it("is kept, and told of with the customer it is about", async () => {
    await hear("conversation.user.replied", talk("215"), { id: "notif_a" });

    expect(kept).toEqual([
      {
        id: "notif_a",
        contactId: ada,
        kind: "replied",
        conversationId: "215",
        tag: null,
        atS: 1_000,
        source: "notification",
        customer: { account: "main", customerId: "cus_ada" },
      },
    ]);
    expect(await known()).toEqual({
      repliedS: 1_000,
      conversationId: "215",
      openConversations: 1,
      unsubscribed: false,
    });
    expect(await known(ada, 1_001)).toMatchObject({ repliedS: null, conversationId: "215" });
  });

  it("is told of once, however often it comes, with an id or without", async () => {
    for (const id of ["notif_a", null])
      await Promise.all([1, 2, 3].map(() => hear("conversation.user.replied", talk("215"), { id })));

    expect(kept).toHaveLength(2);
  });

  it("of a wish that was read before it came is told of once, and a later wish again", async () => {
    const { pool } = database;
    const read = { contactId: ada, kind: "unsubscribed", conversationId: null, tag: null, source: "reading" } as const;
    await keepSignals(pool, [{ ...read, id: "read_1", atS: 2_000 }]);
    await hear("contact.unsubscribed", { type: "contact", id: ada }, { createdS: 1_000 });
    expect(kept).toEqual([]);

    await hear("contact.subscribed", { type: "contact", id: ada }, { createdS: 3_000 });
    await hear("contact.unsubscribed", { type: "contact", id: ada }, { createdS: 4_000 });
    expect(kept.map(({ kind }) => kind)).toEqual(["subscribed", "unsubscribed"]);
  });

  it("about somebody who is no customer's contact is not kept", async () => {
    await hear("conversation.user.replied", talk("215", stranger));

    expect(kept).toEqual([]);
    expect((await listTopics(database.pool)).has("conversation.user.replied")).toBe(true);
    expect((await database.pool.query("select 1 from signals")).rowCount).toBe(0);
  });

  it("that names nobody counts for those who are known to be in the conversation", async () => {
    await hear("conversation.user.replied", talk("215"));
    await hear("conversation.deleted", { type: "conversation", id: 215 }, { createdS: 1_001 });

    expect((await known()).openConversations).toBe(0);
  });

  it("whose part is missing, as in other versions, still counts", async () => {
    await hear("conversation.user.replied", { type: "conversation", id: "215", user: { type: "user", id: ada } });
    await hear("ticket.contact.replied", { ticket: { id: "9", contacts: { data: [{ id: bob }] } } });

    expect((await known()).repliedS).toBe(1_000);
    expect((await known(bob)).repliedS).toBe(1_000);
  });

  it("of a tag carries its name", async () => {
    await hear("contact.user.tag.created", { tag: { id: "7", name: "VIP" }, contact: { type: "contact", id: ada } });

    expect(kept).toMatchObject([{ kind: "tagged", tag: "VIP", contactId: ada }]);
  });

  it("is not kept when what follows from it fails", async () => {
    const signal = parseSignal(
      Buffer.from(
        JSON.stringify({
          type: "notification_event",
          id: "notif_x",
          topic: "conversation.user.replied",
          created_at: 1_000,
          data: { item: talk("215") },
        }),
      ),
    );
    const failing = receiveSignal(database.pool, signal, () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    expect((await known()).repliedS).toBeNull();
  });
});

describe("a conversation in the contact's name", () => {
  const opened = (id: string, text: string) =>
    talk(id, ada, { source: { body: text, author: { type: "user", id: ada } }, created_at: 1_000 });

  async function weOpen(state: "sent" | "confirmed", objectId: string | null): Promise<void> {
    const body = JSON.stringify({ kind: "conversation", action: "open", text: "Card of Ada expires" });
    await database.pool.query(
      `insert into effects (account, key, customer_id, kind, lane, guarantee, state, body, fingerprint, contact_id, object_id, conversation_id)
       values ('main', 'k', 'cus_ada', 'conversation', 1, 'verified', $1, $2, 'f', $3, $4, $4)`,
      [state, body, ada, objectId],
    );
  }

  it("counts when they began it", async () => {
    await hear("conversation.user.created", opened("300", "Why was I charged?"));
    expect(kept).toMatchObject([{ kind: "conversation_opened", conversationId: "300" }]);
  });

  it("does not count when we began it", async () => {
    await weOpen("confirmed", "300");
    await hear("conversation.user.created", opened("300", "Card of Ada expires"));
    expect(kept).toEqual([]);
  });

  it("does not count while our call is under way, but their own words do", async () => {
    await weOpen("sent", null);
    await hear("conversation.user.created", opened("300", "<p>Card of Ada expires</p>"));
    expect(kept).toEqual([]);
    await hear("conversation.user.created", opened("301", "Help!"));
    expect(kept).toMatchObject([{ conversationId: "301" }]);
  });
});

describe("a contact that ends", () => {
  it("by a merge leaves its signals to the survivor", async () => {
    await hear("conversation.user.replied", talk("215", bob));
    await hear("contact.merged", { type: "contact", id: ada, merged_from: { id: bob } });

    expect(await known()).toMatchObject({ repliedS: 1_000, conversationId: "215", openConversations: 1 });
    expect(kept.map(({ kind, contactId }) => [kind, contactId])).toEqual([
      ["replied", bob],
      ["merged", ada],
    ]);
  });

  it("by a deletion leaves nothing but that, once", async () => {
    await hear("conversation.user.replied", talk("215"));
    for (let times = 0; times < 2; times += 1)
      await hear("contact.deleted", { type: "contact", id: ada, deleted: true }, { id: "notif_d" });

    const { rows } = await database.pool.query("select kind from signals");
    expect(rows).toEqual([{ kind: "deleted" }]);
    expect(kept.map(({ kind }) => kind)).toEqual(["replied", "deleted"]);
  });
});
