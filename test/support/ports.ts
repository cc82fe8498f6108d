/** Free ports on loopback, for servers whose address must be known before they listen. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below those that systems hand out for calls that leave: such a call would take the port between the look and the server. */
const range = { from: 12_000, to: 32_000 };
const attemptMax = 50;
/** A server that is restarted at its address is away for a moment. */
const given = new Set<number>();

/** A port that nobody listens on now, and that this process has given to nobody else. */
export async function freePort(): Promise<number> {
  for (let attempt = 1; attempt <= attemptMax; attempt += 1) {
    const port = randomInt(range.from, range.to);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`None of ${attemptMax} ports was free.`);
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  const listening = await new Promise<boolean>((resolve) => {
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (listening) await new Promise((resolve) => probe.close(resolve));
  return listening;
}
