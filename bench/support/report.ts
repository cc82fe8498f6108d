/** What a measurement leaves behind: one JSON line on stdout, everything else on stderr. */
import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { endEverything } from "./processes.ts";

/** One promise of docs/operations/performance.md and whether it was kept. */
export type Bar = {
  readonly what: string;
  readonly bar: string;
  readonly measured: number;
  readonly met: boolean;
};

export type Figures = Readonly<Record<string, unknown>> & { readonly bars: readonly Bar[] };

export function atMost(what: string, limit: number, measured: number): Bar {
  return { what, bar: `<= ${limit}`, measured, met: measured <= limit };
}

export function atLeast(what: string, limit: number, measured: number): Bar {
  return { what, bar: `>= ${limit}`, measured, met: measured >= limit };
}

/** Reads `--name value` options; every option is a number. `--profile <folder>` is known to all benches. */
export function readOptions<const Names extends Readonly<Record<string, number>>>(
  defaults: Names,
): { readonly [Name in keyof Names]: number } {
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: "string" as const }]));
  const { values } = parseArgs({ options: { ...options, profile: { type: "string" } } });
  const given = new Map<string, unknown>(Object.entries(values));
  const read = Object.entries(defaults).map(([name, fallback]) => [name, numberOf(name, given.get(name), fallback)]);
  return Object.fromEntries(read) as { readonly [Name in keyof Names]: number };
}

function numberOf(name: string, text: unknown, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} must be a number above zero.`);
  return value;
}

/** Runs a measurement, prints its line, and ends everything that it started, also when it is interrupted. */
export async function runBench(name: string, measure: () => Promise<Figures>): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void endEverything().finally(() => process.exit(1)));
  }
  const at = new Date().toISOString();
  // What others were doing: figures of a busy machine are worse than the server's own.
  const loadBefore = loadavg()[0];
  try {
    const figures = await measure();
    process.stdout.write(`${JSON.stringify({ bench: name, at, machine: machine(), loadBefore, ...figures })}\n`);
  } catch (error) {
    note(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 1;
  } finally {
    await endEverything();
  }
}

/** A word to whoever watches; never on stdout. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

function machine(): Readonly<Record<string, unknown>> {
  const all = cpus();
  return {
    cpus: all.length,
    model: all[0]?.model ?? "unknown",
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  };
}
