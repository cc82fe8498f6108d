/** The law that carries the design: whatever is delivered, in whatever order and how often, our copies end as Stripe's objects. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { extractFacts } from "../../src/billing/extract.ts";
import { findCopies } from "../../src/billing/store.ts";
import { countWaitingEvents } from "../../src/events/store.ts";
import type { StripeEvent } from "../../src/model/stripe-event.ts";
import { copiesOfPage, keepRead } from "../../src/pipeline/load-customer.ts";
import { StripeLooker } from "../../src/pipeline/look-at-stripe.ts";
import { EventReceiver, type Receipt } from "../../src/pipeline/receive-event.ts";
import { aStripe, aSyncContext, bodyOf, mint, until } from "../support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { someActions, type Action } from "./stripe-actions.ts";
import { asAsked } from "./stripe-json.ts";
import { play, type History, type World } from "./stripe-model.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** How an event travels: how many steps late, how many times, and after how many of them the batch is closed. */
type Travel = { readonly late: number; readonly times: number; readonly batch: number };

const travels = fc.array(
  fc.record({ late: fc.nat({ max: 30 }), times: fc.constantFrom(1, 1, 1, 2, 3), batch: fc.constantFrom(1, 2, 5, 40) }),
  {
    minLength: 1,
    maxLength: 40,
  },
);

type Delivery = { readonly event: StripeEvent; readonly atStep: number; readonly batch: number };

/** Every event at least once, each as late as its travel says. */
function schedule({ events }: History, plan: readonly Travel[]): readonly Delivery[] {
  const deliveries = events.flatMap(({ event, step }, index): Delivery[] => {
    const { late, times, batch } = plan[index % plan.length] ?? { late: 0, times: 1, batch: 1 };
    return Array.from({ length: times }, (_, time) => ({ event, atStep: step + late + time * 3, batch }));
  });
  return deliveries.toSorted((a, b) => a.atStep - b.atStep);
}

/** One run: a connection of its own, a Stripe that answers what is true at the moment, and the first two stages. */
class Run {
  readonly account = mint("account");
  readonly receipts: Receipt[] = [];
  readonly #history: History;
  readonly #stripe = aStripe(
    (id) => this.#answer(id),
    (_path, { charge }) => this.#refundsOf(charge),
  );
  readonly #context = aSyncContext({
    account: this.account,
    pool: database.pool,
    stripe: this.#stripe.client,
    // Our clock and Stripe's agree.
    nowMs: () => this.#nowS() * 1000,
  });
  readonly #receiver = new EventReceiver({
    account: this.account,
    pool: database.pool,
    settleMs: 0,
    onCommitted: () => this.#looker.wake(),
  });
  readonly #looker = new StripeLooker({
    context: this.#context,
    settleMs: 0,
    onBlocked: () => Promise.reject(new Error("Nothing blocks this Stripe.")),
    onQueued: () => undefined,
    onProducts: () => undefined,
    onResolved: () => undefined,
  });
  #step = 0;

  constructor(history: History) {
    this.#history = history;
    this.#looker.start();
  }

  get reads(): readonly string[] {
    return this.#stripe.reads();
  }

  /** How many events had to wait for a look at Stripe. */
  get waited(): number {
    return this.receipts.filter(({ duplicate, outcome }) => !duplicate && outcome.state === "waiting").length;
  }

  async deliver(deliveries: readonly Delivery[]): Promise<void> {
    for (let rest = deliveries; rest.length > 0;) {
      const batch = rest.slice(0, rest[0]?.batch ?? 1);
      rest = rest.slice(batch.length);
      this.goTo(Math.max(...batch.map(({ atStep }) => atStep)));
      this.receipts.push(
        ...(await Promise.all(
          batch.map(({ event }) => this.#receiver.receive({ event, body: bodyOf(event), came: "webhook" })),
        )),
      );
    }
  }

  /** Moves Stripe's present; it never goes back. */
  goTo(step: number): void {
    this.#step = Math.min(Math.max(this.#step, step), this.#history.worlds.length - 1);
  }

  /** Reads everything there is, as the backfill does. */
  async readAll(): Promise<void> {
    for (const [id, shown] of this.#world()) {
      const { object, answeredS } = this.#answer(id);
      if (object === null) continue;
      await keepRead(
        this.#context,
        copiesOfPage(shown.kind, [object], {
          answeredS,
          ...(shown.customerId === null ? {} : { customerId: shown.customerId }),
        }),
      );
    }
  }

  /** Ends when Stripe was asked about every doubt. */
  async settle(): Promise<void> {
    this.goTo(this.#history.worlds.length);
    this.#looker.wake();
    await until(async () => (await countWaitingEvents(database.pool, this.account)).waiting === 0);
    await this.stop();
    expect((await countWaitingEvents(database.pool, this.account)).dead).toBe(0);
  }

  /** Leaves nobody at work, whatever happened. */
  stop(): Promise<void> {
    return this.#looker.stop();
  }

  /** What is stored, as it should compare. */
  async stored(): Promise<Record<string, unknown>> {
    const copies = await findCopies(database.pool, this.account, [...this.#world().keys()]);
    return Object.fromEntries(copies.map(({ id, facts, customerId, deleted }) => [id, { facts, customerId, deleted }]));
  }

  #refundsOf(charge: unknown): readonly Record<string, unknown>[] {
    return [...this.#world().values()]
      .filter(({ kind, object }) => kind === "refund" && object["charge"] === charge)
      .map(({ object }) => object);
  }

  #nowS(): number {
    return this.#history.seconds[this.#step] ?? 0;
  }

  #world(): World {
    return this.#history.worlds[this.#step] ?? new Map();
  }

  #answer(id: string): { object: Record<string, unknown> | null; answeredS: number } {
    const shown = this.#world().get(id);
    const answeredS = this.#nowS();
    return { object: shown && !shown.deleted ? asAsked(shown.object) : null, answeredS };
  }
}

