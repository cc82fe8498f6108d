/**
 * The law of the time machine: it does at each instant what a rule would have done. Held against an interpreter that knows
 * nothing of its parts: it looks at every second in which anything happens or a wait ends, and works out everything anew.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { foldEvents, snapshotOfEvent } from "../../src/billing/apply.ts";
import type { Snapshot } from "../../src/billing/one-second.ts";
import { groupCopies, buildProfile } from "../../src/billing/profile.ts";
import { useOf } from "../../src/events/catalogue.ts";
import type { StripeEvent } from "../../src/model/stripe-event.ts";
import type { Profile } from "../../src/model/profile.ts";
import type { ObjectCopy } from "../../src/model/stripe-object.ts";
import { tellAll } from "../support/moments.ts";
import { aRecord, compareDeeds, deedsOf, rehearseAll, rulesOf, type RuleDeed } from "../support/simulation.ts";
import { someActions } from "./stripe-actions.ts";
import { play, type History } from "./stripe-model.ts";

const hourS = 3600;
const waitS = 2 * hourS;
const dayS = 24 * hourS;
const customers = 2;

/** What only Stripe can tell is settled by a guess in the time machine. */
const asking = ["failRefund", "dispute", "closeDispute", "discount", "delete"] as const;

const head = { description: "A rule.", purpose: "To be tested.", quietHours: "none", caps: "none" };

const document = rulesOf({
  version: 1,
  rules: [
    {
      ...head,
      name: "failed",
      on: { moment: "payment_failed" },
      while: "!profile.delinquent",
      whenOver: "keep",
      steps: [{ tag: "a" }, { wait: { for: "2 hours" } }, { tag: "b" }],
    },
    {
      ...head,
      name: "paid",
      on: { moment: "payment_succeeded" },
      if: "profile.payment_count >= 2",
      oncePer: "1 day",
      steps: [{ dataEvent: { name: "again" } }],
    },
    {
      ...head,
      name: "behind",
      on: { moment: "subscription_past_due" },
      oncePer: "customer",
      steps: [
        { wait: { for: "2 hours", orUntil: 'profile.status == "active"' } },
        parse(
          `{ branch: [{ if: run.last_wait == "condition", then: [{ tag: recovered }] }], else: [{ tag: silent }] }`,
        ),
      ],
    },
  ],
});

type Known = { readonly atS: number; readonly profile: Profile | null };

/** The profile after each second, from all events up to it. */
function profilesOf(events: readonly StripeEvent[], customerId: string): readonly Known[] {
  const copies = new Map<string, ObjectCopy>();
  const bodies = new Map<string, Snapshot>();
  const known: Known[] = [];
  for (const event of events) {
    const incoming = [{ event, use: useOf(event.type) }];
    const folded = foldEvents(incoming, { find: (id) => copies.get(id), findSnapshot: (id) => bodies.get(id) });
    bodies.set(event.id, snapshotOfEvent(event));
    for (const copy of folded.copies) copies.set(copy.id, copy);
    const own = [...copies.values()].filter((copy) => copy.customerId === customerId);
    const grouped = groupCopies(customerId, own);
    known.push({ atS: event.createdS, profile: grouped && buildProfile(grouped, { livemode: true }) });
  }
  return known;
}

function profileAt(known: readonly Known[], atS: number): Profile | null {
  return known.findLast((one) => one.atS <= atS)?.profile ?? null;
}

