/** What a run does next, told as it happens to one customer. */
import { describe, expect, it } from "vitest";
import {
  act,
  advance,
  aRule,
  celOf,
  chat,
  confirmed,
  fresh,
  lasting,
  mondayS,
  noFacts,
  owing,
  paid,
  plain,
  setting,
  someFacts,
  tagged,
  ticket,
  wait,
} from "../../test/support/rules.ts";
import type { CompiledRule, Instruction } from "./program.ts";

const hourS = 3600;
const dayS = 24 * hourS;

describe("an act", () => {
  it("is asked for once, and its outcome is waited for", () => {
    const rule = plain(act(tagged), act(ticket));
    const first = advance(rule, fresh);

    expect(first.deeds).toEqual([{ at: 0, act: tagged, values: {} }]);
    expect(first.state.waiting).toEqual({ for: "effect", key: "run_1:0" });
    expect(first).toMatchObject({ steps: [], wakeAtS: null });

    const again = advance(rule, first.state);
    expect(again).toEqual({ state: first.state, steps: [], deeds: [], wakeAtS: null });
    expect(again.state).toBe(first.state);

    const second = advance(rule, first.state, { effect: confirmed() });
    expect(second.steps).toEqual([{ at: 0, path: "steps.tag", kind: "tag", result: "done", detail: null }]);
    expect(second.deeds.map((deed) => deed.at)).toEqual([1]);
  });

  it.each([
    ["failed", "failed"],
    ["withdrawn", "skipped"],
  ] as const)("that %s is recorded as %s, and the run goes on", (state, result) => {
    const rule = plain(act(chat), act(ticket));
    const next = advance(rule, advance(rule, fresh).state, { effect: confirmed({ state }) });

    expect(next.steps).toMatchObject([{ at: 0, kind: "message", result }]);
    expect(next.deeds.map((deed) => deed.at)).toEqual([1]);
    expect(next.state.messages).toBe(0);
  });

  it.each([
    [act(chat), "INTERCOM_NOT_FOUND: Team not found", "Intercom did not take it. INTERCOM_NOT_FOUND: Team not found"],
    [act(chat), null, "Intercom did not take it; its effect in the ledger says why."],
    [
      act({ kind: "webhook", url: "https://example.com/", facts: {} }),
      "WEBHOOK_REFUSED: 410",
      "Its receiver did not take it. WEBHOOK_REFUSED: 410",
    ],
  ])("that failed says why", (instruction, why, detail) => {
    const rule = plain(instruction);
    const next = advance(rule, advance(rule, fresh).state, { effect: confirmed({ state: "failed", why }) });
    expect(next.steps).toMatchObject([{ result: "failed", detail }]);
  });

  it("sets attributes at once, with values that are worked out", () => {
    const vip: Instruction = act({
      kind: "set",
      attribute: "total",
      type: "integer",
      value: { cel: celOf("profile.total_paid * 2") },
    });
    const due: Instruction = act({ kind: "set", attribute: "due", type: "date", value: { cel: celOf("run.now") } });
    const { deeds, state } = advance(plain(vip, due), fresh, { facts: someFacts({ profile: { total_paid: 21n } }) });

    expect(deeds.map(({ values, type }) => [values["value"], type])).toEqual([
      [42, "integer"],
      [mondayS, "date"],
    ]);
    expect(state.ended).toEqual({ how: "finished", why: null });
  });

  it("leaves an attribute alone whose value is not known, or does not fit", () => {
    const total: Instruction = act({
      kind: "set",
      attribute: "total",
      type: "integer",
      value: { cel: celOf("profile.total_paid") },
    });
    const amount: Instruction = act({
      kind: "set",
      attribute: "amount",
      type: "integer",
      value: { cel: celOf("moment.amount / 2.0") },
    });
    const { deeds, steps } = advance(plain(total, amount), fresh);

    expect(deeds).toEqual([]);
    expect(steps.map(({ result }) => result)).toEqual(["skipped", "skipped"]);
  });

  it("takes along what is known of what was asked for", () => {
    const webhook: Instruction = act({
      kind: "webhook",
      url: "https://example.com/",
      facts: {
        failure: { cel: celOf("moment.failure") },
        total: { cel: celOf("profile.total_paid") },
        source: { literal: "dunlin" },
      },
    });

    expect(advance(plain(webhook), fresh).deeds[0]?.values).toEqual({
      failure: "insufficient_funds",
      source: "dunlin",
    });
  });

  it("notes what it learns from its outcome", () => {
    const rule = plain(act(chat), act(tagged), wait({ duration: lasting(1, "day") }));
    const sent = advance(rule, advance(rule, fresh).state, {
      effect: confirmed({ conversationId: "7", atS: mondayS + 5 }),
    });
    const { state } = advance(rule, sent.state, { effect: confirmed() });

    expect(state).toMatchObject({ messages: 1, lastMessageS: mondayS + 5, heardS: mondayS + 5, conversationId: "7" });
    expect(state.traces).toEqual([{ kind: "tag", tag: "Billing-Issue", at: 1 }]);
  });
});

