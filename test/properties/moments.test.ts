/** The law of moments: what is promised to be told is told exactly once per key, however events travel. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { momentNamed } from "../../contract/moment.ts";
import type { StripeEvent } from "../../src/model/stripe-event.ts";
import { tellAll } from "../support/moments.ts";
import { promised } from "./promised-moments.ts";
import { someActions } from "./stripe-actions.ts";
import { play, type History } from "./stripe-model.ts";
import type { Json } from "./stripe-json.ts";

/** Only a look at Stripe can tell whose dispute it is, what a failed refund did, or which coupon a discount is of. */
const asking = ["failRefund", "dispute", "closeDispute", "discount"] as const;

const running = new Set<unknown>(["trialing", "active", "past_due", "unpaid", "paused"]);

/** What was told of moments that are promised each. */
function toldEach(events: readonly StripeEvent[], batch: number): readonly string[] {
  const told = [...tellAll(events, { batch }).values()];
  return told
    .filter(({ name }) => momentNamed(name)?.promise === "each")
    .map(({ key }) => key)
    .toSorted();
}

function shuffled(
  events: readonly StripeEvent[],
  order: readonly number[],
  copies: readonly number[],
): readonly StripeEvent[] {
  return events
    .flatMap((event, index) => Array.from({ length: 1 + (copies[index % copies.length] ?? 0) }, () => event))
    .map((event, index) => ({ event, at: order[index % order.length] ?? 0 }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ event }) => event);
}

const behind = new Set<unknown>(["past_due", "unpaid"]);
const good = new Set<unknown>(["active", "trialing"]);

/** Each turn of a running subscription: what it looked like before and after. */
const turns: Readonly<Record<string, (before: Json, after: Json) => boolean>> = {
  subscription_past_due: (before, after) => !behind.has(before["status"]) && behind.has(after["status"]),
  subscription_recovered: (before, after) => behind.has(before["status"]) && good.has(after["status"]),
  subscription_paused: (before, after) => before["status"] !== "paused" && after["status"] === "paused",
  subscription_resumed: (before, after) => before["status"] === "paused" && after["status"] !== "paused",
  cancellation_scheduled: (before, after) => isLeaving(after) && !isLeaving(before),
  cancellation_withdrawn: (before, after) => !isLeaving(after) && isLeaving(before),
  plan_changed: (before, after) => running.has(before["status"]) && itemOf(before).price !== itemOf(after).price,
  quantity_changed: (before, after) =>
    running.has(before["status"]) && itemOf(before).quantity !== itemOf(after).quantity,
};

function isTurn(name: string): boolean {
  return Object.hasOwn(turns, name);
}

function isLeaving({ cancel_at_period_end: leaves }: Json): boolean {
  return leaves === true;
}

const itemsShape = z.object({
  data: z.tuple([z.object({ quantity: z.number(), price: z.object({ id: z.string() }) })]),
});

function itemOf({ items }: Json): { readonly price: string; readonly quantity: number } {
  const [{ price, quantity }] = itemsShape.parse(items).data;
  return { price: price.id, quantity };
}

/** Every turn that Stripe's objects took, from one world to the next. */
function turnsOf({ worlds, seconds }: History): readonly string[] {
  const keys = worlds.flatMap((world, step) =>
    [...world].flatMap(([id, { kind, object }]) => {
      const before = worlds[step - 1]?.get(id)?.object;
      if (kind !== "subscription" || !before || before === object || !running.has(object["status"])) return [];
      const taken = Object.entries(turns).filter(([, happened]) => happened(before, object));
      return taken.map(([name]) => `${name}:${id}:${seconds[step] ?? 0}`);
    }),
  );
  return keys.toSorted();
}

const order = fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 40 });
const copies = fc.array(fc.constantFrom(0, 0, 1, 2), { minLength: 1, maxLength: 10 });
const batches = fc.constantFrom(1, 2, 5, 40);

describe("moments", () => {
  it("that are promised each are told exactly once, whatever the order, the repetitions and the batches", () => {
    const actions = someActions({ gapsS: [0, 0, 1, 7], without: asking, most: 14 });
    fc.assert(
      fc.property(actions, order, copies, batches, (happened, shuffle, times, batch) => {
        const history = play(happened, 2);
        const events = shuffled(
          history.events.map(({ event }) => event),
          shuffle,
          times,
        );
        expect(toldEach(events, batch)).toEqual(promised(history));
      }),
      { numRuns: 1500 },
    );
  });

  it("that are told while they are true are told at each turn, when events come in order", () => {
    const actions = someActions({ gapsS: [1, 2, 7], without: [...asking, "echo", "delete"], most: 14 });
    fc.assert(
      fc.property(actions, copies, batches, (happened, times, batch) => {
        const history = play(happened, 1);
        const events = shuffled(
          history.events.map(({ event }) => event),
          [0],
          times,
        );
        const told = [...tellAll(events, { batch }).values()].filter(({ name }) => isTurn(name)).map(({ key }) => key);
        expect(told.toSorted()).toEqual(turnsOf(history));
      }),
      { numRuns: 800 },
    );
  });
});
