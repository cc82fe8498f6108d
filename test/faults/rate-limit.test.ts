/** Intercom's budget is small, or shrinks: calls wait for the next slice, nobody is told of an error, nothing is lost. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { openSandbox } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";

describe("with a small rate limit at Intercom", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 20, intercomLimitPerSlice: 60 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home });
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  function refusals(since: number): number {
    return sandbox.requests.since(since).filter(({ vendor, status }) => vendor === "intercom" && status === 429).length;
  }

  it("the first loading spreads its calls over the slices without a single refusal", async () => {
    await dunlin.settled(30_000);
    await expectContactsRight(sandbox);
    expect(refusals(0)).toBe(0);
  });

  it("a limit that shrinks without notice costs a few refusals and no work", async () => {
    const before = sandbox.requests.lastSeq;
    sandbox.intercom.setLimitPerSlice(25);
    for (const { id } of sandbox.stripe.world.tables.customers.all()) sandbox.stripe.scenarios.addCredit(id, 100);
    for (const count of [1, 2, 3])
      sandbox.stripe.scenarios.checkout({
        email: `limited${count}@example.com`,
        name: "Limited",
        userId: `user_limited_${count}`,
      });
    await dunlin.settled(40_000);

    await expectContactsRight(sandbox);
    expect(refusals(before)).toBeLessThan(25);
    expect(await listDeadLetters(home.pool)).toEqual([]);
    expect(dunlin.logged().filter(({ level }) => level === "error")).toEqual([]);
  });
});
