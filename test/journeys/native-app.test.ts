/** A workspace that has attributes of its own already: Dunlin chooses a prefix that is in nobody's way, and keeps it. */
import { afterEach, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, type Home } from "../support/home.ts";
import { openSandbox } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";

describe("a workspace with attributes of its own", () => {
  let sandbox: Sandbox | undefined;
  let home: Home | undefined;
  let dunlin: Dunlin | undefined;

  afterEach(async () => {
    await dunlin?.stop();
    await sandbox?.close();
    await home?.remove();
  });

  async function start(
    prepare: (sandbox: Sandbox) => void,
  ): Promise<{ readonly sandbox: Sandbox; readonly home: Home; readonly dunlin: Dunlin }> {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 5 }), createHome()]);
    prepare(sandbox);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
    return { sandbox, home, dunlin };
  }

  /** Names that are filled on any contact. */
  function filledNames({ intercom }: Sandbox): ReadonlySet<string> {
    return new Set(intercom.contacts().flatMap(({ custom_attributes: custom }) => Object.keys(custom)));
  }

  it("of Intercom's native Stripe app gets billing_*, and what that app owns stays as it is", async () => {
    const world = await start(({ intercom }) => {
      intercom.addAttribute({ name: "stripe_id", model: "contact", data_type: "string" });
      intercom.addAttribute({ name: "stripe_plan", model: "contact", data_type: "string" });
    });
    await expectContactsRight(world.sandbox, { prefix: "billing" });
    expect([...filledNames(world.sandbox)].filter((name) => name.startsWith("stripe_"))).toEqual([]);

    const before = world.sandbox.requests.lastSeq;
    await world.dunlin.stop();
    dunlin = await startDunlin({ sandbox: world.sandbox, home: world.home, port: world.dunlin.port });
    const writes = world.sandbox.requests
      .since(before)
      .filter(({ vendor, method }) => vendor === "intercom" && method !== "GET");
    expect(writes).toEqual([]);
  });

  it("with a name of ours in another type gets billing_*, since Intercom cannot change a type", async () => {
    const world = await start(
      ({ intercom }) => void intercom.addAttribute({ name: "stripe_plan", model: "contact", data_type: "integer" }),
    );
    await expectContactsRight(world.sandbox, { prefix: "billing" });
  });

  it("with names of ours in the right types keeps stripe_* and makes only what is missing", async () => {
    const world = await start(
      ({ intercom }) => void intercom.addAttribute({ name: "stripe_plan", model: "contact", data_type: "string" }),
    );
    await expectContactsRight(world.sandbox);
    expect(world.sandbox.intercom.attributes("contact").filter(({ name }) => name === "stripe_plan")).toHaveLength(1);
  });
});
