/** An operator's own program leaves notes and sends messages through the ledger, over HTTP, and people look into it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { effectDetails, effectPage, type EffectDetails } from "../../contract/effect.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { createHome, type Home } from "../support/home.ts";
import { runCommand } from "../support/process.ts";
import { contactOf, findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import { environmentFor, startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

const patience = { withinMs: 20_000 };

describe("effects over HTTP", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;
  let customerId: string;
  let contactId: string;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 6 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
    const customer = await findSteadyCustomer(sandbox);
    customerId = customer.id;
    contactId = contactOf(sandbox, customer.metadata["user_id"] ?? "").id;
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  async function send(effect: Readonly<Record<string, unknown>>): Promise<EffectDetails> {
    const answer = await fetch(`${dunlin.url}/api/effects`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ customerId, ...effect }),
    });
    expect(answer.status).toBe(202);
    return effectDetails.parse(await answer.json());
  }

  async function ended({ id }: EffectDetails): Promise<EffectDetails> {
    return eventually(async () => {
      const entry = effectDetails.parse(await (await fetch(`${dunlin.url}/api/effects/${id}`)).json());
      expect(["confirmed", "failed"]).toContain(entry.state);
      return entry;
    }, patience);
  }

  it("a note arrives once, however often its program asks and whatever happens to the answer", async () => {
    sandbox.faults.add({ vendor: "intercom", pathPattern: "/notes$", method: "POST", kind: "reset-after", count: 1 });
    const note = { key: "refund:re_1", kind: "note", text: "The refund of 49 EUR was approved." };
    const [first] = await Promise.all([send(note), send(note), send(note)]);
    const entry = await ended(first);
    await send(note);

    expect(entry).toMatchObject({ state: "confirmed", endedHow: "look", attempt: 1, contactId });
    expect(sandbox.intercom.notesOn(contactId)).toHaveLength(1);
  });

  it("a chat message arrives and its conversation is known", async () => {
    const entry = await ended(await send({ key: "hello", kind: "message", channel: "inapp", text: "Hello!" }));

    expect(entry).toMatchObject({ state: "confirmed", endedHow: "answer" });
    expect(sandbox.intercom.messagesTo(contactId).map(({ id }) => id)).toEqual([entry.objectId]);
    expect(sandbox.intercom.conversationsOf(contactId).map(({ id }) => id)).toEqual([entry.conversationId]);
  });

  it("writes of attributes stand in the ledger too", async () => {
    sandbox.stripe.scenarios.addCredit(customerId, 100);
    await dunlin.settled();
    const answer = await fetch(`${dunlin.url}/api/effects?customer=${customerId}&kind=attributes`);
    const { effects } = effectPage.parse(await answer.json());

    expect(effects.length).toBeGreaterThan(0);
    expect(effects[0]).toMatchObject({ state: "confirmed", contactId, key: expect.stringMatching(/^contact:/) });
  });

  it("the command line lists, shows and settles", async () => {
    const refused = { key: "ticket:1", kind: "ticket", ticketTypeId: "999999", title: "Nobody knows this type" };
    const failed = await ended(await send(refused));
    expect(failed.state).toBe("failed");
    const env = {
      ...environmentFor(sandbox.url, dunlin.port),
      DUNLIN_DATA_DIR: home.dataDir,
      DATABASE_URL: home.databaseUrl,
    };
    const list = await runCommand(["effects", "list", "--state", "failed"], env);
    expect(list.output).toContain(failed.id);
    expect(list.output).toContain("dunlin replay dead");
    const shown = await runCommand(["effects", "show", failed.id, "--json"], env);
    expect(effectDetails.parse(JSON.parse(shown.output))).toMatchObject({ id: failed.id, state: "failed" });
    const settled = await runCommand(["effects", "settle", failed.id, "--as", "confirmed"], env);
    expect(settled).toMatchObject({ exitCode: 0, output: expect.stringContaining("decided by a person") });
    const again = await runCommand(["effects", "settle", failed.id, "--as", "failed"], env);
    expect(again).toMatchObject({ exitCode: 1, output: expect.stringContaining("never repeated or undone") });
  });
});
