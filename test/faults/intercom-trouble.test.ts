/** Intercom is slow, fails, breaks off or talks HTML: everything arrives all the same, in order per contact. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { FaultRule } from "../../sandbox/kernel/faults.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { contactOf, openSandbox } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

type Trouble = { readonly name: string } & Omit<FaultRule, "vendor">;

/** Each for as many answers as several rounds of attempts ask for. */
const troubles: readonly Trouble[] = [
  { name: "fails (500)", kind: "status", status: 500, count: 12 },
  { name: "is not available (503)", kind: "status", status: 503, count: 12 },
  { name: "hangs up before it has read the request", kind: "reset-before", count: 12 },
  { name: "hangs up after it has done the work", kind: "reset-after", count: 12 },
  { name: "breaks off in the middle of the answer", kind: "truncate", count: 12 },
  { name: "is slow", kind: "slow", delayMs: 700, count: 12 },
  { name: "answers with a page of a proxy and status 200", kind: "html", status: 200, count: 12 },
  { name: "answers with a page of a proxy and status 502", kind: "html", status: 502, count: 12 },
  { name: "does a bit of everything", kind: "status", status: 500, rate: 0.5, count: 5 },
];

describe("while Intercom", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;
  let round = 0;

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 8 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
  });

  afterEach(() => sandbox.faults.clear());

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  it.each(troubles.map(({ name, ...rule }) => [name, rule] as const))("%s, everything arrives", async (_name, rule) => {
    round += 1;
    const userId = `user_trouble_${round}`;
    sandbox.faults.add({ vendor: "intercom", ...rule });

    const { customer } = sandbox.stripe.scenarios.checkout({
      email: `${userId}@example.com`,
      name: "In Trouble",
      userId,
    });
    sandbox.stripe.scenarios.paymentFails(String(customer));
    for (const subscription of sandbox.stripe.world.tables.subscriptions.all().slice(0, 6)) {
      sandbox.stripe.scenarios.addCredit(subscription.customer, 100);
    }

    await dunlin.settled(30_000);
    await expectContactsRight(sandbox);
    expect(contactOf(sandbox, userId).custom_attributes["stripe_status"]).toBe("past_due");
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });

  it("fails, the writes to one contact still come in the order of what happened", async () => {
    const { customer } = sandbox.stripe.scenarios.checkout({
      email: "ordered@example.com",
      name: "In Order",
      userId: "user_ordered",
    });
    await dunlin.settled();
    const contactId = contactOf(sandbox, "user_ordered").id;
    const before = sandbox.requests.lastSeq;
    sandbox.faults.add({ vendor: "intercom", method: "PUT", kind: "status", status: 500, rate: 0.5 });

    const balances: number[] = [];
    for (let step = 1; step <= 6; step += 1) {
      const { balance } = sandbox.stripe.scenarios.addCredit(String(customer), 100);
      balances.push(balance / 100);
      await eventually(() => expect(sandbox.deliveries.pending).toBe(0), { withinMs: 15_000 });
    }
    await dunlin.settled(30_000);

    const written = sandbox.requests
      .since(before)
      .filter(({ method, path, status }) => method === "PUT" && path === `/contacts/${contactId}` && status === 200)
      .map(({ body }) => balanceIn(body));
    expect(written.at(-1)).toBe(balances.at(-1));
    expect(written).toEqual(balances.filter((balance) => written.includes(balance)));
  });
});

function balanceIn(body: unknown): number {
  return Number(/"stripe_account_balance":(-?[\d.]+)/.exec(JSON.stringify(body))?.[1]);
}
