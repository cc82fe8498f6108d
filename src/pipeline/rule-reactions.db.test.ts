/** Before a wait for an answer ends by time Intercom is asked: what becomes of the wait when Intercom cannot tell. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mint } from "../../test/support/builders.ts";
import { link } from "../../test/support/effect-cast.ts";
import { message } from "../../test/support/rule-documents.ts";
import { RuleScene } from "../../test/support/rule-scene.ts";
import type { IntercomClient } from "../intercom/client.ts";
import {
  IntercomContactMerged,
  IntercomForbidden,
  IntercomNotFound,
  IntercomPlanRestricted,
  IntercomRateLimited,
} from "../intercom/failure.ts";
import { dayS } from "../lib/day.ts";
import { keepSignals } from "../signals/store.ts";
import { Contexts } from "./context.ts";
import type { RuleWorker } from "./rule-worker.ts";

let scene: RuleScene;
let worker: RuleWorker;
/** What Intercom answers to a question about this contact; of conversations nobody says whose. */
let answer: (contactId: string | undefined) => Error;
const asked: (string | undefined)[] = [];

beforeAll(async () => {
  scene = await RuleScene.open();
  await scene.worker.stop();
  const intercom: IntercomClient = {
    request: ({ params }) => {
      asked.push(params?.["id"]);
      return Promise.reject(answer(params?.["id"]));
    },
    close: async () => undefined,
  };
  const contexts = new Contexts([{ ...scene.ground.contexts.main, intercom }]);
  ({ worker } = scene.another("w2", { ground: { ...scene.ground, contexts } }));
  const note = { note: { text: "hello" } };
  await scene.save([
    { steps: [message, { wait: { for: "2 days", orReply: true } }, { tag: "Silent" }] },
    { name: "other", steps: [note] },
  ]);
});
afterAll(() => scene.close());

const details = { status: 404, vendorCode: null, requestId: null };

async function pass(seconds: number): Promise<void> {
  scene.pass(seconds);
  worker.wake();
  await scene.settle();
}

/** Somebody who got a message, and whose two days to answer are over. */
async function waited(contactId = mint("contact")): Promise<string> {
  const customer = await scene.customer();
  await link(scene.database.pool, customer, contactId);
  await scene.match(customer);
  await pass(0);
  await scene.effectsEnd(customer);
  asked.length = 0;
  await pass(2 * dayS);
  return customer;
}

describe("a wait for an answer whose time is over", () => {
  it("goes on while Intercom has no time to say whether there was one, and holds up no other run", async () => {
    answer = () => new IntercomRateLimited(1_000, { ...details, status: 429 });
    const customer = await waited();
    expect(asked).toHaveLength(2);
    expect(await scene.kinds(customer)).toEqual(["message"]);
    await scene.match(customer, {}, "other");
    await pass(0);
    expect(await scene.kinds(customer)).toEqual(["message", "note"]);

    answer = () => new IntercomNotFound("It is gone.", details);
    await pass(30);
    expect(await scene.kinds(customer)).toEqual(["message", "note", "tag"]);
  });

  it.each([
    ["the contact is gone", new IntercomNotFound("It is gone.", details)],
    ["the app may not read conversations", new IntercomForbidden(null, { ...details, message: "No." })],
    ["the workspace's plan has no conversations", new IntercomPlanRestricted("No.", details)],
  ])("ends when %s", async (_what, error) => {
    answer = () => error;
    expect(await scene.kinds(await waited())).toEqual(["message", "tag"]);
  });

  it("asks for the contact into which theirs was merged, who goes on with what is known of them", async () => {
    const [contactId, survivorId] = [mint("contact"), mint("contact")];
    const said = { id: "n1", kind: "replied", conversationId: "1", tag: null, atS: 1, source: "notification" } as const;
    await keepSignals(scene.database.pool, [{ ...said, contactId }]);
    answer = (id) =>
      id === contactId ? new IntercomContactMerged(survivorId, details) : new IntercomNotFound("It is gone.", details);
    await waited(contactId);

    const text = "select 1 from signals where contact_id = $1";
    expect(asked).toContain(survivorId);
    expect((await scene.database.pool.query(text, [survivorId])).rowCount).toBe(1);
  });
});
