import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../../test/support/wait.ts";
import { followClock, SandboxClockRefused, type Following, type SandboxClockSettings } from "./sandbox-clock.ts";

const dayMs = 86_400_000;

let sandbox: Server;
let url: string;
let aheadMs: number;
let answers: boolean;
let ending: AbortController;
let warnings: string[];

beforeEach(async () => {
  [aheadMs, answers, ending, warnings] = [0, true, new AbortController(), []];
  sandbox = createServer((_request, reply) => {
    const body = answers ? { nowMs: Date.now() + aheadMs } : { error: "no" };
    reply.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => sandbox.listen(0, "127.0.0.1", resolve));
  const address = sandbox.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});

afterEach(() => {
  ending.abort();
  sandbox.closeAllConnections();
  sandbox.close();
});

function follow(changes: Partial<SandboxClockSettings> = {}): Promise<Following> {
  const log = { warn: (_o: object, message: string) => void warnings.push(message) };
  const bases = { stripeApiBase: url, intercomApiBase: url };
  return followClock({ wanted: "follow", ...bases, log, everyMs: 20, signal: ending.signal, ...changes });
}

const ahead = ({ clock }: Following): number => Math.round((clock.nowMs() - Date.now()) / dayMs);

describe("the sandbox's clock", () => {
  it("is followed from the start and when it is moved", async () => {
    aheadMs = 3 * dayMs;
    const following = await follow();
    expect(ahead(following)).toBe(3);
    aheadMs = 5 * dayMs;
    await eventually(() => ahead(following) === 5, { withinMs: 4_000 });
    ending.abort();
    await following.done;
  });

  it("stands where it was when the sandbox falls silent, which is told once", async () => {
    aheadMs = 3 * dayMs;
    const following = await follow();
    answers = false;
    await eventually(() => warnings.length > 0, { withinMs: 4_000 });
    expect([ahead(following), warnings.length]).toEqual([3, 1]);
  });

  it("is not asked for unless somebody wants it", async () => {
    aheadMs = 3 * dayMs;
    expect(ahead(await follow({ wanted: "off", stripeApiBase: "https://api.stripe.com" }))).toBe(0);
  });

  it.each([
    ["real Stripe", { stripeApiBase: "https://api.stripe.com" }],
    ["real Intercom", { intercomApiBase: undefined }],
    ["another machine", { intercomApiBase: "http://10.0.0.7:4243" }],
    ["an address that only begins so", { stripeApiBase: "http://127.0.0.1.example.com:4243" }],
    ["two sandboxes", { intercomApiBase: "http://127.0.0.1:1" }],
  ])("is refused with %s", async (_what, bases) => {
    await expect(follow(bases)).rejects.toThrow(SandboxClockRefused);
  });

  it("is refused where nothing says what time it is", async () => {
    answers = false;
    await expect(follow()).rejects.toThrow(/does not say what time it is/);
  });
});
