import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { effectQuery, effectStates, type EffectState } from "../../contract/effect.ts";
import { transaction } from "../db/transaction.ts";
import { effectMoves, type EffectBody, type EffectPlan } from "./effect.ts";
import {
  claimEffects,
  countOpenEffects,
  endTurn,
  findEffectReports,
  getEntry,
  listEntries,
  listTakenObjects,
  markSent,
  planEffects,
  planOnce,
  releaseEffects,
  renewEffectLeases,
  replayEffect,
  settleEffect,
} from "./store.ts";
import type { ClaimedEffect, Outcome } from "./turn.ts";

let database: TestDatabase;
const worker = "w1";
const contactId = "6762f0dd1bb69f9f2193bb83";
const note: EffectBody = { kind: "note", text: "Hello" };
const fault = { code: "INTERCOM_UNAVAILABLE", message: "No answer." };

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.pool.query("truncate effects, contact_writes");
});

function aPlan(over: Partial<EffectPlan> = {}): EffectPlan {
  return { account: "main", customerId: "cus_1", key: "k1", lane: "calm", effect: note, ...over };
}

async function plan(...over: readonly Partial<EffectPlan>[]): Promise<string> {
  const planned = await transaction(database.pool, (tx) => planEffects(tx, over.map(aPlan)));
  return planned[0]?.id ?? "";
}

function claim({ by = worker, limit = 10, lanes = { from: 0, to: 2 } } = {}): Promise<readonly ClaimedEffect[]> {
  return claimEffects(database.pool, { limit, worker: by, leaseMs: 10_000, lanes });
}

async function stateOf(id: string): Promise<EffectState> {
  return (await getEntry(database.pool, id)).state;
}

async function put(id: string, columns: string): Promise<void> {
  await database.pool.query(`update effects set ${columns} where id = ${id.slice(4)}`);
}

/** Claimed and on its way. */
async function depart(id: string, to = contactId): Promise<void> {
  await claim();
  expect(await markSent(database.pool, id, { worker, contactId: to, objectId: null, attempt: 0 })).toBe("sent");
}

function confirmed(objectId: string | null, how: "answer" | "look" = "answer"): Outcome {
  return { to: "confirmed", how, objectId, conversationId: null, requestId: "req_1" };
}

describe("planning", () => {
  it("enters each key once", async () => {
    const first = await planEffects(database.pool, [aPlan()]);
    const again = await planEffects(database.pool, [aPlan()]);

    expect(again).toEqual([{ id: first[0]?.id, isNew: false }]);
  });

  it("takes what is known by its reason once, whatever it says the second time", async () => {
    const later = { effect: { kind: "note", text: "Goodbye" } } as const;
    const once = (...plans: readonly Partial<EffectPlan>[]): Promise<number> =>
      transaction(database.pool, (tx) => planOnce(tx, plans.map(aPlan)));

    expect([await once({}, later), await once(later), await once(later, { key: "k2" }), await once()]).toEqual([
      1, 0, 1, 0,
    ]);
    const { effects } = await listEntries(database.pool, effectQuery.parse({}));
    expect(effects).toHaveLength(2);
    expect(await getEntry(database.pool, effects.at(-1)?.id ?? "")).toMatchObject({ effect: note });
  });

  it("refuses a key that stands for something else", async () => {
    await plan({});
    const other = { kind: "note", text: "Goodbye" } as const;

    await expect(plan({ effect: other })).rejects.toMatchObject({ code: "EFFECT_KEY_REUSED" });
    await expect(plan({ customerId: "cus_2" })).rejects.toMatchObject({ code: "EFFECT_KEY_REUSED" });
    await expect(plan({ key: "k2" }, { key: "k2", effect: other })).rejects.toMatchObject({
      code: "EFFECT_KEY_REUSED",
    });
  });

  it("keeps the keys of different accounts apart", async () => {
    await plan({});
    expect(await planEffects(database.pool, [aPlan({ account: "shop" })])).toMatchObject([{ isNew: true }]);
  });

  it("leaves nothing behind when the caller's transaction fails", async () => {
    const failing = transaction(database.pool, async (tx) => {
      await planEffects(tx, [aPlan()]);
      throw new Error("the state was not stored");
    });

    await expect(failing).rejects.toThrow();
    expect(await claim()).toEqual([]);
  });

  it("of the same keys by many at once makes one entry each", async () => {
    const keys = ["a", "b", "c", "d"];
    const shuffled = [keys, keys.toReversed(), ["c", "a", "d", "b"], keys];
    const planned = await Promise.all(
      shuffled.map((order) =>
        transaction(database.pool, (tx) =>
          planEffects(
            tx,
            order.map((key) => aPlan({ key, customerId: `cus_${key}` })),
          ),
        ),
      ),
    );

    expect(planned.flat().filter(({ isNew }) => isNew)).toHaveLength(4);
    expect(await claim()).toHaveLength(4);
  });
});

