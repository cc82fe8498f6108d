/** Work that several share. */
import { describe, expect, it } from "vitest";
import { SingleFlight } from "./single-flight.ts";

describe("SingleFlight", () => {
  it("does a piece of work once for all who want it, and again for whoever comes later", async () => {
    const flights = new SingleFlight<number>();
    let done = 0;
    const work = async (): Promise<number> => (done += 1);

    expect(await Promise.all([flights.do("a", work), flights.do("a", work), flights.do("b", work)])).toEqual([1, 1, 2]);
    expect(await flights.do("a", work)).toBe(3);
  });

  it("lets all share a failure, and the next one try", async () => {
    const flights = new SingleFlight<number>();
    const outcomes = await Promise.allSettled([1, 2].map(() => flights.do("a", () => Promise.reject(new Error("no")))));

    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await flights.do("a", async () => 5)).toBe(5);
  });
});
