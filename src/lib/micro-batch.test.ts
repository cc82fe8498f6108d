/** Group commit: what arrives while a flush is under way leaves together, each with its own answer. */
import { describe, expect, it } from "vitest";
import { MicroBatch } from "./micro-batch.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A batch whose flushes end when the test says so. */
function held(options: { readonly sizeMax: number; readonly waitingMax?: number; readonly flushesMax?: number }): {
  readonly batch: MicroBatch<number, string>;
  readonly flushes: (readonly number[])[];
  readonly release: () => void;
} {
  const flushes: (readonly number[])[] = [];
  const releases: (() => void)[] = [];
  const batch = new MicroBatch<number, string>(
    async (items) => {
      flushes.push(items);
      await new Promise<void>((resolve) => releases.push(resolve));
      return items.map((item) => `done ${item}`);
    },
    { waitingMax: 100, ...options },
  );
  return { batch, flushes, release: () => releases.shift()?.() };
}

describe("a micro batch", () => {
  it("answers each item with its own result", async () => {
    const batch = new MicroBatch<number, number>(async (items) => items.map((item) => item * 2), {
      sizeMax: 10,
      waitingMax: 100,
    });

    expect(await Promise.all([1, 2, 3].map((item) => batch.add(item)))).toEqual([2, 4, 6]);
  });

  it("flushes together what arrived in one turn, and then what arrived meanwhile", async () => {
    const { batch, flushes, release } = held({ sizeMax: 10 });
    const first = [1, 2].map((item) => batch.add(item));
    await turn();
    const later = [3, 4, 5].map((item) => batch.add(item));
    await turn();

    expect(flushes).toEqual([[1, 2]]);
    release();
    await Promise.all(first);
    await turn();
    expect(flushes).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
    release();
    expect(await Promise.all(later)).toEqual(["done 3", "done 4", "done 5"]);
  });

  it("takes no more than its size into one flush", async () => {
    const { batch, flushes, release } = held({ sizeMax: 2 });
    const all = [1, 2, 3].map((item) => batch.add(item));
    await turn();
    release();
    await turn();
    await turn();
    release();
    await Promise.all(all);

    expect(flushes).toEqual([[1, 2], [3]]);
  });

  it("runs as many flushes side by side as it may", async () => {
    const { batch, flushes, release } = held({ sizeMax: 1, flushesMax: 2 });
    const all = [1, 2, 3].map((item) => batch.add(item));
    for (let turns = 0; turns < 5; turns += 1) await turn();
    const sideBySide = flushes.length;
    for (let turns = 0; turns < 8; turns += 1) {
      release();
      await turn();
    }
    await Promise.all(all);

    expect(sideBySide).toBeLessThanOrEqual(2);
    expect(flushes).toEqual([[1], [2], [3]]);
  });

  it("says when it is full", async () => {
    const { batch, release } = held({ sizeMax: 1, waitingMax: 2 });
    const all = [1, 2].map((item) => batch.add(item));

    expect([batch.full, batch.waiting]).toEqual([true, 2]);
    for (let turns = 0; turns < 6; turns += 1) {
      await turn();
      release();
    }
    await Promise.all(all);
    expect([batch.full, batch.waiting]).toEqual([false, 0]);
  });

  it("fails those of a failed flush, and goes on", async () => {
    let fail = true;
    const batch = new MicroBatch<number, number>(
      async (items) => {
        if (fail) throw new Error("no disk");
        return items;
      },
      { sizeMax: 10, waitingMax: 100 },
    );
    const failed = await Promise.allSettled([batch.add(1), batch.add(2)]);
    fail = false;

    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await batch.add(3)).toBe(3);
  });

  it("refuses a flush that answers too little rather than mixing answers up", async () => {
    const batch = new MicroBatch<number, number>(async () => [], { sizeMax: 10, waitingMax: 100 });

    await expect(batch.add(1)).rejects.toThrow("fewer results");
  });

  it("is idle when nothing waits and nothing is being flushed", async () => {
    const { batch, release } = held({ sizeMax: 10 });
    await batch.idle();
    let isIdle = false;
    const added = batch.add(1);
    const idle = batch.idle().then(() => (isIdle = true));
    await turn();

    expect(isIdle).toBe(false);
    release();
    await added;
    await idle;
    expect(isIdle).toBe(true);
  });
});
