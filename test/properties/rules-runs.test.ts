/**
 * Laws of runs, over programs, wakes and worlds that are made up: each run ends, no message leaves without its reason, no deed
 * is asked for twice, and what was set is what is taken back.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advanceRun } from "../../src/rules/advance.ts";
import type { CompiledRule } from "../../src/rules/program.ts";
import type { Deed, RunState, StepRecord, Trace } from "../../src/rules/run.ts";
import { fresh, mondayS } from "../support/rules.ts";
import { inputsIn, rules, worlds, type World } from "./rules-worlds.ts";

const dayS = 86_400;

/** As a row keeps it. */
function asStored(state: RunState): RunState {
  const stored: RunState = JSON.parse(JSON.stringify(state));
  return stored;
}

type Told = { readonly nowS: number; readonly world: World; readonly deed: Deed };
type Life = { readonly state: RunState; readonly told: readonly Told[]; readonly steps: readonly StepRecord[] };

/** Wakes the run in each world, each later than the one before; `keep` is what lies between two wakes. */
function live(rule: CompiledRule, wakes: readonly World[], keep = (state: RunState): RunState => state): Life {
  let [state, nowS] = [fresh, mondayS];
  const told: Told[] = [];
  const steps: StepRecord[] = [];
  for (const world of wakes) {
    nowS += world.laterS;
    const advance = advanceRun(rule, keep(state), inputsIn(world, nowS));
    state = advance.state;
    for (const deed of advance.deeds) told.push({ nowS, world, deed });
    steps.push(...advance.steps);
  }
  return { state, told, steps };
}

const lives = fc.tuple(rules, fc.array(worlds, { minLength: 1, maxLength: 40 }));
const often = { numRuns: 1_500, seed: 5 };

describe("a run", () => {
  it("ends, whatever its program is, when it is woken when it asks for it", () => {
    fc.assert(
      fc.property(rules, fc.array(worlds, { minLength: 1, maxLength: 8 }), (rule, wakes) => {
        let [state, nowS] = [fresh, mondayS];
        for (let wake = 0; state.ended === null; wake += 1) {
          // After 2,000 wakes it has failed to end; the years of a rest are few wakes, since nothing is due in between.
          expect(wake).toBeLessThan(2_000);
          const usual = wakes[wake % wakes.length];
          if (usual === undefined) return;
          const world = { ...usual, outcome: usual.outcome === "open" ? "failed" : usual.outcome } as const;
          const advance = advanceRun(rule, state, inputsIn(world, nowS));
          state = advance.state;
          nowS = Math.max(nowS, advance.wakeAtS ?? nowS);
        }
      }),
      often,
    );
  });

  it("is the same however often it is asked, and when it was kept as text in between", () => {
    fc.assert(
      fc.property(lives, ([rule, wakes]) => {
        const once = live(rule, wakes);
        const kept = live(rule, wakes, asStored);
        expect(kept).toEqual(once);
      }),
      often,
    );
  });

  it("is left as it is by a second look at the same world, when nobody has answered what it asked in the first", () => {
    fc.assert(
      fc.property(lives, worlds, ([rule, wakes], world) => {
        const { state } = live(rule, wakes);
        const inputs = { ...inputsIn(world, mondayS + 200 * dayS), effect: null };
        const asked = { ...inputs, approval: state.waiting?.for === "approval" ? inputs.approval : "none" } as const;
        const first = advanceRun(rule, state, asked);
        // What was said of one draft says nothing about the next.
        const since = first.state.at === state.at ? asked : ({ ...asked, approval: "none" } as const);
        const second = advanceRun(rule, first.state, since);
        expect(second).toEqual({ state: first.state, steps: [], deeds: [], wakeAtS: first.wakeAtS });
        expect(second.state).toBe(first.state);
      }),
      often,
    );
  });

  it("asks for the deed of one instruction once at most", () => {
    fc.assert(
      fc.property(lives, ([rule, wakes]) => {
        const places = live(rule, wakes).told.map(({ deed }) => deed.at);
        expect(new Set(places).size).toBe(places.length);
      }),
      often,
    );
  });

  it("does the same deeds when a wake is lost before its result was kept, and the run is woken again", () => {
    fc.assert(
      fc.property(lives, worlds, ([rule, wakes], world) => {
        const { state } = live(rule, wakes);
        const inputs = inputsIn(world, mondayS + 200 * dayS);
        expect(advanceRun(rule, state, inputs)).toEqual(advanceRun(rule, state, inputs));
      }),
      often,
    );
  });

  it("says nothing when its reason is not true, or its invoice is paid", () => {
    fc.assert(
      fc.property(lives, ([rule, wakes]) => {
        const messages = live(rule, wakes).told.filter(({ deed }) => deed.act.kind === "message");
        for (const { world } of messages) {
          if (rule.while !== null) expect(world.reason).toBe("true");
          if (rule.rule.dunning)
            expect([world.isPaid, world.isDebitProcessing, world.hasRival]).toEqual([false, false, false]);
        }
      }),
      often,
    );
  });

  it("does nothing but take back when its reason is not true", () => {
    fc.assert(
      fc.property(lives, ([rule, wakes]) => {
        for (const { world, deed } of live(rule, wakes).told) {
          if (rule.while === null || world.reason === "true") continue;
          expect(["untag", "unset"]).toContain(deed.act.kind);
          expect(deed.at).toBeGreaterThanOrEqual(rule.program.length);
        }
      }),
      often,
    );
  });

  it("mails nobody who has unsubscribed", () => {
    fc.assert(
      fc.property(lives, ([rule, wakes]) => {
        for (const { world, deed } of live(rule, wakes).told) {
          if (deed.act.kind === "message" && deed.act.channel === "email") expect(world.unsubscribed).toBe(false);
        }
      }),
      often,
    );
  });

  it("takes back what it has set and no more: each trace comes from a deed of its own", () => {
    fc.assert(
      fc.property(lives, ([rule, wakes]) => {
        const { told, steps, state } = live(rule, wakes);
        const done = new Set(steps.filter(({ result }) => result === "done").map(({ at }) => at));
        for (const [index, { deed }] of told.entries()) {
          if (deed.at < rule.program.length) continue;
          const setter = told.slice(0, index).find((earlier) => earlier.deed.at === deed.at - rule.program.length);
          expect(setter && nameOf(setter.deed)).toBe(nameOf(deed));
          expect(done).toContain(setter?.deed.at);
        }
        expect(setBy(rule, told, steps)).toEqual(new Set(state.traces.map(traceName)));
      }),
      often,
    );
  });
});

/** What is set by the record alone: deeds that were done, less what was taken off or back. */
function setBy(rule: CompiledRule, told: readonly Told[], steps: readonly StepRecord[]): ReadonlySet<string> {
  const done = new Set(steps.filter(({ result }) => result === "done").map(({ at }) => at));
  const names = new Set<string>();
  for (const { deed } of told) {
    if (deed.at < rule.program.length && !done.has(deed.at)) continue;
    if (deed.act.kind === "tag" || deed.act.kind === "set") names.add(nameOf(deed));
    if (deed.act.kind === "untag" || deed.act.kind === "unset") names.delete(nameOf(deed));
  }
  return names;
}

function nameOf({ act: what }: Deed): string {
  if (what.kind === "tag" || what.kind === "untag") return `tag ${what.tag}`;
  return what.kind === "set" || what.kind === "unset" ? `set ${what.attribute}` : what.kind;
}

function traceName(trace: Trace): string {
  return trace.kind === "tag" ? `tag ${trace.tag}` : `set ${trace.attribute}`;
}