/** What Stripe has at the end. */
function truth({ worlds }: History): Record<string, unknown> {
  return Object.fromEntries(
    [...(worlds.at(-1) ?? [])].map(([id, { kind, object, customerId, deleted }]) => [
      id,
      { facts: extractFacts(kind, asAsked(object)), customerId, deleted },
    ]),
  );
}

async function converge(actions: readonly Action[], plan: readonly Travel[]): Promise<Run> {
  const history = play(actions);
  const run = new Run(history);
  try {
    await run.deliver(schedule(history, plan));
    await run.settle();
    expect(await run.stored()).toEqual(truth(history));
    return run;
  } finally {
    await run.stop();
  }
}

/** A failure that shrinks slowly is reported as far as it got, rather than as a timeout. */
const interruptAfterTimeLimit = 40_000;

const asking = ["failRefund", "dispute", "closeDispute", "discount"] as const;

describe("our copies of Stripe's objects", () => {
  it("end as Stripe's objects, whatever the order, the repetitions and the batches, many events within one second", async () => {
    const actions = someActions({ gapsS: [0, 0, 0, 1, 3], most: 14 });
    await fc.assert(
      fc.asyncProperty(actions, travels, async (happened, plan) => {
        const run = await converge(happened, plan);
        // A refund brings its charge and the charge's other refunds along; who loses a race looks again, twice at most.
        expect(run.reads.length).toBeLessThanOrEqual(9 * run.waited);
      }),
      { numRuns: 800, interruptAfterTimeLimit },
    );
  });

  it("need no look at Stripe when the events of an object are of different seconds", async () => {
    const actions = someActions({ gapsS: [1, 2, 30], without: [...asking, "echo"], most: 14 });
    await fc.assert(
      fc.asyncProperty(actions, travels, async (happened, plan) => {
        expect((await converge(happened, plan)).reads).toEqual([]);
      }),
      { numRuns: 400, interruptAfterTimeLimit },
    );
  });

  it("cost three reads for a refund that failed or for a dispute, and as many for a lost race", async () => {
    const actions = someActions({ gapsS: [1, 2, 30], without: ["echo", "discount"], most: 14 });
    await fc.assert(
      fc.asyncProperty(actions, travels, async (happened, plan) => {
        const run = await converge(happened, plan);
        const asks = play(happened).events.filter(
          ({ event }) => event.type === "refund.failed" || event.type.startsWith("charge.dispute."),
        );
        expect(run.reads.length).toBeLessThanOrEqual(6 * asks.length);
      }),
      { numRuns: 200, interruptAfterTimeLimit },
    );
  });

  it("end the same when everything is read from Stripe somewhere in between", async () => {
    const actions = someActions({ gapsS: [0, 1, 3], most: 12 });
    await fc.assert(
      fc.asyncProperty(actions, travels, fc.nat({ max: 40 }), async (happened, plan, readAt) => {
        const history = play(happened);
        const run = new Run(history);
        const deliveries = schedule(history, plan);
        try {
          await run.deliver(deliveries.filter(({ atStep }) => atStep <= readAt));
          run.goTo(readAt);
          await run.readAll();
          await run.deliver(deliveries.filter(({ atStep }) => atStep > readAt));
          await run.settle();
          expect(await run.stored()).toEqual(truth(history));
        } finally {
          await run.stop();
        }
      }),
      { numRuns: 400, interruptAfterTimeLimit },
    );
  });

  it("stay what they are when everything is delivered a second time", async () => {
    const actions = someActions({ gapsS: [0, 0, 1, 3], most: 12 });
    await fc.assert(
      fc.asyncProperty(actions, travels, async (happened, plan) => {
        const run = await converge(happened, plan);
        const before = await rows(run.account);
        const history = play(happened);
        const again = new EventReceiver({
          account: run.account,
          pool: database.pool,
          settleMs: 0,
          onCommitted: () => undefined,
        });
        const receipts = await Promise.all(
          history.events
            .toReversed()
            .map(({ event }) => again.receive({ event, body: bodyOf(event), came: "webhook" })),
        );
        expect(receipts.every(({ duplicate }) => duplicate)).toBe(true);
        expect(await rows(run.account)).toEqual(before);
      }),
      { numRuns: 200, interruptAfterTimeLimit },
    );
  });
});

/** Everything that is stored for a connection. */
async function rows(account: string): Promise<unknown> {
  const objects = await database.pool.query("select * from stripe_objects where account = $1 order by id", [account]);
  const events = await database.pool.query("select * from stripe_events where account = $1 order by id", [account]);
  const jobs = await database.pool.query("select * from sync_jobs where account = $1 order by customer_id", [account]);
  return { objects: objects.rows, events: events.rows, jobs: jobs.rows };
}
