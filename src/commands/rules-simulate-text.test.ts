import { describe, expect, it } from "vitest";
import type { RuleSimulation, SimulationHit, SimulationResult } from "../../contract/simulation.ts";
import { emptyTally, simulationOf } from "../rules/time-machine/tally.ts";
import { progressLine, simulationLines } from "./rules-simulate-text.ts";

const fromS = Date.UTC(2026, 7, 24) / 1000;
const toS = Date.UTC(2026, 10, 22) / 1000;

function aResult(parts: Partial<SimulationResult> = {}): SimulationResult {
  const tally = emptyTally();
  tally.hits = 3;
  tally.people = 2;
  tally.overBeforeMessage = 1;
  tally.times["1"] = 1;
  tally.times["2"] = 1;
  tally.hours[String(fromS)] = 3;
  tally.messages["chat"] = 2;
  tally.deeds["message"] = 2;
  tally.deeds["tag"] = 3;
  tally.basis["exact"] = 3;
  tally.held["Quiet hours."] = 1;
  const head = {
    rule: "churn",
    description: "Tells.",
    trigger: "moment payment_failed",
    history: "all",
    breakerLimit: 50,
  } as const;
  return {
    fromS,
    toS,
    journal: { events: 1200, read: 900, sinceS: fromS },
    people: 40,
    rules: [simulationOf(tally, head)],
    comparison: null,
    tookMs: 1500,
    ...parts,
  };
}

describe("the text of a simulation", () => {
  it("says what it rests on and what each rule would have done", () => {
    const lines = simulationLines(aResult());
    expect(lines[0]).toBe("2026-08-24 to 2026-11-22: 40 customers, 1,200 events, in 1.5 s");
    expect(lines).toContain("  meets   2 customers, 3 times, at most 2 times each");
    expect(lines).toContain("  does    2 chat messages, 3 tags");
    expect(lines).toContain("  holds   1 × Quiet hours.");
    expect(lines).toContain("  peak    3 within an hour (2026-08-24 00 h UTC); the breaker trips above 50");
    expect(lines.at(-1)).toBe("Nothing was done. Links and savings in texts are placeholders.");
  });

  it("says since when events are recorded", () => {
    const journal = { events: 0, read: 0, sinceS: null };
    expect(simulationLines(aResult({ journal }))[1]).toContain("Nothing is recorded yet");
    expect(simulationLines(aResult({ journal: { ...journal, sinceS: fromS + 86_400 } }))[1]).toContain(
      "since 2026-08-25",
    );
  });

  it("says which rules can be rehearsed on recorded events only", () => {
    const [rule] = aResult().rules;
    const told = (history: RuleSimulation["history"], sinceS: number | null): readonly string[] =>
      simulationLines(
        aResult({ rules: rule ? [{ ...rule, history }] : [], journal: { events: 0, read: 0, sinceS } }),
      ).filter((line) => line.startsWith("  knows"));
    expect(told("all", fromS + 86_400)).toEqual([]);
    expect(told("journal", fromS)).toEqual([]);
    expect(told("journal", fromS + 86_400)).toEqual([
      "  knows   of it only from what Dunlin has recorded, since 2026-08-25: it cannot be reconstructed",
    ]);
    expect(told("journal", null)[0]).toContain("of which there is none yet");
    expect(told("none", fromS)).toEqual(["  knows   nothing of it from the past: a person starts it"]);
  });

  it("puts another version beside it", () => {
    const hit: SimulationHit = {
      account: "main",
      customerId: "cus_1",
      label: "Thea",
      atS: fromS,
      trigger: { kind: "moment", name: "payment_failed", objectId: null, occurredAtS: fromS },
      basis: "exact",
      ended: null,
      steps: [{ atS: fromS, path: "steps[0]", kind: "tag", result: "done", detail: null, text: null }],
    };
    const differently = [
      { here: hit, there: { ...hit, atS: fromS + 3600 } },
      { here: hit, there: { ...hit, steps: [] } },
      { here: hit, there: hit },
    ];
    const samples = { onlyHere: [hit], onlyThere: [{ ...hit, label: null }], differently };
    const rules = [{ rule: "churn", both: 10, differently: 2, onlyHere: 1, onlyThere: 0, samples }];
    const lines = simulationLines(aResult({ comparison: { version: 4, rules } }));
    expect(lines).toContain("beside version 4");
    expect(lines).toContain("  churn    10            2          1           0");
    const at = lines.indexOf("  churn    10            2          1           0");
    expect(lines.slice(at + 1, at + 6)).toEqual([
      "  churn: differently Thea (cus_1), 2026-08-24 00:00 UTC instead of 2026-08-24 01:00 UTC",
      "  churn: differently Thea (cus_1), 2026-08-24 00:00 UTC: tag instead of nothing",
      "  churn: differently Thea (cus_1), 2026-08-24 00:00 UTC: at other times, or in other words",
      "  churn: only here Thea (cus_1), 2026-08-24 00:00 UTC",
      "  churn: only there cus_1, 2026-08-24 00:00 UTC",
    ]);
  });

  it("draws progress no wider than the terminal", () => {
    const line = progressLine({ people: 5, ofPeople: 10, events: 100 }, 60);
    expect(line).toContain("50 %");
    expect(line.length).toBeLessThan(60);
  });
});
