/** What comes while a turn is taken: other versions of the rules, decisions of people, other runs of the same person. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { aCopy, mint } from "../../test/support/builders.ts";
import { link } from "../../test/support/effect-cast.ts";
import { captureLog } from "../../test/support/log-capture.ts";
import { aRule, hello, message } from "../../test/support/rule-documents.ts";
import { RuleScene } from "../../test/support/rule-scene.ts";
import { saveDocument } from "../documents/store.ts";
import { claimEffects, releaseEffects } from "../effects/store.ts";
import { insertMatches } from "../rules/store.ts";
import { keepSignals } from "../signals/store.ts";
import { cancelRuns, decideDraft } from "../upkeep/rules/run-rows.ts";
import { objectionTo } from "./rule-departure.ts";
import { RuleBook } from "./rules-in-force.ts";

let scene: RuleScene;
const sources = (): RuleScene["sources"] => ({ link: async () => "https://example.com/l", saving: async () => null });

beforeAll(async () => {
  scene = await RuleScene.open();
});
afterEach(() => {
  scene.sources = sources();
});
afterAll(() => scene.close());

const linked = { en: { body: "[Pay]({{ link.try_again }})" } };

describe("an answer to a message", () => {
  it("is heard, also when it came before anybody knew that the message had arrived", async () => {
    await scene.save([{ steps: [message, { wait: { for: "2 days", orReply: true } }, { tag: "Lost" }] }]);
    const customer = await scene.customer();
    const contactId = mint("contact");
    const { pool } = scene.database;
    await link(pool, customer, contactId);
    await scene.trigger(customer);
    const text = "update effects set sent_at = to_timestamp($2), doubted_at = to_timestamp($2) where customer_id = $1";
    await pool.query(text, [customer, scene.nowS]);
    const reply = { id: "n1", kind: "replied", conversationId: "7", tag: null, source: "notification" } as const;
    await keepSignals(pool, [{ ...reply, contactId, atS: scene.nowS + 40 }]);
    // No answer came to the call: the message was found by looking for it.
    scene.pass(120);
    await scene.effectsEnd(customer);

    expect((await scene.steps(customer)).find(({ kind }) => kind === "wait")).toMatchObject({
      result: "done",
      detail: "The customer answered.",
    });
  });
});

describe("a version that another node saved a moment ago", () => {
  /** Saves it and enters a run of it, as that node does; this one has heard of neither. */
  async function matchElsewhere(customerId: string, rule: object): Promise<void> {
    const { pool } = scene.database;
    const basedOn = scene.book.current.rules.version;
    const body = { version: 1, texts: { hello }, rules: [aRule({ mode: "live", ...rule })] };
    const version = await saveDocument(pool, { kind: "rules", body, basedOn, by: "elsewhere" });
    const trigger = {
      kind: "manual",
      key: "manual:new",
      name: "manual",
      objectId: null,
      occurredAtS: 1,
      facts: {},
    } as const;
    const match = {
      account: "main",
      customerId,
      rule: "new",
      version,
      mode: "live",
      trigger,
      nowS: scene.nowS,
    } as const;
    await insertMatches(pool, [match]);
  }

  it("is what its runs are looked at by, so that none is cancelled because its rule is not known yet", async () => {
    await scene.save([{ steps: [message] }]);
    const customer = await scene.customer();
    await matchElsewhere(customer, { name: "new", steps: [{ tag: "New" }] });
    await scene.settle();

    expect(await scene.standings(customer)).toEqual(["running"]);
    expect(await scene.kinds(customer)).toEqual(["tag"]);
  });

  it("is what its effects leave by", async () => {
    await scene.save([{ steps: [message] }]);
    const customer = await scene.customer();
    const late = new RuleBook({ pool: scene.database.pool, log: captureLog().log, signal: AbortSignal.abort() });
    await late.reload();
    await matchElsewhere(customer, { name: "new", steps: [{ tag: "New" }] });
    await scene.settle();
    const { pool } = scene.database;
    const claimed = await claimEffects(pool, { limit: 500, worker: "w1", leaseMs: 10_000, lanes: { from: 0, to: 2 } });
    await releaseEffects(pool, "w1");
    const effect = claimed.find(({ customerId }) => customerId === customer);
    if (!effect) throw new Error("Nothing is planned.");

    expect(late.current.rules.byName.has("new")).toBe(false);
    expect(await objectionTo({ ground: scene.ground, book: late, nowMs: scene.nowMs }, effect)).toBeNull();
  });
});

