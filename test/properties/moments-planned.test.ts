/** The law of moments through the whole pipeline: with looks at Stripe and silent reads in between, each is planned exactly once. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { momentNamed, momentNames } from "../../contract/moment.ts";
import { countWaitingEvents } from "../../src/events/store.ts";
import type { MomentSwitches } from "../../src/model/moment-switch.ts";
import type { StripeEvent } from "../../src/model/stripe-event.ts";
import { copiesOfPage, keepRead } from "../../src/pipeline/load-customer.ts";
import { StripeLooker } from "../../src/pipeline/look-at-stripe.ts";
import { EventReceiver } from "../../src/pipeline/receive-event.ts";
import { aStripe, aSyncContext, bodyOf, mint, until } from "../support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { promised } from "./promised-moments.ts";
import { someActions, type Action } from "./stripe-actions.ts";
import { play, type History } from "./stripe-model.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const everything: MomentSwitches = new Map(
  momentNames.map((name) => [name, { eventName: name, metadata: [], sinceS: 0 }]),
);

/** How the events travel: in which order, how many at once, and before which of them everything is read silently. */
type Travel = { readonly order: readonly number[]; readonly batch: number; readonly readBefore: number };

/** Delivers the events while Stripe is at its end already, and answers the keys of what was planned. */
async function plannedFor({ events, worlds }: History, travel: Travel): Promise<readonly string[]> {
  const account = mint("account");
  const world = worlds.at(-1) ?? new Map();
  const find = (id: string): Record<string, unknown> | null => {
    const shown = world.get(id);
    return shown && !shown.deleted ? shown.object : null;
  };
  const answeredS = (events.at(-1)?.event.createdS ?? 0) + 1;
  const refundsOf = (charge: unknown): Record<string, unknown>[] =>
    [...world.values()]
      .filter(({ kind, object }) => kind === "refund" && object["charge"] === charge)
      .map(({ object }) => object);
  const stripe = aStripe(
    (id) => ({ object: find(id), answeredS }),
    (_path, { charge }) => refundsOf(charge),
  );
  const { pool } = database;
  const context = aSyncContext({ account, pool, stripe: stripe.client, nowMs: () => answeredS * 1000 });
  const moments = {
    account,
    livemode: false,
    switches: () => everything,
    isHistoryLoaded: () => Promise.resolve(true),
    // Nothing is too old.
    nowMs: () => 0,
  };
  const receiver = new EventReceiver({ account, pool, settleMs: 0, moments, onCommitted: () => looker.wake() });
  const looker = new StripeLooker({
    context,
    settleMs: 0,
    moments,
    onBlocked: () => Promise.reject(new Error("Nothing blocks this Stripe.")),
    onQueued: () => undefined,
    onProducts: () => undefined,
    onResolved: () => undefined,
  });
  looker.start();
  try {
    const shuffled = shuffle(
      events.map(({ event }) => event),
      travel.order,
    );
    for (let at = 0; at < shuffled.length; at += travel.batch) {
      if (at <= travel.readBefore && travel.readBefore < at + travel.batch) {
        for (const [id, { kind, customerId }] of world) {
          const object = find(id);
          const owner = customerId === null ? {} : { customerId };
          if (object) await keepRead(context, copiesOfPage(kind, [object], { answeredS, ...owner }));
        }
      }
      const batch = shuffled.slice(at, at + travel.batch);
      await Promise.all(batch.map((event) => receiver.receive({ event, body: bodyOf(event), came: "webhook" })));
    }
    await until(async () => (await countWaitingEvents(pool, account)).waiting === 0);
  } finally {
    await looker.stop();
  }
  const { rows } = await pool.query<{ key: string }>("select key from effects where account = $1", [account]);
  return rows.map(({ key }) => key.slice("moment:".length));
}

function shuffle(events: readonly StripeEvent[], order: readonly number[]): readonly StripeEvent[] {
  return events
    .map((event, index) => ({ event, at: order[index % order.length] ?? 0 }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ event }) => event);
}

function isEach(key: string): boolean {
  return momentNamed(key.split(":")[0] ?? "")?.promise === "each";
}

const travels = fc.record({
  order: fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 40 }),
  batch: fc.constantFrom(1, 3, 40),
  readBefore: fc.nat({ max: 30 }),
});

const charge: Action = { verb: "charge", who: 0, pick: 0, afterS: 5 };

/** Two payments that were read before any event told of them. */
const readAhead: readonly [readonly Action[], Travel][] = [
  [[charge, charge], { order: [0, 1, 2, 3], batch: 1, readBefore: 0 }],
  [[charge, charge], { order: [3, 2, 1, 0], batch: 1, readBefore: 0 }],
];

describe("moments through the pipeline", () => {
  it("that are promised each are planned exactly once, also when Stripe is looked at or was read before", async () => {
    const actions = someActions({ gapsS: [0, 0, 1, 7], most: 12 });
    await fc.assert(
      fc.asyncProperty(actions, travels, async (happened, travel) => {
        const history = play(happened, 2);
        const planned = await plannedFor(history, travel);
        expect(planned.filter(isEach).toSorted()).toEqual(promised(history));
      }),
      { numRuns: 120, interruptAfterTimeLimit: 40_000, examples: [...readAhead] },
    );
  });
});
