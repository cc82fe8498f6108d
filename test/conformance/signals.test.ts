/** What people do in Intercom's sandbox, told by its notifications or, when those are lost, found by reading. */
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { INTERCOM_CLIENT_SECRET, INTERCOM_TOKEN } from "../../sandbox/sandbox.ts";
import { RateBudget } from "../../src/intercom/budget.ts";
import { createIntercomClient, type IntercomClient } from "../../src/intercom/client.ts";
import { IntercomNotFound } from "../../src/intercom/failure.ts";
import { createTicket } from "../../src/intercom/tickets.ts";
import { parseSignal, verifyIntercomSignature } from "../../src/intercom/webhook.ts";
import type { PersonSignals } from "../../src/model/person-signals.ts";
import type { KeptSignal } from "../../src/pipeline/keep-signals.ts";
import { readReaction } from "../../src/pipeline/read-reaction.ts";
import { receiveSignal } from "../../src/pipeline/receive-signal.ts";
import { findPersonSignals } from "../../src/signals/store.ts";
import { linkedCustomer } from "../support/effect-cast.ts";
import { createHome, type Home } from "../support/home.ts";
import { descriptionFile, loadRequestCheck } from "../support/intercom-description.ts";
import { startRecorder, type Recorder } from "../support/recorder.ts";
import { openSandbox } from "../support/sandbox.ts";

const check = loadRequestCheck();

