import { describe, expect, it } from "vitest";
import { EffectHeld, type EffectBody } from "../effects/effect.ts";
import type { ClaimedEffect } from "../effects/turn.ts";
import { failureOf, unreachable, type FailedCall, type IntercomFailure } from "../intercom/failure.ts";
import {
  outcomeOfAbsence,
  outcomeOfFailedLook,
  outcomeOfFailure,
  outcomeOfHold,
  outcomeOfRefusedDeparture,
  outcomeWithoutContact,
  stopsAll,
  usualLookDelays,
  type Turn,
} from "./effect-outcome.ts";
import { NotDeparted } from "./perform-effect.ts";

const note: EffectBody = { kind: "note", text: "Hello" };
const chat: EffectBody = { kind: "message", channel: "inapp", text: "Hello", guarantee: "at_most_once" };
const dataEvent: EffectBody = { kind: "data_event", name: "paid", occurredAtS: 5 };

function anEffect(over: Partial<ClaimedEffect> = {}): ClaimedEffect {
  return {
    id: "eff_1",
    account: "main",
    customerId: "cus_1",
    key: "k",
    lane: "calm",
    guarantee: "verified",
    state: "planned",
    effect: note,
    contactId: null,
    objectId: null,
    attempt: 0,
    looks: 0,
    queuedAtMs: 0,
    doubtedAtMs: null,
    ...over,
  };
}

const call: FailedCall = { method: "POST", path: "/contacts/{id}/notes", effect: "once" };

function answered(status: number, code = "some_code", to: FailedCall = call): IntercomFailure {
  return failureOf({ status, headers: {}, body: JSON.stringify({ errors: [{ code, message: "why" }] }) }, to, 0);
}

const lost = unreachable(call, true, new Error("reset"));
const unsent = unreachable(call, false, new Error("refused"));
const turn: Turn = { hasDeparted: true, isBroken: false, random: 0, looks: usualLookDelays };

describe("a failed call", () => {
  it.each<[string, IntercomFailure]>([
    ["a lost answer", lost],
    ["an answer of 500", answered(500)],
    ["an answer of 503", answered(503)],
  ])("leaves it in doubt after %s", (_, error) => {
    expect(outcomeOfFailure(anEffect(), error, turn)).toMatchObject({ to: "unknown", looks: 0, delayMs: 2_000 });
  });

  it.each<[string, IntercomFailure]>([
    ["a connection that never was", unsent],
    ["a 429", answered(429)],
    ["a 409", answered(409)],
    ["a revoked token", answered(401)],
    ["a contact that is not there yet", answered(404)],
  ])("is planned again after %s", (_, error) => {
    expect(outcomeOfFailure(anEffect(), error, turn).to).toBe("planned");
  });

  it.each<[string, IntercomFailure]>([
    ["a refusal", answered(400)],
    ["a missing permission", answered(403)],
    ["a plan that is too small", answered(403, "api_plan_restricted")],
  ])("fails after %s, and certainly has not happened", (_, error) => {
    expect(outcomeOfFailure(anEffect(), error, turn)).toMatchObject({ to: "failed", mayHaveHappened: false });
  });

  it("fails for itself alone where a workspace lacks the version Preview", () => {
    const error = answered(400, "intercom_version_invalid", { ...call, preview: "Tag." });
    expect(stopsAll(error)).toBe(false);
    expect(outcomeOfFailure(anEffect(), error, turn)).toMatchObject({
      to: "failed",
      fault: { code: "INTERCOM_PREVIEW_REFUSED", message: expect.stringMatching(/ Tag\.$/) },
      mayHaveHappened: false,
    });
  });

  it("before the effect's own call leaves nothing in doubt", () => {
    expect(outcomeOfFailure(anEffect(), lost, { ...turn, hasDeparted: false })).toMatchObject({ to: "planned" });
  });

  it("before the effect's own call leaves one in doubt that was", () => {
    const unknown = anEffect({ state: "unknown", looks: 2 });
    expect(outcomeOfFailure(unknown, unsent, { ...turn, hasDeparted: false })).toMatchObject({
      to: "unknown",
      looks: 2,
    });
  });

  it("ends after many attempts, sooner when something is missing", () => {
    expect(outcomeOfFailure(anEffect({ attempt: 4 }), answered(404), turn).to).toBe("planned");
    expect(outcomeOfFailure(anEffect({ attempt: 5 }), answered(404), turn).to).toBe("failed");
    expect(outcomeOfFailure(anEffect({ attempt: 58 }), unsent, turn).to).toBe("planned");
    expect(outcomeOfFailure(anEffect({ attempt: 59 }), unsent, turn).to).toBe("failed");
    const event = anEffect({ attempt: 59, effect: dataEvent, guarantee: "effectively_once" });
    expect(outcomeOfFailure(event, lost, turn)).toMatchObject({ to: "failed", mayHaveHappened: true });
    expect(outcomeOfFailure(event, lost, { ...turn, isBroken: true }).to).toBe("unknown");
  });

  it("does not count as an attempt when it says nothing about the effect", () => {
    for (const error of [answered(429), answered(401)])
      expect(outcomeOfFailure(anEffect(), error, turn)).toMatchObject({ counts: false });
    expect(outcomeOfFailure(anEffect(), unsent, { ...turn, isBroken: true })).toMatchObject({ counts: false });
    expect(outcomeOfFailure(anEffect(), unsent, turn)).toMatchObject({ counts: true });
  });
});

