import { describe, expect, it } from "vitest";
import { lanes } from "../model/lane.ts";
import { ledgerDefaults, SliceLedger } from "./slice-ledger.ts";

const sliceMs = 10_000;
const startMs = 1_790_000_003_217;

describe("the ledger before any answer", () => {
  it("assumes 1,666 calls in ten seconds and leaves a reserve to other apps", () => {
    const ledger = new SliceLedger(ledgerDefaults);
    expect(ledger.snapshot(startMs)).toEqual({ limit: 1666, used: 0, resetsInMs: 0 });
    const roomy = new SliceLedger({ ...ledgerDefaults, inFlightMax: 10_000 });
    expect(roomy.room("urgent", startMs)).toBe(1666);
    expect(roomy.room("calm", startMs)).toBe(1600);
  });

  it("counts by itself when no answer has rate headers", () => {
    const ledger = new SliceLedger({ ...ledgerDefaults, assumedLimit: 10, inFlightMax: 100 });
    for (let call = 0; call < 10; call += 1) ledger.start();
    for (let call = 0; call < 10; call += 1) ledger.finish(startMs, null, startMs + call);

    expect(ledger.room("urgent", startMs + 50)).toBe(0);
    expect(ledger.waitMs("urgent", startMs + 50)).toBe(sliceMs + 100); // ten seconds after the first, plus the margin
    expect(ledger.room("urgent", startMs + sliceMs + 150)).toBe(1);
    expect(ledger.room("urgent", startMs + sliceMs + 154)).toBe(5);
  });
});

describe("the ledger", () => {
  it("learns a changed limit from the next answer", () => {
    const ledger = new SliceLedger({ ...ledgerDefaults, inFlightMax: 10_000 });
    answer(ledger, { limit: 100, remaining: 60 });
    expect(ledger.snapshot(startMs)).toMatchObject({ limit: 100, used: 40 });
    answer(ledger, { limit: 500, remaining: 459 });
    expect(ledger.room("urgent", startMs)).toBe(459);
  });

  it("does not believe that calls came back when answers overtake each other", () => {
    const ledger = new SliceLedger(ledgerDefaults);
    answer(ledger, { limit: 100, remaining: 10 });
    answer(ledger, { limit: 100, remaining: 30 });
    expect(ledger.room("urgent", startMs)).toBe(10);
  });

  it("counts a call under way until it is answered", () => {
    const ledger = new SliceLedger(ledgerDefaults);
    answer(ledger, { limit: 100, remaining: 10 });
    ledger.start();
    expect(ledger.room("urgent", startMs)).toBe(9);
  });

  it("lets only the urgent lane use the reserve", () => {
    const ledger = new SliceLedger({ ...ledgerDefaults, reserve: 0.1 });
    answer(ledger, { limit: 100, remaining: 10 });
    expect(lanes.map((lane) => ledger.room(lane, startMs + 5_500))).toEqual([10, 0, 0]);
  });

  it("keeps a quarter of the connections for the urgent lane", () => {
    const ledger = new SliceLedger({ ...ledgerDefaults, inFlightMax: 8 });
    for (let call = 0; call < 6; call += 1) ledger.start();
    expect(ledger.waitMs("calm", startMs)).toBe(Infinity);
    expect(ledger.room("urgent", startMs)).toBe(2);
  });

  it("starts nothing during a pause and goes on after it", () => {
    const ledger = new SliceLedger(ledgerDefaults);
    ledger.pause(startMs + 700);
    expect(ledger.waitMs("urgent", startMs)).toBe(700);
    expect(ledger.waitMs("urgent", startMs + 700)).toBe(0);
  });
});

function answer(ledger: SliceLedger, { limit, remaining }: { limit: number; remaining: number }): void {
  const resetMs = Math.ceil(startMs / sliceMs) * sliceMs;
  ledger.start();
  ledger.finish(startMs, { limit, remaining, resetMs, answeredAtMs: null }, startMs);
}
