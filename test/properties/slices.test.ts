import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lanes, type Lane } from "../../src/model/lane.ts";
import type { RateReading } from "../../src/intercom/rate-reading.ts";
import { ledgerDefaults, SliceLedger } from "../../src/intercom/slice-ledger.ts";

const sliceMs = 10_000;
const startMs = 1_790_000_003_217;

describe("the ledger against slices like Intercom's", () => {
  const worlds = fc.record({
    skewMs: fc.integer({ min: -400_000, max: 400_000 }),
    startMs: fc.integer({ min: startMs, max: startMs + 20_000 }),
    latencyMs: fc.integer({ min: 2, max: 400 }),
    jitterMs: fc.integer({ min: 0, max: 300 }),
    limit: fc.constantFrom(50, 166, 1666),
    seed: fc.integer(),
  });

  it("never asks for a 429 and uses at least 95 % when saturated", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const seen = simulate({ ...world, backlog: { calm: Infinity, backfill: Infinity }, forMs: 55_000 });
        expect(seen.refused).toBe(0);
        expect(seen.useOfFullSlices).toBeGreaterThanOrEqual(0.95);
      }),
      { numRuns: 40 },
    );
  });

  it("never asks for a 429 when the urgent lane alone takes all there is", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const seen = simulate({ ...world, backlog: { urgent: Infinity }, forMs: 35_000 });
        expect(seen.refused).toBe(0);
        expect(seen.useOfFullSlices).toBeGreaterThanOrEqual(0.99);
      }),
      { numRuns: 25 },
    );
  });

  it("never asks for a 429 when the server hides its clock", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const unclear = { hidesDate: true, warmUpSlices: 2 }; // it takes a slice or two to find out where they begin
        const seen = simulate({ ...world, ...unclear, backlog: { backfill: Infinity }, forMs: 75_000 });
        expect(seen.refused).toBe(0);
        expect(seen.useOfFullSlices).toBeGreaterThanOrEqual(0.95);
      }),
      { numRuns: 15 },
    );
  });

  it("never asks for a 429 without any rate header, wherever the slices begin", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const backlog = { urgent: Infinity };
        const seen = simulate({ ...world, backlog, forMs: 40_000, hidesRate: true, assumedLimit: world.limit });
        expect(seen.refused).toBe(0);
      }),
      { numRuns: 15 },
    );
  });

  it("finds out without a 429 that slices end up to 900 ms after the second they name", () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 0, max: 900 }), (world, lateMs) => {
        const backlog = { calm: Infinity, backfill: Infinity };
        const seen = simulate({ ...world, lateMs, backlog, forMs: 55_000 });
        expect(seen.refused).toBe(0); // the reserve pays for finding out
      }),
      { numRuns: 25 },
    );
  });

  it("makes nobody wait far below the limit", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const seen = simulate({ ...world, limit: 1666, trickleMs: 60, backlog: {}, forMs: 45_000 });
        expect(seen.refused).toBe(0);
        expect(seen.longestWaitMs).toEqual({ urgent: 0, calm: 0, backfill: 0 });
      }),
      { numRuns: 10 },
    );
  });

  it("serves urgent calls at once beside a saturating backfill", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const seen = simulate({
          ...world,
          limit: 1666,
          trickleMs: 250,
          backlog: { backfill: Infinity },
          forMs: 45_000,
        });
        expect(seen.refused).toBe(0);
        expect(seen.longestWaitMs.urgent).toBe(0);
      }),
      { numRuns: 10 },
    );
  });

  it("never asks for a 429 and uses at least 93 % when several nodes share the limit and all are busy", () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 2, max: 4 }), (world, nodes) => {
        const backlog = { calm: Infinity, backfill: Infinity };
        const seen = simulate({ ...world, nodes, backlog, forMs: 55_000 });
        expect(seen.refused).toBe(0);
        expect(seen.useOfFullSlices).toBeGreaterThanOrEqual(0.93);
      }),
      { numRuns: 40 },
    );
  });

  it("never asks for a 429 when the urgent lanes of several nodes take all there is", () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 2, max: 4 }), (world, nodes) => {
        const seen = simulate({ ...world, nodes, backlog: { urgent: Infinity }, forMs: 35_000 });
        expect(seen.refused).toBe(0);
        expect(seen.useOfFullSlices).toBeGreaterThanOrEqual(0.93);
      }),
      { numRuns: 25 },
    );
  });

  it("never asks for a 429 while a node joins a busy one and takes over from it", () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 10_000, max: 30_000 }), (world, joinsAfterMs) => {
        const backlog = { calm: Infinity, backfill: Infinity };
        const seen = simulate({ ...world, nodes: 2, joinsAfterMs, backlog, forMs: 65_000 });
        expect(seen.refused).toBe(0);
      }),
      { numRuns: 25 },
    );
  });

  it("spreads the backfill over the slice, while urgent calls may burst", () => {
    const seen = simulate({ backlog: { backfill: Infinity }, forMs: 30_000 });
    const inFirstSecond = seen.arrivals.filter(
      (atMs) => atMs >= seen.firstFullSliceMs && atMs < seen.firstFullSliceMs + 1_000,
    );
    expect(inFirstSecond.length).toBeLessThan(400);

    const burst = simulate({ backlog: { urgent: 1_000 }, forMs: 3_000, inFlightMax: 1_000 });
    expect(burst.arrivals.length).toBe(1_000);
    expect(burst.longestWaitMs.urgent).toBe(0);
  });
});