describe("a look that finds nothing", () => {
  const looks = { listMs: [1, 2], searchMs: [3, 4, 5] };

  it("is followed by further ones, then by what the guarantee says", () => {
    expect(outcomeOfAbsence(anEffect({ looks: 0 }), looks)).toMatchObject({ to: "unknown", looks: 1, delayMs: 2 });
    expect(outcomeOfAbsence(anEffect({ looks: 1 }), looks)).toBe("repeat");
    const message = anEffect({ effect: chat, guarantee: "at_most_once" });
    expect(outcomeOfAbsence({ ...message, looks: 1 }, looks)).toMatchObject({ to: "unknown", looks: 2, delayMs: 5 });
    expect(outcomeOfAbsence({ ...message, looks: 2 }, looks)).toMatchObject({
      to: "failed",
      mayHaveHappened: true,
      fault: { code: "EFFECT_UNCERTAIN" },
    });
    expect(outcomeOfAbsence({ ...message, guarantee: "at_least_once", looks: 2 }, looks)).toBe("repeat");
  });

  it("takes about two minutes for what a search shows late", () => {
    const total = usualLookDelays.searchMs.reduce((sum, ms) => sum + ms, 0);
    expect(total).toBe(120_000);
  });
});

describe("a look that fails", () => {
  it("counts for nothing", () => {
    for (const error of [lost, answered(429), answered(401), answered(500)])
      expect(outcomeOfFailedLook(anEffect({ looks: 1 }), error, 0)).toMatchObject({ to: "unknown", looks: 1 });
  });

  it("because everything is gone leaves the decision to a person", () => {
    expect(outcomeOfFailedLook(anEffect(), answered(404), 0)).toMatchObject({ to: "failed", mayHaveHappened: true });
  });
});

describe("an effect that does not leave", () => {
  it("waits while the contact is busy, and is somebody else's when the lease is lost", () => {
    expect(outcomeOfRefusedDeparture(anEffect(), new NotDeparted("busy"))).toMatchObject({ to: "planned" });
    expect(outcomeOfRefusedDeparture(anEffect({ state: "unknown" }), new NotDeparted("busy"))?.to).toBe("unknown");
    expect(outcomeOfRefusedDeparture(anEffect(), new NotDeparted("lost"))).toBeNull();
    expect(outcomeOfRefusedDeparture(anEffect(), new NotDeparted("taken"))?.to).toBe("failed");
  });

  it("for want of a contact waits a day, ever more patiently", () => {
    const nobody = { kind: "nobody", isFinal: false, why: "No contact." } as const;
    const delay = (waitedMs: number): unknown => outcomeWithoutContact(anEffect(), nobody, waitedMs);
    expect(delay(0)).toMatchObject({ to: "planned", delayMs: 500 });
    expect(delay(8_000)).toMatchObject({ to: "planned", delayMs: 2_000 });
    expect(delay(3_600_000)).toMatchObject({ to: "planned", delayMs: 30_000 });
    expect(delay(86_400_001)).toMatchObject({ to: "failed", fault: { code: "EFFECT_WITHOUT_CONTACT" } });
    expect(outcomeWithoutContact(anEffect(), { ...nobody, isFinal: true }, 0).to).toBe("failed");
  });

  it("for want of a contact is withdrawn when it tells of a moment, which never counts as told", () => {
    const nobody = { kind: "nobody", isFinal: false, why: "No contact." } as const;
    const moment = anEffect({ key: "moment:payment_failed:ch_1" });
    const leftOut = { ...nobody, isLeftOut: true };
    const withdrawn = { to: "withdrawn", fault: { code: "EFFECT_WITHOUT_CONTACT" } };
    const ends = (outcome: unknown): void => expect(outcome).toMatchObject(withdrawn);

    ends(outcomeWithoutContact(moment, { ...nobody, isFinal: true }, 0));
    ends(outcomeWithoutContact(moment, nobody, 86_400_001));
    ends(outcomeWithoutContact(moment, leftOut, 60_001));
    const unknown = anEffect({ key: "moment:payment_failed:ch_1", state: "unknown" });
    expect(outcomeWithoutContact(unknown, { ...nobody, isFinal: true }, 0).to).toBe("confirmed");
    expect(outcomeWithoutContact(moment, leftOut, 59_000).to).toBe("planned");
    expect(outcomeWithoutContact(moment, nobody, 3_600_000).to).toBe("planned");
    expect(outcomeWithoutContact(anEffect(), leftOut, 3_600_000).to).toBe("planned");
  });
});

describe("what is held back", () => {
  const weekMs = 7 * 24 * 3_600_000;
  const held = new EffectHeld({ why: "It is in the customer's quiet hours.", holdUntilS: 7_200 });

  it("leaves when the clock of the rules says so", () => {
    const outcome = outcomeOfHold(anEffect({ queuedAtMs: 5 }), held, { nowMs: weekMs + 5, rulesNowMs: 3_600_000 });
    expect(outcome).toMatchObject({ to: "planned", delayMs: 3_600_000, counts: false, fault: { code: "EFFECT_HELD" } });
  });

  it("is withdrawn after a week, with what held it back", () => {
    const outcome = outcomeOfHold(anEffect({ queuedAtMs: 5 }), held, { nowMs: weekMs + 6, rulesNowMs: 3_600_000 });
    const message = "It was held back for a week: It is in the customer's quiet hours.";
    expect(outcome).toEqual({ to: "withdrawn", fault: { code: "EFFECT_WITHDRAWN", message } });
  });
});