describe("claiming", () => {
  it("gives only the first open effect of a customer", async () => {
    const first = await plan({ key: "a" }, { key: "b" }, { key: "c", customerId: "cus_2" });
    expect((await claim()).map(({ key }) => key)).toEqual(["a", "c"]);
    expect(await claim({ by: "w2" })).toEqual([]);
    await markSent(database.pool, first, { worker, contactId, objectId: null, attempt: 0 });
    await endTurn(database.pool, { id: first, worker }, confirmed("26"));

    expect((await claim()).map(({ key }) => key)).toEqual(["b"]);
  });

  it("lets a webhook hold up nothing, since its receiver may be down for hours", async () => {
    const hook: EffectBody = { kind: "webhook", url: "https://hooks.example/dunlin", facts: {} };
    const called = await plan({ key: "hook", effect: hook });
    const other = await plan({ key: "note" });
    await put(called, "state = 'unknown', due_at = now() + interval '1 hour'");

    expect((await claim()).map(({ id }) => id)).toEqual([other]);
  });

  it("lets a failed effect hold up nothing", async () => {
    const first = await plan({ key: "a" }, { key: "b" });
    await claim();
    await endTurn(database.pool, { id: first, worker }, { to: "failed", fault, mayHaveHappened: false });

    expect((await claim()).map(({ key }) => key)).toEqual(["b"]);
  });

  it("takes urgent before calm, and an urgent one takes along what stands before it", async () => {
    await plan({ key: "calm", customerId: "cus_2" });
    await plan({ key: "before" });
    await plan({ key: "urgent", lane: "urgent" });

    expect((await claim()).map(({ key, lane }) => [key, lane])).toEqual([
      ["before", "urgent"],
      ["calm", "calm"],
    ]);
  });

  it("leaves out lanes that are closed", async () => {
    await plan({ lane: "backfill" });
    expect(await claim({ lanes: { from: 0, to: 1 } })).toEqual([]);
    expect(await claim({ lanes: { from: 2, to: 2 } })).toHaveLength(1);
  });

  it("leaves out what is not due", async () => {
    const id = await plan({});
    await claim();
    await endTurn(database.pool, { id, worker }, { to: "planned", delayMs: 60_000, fault, counts: true });
    expect(await claim()).toEqual([]);
  });

  it("takes up what a dead worker had planned or sent, and calls the latter unknown", async () => {
    const sent = await plan({ key: "a" });
    await plan({ key: "b", customerId: "cus_2" });
    await depart(sent);
    await database.pool.query("update effects set leased_until = now() - interval '1 s'");
    const taken = await claim({ by: "w2" });

    expect(taken.map(({ key, state }) => [key, state])).toEqual([
      ["a", "unknown"],
      ["b", "planned"],
    ]);
    expect(taken[0]?.doubtedAtMs).not.toBeNull();
    expect(taken[1]?.doubtedAtMs).toBeNull();
  });

  it("reads hardly more rows than it takes, however many are planned", async () => {
    await database.pool.query(
      `insert into effects (account, key, customer_id, kind, lane, guarantee, body, fingerprint)
        select 'main', 'k' || n, 'cus_' || n, 'note', 2, 'verified', '{}', '' from generate_series(1, 50000) as n`,
    );
    const client = await database.pool.connect();
    try {
      const lanes = { from: 0, to: 2 };
      await claimEffects(client, { limit: 16, worker, leaseMs: 10_000, lanes });
      const explain = "explain (analyze, timing off, format json) execute claim_effects (16, 'w1', 10000, 0, 2)";
      const { rows } = await client.query<{ "QUERY PLAN": unknown }>(explain);
      const plan = JSON.stringify(rows[0]?.["QUERY PLAN"]);

      expect(plan).toContain("effects_due");
      expect(plan).not.toMatch(/"Node Type":"(Sort|Seq Scan|Hash)/);
      expect(Math.max(...[...plan.matchAll(/"Actual Rows":([\d.]+)/g)].map(([, count]) => Number(count)))).toBeLessThan(
        100,
      );
    } finally {
      client.release();
    }
  });

  it("keeps what is renewed, and frees what is released", async () => {
    const id = await plan({});
    await claim();
    const lease = { leaseMs: 10_000, ids: [id, "eff_999"] };
    expect(await renewEffectLeases(database.pool, { worker, ...lease })).toEqual([id]);
    expect(await renewEffectLeases(database.pool, { worker: "w2", ...lease })).toEqual([]);
    await releaseEffects(database.pool, worker);
    expect(await claim({ by: "w2" })).toHaveLength(1);
  });
});

describe("sending", () => {
  it("lets one effect at a time go to a contact, whichever customer it is for", async () => {
    const [one, two] = [await plan({ key: "a" }), await plan({ key: "b", customerId: "cus_2" })];
    await depart(one);
    expect(await markSent(database.pool, two, { worker, contactId, objectId: null, attempt: 0 })).toBe("busy");
    await endTurn(database.pool, { id: one, worker }, { to: "unknown", delayMs: 0, looks: 0, fault });
    expect(await markSent(database.pool, two, { worker, contactId, objectId: null, attempt: 0 })).toBe("busy");
    await claim();
    await endTurn(database.pool, { id: one, worker }, confirmed("26"));

    expect(await markSent(database.pool, two, { worker, contactId, objectId: null, attempt: 0 })).toBe("sent");
  });

  it("lets two data events of one name and second not go", async () => {
    const effect = { kind: "data_event", name: "paid", occurredAtS: 5 } as const;
    const [one, two] = [await plan({ key: "a", effect }), await plan({ key: "b", effect })];
    await claim();
    await markSent(database.pool, one, { worker, contactId, objectId: "x 5 paid", attempt: 0 });
    await endTurn(database.pool, { id: one, worker }, confirmed("x 5 paid"));
    await claim();

    expect(await markSent(database.pool, two, { worker, contactId, objectId: "x 5 paid", attempt: 0 })).toBe("taken");
    expect(await markSent(database.pool, two, { worker, contactId, objectId: "x 6 paid", attempt: 0 })).toBe("sent");
  });

  it("is refused to a worker that has lost the lease, and so is the end of the turn", async () => {
    const id = await plan({});
    await claim();
    await put(id, "leased_by = 'w2'");

    expect(await markSent(database.pool, id, { worker, contactId, objectId: null, attempt: 0 })).toBe("lost");
    expect(await endTurn(database.pool, { id, worker }, { to: "failed", fault, mayHaveHappened: false })).toBe(false);
  });

  it("is refused to a worker that stood still while another one sent it, although it holds it again", async () => {
    const id = await plan({});
    const [before] = await claim();
    await put(id, "leased_by = 'w2'");
    await markSent(database.pool, id, { worker: "w2", contactId, objectId: null, attempt: 0 });
    await endTurn(database.pool, { id, worker: "w2" }, { to: "unknown", delayMs: 0, looks: 0, fault });
    const [after] = await claim();

    const to = { worker, contactId, objectId: null };
    expect(await markSent(database.pool, id, { ...to, attempt: before?.attempt ?? -1 })).toBe("lost");
    expect(await markSent(database.pool, id, { ...to, attempt: after?.attempt ?? -1 })).toBe("sent");
  });

  it("may leave once more in the same turn", async () => {
    const id = await plan({});
    await depart(id);
    expect(await markSent(database.pool, id, { worker, contactId: "another", objectId: null, attempt: 0 })).toBe(
      "sent",
    );
  });

  it("counts calls, but not those that were turned away", async () => {
    const id = await plan({});
    await depart(id);
    await endTurn(database.pool, { id, worker }, { to: "planned", delayMs: 0, fault, counts: false });
    expect((await claim())[0]?.attempt).toBe(0);
    await depart(id);
    await endTurn(database.pool, { id, worker }, { to: "planned", delayMs: 0, fault, counts: true });
    expect((await claim())[0]?.attempt).toBe(1);
  });
});

describe("the end of a turn", () => {
  const outcomes: Readonly<Record<Outcome["to"], Outcome>> = {
    confirmed: confirmed("26"),
    planned: { to: "planned", delayMs: 0, fault, counts: true },
    unknown: { to: "unknown", delayMs: 0, looks: 0, fault },
    failed: { to: "failed", fault, mayHaveHappened: false },
    withdrawn: { to: "withdrawn", fault },
  };

  it("moves every state only as the table says", async () => {
    for (const from of effectStates)
      for (const outcome of Object.values(outcomes)) {
        await database.pool.query("truncate effects");
        const id = await plan({});
        await put(id, `state = '${from}', leased_by = '${worker}', leased_until = now() + interval '10 s'`);
        const stays = from === outcome.to && (from === "planned" || from === "unknown");
        const isAllowed = stays || effectMoves[from].some((to) => to === outcome.to);

        expect(await endTurn(database.pool, { id, worker }, outcome), `${from} → ${outcome.to}`).toBe(isAllowed);
        expect(await stateOf(id)).toBe(isAllowed ? outcome.to : from);
      }
  });

  it("records what it became", async () => {
    const id = await plan({});
    await depart(id);
    await endTurn(database.pool, { id, worker }, confirmed("26"));

    expect(await getEntry(database.pool, id)).toMatchObject({
      state: "confirmed",
      endedHow: "answer",
      contactId,
      objectId: "26",
      requestId: "req_1",
      attempt: 1,
      error: null,
      effect: note,
    });
    expect(await listTakenObjects(database.pool, "note", ["25", "26"])).toEqual(new Set(["26"]));
    expect(await listTakenObjects(database.pool, "ticket", ["26"])).toEqual(new Set());
  });

  it("tells who waits for it why it failed", async () => {
    const id = await plan({ key: "a" });
    await depart(id);
    await endTurn(database.pool, { id, worker }, { to: "failed", fault, mayHaveHappened: false });
    const why = `${fault.code}: ${fault.message}`;
    expect((await findEffectReports(database.pool, ["a"])).get("a")).toMatchObject({ state: "failed", why });
  });

  it("keeps links for customers only as long as they may have to be sent, and shows none", async () => {
    const words = (token: string): string => `Pay: https://pay.example/l/${token}.`;
    const token = "EGzoGQAAAABjdXNfU2JLMm04UWQxeFl6VGE_j-TC0b1wJcX4";
    const stored = async (): Promise<string> => (await database.pool.query("select body from effects")).rows[0].body;
    for (const to of ["confirmed", "withdrawn", "failed", "planned", "unknown"] as const) {
      await database.pool.query("truncate effects");
      const id = await plan({ effect: { ...note, text: words(token) } });
      if (to === "withdrawn" || to === "planned") await claim();
      else await depart(id);
      expect(await endTurn(database.pool, { id, worker }, outcomes[to])).toBe(true);
      expect((await stored()).includes(token), to).toBe(to !== "confirmed" && to !== "withdrawn");
      expect((await getEntry(database.pool, id)).effect, to).toMatchObject({ text: words("…") });
    }
    const id = await plan({ key: "b", effect: { ...note, text: words(token) } });
    await database.pool.query("delete from effects where key <> 'b'");
    await settleEffect(database.pool, id, "confirmed");
    expect(await stored()).toContain(words("…"));
  });

  it("takes nothing that another entry has", async () => {
    const one = await plan({ key: "a" });
    await depart(one);
    await endTurn(database.pool, { id: one, worker }, confirmed("26"));
    const two = await plan({ key: "b" });
    await depart(two);
    await endTurn(database.pool, { id: two, worker }, { to: "unknown", delayMs: 0, looks: 0, fault });
    await claim();

    await expect(endTurn(database.pool, { id: two, worker }, confirmed("26", "look"))).rejects.toThrow(
      "effects_object",
    );
    expect(await stateOf(two)).toBe("unknown");
  });

  it("remembers since when it has been in doubt", async () => {
    const id = await plan({});
    await depart(id);
    await endTurn(database.pool, { id, worker }, { to: "unknown", delayMs: 0, looks: 0, fault });
    const [first] = await claim();
    await markSent(database.pool, id, { worker, contactId, objectId: null, attempt: 1 });
    await endTurn(database.pool, { id, worker }, { to: "unknown", delayMs: 0, looks: 1, fault });
    const [second] = await claim();

    expect(second?.doubtedAtMs).toBe(first?.doubtedAtMs);
    expect(second?.looks).toBe(1);
  });
});

describe("a person", () => {
  async function failed(mayHaveHappened: boolean): Promise<string> {
    const id = await plan({ effect: { kind: "message", channel: "inapp", text: "Hi", guarantee: "at_most_once" } });
    await depart(id);
    await endTurn(database.pool, { id, worker }, { to: "failed", fault, mayHaveHappened });
    return id;
  }

  it("replays what failed; what may have happened is looked for first", async () => {
    expect(await replayEffect(database.pool, await failed(false))).toMatchObject({
      state: "planned",
      guarantee: "at_least_once",
      error: null,
    });
    await database.pool.query("truncate effects");
    expect(await replayEffect(database.pool, await failed(true))).toMatchObject({ state: "unknown" });
  });

  it("replays nothing that is not failed", async () => {
    for (const state of effectStates.filter((each) => each !== "failed")) {
      await database.pool.query("truncate effects");
      const id = await plan({});
      await put(id, `state = '${state}'`);
      await expect(replayEffect(database.pool, id), state).rejects.toMatchObject({ code: "EFFECT_STATE_CONFLICT" });
      expect(await stateOf(id)).toBe(state);
    }
  });

  it("settles what is open or failed, but not what is confirmed or under way", async () => {
    for (const from of effectStates)
      for (const as of ["confirmed", "failed"] as const) {
        await database.pool.query("truncate effects");
        const id = await plan({});
        await put(id, `state = '${from}'`);
        const isAllowed = from !== "sent" && effectMoves[from].some((to) => to === as);
        const settling = settleEffect(database.pool, id, as);
        if (isAllowed) expect(await settling, `${from} as ${as}`).toMatchObject({ state: as, endedHow: "person" });
        else await expect(settling, `${from} as ${as}`).rejects.toMatchObject({ code: "EFFECT_STATE_CONFLICT" });
      }
  });

  it("does not settle what a worker holds", async () => {
    const id = await plan({});
    await claim();
    await expect(settleEffect(database.pool, id, "failed")).rejects.toMatchObject({ code: "EFFECT_STATE_CONFLICT" });
  });

  it("is told when there is no such entry", async () => {
    for (const id of ["eff_1", "write_1", "eff_x", "1", "eff_1; drop table effects"])
      await expect(getEntry(database.pool, id), id).rejects.toMatchObject({ code: "EFFECT_NOT_FOUND" });
  });
});

describe("the count of open effects", () => {
  it("leaves out those that have ended", async () => {
    for (const [index, state] of effectStates.entries()) {
      const id = await plan({ key: state, customerId: `cus_${index}` });
      await put(id, `state = '${state}'`);
    }
    expect(await countOpenEffects(database.pool)).toBe(3);
  });
});

describe("the list", () => {
  const query = (filter: Readonly<Record<string, unknown>> = {}) => effectQuery.parse(filter);

  async function write(customerId: string, ago: string): Promise<void> {
    await database.pool.query(
      `insert into contact_writes (account, customer_id, contact_id, kind, lane, changes, lag_ms, at)
        values ('main', $1, $2, 'update', 0, '[["stripe_plan","a","b"]]', 12, now() - $3::interval)`,
      [customerId, contactId, ago],
    );
  }

  it("shows writes of attributes beside effects, newest first", async () => {
    await write("cus_1", "1 minute");
    await plan({});
    const { effects, next } = await listEntries(database.pool, query());

    expect(next).toBeNull();
    expect(effects.map(({ kind }) => kind)).toEqual(["note", "attributes"]);
    expect(effects[1]).toMatchObject({ state: "confirmed", guarantee: "effectively_once", lane: "urgent" });
    expect(effects[1]?.key).toBe(`contact:${contactId}:${effects[1]?.id.slice("write_".length)}`);
    const details = await getEntry(database.pool, effects[1]?.id ?? "");
    expect(details.effect).toEqual({ kind: "attributes", changes: [["stripe_plan", "a", "b"]] });
  });

  it("is narrowed down by customer, state and kind", async () => {
    await write("cus_1", "1 minute");
    await write("cus_2", "1 minute");
    await plan({});
    const count = async (filter: Readonly<Record<string, unknown>>): Promise<number> =>
      (await listEntries(database.pool, query(filter))).effects.length;

    expect(await count({ customer: "cus_1", account: "main" })).toBe(2);
    expect(await count({ customer: "cus_1", account: "shop" })).toBe(0);
    expect(await count({ state: "planned" })).toBe(1);
    expect(await count({ state: "confirmed" })).toBe(2);
    expect(await count({ kind: "attributes" })).toBe(2);
    expect(await count({ kind: "note" })).toBe(1);
  });

  it("finds a customer in every account unless one is named", async () => {
    await database.pool.query(`insert into connections (vendor, account) values ('stripe', 'shop')`);
    await plan({ account: "shop", customerId: "cus_9" });
    const ofCustomer = (account?: string) => listEntries(database.pool, query({ customer: "cus_9", account }));

    expect((await ofCustomer()).effects.map(({ account }) => account)).toEqual(["shop"]);
    expect((await ofCustomer("shop")).effects).toHaveLength(1);
    expect((await ofCustomer("main")).effects).toEqual([]);
  });

  it("goes through everything once, page by page", async () => {
    for (let index = 0; index < 7; index += 1) {
      await write("cus_1", `${index * 7 - 20} seconds`);
      await plan({ key: `k${index}` });
    }
    const seen: string[] = [];
    for (let before: string | undefined; ;) {
      const page = await listEntries(database.pool, query({ limit: 3, before }));
      seen.push(...page.effects.map(({ id }) => id));
      if (page.next === null) break;
      before = page.next;
    }

    expect(seen).toHaveLength(14);
    expect(new Set(seen).size).toBe(14);
  });
});