type World = {
  readonly backlog: Partial<Record<Lane, number>>;
  readonly forMs: number;
  /** One call of every lane each so many milliseconds. */
  readonly trickleMs?: number;
  readonly skewMs?: number;
  readonly startMs?: number;
  readonly latencyMs?: number;
  readonly jitterMs?: number;
  readonly limit?: number;
  readonly assumedLimit?: number;
  readonly inFlightMax?: number;
  /** Nodes with this backlog each, which share the limit; 1 unless said. */
  readonly nodes?: number;
  /** All but the first begin to call so much later, on next to nothing, and share the limit three seconds after. */
  readonly joinsAfterMs?: number;
  readonly seed?: number;
  /** How much later than its named reset a slice really ends. */
  readonly lateMs?: number;
  /** Full slices at the start that do not count for the use. */
  readonly warmUpSlices?: number;
  readonly hidesDate?: boolean;
  readonly hidesRate?: boolean;
};

type Happening = { readonly atMs: number; readonly run: () => void };

/** Made-up time: what is due happens in order, and nothing takes longer than it says. */
class Timeline {
  nowMs: number;
  readonly #due: Happening[] = []; // latest first

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  in(ms: number, run: () => void): void {
    const atMs = this.nowMs + ms;
    let index = this.#due.length;
    while (index > 0 && (this.#due[index - 1]?.atMs ?? 0) < atMs) index -= 1;
    this.#due.splice(index, 0, { atMs, run });
  }

  /** Goes to whatever is next, but not past `limitMs`; false when that is reached. */
  step(limitMs: number): boolean {
    const next = this.#due.at(-1);
    if (next === undefined || next.atMs > limitMs) return false;
    this.#due.pop();
    this.nowMs = next.atMs;
    next.run();
    return true;
  }
}

/** Counts calls as Intercom does. Times are those of the ledger's clock; the server's own differs by the skew. */
class SlicedServer {
  readonly #world: World;
  readonly #counts = new Map<number, number>();
  /** When calls came in. */
  readonly arrivals: number[] = [];
  refused = 0;

  constructor(world: World) {
    this.#world = world;
  }

  sliceAt(atMs: number): number {
    return Math.floor((atMs + (this.#world.skewMs ?? 0) - (this.#world.lateMs ?? 0)) / sliceMs);
  }

  beginOf(slice: number): number {
    return slice * sliceMs - (this.#world.skewMs ?? 0) + (this.#world.lateMs ?? 0);
  }

  use(slice: number): number {
    return this.#counts.get(slice) ?? 0;
  }

  receive(nowMs: number): RateReading | null {
    const { limit = 1666, skewMs = 0, hidesDate = false, hidesRate = false } = this.#world;
    const slice = this.sliceAt(nowMs);
    const used = this.use(slice);
    this.arrivals.push(nowMs);
    if (used >= limit) this.refused += 1;
    else this.#counts.set(slice, used + 1);
    if (hidesRate) return null;
    return {
      limit,
      remaining: Math.max(0, limit - used - 1),
      resetMs: (slice + 1) * sliceMs,
      answeredAtMs: hidesDate ? null : Math.floor((nowMs + skewMs) / 1000) * 1000,
    };
  }
}

/** Everybody who wants to call: a backlog that was there from the start, and since when the others wait. */
type Line = { backlog: number; readonly since: number[] };

/** Who calls, through a ledger of their own. */
class Caller {
  readonly ledger: SliceLedger;
  readonly lines: Readonly<Record<Lane, Line>>;
  readonly longestWaitMs: Record<Lane, number> = { urgent: 0, calm: 0, backfill: 0 };
  wakeAtMs = Infinity;
  isCalling = true;

  constructor({ limit = 1666, inFlightMax = 256, assumedLimit = limit, backlog }: World) {
    this.ledger = new SliceLedger({ ...ledgerDefaults, assumedLimit, inFlightMax });
    this.lines = {
      urgent: { backlog: backlog.urgent ?? 0, since: [] },
      calm: { backlog: backlog.calm ?? 0, since: [] },
      backfill: { backlog: backlog.backfill ?? 0, since: [] },
    };
  }

  take(lane: Lane, nowMs: number): void {
    const since = this.lines[lane].since.shift();
    if (since === undefined) this.lines[lane].backlog -= 1;
    else this.longestWaitMs[lane] = Math.max(this.longestWaitMs[lane], nowMs - since);
  }
}

/** Callers, ledgers and server on one timeline. */
class Simulation {
  readonly #world: World;
  readonly #time: Timeline;
  readonly #server: SlicedServer;
  readonly #callers: readonly Caller[];
  readonly #random: () => number;

  constructor(world: World) {
    this.#world = world;
    this.#time = new Timeline(world.startMs ?? startMs);
    this.#server = new SlicedServer(world);
    this.#random = randomFrom(world.seed ?? 1);
    this.#callers = Array.from({ length: world.nodes ?? 1 }, () => new Caller(world));
  }

  run() {
    const beginMs = this.#time.nowMs;
    const endMs = beginMs + this.#world.forMs;
    this.#share();
    if (this.#world.trickleMs !== undefined) this.#trickle(this.#world.trickleMs);
    do this.#serveAll();
    while (this.#time.step(Math.min(endMs, this.#wakeAtMs())) || this.#wake(endMs));
    return this.#report(beginMs);
  }

  #share(): void {
    const { joinsAfterMs } = this.#world;
    const [first, ...others] = this.#callers;
    const shareAll = (): void => this.#callers.forEach(({ ledger }) => ledger.setShare(1 / this.#callers.length));
    if (joinsAfterMs === undefined) return shareAll();
    for (const other of others) other.isCalling = false;
    this.#time.in(joinsAfterMs, () => {
      first?.ledger.setShare(1 / this.#callers.length);
      for (const other of others) {
        other.isCalling = true;
        other.ledger.setShare(0);
      }
      this.#time.in(3_000, shareAll);
    });
  }

  #report(beginMs: number) {
    const first = this.#server.sliceAt(beginMs) + 1 + (this.#world.warmUpSlices ?? 0);
    const end = this.#server.sliceAt(beginMs + this.#world.forMs);
    let used = 0;
    for (let slice = first; slice < end; slice += 1) used += this.#server.use(slice);
    const longest = (lane: Lane): number => Math.max(...this.#callers.map(({ longestWaitMs }) => longestWaitMs[lane]));
    return {
      arrivals: this.#server.arrivals,
      refused: this.#server.refused,
      useOfFullSlices: used / ((end - first) * (this.#world.limit ?? 1666)),
      firstFullSliceMs: this.#server.beginOf(first),
      longestWaitMs: { urgent: longest("urgent"), calm: longest("calm"), backfill: longest("backfill") },
    };
  }

  #trickle(everyMs: number): void {
    for (const { lines } of this.#callers)
      for (const lane of lanes) if (lines[lane].backlog === 0) lines[lane].since.push(this.#time.nowMs);
    this.#time.in(everyMs, () => this.#trickle(everyMs));
  }

  #wakeAtMs(): number {
    return Math.min(...this.#callers.map(({ wakeAtMs }) => wakeAtMs));
  }

  #wake(endMs: number): boolean {
    const atMs = this.#wakeAtMs();
    if (atMs > endMs) return false;
    this.#time.nowMs = atMs;
    return true;
  }

  #serveAll(): void {
    for (const caller of this.#callers) if (caller.isCalling) this.#serve(caller);
  }

  #serve(caller: Caller): void {
    caller.wakeAtMs = Infinity;
    for (const lane of lanes) {
      const line = caller.lines[lane];
      while (line.since.length + line.backlog > 0) {
        const waitMs = caller.ledger.waitMs(lane, this.#time.nowMs);
        if (waitMs > 0) {
          caller.wakeAtMs = this.#time.nowMs + waitMs;
          return;
        }
        caller.take(lane, this.#time.nowMs);
        this.#call(caller);
      }
    }
  }

  #call({ ledger }: Caller): void {
    const sentMs = this.#time.nowMs;
    ledger.start();
    this.#time.in(this.#wayMs(), () => {
      const reading = this.#server.receive(this.#time.nowMs);
      this.#time.in(this.#wayMs(), () => ledger.finish(sentMs, reading, this.#time.nowMs));
    });
  }

  #wayMs(): number {
    const { latencyMs = 40, jitterMs = 20 } = this.#world;
    return latencyMs / 2 + this.#random() * jitterMs;
  }
}

function simulate(world: World) {
  return new Simulation(world).run();
}

function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
