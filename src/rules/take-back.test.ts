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
  it("takes back what it has set", () => {
    const rule = owing(setting("a", 1));
    const { state, deeds } = cancelRun(rule, advance(rule, fresh).state, "A person cancelled it.");

    expect(state.ended).toEqual({ how: "cancelled", why: "A person cancelled it." });
    expect(deeds).toMatchObject([{ act: { kind: "unset", attribute: "a" } }]);
    expect(cancelRun(rule, state, "again")).toEqual({ state, steps: [], deeds: [], wakeAtS: null });
    expect(advance(rule, state)).toEqual({ state, steps: [], deeds: [], wakeAtS: null });
  });
});