describe("what a person decides about a draft", () => {
  it("during a turn is not overwritten by it", async () => {
    const drafted = { message: { channel: "chat", text: "hello", draft: { instruction: "Be kind." } } };
    await scene.save(
      [
        { name: "ask", steps: [drafted] },
        { name: "other", steps: [{ message: { channel: "chat", text: "linked" } }] },
      ],
      { texts: { hello, linked }, model: { url: "https://ai.example.com/v1", name: "small" } },
    );
    scene.draft = async () => ({ text: "<p>Hello, kindly</p>", byModel: true });
    const customer = await scene.customer();
    const [asking] = await scene.trigger(customer, {}, "ask");
    expect(asking).toMatchObject({ approval: "wanted" });
    scene.sources = {
      ...sources(),
      link: async () => {
        await decideDraft(scene.database.pool, asking?.id ?? 0, "approved");
        return "https://example.com/l";
      },
    };
    await scene.trigger(customer, {}, "other");

    expect(await scene.kinds(customer)).toEqual(["message", "message"]);
  });
});

describe("a run that is cancelled while its tag is on its way", () => {
  async function cancelledMidway(): Promise<string> {
    await scene.save([{ name: "one", while: "profile.delinquent", steps: [{ tag: "Due" }] }]);
    const customer = await scene.customer({ delinquent: true });
    await scene.trigger(customer, {}, "one");
    const [run] = await scene.runs(customer);
    await scene.database.pool.query("update effects set state = 'sent' where customer_id = $1", [customer]);
    await cancelRuns(scene.database.pool, { id: run?.id }, "enough");
    await scene.settle();
    expect(await scene.standings(customer)).toEqual(["running"]);
    return customer;
  }

  it("has it taken off once it was put on", async () => {
    const customer = await cancelledMidway();
    await scene.effectsEnd(customer);

    expect(await scene.standings(customer)).toEqual(["cancelled"]);
    expect(await scene.kinds(customer)).toEqual(["tag", "untag"]);
  });

  it("takes nothing off when it was withdrawn", async () => {
    const customer = await cancelledMidway();
    await scene.effectsEnd(customer, "withdrawn");

    expect(await scene.standings(customer)).toEqual(["cancelled"]);
    expect(await scene.kinds(customer)).toEqual(["tag"]);
  });
});

describe("a tag that two runs of a person have put on", () => {
  const owing = { while: "profile.delinquent", steps: [{ tag: "Due" }] };

  async function twoRuns(): Promise<string> {
    await scene.save([
      { name: "one", ...owing },
      { name: "two", ...owing },
    ]);
    const customer = await scene.customer({ delinquent: true });
    await scene.trigger(customer, {}, "one");
    await scene.trigger(customer, {}, "two");
    await scene.effectsEnd(customer);
    return customer;
  }

  it("stays while one of them has it, and is taken off once with the last", async () => {
    const customer = await twoRuns();
    const [first, second] = await scene.runs(customer);
    await cancelRuns(scene.database.pool, { id: first?.id }, "enough");
    await scene.settle();
    expect(await scene.standings(customer)).toEqual(["cancelled", "running"]);
    expect(await scene.kinds(customer)).toEqual(["tag", "tag"]);

    await cancelRuns(scene.database.pool, { id: second?.id }, "enough");
    await scene.settle();
    expect(await scene.kinds(customer)).toEqual(["tag", "tag", "untag"]);
  });

  it("is taken off once when both end together", async () => {
    const customer = await twoRuns();
    await scene.store(aCopy("customer", { delinquent: false }, { id: customer, customerId: customer }));
    await scene.lookAt({ account: "main", customerId: customer });

    expect(await scene.standings(customer)).toEqual(["over", "over"]);
    expect(await scene.kinds(customer)).toEqual(["tag", "tag", "untag"]);
  });

  it("is taken off although a third run was about to put it on, and could not", async () => {
    await scene.save([
      { name: "one", ...owing },
      { name: "two", ...owing },
    ]);
    const customer = await scene.customer({ delinquent: true });
    await scene.trigger(customer, {}, "one");
    await scene.effectsEnd(customer);
    await scene.trigger(customer, {}, "two");
    await scene.store(aCopy("customer", { delinquent: false }, { id: customer, customerId: customer }));
    await scene.lookAt({ account: "main", customerId: customer });
    expect(await scene.standings(customer)).toEqual(["running", "running"]);

    await scene.effectsEnd(customer, "withdrawn");
    expect(await scene.standings(customer)).toEqual(["over", "over"]);
    expect(await scene.kinds(customer)).toEqual(["tag", "tag", "untag"]);
  });
});
