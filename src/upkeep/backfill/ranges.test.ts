/** Dividing a list by creation time, and guessing what is left. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterFailure,
  afterPage,
  isHopeful,
  nothingFinished,
  pageQuery,
  patience,
  remainingIn,
  withFinished,
  withoutCursor,
  type Range,
} from "./ranges.ts";

const startS = 1_790_000_000;

function aRange(parts: Partial<Range> = {}): Range {
  return {
    id: 1,
    resource: "charges",
    fromS: 0,
    toS: startS,
    topS: startS,
    cursor: null,
    done: false,
    objects: 0,
    pages: 0,
    attempt: 0,
    dueAtMs: 0,
    error: null,
    ...parts,
  };
}

const fullPage = { objects: 100, hasMore: true, lastId: "ch_100", lastCreatedS: startS - 10_000 };

describe("pageQuery", () => {
  it("has no lower bound for the oldest range, and keeps the upper one beside the cursor", () => {
    expect(pageQuery(aRange())).toEqual({ "created[lte]": startS });
    expect(pageQuery(aRange({ fromS: 5, toS: 9, cursor: "ch_1" }))).toEqual({
      "created[lte]": 9,
      "created[gte]": 5,
      starting_after: "ch_1",
    });
    expect(pageQuery(withoutCursor(aRange({ toS: 9, cursor: "ch_1" })))).toEqual({ "created[lte]": 9 });
  });
});

describe("afterPage", () => {
  it("ends with the last page", () => {
    const { range, older } = afterPage(aRange({ fromS: 7 }), { ...fullPage, hasMore: false }, { mayDivide: true });
    expect(range).toMatchObject({ done: true, objects: 100, pages: 1 });
    expect(older).toBeNull();
  });

  it("divides what is left in the middle: no second is lost or read twice", () => {
    const { range, older } = afterPage(aRange(), fullPage, { mayDivide: true });
    expect(range).toMatchObject({ toS: startS - 10_000, cursor: "ch_100", done: false });
    expect(older).toMatchObject({ fromS: 0, toS: range.fromS - 1 });
  });

  it("goes on alone while many ranges are open", () => {
    const { range, older } = afterPage(aRange(), fullPage, { mayDivide: false });
    expect([range.fromS, older]).toEqual([0, null]);
  });

  it("does not divide what fits on two pages", () => {
    const range = aRange({ fromS: startS - 20_000 });
    expect(afterPage(range, fullPage, { mayDivide: true }).older).toBeNull();
  });

  it("divides although all of the page was created in one second", () => {
    const page = { ...fullPage, lastCreatedS: startS };
    expect(afterPage(aRange(), page, { mayDivide: true }).older).not.toBeNull();
  });

  it("forgets former failures", () => {
    const failed = aRange({ attempt: 2, error: { code: "STRIPE_UNAVAILABLE", message: "no" } });
    expect(afterPage(failed, fullPage, { mayDivide: false }).range).toMatchObject({ attempt: 0, error: null });
  });
});

describe("dividing again and again", () => {
  it("reads every object exactly once, in at most a few pages more than one after the other", () => {
    const created = fc.array(fc.integer({ min: startS - 5_000_000, max: startS }), { minLength: 0, maxLength: 400 });
    fc.assert(
      fc.property(created, fc.integer({ min: 1, max: 8 }), (times, openMax) => {
        const list = times.toSorted((a, b) => b - a).map((createdS, place) => ({ id: `ch_${place}`, createdS }));
        const { read, pages } = readAll(list, openMax);
        expect(read.toSorted()).toEqual(list.map(({ id }) => id).toSorted());
        expect(pages).toBeLessThanOrEqual(2 * Math.ceil(list.length / pageSize) + 60);
      }),
      { numRuns: 60 },
    );
  });
});

const pageSize = 5;
type Listed = { readonly id: string; readonly createdS: number };

/** Reads a list as Stripe would answer it: newest first, filtered by time, from below the cursor. */
function readAll(
  list: readonly Listed[],
  openMax: number,
): { readonly read: readonly string[]; readonly pages: number } {
  const read: string[] = [];
  let pages = 0;
  const open: Range[] = [aRange()];
  for (let range = open.shift(); range; range = open.shift()) {
    const { fromS, toS, cursor } = range;
    const below = cursor === null ? list : list.slice(list.findIndex(({ id }) => id === cursor) + 1);
    const matching = below.filter(({ createdS }) => createdS >= fromS && createdS <= toS);
    const page = matching.slice(0, pageSize);
    const last = page.at(-1);
    read.push(...page.map(({ id }) => id));
    pages += 1;
    const { range: next, older } = afterPage(
      range,
      {
        // As if pages were full ones, so that dividing is worth it.
        objects: page.length * 200,
        hasMore: matching.length > page.length,
        lastId: last?.id ?? null,
        lastCreatedS: last?.createdS ?? null,
      },
      { mayDivide: open.length + 1 < openMax },
    );
    if (!next.done) open.push(next);
    if (older) open.push(aRange({ ...older, topS: older.toS }));
  }
  return { read, pages };
}

describe("afterFailure", () => {
  const when = { nowMs: 1_000_000, random: 0.5 };
  const fault = { code: "STRIPE_UNAVAILABLE", message: "down", refused: false };

  it("waits longer each time and is waited for only a few times", () => {
    const first = afterFailure(aRange(), fault, when);
    const second = afterFailure(first, fault, when);
    const third = afterFailure(second, fault, when);
    expect([first, second, third].map(isHopeful)).toEqual([true, true, false]);
    expect([first, second, third].map(({ dueAtMs }) => dueAtMs - when.nowMs)).toEqual([750, 1500, 3000]);
    expect(third.error).toEqual({ code: "STRIPE_UNAVAILABLE", message: "down" });
  });

  it("holds up nobody when Stripe refuses it", () => {
    const refused = afterFailure(aRange(), { ...fault, code: "STRIPE_FORBIDDEN", refused: true }, when);
    expect([isHopeful(refused), refused.attempt]).toEqual([false, patience]);
    expect(refused.dueAtMs - when.nowMs).toBeGreaterThan(60_000);
  });
});

describe("remainingIn", () => {
  it("knows nothing before the first page", () => {
    expect(remainingIn([aRange()], nothingFinished)).toBeNull();
  });

  it("takes a range's own density, and the usual one for a range that was not begun", () => {
    // 100 objects in 1,000 s: one in ten seconds.
    const read = aRange({ fromS: startS - 5000, toS: startS - 1000, objects: 100, pages: 1 });
    const fresh = aRange({ fromS: startS - 9000, toS: startS - 5001, topS: startS - 5001 });
    expect(remainingIn([read], nothingFinished)).toBe(400);
    expect(remainingIn([read, fresh], nothingFinished)).toBe(800);
  });

  it("is nothing when all ranges are finished", () => {
    const finished = withFinished(nothingFinished, aRange({ objects: 12, done: true }));
    expect(finished).toMatchObject({ ranges: 1, objects: 12 });
    expect(remainingIn([], finished)).toBe(0);
  });
});
