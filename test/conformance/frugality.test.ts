/** How many calls an event costs, at the settings that the product ships with: the bars of a renewal and a purchase. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, type Home } from "../support/home.ts";
import { createContact } from "../support/intercom-app.ts";
import { findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";

describe("for a contact that is known", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 12 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home, env: { DUNLIN_SETTLE_MS: "400" } });
    await dunlin.settled();
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  /** The calls to each vendor that this costs in all, from the first event to the last write. */
  async function costOf(
    happens: () => void,
  ): Promise<{ readonly events: number; readonly intercom: readonly string[]; readonly stripe: readonly string[] }> {
    await dunlin.settled();
    const [seq, delivered] = [sandbox.requests.lastSeq, deliveries()];
    happens();
    await dunlin.settled();
    const calls = (vendor: string): readonly string[] =>
      sandbox.requests
        .since(seq)
        .filter((call) => call.vendor === vendor)
        .map(({ method, path }) => `${method} ${path.replaceAll(/[0-9a-f]{24}/g, "{id}")}`);
    return { events: deliveries() - delivered, intercom: calls("intercom"), stripe: calls("stripe") };
  }

  const deliveries = (): number => sandbox.deliveries.recent().filter(({ vendor }) => vendor === "stripe").length;

  it("a renewal costs one call", async () => {
    const { id } = await findSteadyCustomer(sandbox);
    const { events, intercom, stripe } = await costOf(() => sandbox.stripe.scenarios.renew(id));
    expect(events).toBeGreaterThanOrEqual(5);
    expect(intercom).toEqual(["PUT /contacts/{id}"]);
    expect(stripe).toEqual([]);
  });

  it("a failed payment costs at most two calls: the status at once, the rest together", async () => {
    const { id } = await findSteadyCustomer(sandbox);
    const { intercom, stripe } = await costOf(() => sandbox.stripe.scenarios.paymentFails(id));
    expect(intercom.length).toBeLessThanOrEqual(2);
    expect(stripe).toEqual([]);
  });

  it("the first purchase of somebody whom Intercom knows costs one look and at most two writes", async () => {
    await createContact(sandbox, {
      role: "user",
      external_id: "user_frugal",
      email: "frugal@example.com",
      name: "Fru Gal",
    });
    const { events, intercom } = await costOf(() =>
      sandbox.stripe.scenarios.checkout({ email: "frugal@example.com", name: "Fru Gal", userId: "user_frugal" }),
    );
    expect(events).toBeGreaterThanOrEqual(8);
    expect(intercom.filter((call) => call.startsWith("GET"))).toHaveLength(1);
    expect(intercom.filter((call) => call.startsWith("PUT")).length).toBeLessThanOrEqual(2);
    expect(intercom.length).toBeLessThanOrEqual(3);
  });

  it("an event that changes nothing that is shown costs no call", async () => {
    const { id } = await findSteadyCustomer(sandbox);
    const { intercom, stripe } = await costOf(() =>
      sandbox.stripe.scenarios.updateCustomer(id, { metadata: { shoe_size: "43" } }),
    );
    expect([...intercom, ...stripe]).toEqual([]);
    await expectContactsRight(sandbox);
  });
});
