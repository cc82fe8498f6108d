/** Going through Stripe's list of events: in pages, with an overlap, and over gaps. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { anEvent, bodyOf } from "../../test/support/builders.ts";
import { captureLog } from "../../test/support/log-capture.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { eventually } from "../../test/support/wait.ts";
import { findSetting, saveSetting } from "../connections/store.ts";
import { presetMapping } from "../mapping/default-document.ts";
import { SingleFlight } from "../lib/single-flight.ts";
import type { SyncContext } from "../pipeline/context.ts";
import type { ReceivedEvent, Receipt } from "../pipeline/receive-event.ts";
import type { StripeClient, StripeJson, StripeQuery } from "../stripe/client.ts";
import { StripeNotFound } from "../stripe/failure.ts";
import { cursorSetting, EventPoller } from "./poll-events.ts";

const nowS = 1_790_000_000;
const pageSize = 3;
const { log } = captureLog();

let database: TestDatabase;
/** What Stripe lists, oldest first. */
let listed: StripeJson[] = [];
let reads: StripeQuery[] = [];
let received: string[] = [];
let gaps = 0;
let missed: number[] = [];
let leavesYoung = false;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.pool.query("truncate settings");
  [listed, reads, received, gaps, missed, leavesYoung] = [[], [], [], 0, [], false];
});
afterAll(() => database.drop());

function happen(count: number, agoS = 1_000): void {
  for (let index = 0; index < count; index += 1) {
    const id = `evt_${listed.length + 1}`;
    const body = bodyOf(anEvent({ id, createdS: nowS - agoS, object: { id: "cus_1", object: "customer" } }));
    listed.push(JSON.parse(body.toString("utf8")));
  }
}

/** A list as Stripe pages it: newest first, whichever way it is gone through. */
const stripe: StripeClient = {
  livemode: false,
  async get(_path, query = {}) {
    reads.push(query);
    const at = (id: unknown): number => {
      const place = listed.findIndex((event) => event["id"] === id);
      if (place === -1) throw new StripeNotFound("event");
      return place;
    };
    const { ending_before: before, starting_after: after, limit } = query;
    const size = Math.min(pageSize, Number(limit));
    const rest = after === undefined ? listed : listed.slice(0, at(after));
    const next = before === undefined ? rest.toReversed() : listed.slice(at(before) + 1);
    const page = next.slice(0, size);
    const data = before === undefined ? page : page.toReversed();
    return { body: { data, has_more: next.length > size }, answeredS: nowS };
  },
  post: () => Promise.reject(new Error("Nothing is written.")),
  delete: () => Promise.reject(new Error("Nothing is deleted.")),
  setShare: () => undefined,
};

const unused = (): never => {
  throw new Error("A poller needs no such thing.");
};

function openPoller(account = "main"): EventPoller {
  const { pool } = database;
  const context: SyncContext = {
    account,
    pool,
    records: pool,
    stripe,
    intercom: { request: unused, close: async () => undefined },
    mapping: () => presetMapping("stripe"),
    reads: new SingleFlight(),
    policy: { createMode: "none", groupMode: "user_id", archived: "skip", userIdKeys: [] },
    nowMs: () => nowS * 1000,
    random: () => 0,
    provision: async () => undefined,
    log,
  };
  return new EventPoller({
    context,
    receiver: { receive },
    pace: () => ({ busyMs: 60_000, quietMs: 60_000 }),
    isOpen: () => true,
    onBlocked: (error) => Promise.reject(error),
    onGap: async () => void (gaps += 1),
    onPolled: async (count) => void missed.push(count),
    overdueAfterMs: 60_000,
    leavesYoung: () => leavesYoung,
  });
}

async function receive({ event }: ReceivedEvent): Promise<Receipt> {
  const duplicate = received.includes(event.id);
  received.push(event.id);
  return { duplicate, outcome: { state: "applied", objectId: null, customerId: null, changes: [], lane: null } };
}

/** One poll by a poller that has just started. */
async function poll(account = "main"): Promise<void> {
  const poller = openPoller(account);
  const before = missed.length;
  poller.start();
  await eventually(() => missed.length > before, { withinMs: 5_000 });
  await poller.stop();
}

describe("a poller", () => {
  it("begins with the newest event there is, and then takes all that follow, oldest first, page by page", async () => {
    happen(2);
    await poll();
    expect(received).toEqual([]);
    happen(7);
    await poll();

    expect(received).toEqual(["evt_3", "evt_4", "evt_5", "evt_6", "evt_7", "evt_8", "evt_9"]);
  });

  it("begins one poll further back, also after a restart", async () => {
    happen(1);
    await poll();
    happen(2);
    await poll();
    happen(1);
    received = [];
    await poll();

    expect(received).toEqual(["evt_2", "evt_3", "evt_4"]);
  });

  it("goes on from where an earlier version had stopped", async () => {
    happen(4);
    await saveSetting(database.pool, "events-cursor", "evt_2");
    await poll();

    expect(received).toEqual(["evt_3", "evt_4"]);
  });

  it("keeps the place of each account by itself", async () => {
    happen(2);
    await poll();
    await saveSetting(database.pool, cursorSetting("shop"), { latest: "evt_1" });
    await poll("shop");

    expect(received).toEqual(["evt_2"]);
    expect(await findSetting(database.pool, "events-cursor:shop")).toMatchObject({ latest: "evt_2" });
    expect(await findSetting(database.pool, "events-cursor")).toMatchObject({ latest: "evt_2" });
  });

  it("misses nothing of an account that had no event yet", async () => {
    await poll();
    happen(4);
    await poll();

    expect(received.toSorted()).toEqual(["evt_1", "evt_2", "evt_3", "evt_4"]);
  });

  it.each([
    ["is listed no more", { latest: "evt_forgotten" }],
    ["is older than what is listed", { latest: "evt_1", atS: nowS - 30 * 86_400 }],
  ])("whose last event %s takes all there is, says so once, and goes on from there", async (_name, cursor) => {
    happen(7);
    await saveSetting(database.pool, "events-cursor", cursor);
    await poll();
    expect(new Set(received).size).toBe(7);
    await poll();

    expect(gaps).toBe(1);
    expect(await findSetting(database.pool, "events-cursor")).toMatchObject({ latest: "evt_7" });
  });

  it("takes at once what happened before it listened, however young: nobody may be left to deliver it", async () => {
    leavesYoung = true;
    happen(1);
    await poll();
    happen(2, 5);
    await poll();

    expect(received).toEqual(["evt_2", "evt_3"]);
  });

  it("leaves to deliveries what they may still bring, and takes it later", async () => {
    leavesYoung = true;
    happen(1);
    await poll();
    happen(3);
    happen(2, 0);
    await poll();
    expect(received).toEqual(["evt_2", "evt_3", "evt_4"]);
    leavesYoung = false;
    await poll();

    expect(received.slice(-2)).toEqual(["evt_5", "evt_6"]);
  });
});
