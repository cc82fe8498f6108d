/** One clock for all processes of a measurement: the machine's own, which no time server moves. */

/** Milliseconds since the machine started, with fractions. Values of different processes can be compared. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Resolves after `ms`. */
export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks every `everyMs` until the answer is true; throws when that takes longer than `withinMs`. */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  { withinMs, everyMs = 50 }: { readonly withinMs: number; readonly everyMs?: number },
): Promise<void> {
  const endMs = machineMs() + withinMs;
  while (!(await isSo())) {
    if (machineMs() > endMs) throw new Error(`Gave up after ${Math.round(withinMs / 1000)} s: ${what}.`);
    await pause(everyMs);
  }
}