describe("a run's reason", () => {
  it("is looked at before anything is done", () => {
    const { state, deeds } = advance(owing(act(chat)), fresh, { facts: paid });

    expect(deeds).toEqual([]);
    expect(state.ended).toEqual({ how: "over", why: "Its reason is not true any more." });
  });

  it("ends a wait when it is gone, and what was set is taken back", () => {
    const rule = owing(act(tagged), setting("usage_status", "high"), wait({ duration: lasting(2, "day") }), act(chat));
    const waiting = advance(rule, advance(rule, fresh).state, { effect: confirmed() });
    const over = advance(rule, waiting.state, { facts: paid, nowS: mondayS + hourS });

    expect(waiting.state.waiting?.for).toBe("step");
    expect(over.state.ended?.how).toBe("over");
    expect(over.deeds).toEqual([
      { at: 4, act: { kind: "untag", tag: "Billing-Issue" }, values: {} },
      { at: 5, act: { kind: "unset", attribute: "usage_status" }, values: {} },
    ]);
    expect(over.steps.at(-1)?.detail).toBe("Taken back: the tag “Billing-Issue”, usage_status.");
  });

  it("leaves what was set when the rule says so", () => {
    const rule = aRule({
      while: "profile.is_owing",
      rule: { whenOver: "keep" },
      program: [setting("a", 1), wait({ duration: lasting(1, "day") })],
    });

    expect(advance(rule, advance(rule, fresh).state, { facts: paid })).toMatchObject({
      deeds: [],
      state: { ended: { how: "over" }, traces: [{ attribute: "a" }] },
    });
  });

  it("ends a run whose message is on its way, and waits for a tag that is", () => {
    const message = owing(act(chat));
    const tag = owing(act(tagged));
    const tagging = advance(tag, fresh).state;

    expect(advance(message, advance(message, fresh).state, { facts: paid }).state.ended?.how).toBe("over");
    expect(advance(tag, tagging, { facts: paid }).state).toBe(tagging);
    expect(advance(tag, tagging, { facts: paid, effect: confirmed({ state: "failed" }) }).deeds).toEqual([]);
    expect(advance(tag, tagging, { facts: paid, effect: confirmed() }).deeds).toEqual([
      { at: 1, act: { kind: "untag", tag: "Billing-Issue" }, values: {} },
    ]);
  });

  it("that is gone is taken up after the last step, too: the run stays for it", () => {
    const rule = owing(setting("usage_status", "high"));
    const done = advance(rule, fresh);

    expect(done.state).toMatchObject({ at: 1, ended: null, waiting: { for: "step" } });
    expect(advance(rule, done.state, { nowS: mondayS + 30 * dayS }).state).toBe(done.state);
    expect(advance(rule, done.state, { nowS: mondayS + 30 * dayS, facts: noFacts() }).state).toBe(done.state);
    expect(advance(rule, done.state, { nowS: mondayS + 30 * dayS, facts: paid })).toMatchObject({
      state: { ended: { how: "over" } },
      deeds: [{ act: { kind: "unset", attribute: "usage_status" } }],
    });
    expect(advance(rule, done.state, { nowS: mondayS + 366 * dayS }).state.ended?.how).toBe("finished");
  });

  it("is waited for after a stop, but not without anything to take back", () => {
    const stop: Instruction = { op: "stop", path: "steps.stop", reason: "They answered." };
    const resting = advance(owing(setting("a", 1), stop, act(chat)), fresh);

    expect(resting.state).toMatchObject({ at: 3, ended: null });
    expect(resting.steps.at(-1)).toMatchObject({ kind: "stop", detail: "They answered." });
    expect(advance(owing(stop), fresh).state.ended).toEqual({ how: "stopped", why: "They answered." });
  });

  it("holds every act while it is not known, for 7 days", () => {
    const rule = owing(act(chat));
    const held = advance(rule, fresh, { facts: noFacts() });

    expect(held).toMatchObject({ deeds: [], wakeAtS: mondayS + hourS, steps: [{ result: "waits" }] });
    expect(advance(rule, held.state, { nowS: mondayS + 4 * dayS }).deeds).toHaveLength(1);
    expect(advance(rule, held.state, { nowS: mondayS + 7 * dayS - 1, facts: noFacts() })).toMatchObject({
      steps: [],
      wakeAtS: mondayS + 7 * dayS,
      state: { ended: null },
    });
    expect(advance(rule, held.state, { nowS: mondayS + 7 * dayS, facts: noFacts() }).state.ended?.how).toBe("over");
  });

  it("that is not known does not end a wait", () => {
    const rule = owing(wait({ duration: lasting(1, "day") }), act(tagged));
    const waiting = advance(rule, fresh, { facts: noFacts() });

    expect(waiting.state.waiting?.for).toBe("step");
    expect(advance(rule, waiting.state, { nowS: mondayS + dayS, facts: noFacts() })).toMatchObject({
      deeds: [],
      state: { at: 1, waiting: { for: "message" } },
    });
  });
});

