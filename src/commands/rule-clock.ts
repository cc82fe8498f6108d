/** What time it is for rules, told to commands: in a sandbox whose time people move it is the sandbox's. */
import type { Config } from "../config.ts";
import { followClock } from "../upkeep/sandbox-clock.ts";

/** Unix milliseconds by the clock that the server's rules go by. Throws SandboxClockRefused. */
export async function nowOfRules({ sandboxClock, stripeApiBase, intercomApiBase }: Config): Promise<number> {
  const ends = new AbortController();
  const log = { warn: () => undefined };
  const settings = { wanted: sandboxClock, stripeApiBase, intercomApiBase, log, signal: ends.signal };
  const { clock, done } = await followClock(settings);
  // One answer is enough: a command does not last.
  ends.abort();
  await done;
  return clock.nowMs();
}
