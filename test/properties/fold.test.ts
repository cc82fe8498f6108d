/** Laws of the fold alone: whatever it decides without asking Stripe is right, in any order. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldEvents, snapshotOfEvent } from "../../src/billing/apply.ts";
import { extractFacts } from "../../src/billing/extract.ts";
import type { Snapshot } from "../../src/billing/one-second.ts";
import { useOf } from "../../src/events/catalogue.ts";
import type { StripeEvent } from "../../src/model/stripe-event.ts";
import type { ObjectCopy } from "../../src/model/stripe-object.ts";
import { someActions, type Action } from "./stripe-actions.ts";
import { play, type World } from "./stripe-model.ts";

const asking = ["failRefund", "dispute", "closeDispute", "discount"] as const;

/** The events in the order of random numbers, one after the other; answers the copies and whom Stripe must be asked about. */
function deliver(
  events: readonly StripeEvent[],
  order: readonly number[],
): { copies: Map<string, ObjectCopy>; asked: Set<string> } {
  const copies = new Map<string, ObjectCopy>();
  const bodies = new Map<string, Snapshot>();
  const asked = new Set<string>();
  const shuffled = events
    .map((event, index) => ({ event, at: order[index % order.length] ?? 0 }))
    .toSorted((a, b) => a.at - b.at);
  for (const { event } of shuffled) {
    const known = { find: (id: string) => copies.get(id), findSnapshot: (id: string) => bodies.get(id) };
    const folded = foldEvents([{ event, use: useOf(event.type) }], known);
    bodies.set(event.id, snapshotOfEvent(event));
    for (const copy of folded.copies) copies.set(copy.id, copy);
    for (const { state, objectId } of folded.outcomes)
      if (state === "waiting" && objectId !== null) asked.add(objectId);
  }
  return { copies, asked };
}

/** What the copies should be, without what Stripe would be asked about. */
function expected(world: World | undefined, asked: ReadonlySet<string>): Record<string, unknown> {
  const shown = [...(world ?? [])].filter(([id]) => !asked.has(id));
  return Object.fromEntries(
    shown.map(([id, { kind, object, customerId, deleted }]) => [
      id,
      { facts: extractFacts(kind, object), customerId, deleted },
    ]),
  );
}

function kept(copies: ReadonlyMap<string, ObjectCopy>, asked: ReadonlySet<string>): Record<string, unknown> {
  const decided = [...copies].filter(([id]) => !asked.has(id));
  return Object.fromEntries(
    decided.map(([id, { facts, customerId, deleted }]) => [id, { facts, customerId, deleted }]),
  );
}

function check(actions: readonly Action[], order: readonly number[]): ReadonlySet<string> {
  const { events, worlds } = play(actions, 1);
  const { copies, asked } = deliver(
    events.map(({ event }) => event),
    order,
  );
  expect(kept(copies, asked)).toEqual(expected(worlds.at(-1), asked));
  return asked;
}

const order = fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 40 });

function renames(...picks: readonly (readonly [pick: number, afterS: number])[]): readonly Action[] {
  return picks.map(([pick, afterS]): Action => ({ verb: "rename", who: 0, pick, afterS }));
}

/** Changes that are taken back within one second, delivered in the order of the numbers. */
const takenBack: readonly [readonly Action[], readonly number[]][] = [
  [renames([0, 5], [1, 0], [0, 0]), [0, 1, 3, 2]],
  [renames([0, 5], [1, 0], [2, 0], [0, 0]), [0, 4, 3, 2, 1]],
  [renames([0, 5], [1, 5], [2, 0], [0, 0]), [0, 1, 4, 3, 2]],
];

describe("the fold", () => {
  it("ends with Stripe's objects whatever the order, and needs no look at Stripe when seconds differ", () => {
    const actions = someActions({ gapsS: [1, 2, 7], without: [...asking, "echo"], most: 14 });
    fc.assert(
      fc.property(actions, order, (happened, shuffle) => {
        expect(check(happened, shuffle).size).toBe(0);
      }),
      { numRuns: 1500 },
    );
  });

  it("is never wrong about what it decides by itself, even within one second", () => {
    const actions = someActions({ gapsS: [0, 0, 0, 1], without: asking, most: 10 });
    fc.assert(
      fc.property(actions, order, (happened, shuffle) => {
        check(happened, shuffle);
      }),
      { numRuns: 3000, examples: [...takenBack] },
    );
  });

  it("needs no look at Stripe for what arrives in order, unless a change is taken back within the second", () => {
    const actions = someActions({ gapsS: [0], without: [...asking, "echo", "product"], most: 8 });
    fc.assert(
      fc.property(actions, (happened) => {
        fc.pre(!takesSomethingBack(happened));
        expect([...check(happened, [0])]).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

/** True when an object comes to look again as it looked before. */
function takesSomethingBack(actions: readonly Action[]): boolean {
  const looks = play(actions, 1)
    .events.filter(({ event }) => !["customer.subscription.trial_will_end", "invoice.paid"].includes(event.type))
    .map(({ event }) => JSON.stringify([event.object["id"], event.object]));
  return new Set(looks).size < looks.length;
}
