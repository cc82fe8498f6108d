/** Moments that are on from the first start: history tells of none, and what happens then of each exactly once, in whatever disorder and through kills. */
import { describe, expect, it } from "vitest";
import { momentNames } from "../../contract/moment.ts";
import { saveDocument } from "../../src/documents/store.ts";
import { isRecord } from "../../src/lib/json.ts";
import { presetDocument } from "../../src/mapping/default-document.ts";
import { countUnfinished, listDeadLetters } from "../support/home.ts";
import { eventually } from "../support/wait.ts";
import { aMortal } from "../support/mortal.ts";

const patience = { withinMs: 40_000, everyMs: 50 };

const mortal = aMortal({ customers: 12 });

async function settled(): Promise<void> {
  await eventually(async () => {
    expect(mortal.sandbox.deliveries.pending).toBe(0);
    expect(await countUnfinished(mortal.home.pool)).toBe(0);
    const open = "select key, state, error_message from effects where state not in ('confirmed', 'failed')";
    expect((await mortal.home.pool.query(open)).rows).toEqual([]);
  }, patience);
  expect(await listDeadLetters(mortal.home.pool)).toEqual([]);
}

/** What Intercom was told about money, by name and by the object of Stripe's that it links to. */
function told(): readonly string[] {
  return mortal.sandbox.intercom
    .contacts()
    .flatMap(({ id }) => mortal.sandbox.intercom.eventsOf(id))
    .map(({ event_name: name, metadata }) => {
      const link = metadata["stripe_link"];
      return `${name} ${isRecord(link) ? String(link["value"]) : ""}`;
    })
    .filter((line) => /^stripe_(payment_succeeded|payment_failed|payment_refunded|subscription_started) /.test(line))
    .toSorted();
}

/** What must be told of what was made since, to everybody who has a contact. */
async function due(known: ReadonlySet<string>): Promise<readonly string[]> {
  const { rows } = await mortal.home.pool.query<{ id: string }>(
    "select customer_id as id from identities where state = 'linked'",
  );
  const linked = new Set(rows.map(({ id }) => id));
  const { charges, refunds, subscriptions } = mortal.sandbox.stripe.world.tables;
  const holderOf = new Map(charges.all().map(({ id, customer }) => [id, customer]));
  const fresh = ({ id }: { readonly id: string }): boolean => !known.has(id);
  const isLinked = (customer: unknown): boolean => linked.has(String(customer));
  const made = charges.all().filter((charge) => fresh(charge) && isLinked(charge.customer));
  return [
    ...made.filter(({ status }) => status === "succeeded").map(({ id }) => `stripe_payment_succeeded ${id}`),
    ...made.filter(({ status }) => status === "failed").map(({ id }) => `stripe_payment_failed ${id}`),
    ...refunds
      .all()
      // That of a bank debit takes days.
      .filter((refund) => refund.status === "succeeded")
      .filter((refund) => fresh(refund) && isLinked(holderOf.get(String(refund.charge))))
      .map(({ charge }) => `stripe_payment_refunded ${String(charge)}`),
    ...subscriptions
      .all()
      .filter((subscription) => fresh(subscription) && isLinked(subscription.customer))
      .map(({ id }) => `stripe_subscription_started ${id}`),
  ].toSorted();
}

function everythingKnown(): ReadonlySet<string> {
  const { charges, refunds, subscriptions } = mortal.sandbox.stripe.world.tables;
  return new Set([...charges.all(), ...refunds.all(), ...subscriptions.all()].map(({ id }) => id));
}

/** A little of everything for everybody; not every step is possible for everybody. */
function muchHappens(round: number): void {
  const { scenarios, world } = mortal.sandbox.stripe;
  const payers = world.tables.subscriptions.all().filter(({ status }) => status === "active");
  for (const { customer } of payers) {
    const id = String(customer);
    const steps = [
      () => scenarios.renew(id),
      () => scenarios.refund(id, 50 + round),
      () => scenarios.paymentFails(id),
      () => scenarios.paymentSucceeds(id),
    ];
    for (const step of steps) {
      try {
        step();
      } catch {
        // The next step is as good.
      }
    }
  }
  scenarios.checkout({ email: `round${round}@example.com`, name: `Round ${round}`, userId: `user_round_${round}` });
}

describe("moments that are on before the first start", () => {
  it("tell of no history, and of what happens then exactly once each", async () => {
    const events = Object.fromEntries(momentNames.map((name) => [name, { on: true }]));
    const body = { ...presetDocument("stripe"), events };
    await saveDocument(mortal.home.pool, { kind: "mapping", body, basedOn: 0, by: "test" });
    await mortal.start();
    await settled();
    expect(told()).toEqual([]);
    expect((await mortal.home.pool.query("select key from effects")).rows).toEqual([]);

    const known = everythingKnown();
    mortal.sandbox.deliveries.set({ duplicateRate: 0.4, reorderRate: 0.4, reorderHoldMs: 300 });
    for (const round of [1, 2, 3]) {
      muchHappens(round);
      const count = mortal.sandbox.deliveries.counters.delivered;
      await eventually(() => expect(mortal.sandbox.deliveries.counters.delivered).toBeGreaterThan(count), patience);
      await mortal.kill();
      await mortal.start();
    }
    await settled();

    expect(told()).toEqual(await due(known));
    expect(told().length).toBeGreaterThan(20);
  });
});
