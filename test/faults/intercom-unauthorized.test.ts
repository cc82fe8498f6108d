/** Intercom no longer accepts the token: one alert, all jobs kept, and everything goes on by itself once it is mended. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { countUnfinished, createHome, listDeadLetters, type Home } from "../support/home.ts";
import { readPulse } from "../support/pulse.ts";
import { openSandbox } from "../support/sandbox.ts";
import { readReadiness, startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

describe("while Intercom refuses the token", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 8 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  const alerts = (): readonly unknown[] => dunlin.logged().filter(({ level }) => level === "error");

  it("events are still taken, jobs are kept, and one alert is raised", async () => {
    sandbox.intercom.setUnauthorized(true);
    for (const { id } of sandbox.stripe.world.tables.customers.all()) sandbox.stripe.scenarios.addCredit(id, 200);
    sandbox.stripe.scenarios.checkout({ email: "meanwhile@example.com", name: "Mean While", userId: "user_meanwhile" });

    const { parts } = await eventually(
      async () => {
        const readiness = await readReadiness(dunlin.url);
        expect(readiness.status).toBe(503);
        return readiness;
      },
      { withinMs: 15_000 },
    );
    expect(parts["database"]).toBe("ok");
    expect(parts["stripe"]).toBe("ok");
    expect(parts["intercom"]).toMatch(/token/i);
    await sandbox.deliveries.idle();
    expect(sandbox.deliveries.counters.failed).toBe(0);
    expect(await countUnfinished(home.pool)).toBe(9);
    expect(await listDeadLetters(home.pool)).toEqual([]);
    expect(alerts()).toHaveLength(1);
    await eventually(
      async () =>
        expect((await readPulse(dunlin.url)).connections).toContainEqual(
          expect.objectContaining({ vendor: "intercom", state: "paused" }),
        ),
      { withinMs: 15_000 },
    );
  });

  it("few calls are made, so that a workspace is not flooded", async () => {
    const before = sandbox.requests.lastSeq;
    await eventually(() => sandbox.requests.since(before).some(({ vendor }) => vendor === "intercom"), {
      withinMs: 10_000,
    });
    expect(sandbox.requests.since(before).filter(({ vendor }) => vendor === "intercom").length).toBeLessThanOrEqual(2);
  });

  it("it goes on by itself and loses nothing once the token works again", async () => {
    sandbox.intercom.setUnauthorized(false);
    await eventually(async () => expect((await readReadiness(dunlin.url)).status).toBe(200), {
      withinMs: 20_000,
      everyMs: 100,
    });
    await dunlin.settled();
    await expectContactsRight(sandbox);
    expect(await listDeadLetters(home.pool)).toEqual([]);
    expect(alerts()).toHaveLength(1);
  });
});
