import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TimeHeap } from "./heap.ts";

describe("TimeHeap", () => {
  it("gives entries in the order of time, and of the same second in the order in which they were added", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 60 }), (times) => {
        const heap = new TimeHeap<number>();
        times.forEach((atS, index) => heap.add(atS, index));
        const taken: number[] = [];
        for (let next = heap.takeDue(20); next !== undefined; next = heap.takeDue(20)) taken.push(next);
        const expected = times
          .map((atS, index) => ({ atS, index }))
          .toSorted((a, b) => a.atS - b.atS || a.index - b.index);
        expect(taken).toEqual(expected.map(({ index }) => index));
        expect(heap.size).toBe(0);
      }),
    );
  });

  it("keeps what is not due yet", () => {
    const heap = new TimeHeap<string>();
    heap.add(10, "later");
    expect(heap.takeDue(9)).toBeUndefined();
    expect(heap.nextS).toBe(10);
    expect(heap.takeDue(10)).toBe("later");
    expect(heap.nextS).toBeUndefined();
  });
});
