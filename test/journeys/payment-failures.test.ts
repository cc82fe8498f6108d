/** Payments that fail and debits that come back, as the people who look at the contact learn of them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openInvoiceAnswer, type OpenInvoiceAnswer } from "../../contract/open-invoice.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { attributesOf, findSteadyCustomer, openSandbox, stripeOf } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

const dayS = 86_400;

/** All that our copies hold. */
async function keptText({ pool }: Home): Promise<string> {
  const { rows } = await pool.query<{ text: string }>(
    "select string_agg(facts::text, ' ') as text from stripe_objects",
  );
  return rows[0]?.text ?? "";
}

describe("a payment that fails", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;
  const taken = new Set<string>();

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 24 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  async function cardholder(): Promise<{ readonly id: string; readonly userId: string }> {
    const { id, metadata } = await findSteadyCustomer(sandbox, (candidate) => !taken.has(candidate));
    taken.add(id);
    return { id, userId: metadata["user_id"] ?? "" };
  }

  /** Somebody new who pays by SEPA debit; the first one is on its way. */
  async function debtor(userId: string): Promise<string> {
    const { data } = await stripeOf(sandbox).prices.list({ lookup_keys: ["team_month_eur"] });
    const { customer } = sandbox.stripe.scenarios.checkout({
      email: `${userId}@example.com`,
      name: "Debit Payer",
      userId,
      method: "sepa_debit",
      priceId: data[0]?.id ?? "",
    });
    await dunlin.settled();
    return String(customer);
  }

  async function pass(days: number): Promise<void> {
    await sandbox.clock.advance(days * dayS);
    await dunlin.settled(30_000);
  }

  /** The contact shows what Stripe says, worked out anew, and nothing was left undone. */
  async function expectRight(customerId: string): Promise<void> {
    await dunlin.settled();
    await expectContactsRight(sandbox, { only: [customerId] });
    expect(await listDeadLetters(home.pool)).toEqual([]);
  }

  async function openInvoice(customer: string): Promise<OpenInvoiceAnswer> {
    const response = await fetch(new URL(`/api/open-invoice?customer=${customer}`, dunlin.url));
    return openInvoiceAnswer.parse(await response.json());
  }

  it("is told with its class and a sentence, until it is paid", async () => {
    const { id, userId } = await cardholder();
    expect(attributesOf(sandbox, userId)).toMatchObject({ payment_failure: null, payment_method_type: "card" });

    sandbox.stripe.scenarios.paymentFails(id);
    await eventually(() => expect(attributesOf(sandbox, userId)["payment_failure"]).toBe("insufficient_funds"), {
      withinMs: 1000,
    });
    expect(attributesOf(sandbox, userId)).toMatchObject({
      payment_failure_reason: "There was not enough money on the account.",
      payment_retry_makes_sense: true,
    });
    await expectRight(id);
    const { invoice } = await openInvoice(id);
    expect(invoice).toMatchObject({ customerId: id, status: "open", url: expect.stringMatching(/^https:\/\//) });
    expect(await keptText(home)).not.toContain(invoice?.url);

    sandbox.stripe.scenarios.paymentSucceeds(id);
    await eventually(() => expect(attributesOf(sandbox, userId)["payment_failure"]).toBeNull(), { withinMs: 1000 });
    await expectRight(id);
  });

  it.each([
    ["expired_card", "needs_new_details", "The card has expired."],
    ["stolen_card", "hard", "The card was declined."],
    ["do_not_honor", "soft", "The card was declined."],
  ])("with %s is %s: “%s”", async (code, failure, reason) => {
    const { id, userId } = await cardholder();

    sandbox.stripe.scenarios.paymentFails(id, code);
    await expectRight(id);
    expect(attributesOf(sandbox, userId)).toMatchObject({
      payment_failure: failure,
      payment_failure_reason: reason,
      payment_retry_makes_sense: failure === "soft",
    });
  });

  it("by debit is no failure while it is on its way, and is one when the bank returns it", async () => {
    const id = await debtor("user_returns");
    const pending = attributesOf(sandbox, "user_returns");
    expect(pending).toMatchObject({ debit_state: "pending", payment_failure: null, payment_method_type: "sepa_debit" });
    expect(Number(pending["debit_expected_at"]) - Number(pending["last_payment_at"])).toBeGreaterThan(6 * dayS);
    await expectRight(id);

    await pass(14);
    expect(attributesOf(sandbox, "user_returns")).toMatchObject({ debit_state: "settled", debit_expected_at: null });

    sandbox.stripe.scenarios.sepaReturn(id, "AM04");
    await expectRight(id);
    expect(attributesOf(sandbox, "user_returns")).toMatchObject({
      debit_state: "returned",
      payment_failure: "insufficient_funds",
      payment_retry_makes_sense: true,
    });
  });

  it("by debit says when the mandate is gone", async () => {
    const id = await debtor("user_revoked");
    sandbox.stripe.scenarios.sepaReturn(id, "MD01");
    await expectRight(id);
    expect(attributesOf(sandbox, "user_revoked")).toMatchObject({
      debit_state: "returned",
      payment_failure: "mandate_revoked",
      payment_retry_makes_sense: false,
    });
  });

  it("by debit is one again when the bank returns it after it counted as paid", async () => {
    const id = await debtor("user_late");
    await pass(14);
    expect(attributesOf(sandbox, "user_late")).toMatchObject({ debit_state: "settled", payment_failure: null });

    sandbox.stripe.scenarios.dispute(id, "insufficient_funds");
    await expectRight(id);
    expect(attributesOf(sandbox, "user_late")).toMatchObject({
      debit_state: "returned",
      payment_failure: "insufficient_funds",
    });
  });

  it("by debit is disputed when the payer takes the money back weeks later", async () => {
    const id = await debtor("user_disputes");
    await pass(14);
    await pass(31);
    sandbox.stripe.scenarios.dispute(id, "general");
    await expectRight(id);
    expect(attributesOf(sandbox, "user_disputes")).toMatchObject({
      debit_state: "disputed",
      payment_failure: "disputed",
      payment_failure_reason: "The direct debit was taken back.",
      payment_retry_makes_sense: false,
    });
    await expectContactsRight(sandbox);
  });
});
