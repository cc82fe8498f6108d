import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fingerprint } from "../../lib/hash.ts";
import { Sample } from "./sample.ts";
import { addTally, countReason, countUp, emptyTally, simulationOf, type RuleTally } from "./tally.ts";

const head = {
  rule: "r",
  description: "A rule.",
  trigger: "moment payment_failed",
  history: "all",
  breakerLimit: 2,
} as const;

describe("Sample", () => {
  it("keeps the same ones however the work was divided", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat()), fc.nat({ max: 5 }), (items, cut) => {
        const ranked = items.map((item) => ({ rank: fingerprint(String(item)), item }));
        const whole = new Sample(4, ranked).kept;
        const [left, right] = [new Sample(4, ranked.slice(0, cut)), new Sample(4, ranked.slice(cut))];
        expect(new Sample(4, [...left.kept, ...right.kept]).kept).toEqual(whole);
      }),
    );
  });

  it("says beforehand what it would not keep", () => {
    const sample = new Sample<string>(1, [{ rank: "b", item: "kept" }]);
    expect(sample.wants("c")).toBe(false);
    expect(sample.wants("a")).toBe(true);
  });
});

describe("a tally", () => {
  it("adds up, with the days, the peak and how often one person was met", () => {
    const parts = [tallyOf([7200, 7200, 90_000]), tallyOf([7200])];
    const sum = emptyTally();
    for (const part of parts) addTally(sum, part, 10);
    expect(simulationOf(sum, head)).toMatchObject({
      hits: 4,
      people: 2,
      perPerson: {
        max: 3,
        histogram: [
          { times: 1, people: 1 },
          { times: 3, people: 1 },
        ],
      },
      perDay: [
        { day: "1970-01-01", hits: 3 },
        { day: "1970-01-02", hits: 1 },
      ],
      peak: { hourS: 7200, hits: 3, limit: 2, trips: true },
    });
  });

  it("counts reasons that differ from customer to customer as others", () => {
    const { held } = emptyTally();
    for (let n = 0; n < 100; n += 1) countReason(held, `Reason ${n}`);
    expect(held).toMatchObject({ "Reason 0": 1, "other reasons": 70 });
  });

  it("tells nothing of a rule that met nobody", () => {
    expect(simulationOf(emptyTally(), head)).toMatchObject({
      hits: 0,
      peak: null,
      perPerson: { max: 0, histogram: [] },
    });
  });
});

/** One person, met in these hours. */
function tallyOf(hours: readonly number[]): RuleTally {
  const tally = emptyTally();
  tally.hits = hours.length;
  tally.people = 1;
  countUp(tally.times, String(hours.length));
  for (const hourS of hours) countUp(tally.hours, String(hourS));
  return tally;
}