describe("a branch", () => {
  const branch = (...conditions: string[]): Instruction => ({
    op: "branch",
    path: "steps.branch",
    cases: conditions.map((text, index) => ({ if: celOf(text), to: index * 2 + 2 })),
    otherwise: 1,
  });
  const program = (...conditions: string[]): CompiledRule =>
    plain(
      branch(...conditions),
      { op: "stop", path: "steps.else", reason: "else" },
      setting("first", 1),
      { op: "jump", to: 6 },
      setting("second", 1),
      { op: "jump", to: 6 },
    );

  it.each([
    ["true", "true", "first"],
    ["profile.total_paid > 5", "true", "second"],
    ["false", "true", "second"],
  ])("takes the first case that is true: %s, %s", (one, other, taken) => {
    expect(advance(program(one, other), fresh).deeds).toMatchObject([{ act: { attribute: taken } }]);
  });

  it("takes what is left when none is", () => {
    const { state, steps } = advance(program("false", "profile.total_paid > 5"), fresh);

    expect(state.ended).toEqual({ how: "stopped", why: "else" });
    expect(steps.map(({ detail }) => detail)).toEqual(["No case is true.", "else"]);
  });

  it("can ask how the latest wait ended", () => {
    const rule = plain(
      wait({ duration: lasting(1, "day") }),
      {
        op: "branch",
        path: "steps.branch",
        cases: [{ if: celOf('run.last_wait == "time" && run.messages == 0 && !run.replied'), to: 3 }],
        otherwise: 2,
      },
      { op: "stop", path: "x", reason: "no" },
      setting("a", 1),
    );

    expect(advance(rule, advance(rule, fresh).state, { nowS: mondayS + dayS }).deeds).toHaveLength(1);
  });

  it("that leads back fails the run instead of turning in a circle", () => {
    expect(advance(plain(setting("a", 1), { op: "jump", to: 0 }), fresh).state.ended).toMatchObject({ how: "failed" });
    expect(advance(plain(), { ...fresh, at: 3 }).state.ended).toMatchObject({ how: "failed" });
  });
});