describe("what people do", () => {
  let sandbox: Sandbox;
  let home: Home;
  let recorder: Recorder;
  let intercom: IntercomClient;
  let door: Server;
  let kept: KeptSignal[];
  let contactId: string;
  let people = 0;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 1 }), createHome()]);
    recorder = await startRecorder(sandbox.url);
    intercom = createIntercomClient({ baseUrl: recorder.url, token: INTERCOM_TOKEN, budget: new RateBudget({}) });
    door = await openDoor();
  });

  beforeEach(async () => {
    people += 1;
    contactId = await linkedCustomer(home.pool, sandbox, `person-${people}`);
    kept = [];
    sandbox.deliveries.set({ dropRate: 0 });
    sandbox.intercom.setSearchLagMs(0);
  });

  afterAll(async () => {
    await intercom.close();
    door.close();
    await recorder.close();
    await sandbox.close();
    await home.remove();
  });

  async function openDoor(): Promise<Server> {
    const server = createServer((incoming, reply) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
        const body = Buffer.concat(chunks);
        const header = incoming.headers["x-hub-signature"];
        const isGenuine = verifyIntercomSignature(body, String(header), INTERCOM_CLIENT_SECRET);
        if (isGenuine) await receiveSignal(home.pool, parseSignal(body), keep);
        reply.writeHead(isGenuine ? 200 : 400).end();
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    sandbox.intercom.setWebhookUrl(`http://127.0.0.1:${port}/`);
    return server;
  }

  async function keep(_tx: unknown, signals: readonly KeptSignal[]): Promise<void> {
    kept.push(...signals);
  }

  const nowS = (): number => sandbox.kernel.clock.nowS();

  async function heard(): Promise<readonly string[]> {
    await sandbox.deliveries.idle();
    return kept.map(({ kind }) => kind);
  }

  function read(sinceS: number): Promise<PersonSignals> {
    const ground = { pool: home.pool, intercom, nowMs: () => sandbox.kernel.clock.nowMs(), onKept: keep };
    return readReaction(ground, { contactId, sinceS }, { lane: "calm" });
  }

  /** Everything that one person can do and have done to them, each at a second of its own. */
  async function goThroughMuch(): Promise<void> {
    const { intercom: hands } = sandbox;
    const steps = [
      () => hands.userReplies(contactId, "Why did my payment fail?"),
      () => hands.teammateReplies(contactId, "Your card has expired."),
      () => hands.userStarts(contactId, "Another thing"),
      () => hands.closeConversations(contactId),
      () => hands.tagContact(contactId, "Billing-Issue"),
      () => hands.untagContact(contactId, "Billing-Issue"),
      () => hands.editContact(contactId, { unsubscribed_from_emails: true }),
    ];
    for (const step of steps) {
      step();
      await sandbox.clock.advance(2);
    }
  }

  it("is told by notifications, and known then", async () => {
    const sinceS = nowS();
    await goThroughMuch();

    expect((await heard()).toSorted()).toEqual(
      [
        "conversation_opened",
        "conversation_answered",
        "conversation_opened",
        "conversation_closed",
        "conversation_closed",
        "tagged",
        "untagged",
        "unsubscribed",
      ].toSorted(),
    );
    expect(kept.filter(({ kind }) => kind.endsWith("tagged")).map(({ tag }) => tag)).toEqual([
      "Billing-Issue",
      "Billing-Issue",
    ]);
    const found = await findPersonSignals(home.pool, contactId, sinceS);
    expect(found).toMatchObject({ repliedS: expect.any(Number), openConversations: 0, unsubscribed: true });
  });

  it("is found by reading when every notification is lost, and told of once", async () => {
    const sinceS = nowS();
    sandbox.deliveries.set({ dropRate: 1, dropVendor: "intercom" });
    await goThroughMuch();
    sandbox.intercom.userStarts(contactId, "Are you there?");
    expect(await heard()).toEqual([]);

    const found = await read(sinceS);
    expect(found).toMatchObject({ repliedS: expect.any(Number), openConversations: 1, unsubscribed: true });
    const told = await heard();
    expect(new Set(told)).toEqual(
      new Set(["conversation_opened", "conversation_answered", "conversation_closed", "unsubscribed"]),
    );
    expect(await read(sinceS)).toEqual(found);
    expect(await heard()).toEqual(told);
  });

  it("is told once when it is read and its notification comes as well", async () => {
    const sinceS = nowS();
    sandbox.deliveries.set({ paused: true });
    sandbox.intercom.userReplies(contactId, "Hello?");
    await read(sinceS);
    sandbox.deliveries.set({ paused: false });

    expect(await heard()).toEqual(["conversation_opened"]);
    await read(sinceS);
    expect(await heard()).toEqual(["conversation_opened"]);
  });

  it("is found in a conversation that began long before", async () => {
    sandbox.intercom.userReplies(contactId, "Hello?");
    await sandbox.clock.advance(40 * 86_400);
    await heard();
    const sinceS = nowS();
    expect((await read(sinceS)).repliedS).toBeNull();

    sandbox.deliveries.set({ dropRate: 1 });
    const { id } = sandbox.intercom.userReplies(contactId, "I am back.");
    expect(await read(sinceS)).toMatchObject({ repliedS: expect.any(Number), conversationId: id });
  });

  it("is believed while the search does not find it yet", async () => {
    const sinceS = nowS();
    sandbox.intercom.setSearchLagMs(60_000);
    sandbox.deliveries.set({ dropRate: 1 });
    sandbox.intercom.userReplies(contactId, "Hello?");

    expect(await read(sinceS)).toMatchObject({ repliedS: expect.any(Number), conversationId: null });
    sandbox.intercom.setSearchLagMs(0);
    expect(await heard()).toEqual(["replied"]);
  });

  it("counts in tickets, too", async () => {
    const sinceS = nowS();
    const [type] = sandbox.intercom.ticketTypes();
    const options = { lane: "calm" } as const;
    await createTicket(intercom, { contactId, ticketTypeId: type?.id ?? "", title: "Refund" }, options);
    sandbox.intercom.userRepliesToTicket(contactId, "Any news?");

    expect(await heard()).toEqual(["replied"]);
    expect(await findPersonSignals(home.pool, contactId, sinceS)).toMatchObject({ repliedS: expect.any(Number) });
  });

  it("is found with the survivor when the contact was merged and nobody told", async () => {
    const sinceS = nowS();
    sandbox.deliveries.set({ dropRate: 1 });
    const survivor = sandbox.intercom.seedContact({ external_id: `survivor-${people}`, email: "survivor@example.com" });
    sandbox.intercom.mergeContacts(contactId, survivor.id);
    sandbox.intercom.userReplies(survivor.id, "I have two addresses.");

    expect(await read(sinceS)).toMatchObject({ repliedS: expect.any(Number), openConversations: 1 });
    expect(kept).toMatchObject([{ contactId: survivor.id, customer: { customerId: `cus_person-${people}` } }]);
  });

  it("ends with the contact", async () => {
    sandbox.intercom.userReplies(contactId, "Hello?");
    sandbox.intercom.deleteContact(contactId);
    expect(await heard()).toContain("deleted");
    await expect(read(0)).rejects.toThrow(IntercomNotFound);
  });

  it.skipIf(check === undefined)(
    `is asked for only as version 2.16 describes (skipped without ${descriptionFile})`,
    () => {
      const asked = recorder.exchanges();
      expect(new Set(asked.map(({ path }) => path.replaceAll(/[0-9a-f]{24}/g, "{id}")))).toEqual(
        new Set(["/contacts/{id}", "/conversations/search", "/tickets"]),
      );
      expect(asked.flatMap((exchange) => check?.(exchange) ?? [])).toEqual([]);
    },
  );
});
