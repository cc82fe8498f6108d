/** A write is traced back to the copies that were new to it and the events that changed them. */
import { describe, expect, it } from "vitest";
import type { BasisObject } from "../billing/basis.ts";
import type { KeptWrite } from "../contacts/store.ts";
import type { KeptEvent } from "../events/store.ts";
import { traceWrite } from "./explain-write.ts";

const name = "stripe_status";
const startMs = 1_790_000_000_000;

function aBasis(...objects: readonly Partial<BasisObject>[]): string {
  const stored = objects.map((parts) => {
    const { account, kind, id, rev, asOfS, eventId, origin } = {
      account: "main",
      kind: "subscription",
      id: "sub_1",
      rev: 1,
      asOfS: startMs / 1000,
      eventId: "evt_1",
      origin: "event",
      ...parts,
    };
    return [account, kind, id, rev, asOfS, eventId, origin];
  });
  return JSON.stringify({ objects: stored, rests: [[[name], objects.map((_, index) => index), 0]] });
}

function aWrite(parts: Partial<KeptWrite> = {}): KeptWrite {
  return {
    id: 2,
    customer: { account: "main", customerId: "cus_1" },
    contactId: "c1",
    kind: "update",
    lane: "calm",
    changes: JSON.stringify([[name, "active", "past_due"]]),
    basis: aBasis({ rev: 2, eventId: "evt_2" }),
    mapping: "stripe@1",
    requestId: "req",
    lagMs: 5,
    at: new Date(startMs + 10_000),
    ...parts,
  };
}

const before = aWrite({ id: 1, basis: aBasis({}), at: new Date(startMs + 1_000) });

function anEventAt(id: string, seconds: number, parts: Partial<KeptEvent> = {}): KeptEvent {
  return {
    account: "main",
    id,
    type: "customer.subscription.updated",
    createdS: startMs / 1000 + seconds,
    objectId: "sub_1",
    customerId: "cus_1",
    state: "applied",
    changes: JSON.stringify([["status", "active", id]]),
    came: "webhook",
    attempt: 0,
    error: null,
    receivedAt: new Date(startMs + seconds * 1000),
    ...parts,
  };
}

const events = [anEventAt("evt_1", 0), anEventAt("evt_between", 4), anEventAt("evt_2", 8), anEventAt("evt_later", 60)];

describe("a write", () => {
  it("goes back to every event that changed its copies since the write before, oldest first", () => {
    const { events: told, cause, objects } = traceWrite(aWrite(), name, { earlier: [before], events });
    expect(told.map(({ id }) => id)).toEqual(["evt_between", "evt_2"]);
    expect(cause.kind).toBe("events");
    expect(objects).toMatchObject([{ id: "sub_1", revision: 2, isNew: true }]);
  });

  it("that is the first to a contact was set off by the link", () => {
    const read = aWrite({ basis: aBasis({ origin: "read", eventId: null }) });
    expect(traceWrite(read, name, { earlier: [], events: [] }).cause.kind).toBe("linked");
    const other = { ...before, contactId: "c0" };
    expect(traceWrite(aWrite(), name, { earlier: [other], events }).cause.kind).toBe("linked");
  });

  it("that follows a read of Stripe says so", () => {
    const read = aWrite({ basis: aBasis({ rev: 2, origin: "read", eventId: null }) });
    expect(traceWrite(read, name, { earlier: [before], events }).cause).toMatchObject({ kind: "read" });
  });

  it("that a new mapping asked for says so", () => {
    const remapped = aWrite({ mapping: "stripe@2" });
    expect(traceWrite(remapped, name, { earlier: [before], events }).cause).toMatchObject({
      kind: "mapping",
      text: "The mapping changed from stripe@1 to stripe@2.",
    });
  });

  it("without anything new put right what the contact showed", () => {
    const again = aWrite({ basis: before.basis });
    expect(traceWrite(again, name, { earlier: [before], events }).cause.kind).toBe("repair");
  });

  it("names events that are no longer stored", () => {
    const { eventsGone } = traceWrite(aWrite(), name, { earlier: [before], events: [anEventAt("evt_1", 0)] });
    expect(eventsGone).toEqual(["evt_2"]);
  });

  it("of an earlier version has no basis and says so", () => {
    const old = aWrite({ basis: null, mapping: null });
    expect(traceWrite(old, name, { earlier: [], events: [] })).toMatchObject({
      before: "active",
      after: "past_due",
      objects: [],
      cause: { kind: "unknown" },
    });
  });
});
