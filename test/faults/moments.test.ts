/** Moments while the process dies: before Stripe hears that we have an event, and after Intercom has taken one of ours. Each arrives exactly once. */
import { describe, expect, it } from "vitest";
import { momentNames } from "../../contract/moment.ts";
import { saveDocument } from "../../src/documents/store.ts";
import { presetDocument } from "../../src/mapping/default-document.ts";
import { isRecord } from "../../src/lib/json.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { countUnfinished, listDeadLetters } from "../support/home.ts";
import { findSteadyCustomer } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";
import { aMortal } from "../support/mortal.ts";

/** What a killed node held is taken over within fifteen seconds; a busy machine gets a few more. */
const patience = { withinMs: 30_000, everyMs: 50 };

const mortal = aMortal();

/** Every moment is told from now on; what happened before is not. */
async function switchOn(): Promise<void> {
  const events = Object.fromEntries(momentNames.map((name) => [name, { on: true }]));
  const body = { ...presetDocument("stripe"), events };
  await saveDocument(mortal.home.pool, { kind: "mapping", body, basedOn: 0, by: "test" });
  await eventually(async () => {
    const { rows } = await mortal.home.pool.query("select from moment_switches");
    expect(rows).toHaveLength(momentNames.length);
  }, patience);
}

async function settled(): Promise<void> {
  await eventually(async () => {
    expect(mortal.sandbox.deliveries.pending).toBe(0);
    expect(await countUnfinished(mortal.home.pool)).toBe(0);
    const open = "select key, state, error_message from effects where state not in ('confirmed', 'failed')";
    expect((await mortal.home.pool.query(open)).rows).toEqual([]);
  }, patience);
  await expectContactsRight(mortal.sandbox);
}

/** Purchases, changes, failures and money that goes back, several of a kind within one second. */
async function muchHappens(): Promise<void> {
  const { scenarios } = mortal.sandbox.stripe;
  const { id } = await findSteadyCustomer(mortal.sandbox);
  for (const userId of ["user_a", "user_b"]) {
    scenarios.checkout({ email: `${userId}@example.com`, name: `Buyer ${userId}`, userId });
  }
  scenarios.renew(id);
  scenarios.refund(id, 100);
  scenarios.refund(id, 200);
  scenarios.downgrade(id);
  scenarios.cancelAtPeriodEnd(id);
}

/** What Intercom has, by name and by the object of Stripe's that it links to. */
function shown(): readonly string[] {
  const events = mortal.sandbox.intercom.contacts().flatMap(({ id }) => mortal.sandbox.intercom.eventsOf(id));
  return events.map(({ event_name: name, metadata }) => `${name} ${linkIn(metadata)}`).toSorted();
}

function linkIn(metadata: Readonly<Record<string, unknown>>): string {
  const link = metadata["stripe_link"];
  return isRecord(link) ? String(link["value"]) : "-";
}

/** What must have been told of what happened since then, from Stripe's own tables. */
function due(sinceS: number): readonly string[] {
  const { charges, refunds, subscriptions, invoices } = mortal.sandbox.stripe.world.tables;
  const fresh = ({ created }: { readonly created: number }): boolean => created >= sinceS;
  const paid = charges.all().filter((charge) => fresh(charge) && charge.status === "succeeded");
  const failed = charges.all().filter((charge) => fresh(charge) && charge.status === "failed");
  const begun = subscriptions.all().filter(fresh);
  return [
    ...paid.map(({ id }) => `stripe_payment_succeeded ${id}`),
    ...failed.map(({ id }) => `stripe_payment_failed ${id}`),
    ...refunds
      .all()
      .filter(fresh)
      .map(({ charge }) => `stripe_payment_refunded ${String(charge)}`),
    ...begun.map(({ id }) => `stripe_subscription_started ${id}`),
    ...invoices
      .all()
      .filter((invoice) => fresh(invoice) && invoice.status === "paid" && invoice.amount_paid > 0)
      .map(({ id }) => `stripe_invoice_paid ${id}`),
  ].toSorted();
}

const isDue = (line: string): boolean =>
  /^stripe_(payment_succeeded|payment_failed|payment_refunded|subscription_started|invoice_paid) /.test(line);

describe("moments", () => {
  it.each([
    ["no crash at all", undefined],
    ["an event was stored and Stripe does not know", { point: "after-store-before-ack", passes: 4 }],
    [
      "Intercom took an event of ours and we have not recorded it",
      { point: "after-effect-sent-before-record", passes: 3 },
    ],
  ])("arrive once each, whatever dies: %s", async (_, crash) => {
    await mortal.start();
    await settled();
    await switchOn();
    await mortal.stop();
    expect(shown()).toEqual([]);

    await mortal.start(crash);
    const sinceS = mortal.sandbox.stripe.world.now();
    await muchHappens();
    if (crash) {
      await mortal.died();
      await mortal.start();
    }
    await settled();

    const lines = shown();
    expect(lines.filter(isDue)).toEqual(due(sinceS));
    const others = lines.filter((line) => !isDue(line)).map((line) => line.split(" ")[0]);
    expect(others).toEqual([
      "stripe_cancellation_scheduled",
      "stripe_first_payment",
      "stripe_first_payment",
      "stripe_plan_changed",
    ]);
    expect(await listDeadLetters(mortal.home.pool)).toEqual([]);
  });
});