/** What the three rules do to this customer, reckoned without any part of the rules. */
function expectedDeeds(events: readonly StripeEvent[], customerId: string, toS: number): readonly RuleDeed[] {
  const known = profilesOf(events, customerId);
  const seconds = [...new Set(known.map(({ atS }) => atS))];
  const moments = [...tellAll(events).values()].filter((moment) => moment.customerId === customerId);
  // A moment is heard with the event that tells it, and events of a second are known together.
  const heard = moments
    .map((moment) => ({ ...moment, heardS: heardSecond(events, moment.key) }))
    .filter(({ occurredAtS, heardS }) => occurredAtS >= heardS - dayS)
    .toSorted((a, b) => a.heardS - b.heardS);
  const deeds: RuleDeed[] = [];
  const did = (rule: string, step: string, atS: number): void => {
    const [kind = "", path = ""] = step.split(" ");
    if (atS < toS) deeds.push({ rule, account: "main", customerId, kind, path, atS });
  };
  for (const { heardS } of heard.filter(({ name }) => name === "payment_failed")) {
    const isFine = (atS: number): boolean => profileAt(known, atS)?.delinquent === false;
    if (!isFine(heardS)) continue;
    did("failed", "tag steps[0]", heardS);
    const isOver = seconds.some((atS) => atS > heardS && atS <= heardS + waitS && !isFine(atS));
    if (!isOver) did("failed", "tag steps[2]", heardS + waitS);
  }
  for (const heardS of paidAgain(heard, known)) did("paid", "data_event steps[0]", heardS);
  const [behind] = heard.filter(({ name, heardS }) => name === "subscription_past_due" && profileAt(known, heardS));
  if (behind) {
    const recoveredS = recoveredIn(known, behind.heardS);
    if (recoveredS === undefined) did("behind", "tag steps[1].else[0]", behind.heardS + waitS);
    else did("behind", "tag steps[1].branch[0].then[0]", recoveredS);
  }
  return deeds;
}

/** When a payment that is not the first one was heard of, a day after the one before at the earliest. */
function paidAgain(
  heard: readonly { readonly name: string; readonly heardS: number }[],
  known: readonly Known[],
): readonly number[] {
  const again: number[] = [];
  for (const { name, heardS } of heard) {
    const isLater = heardS >= (again.at(-1) ?? Number.NEGATIVE_INFINITY) + dayS;
    const count = profileAt(known, heardS)?.paymentCount ?? 0;
    if (name === "payment_succeeded" && count >= 2 && isLater) again.push(heardS);
  }
  return again;
}

/** When the subscription is active while the rule waits; undefined when it is not. */
function recoveredIn(known: readonly Known[], sinceS: number): number | undefined {
  const isActive = (atS: number): boolean => profileAt(known, atS)?.subscription?.status === "active";
  return [sinceS, ...known.map(({ atS }) => atS)].find((atS) => atS >= sinceS && atS < sinceS + waitS && isActive(atS));
}

/** The second of the first event with which the moment is told. */
function heardSecond(events: readonly StripeEvent[], key: string): number {
  const index = events.findIndex((_event, at) => tellAll(events.slice(0, at + 1)).has(key));
  return events[index]?.createdS ?? 0;
}

function ownersOf({ worlds }: History): ReadonlyMap<string, string> {
  return new Map(
    worlds.flatMap((world) =>
      [...world].flatMap(([id, { customerId }]) => (customerId === null ? [] : [[id, customerId] as const])),
    ),
  );
}

function eventsOf(history: History, customerId: string): readonly StripeEvent[] {
  const owners = ownersOf(history);
  return history.events
    .map(({ event }) => event)
    .filter(({ object }) => object["id"] === customerId || owners.get(String(object["id"])) === customerId);
}

describe("the time machine", () => {
  it("does what the rules would have done, and when", () => {
    const actions = someActions({ gapsS: [1, 60, hourS, 3 * hourS, dayS], without: asking, most: 14 });
    fc.assert(
      fc.property(actions, (happened) => {
        const history = play(happened, customers);
        const all = history.events.map(({ event }) => event);
        const [fromS, lastS] = [(all[0]?.createdS ?? 0) - 1, all.at(-1)?.createdS ?? 0];
        const toS = lastS + hourS;
        const ids = [...new Set(ownersOf(history).values())];
        const people = ids.map((id) => ({ id, events: eventsOf(history, id) }));
        const records = people.map(({ id, events }) => aRecord(id, { events }));
        const { rules } = rehearseAll({ document, records, fromS, toS, journalS: fromS });
        const expected = people.flatMap(({ id, events }) => expectedDeeds(events, id, toS));
        expect(compareDeeds(deedsOf({ rules }), expected, 0)).toEqual({ onlySimulated: [], onlyHappened: [] });
      }),
      { numRuns: 300 },
    );
  });
});
