/** What a run has set is taken back, and nothing else. */
import { describe, expect, it } from "vitest";
import { act, advance, confirmed, fresh, owing, plain, setting, tagged } from "../../test/support/rules.ts";
import { cancelRun } from "./advance-end.ts";

describe("an undo", () => {
  it("takes back what the run has set, each once, and nothing else", () => {
    const rule = plain(
      setting("a", 1),
      setting("a", 2),
      act(tagged),
      act({ kind: "tag", tag: "Kept" }),
      act({ kind: "untag", tag: "Billing-Issue" }),
      { op: "undo", path: "steps.undo" },
      { op: "undo", path: "steps.undo" },
    );
    let { state, deeds } = advance(rule, fresh);
    while (state.waiting?.for === "effect") ({ state, deeds } = advance(rule, state, { effect: confirmed() }));

    expect(deeds).toEqual([
      { at: 7 + 1, act: { kind: "unset", attribute: "a" }, values: {} },
      { at: 7 + 3, act: { kind: "untag", tag: "Kept" }, values: {} },
    ]);
    expect(state).toMatchObject({ traces: [], ended: { how: "finished" } });
  });
});

describe("a run that a person cancels", () => {
  const why = "A person cancelled it.";

  it("takes back what it has set", () => {
    const rule = owing(setting("a", 1));
    const cancelled = cancelRun(rule, advance(rule, fresh).state, { why, effect: null });

    expect(cancelled?.state.ended).toEqual({ how: "cancelled", why });
    expect(cancelled?.deeds).toMatchObject([{ act: { kind: "unset", attribute: "a" } }]);
    const { state } = cancelled ?? { state: fresh };
    const nothing = { state, steps: [], deeds: [], wakeAtS: null };
    expect(cancelRun(rule, state, { why: "again", effect: null })).toEqual(nothing);
    expect(advance(rule, state)).toEqual(nothing);
  });

  it("waits for a tag that is on its way, and takes it off if it was put on", () => {
    const rule = owing(act(tagged));
    const { state } = advance(rule, fresh);
    const report = confirmed();

    expect(cancelRun(rule, state, { why, effect: { ...report, state: "open" } })).toBeNull();
    const told = (effect: typeof report): unknown => cancelRun(rule, state, { why, effect })?.deeds;
    expect(told(report)).toMatchObject([{ act: { kind: "untag", tag: "Billing-Issue" } }]);
    expect(told({ ...report, state: "withdrawn" })).toEqual([]);
    expect(told({ ...report, state: "failed" })).toEqual([]);
  });

  it("waits for nothing else", () => {
    const rule = owing(act({ kind: "untag", tag: "Billing-Issue" }));
    const { state } = advance(rule, fresh);
    const effect = { ...confirmed(), state: "open" } as const;

    expect(cancelRun(rule, state, { why, effect })?.state.ended).toEqual({ how: "cancelled", why });
  });
});
