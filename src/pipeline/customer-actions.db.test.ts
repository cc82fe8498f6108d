/** Paying through a link: once, whatever happens between the row and Stripe's answer. */
import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLinksScene, type LinksScene } from "../../test/support/links-scene.ts";
import { payKey } from "../links/action.ts";
import { attemptsPerDay } from "../links/guards.ts";
import { beginAction, endAction, listActions } from "../links/store.ts";
import { toStripeFailure } from "../stripe/failure.ts";
import { readPayable, tryAgain } from "./customer-actions.ts";

describe("paying through a link", () => {
  let scene: LinksScene;

  beforeAll(async () => {
    scene = await openLinksScene();
  });
  afterAll(() => scene.close());

  const keyOf = (customerId: string) => ({ account: "main", customerId });
  const confirmed = (invoiceId: string) => ({ invoiceId, amountMinor: 4900 });
  const actionsOf = (customer: string) => listActions(scene.database.pool, keyOf(customer), 20);
  const payCalls = (invoice: string) =>
    scene.sandbox.requests.since(0).filter(({ path }) => path === `/v1/invoices/${invoice}/pay`).length;
  const statusOf = async (invoice: string) => (await scene.stripe.invoices.retrieve(invoice)).status;
  const chargesOf = async (customer: string) => (await scene.stripe.charges.list({ customer, limit: 100 })).data.length;

  /** As a process leaves it that dies before the call. */
  async function planned(customer: string, invoice: string): Promise<string> {
    const key = payKey("main", invoice, 1);
    await beginAction(scene.database.pool, {
      ...keyOf(customer),
      key,
      objectId: invoice,
      attempt: 1,
      amount: { amountMinor: 4900, currency: "eur" },
      paymentMethod: null,
      plannedAt: new Date(scene.door.nowMs()),
    });
    return key;
  }

  it("is one payment however often is clicked at once", async () => {
    const { customer, invoice } = await scene.owing("pm_card_visa", "insufficient_funds");
    scene.bankSays(customer, "succeed");
    const before = await chargesOf(customer);
    await Promise.all(Array.from({ length: 8 }, () => tryAgain(scene.door, keyOf(customer), confirmed(invoice))));
    expect(await statusOf(invoice)).toBe("paid");
    expect(await chargesOf(customer)).toBe(before + 1);
    expect(payCalls(invoice)).toBe(1);
    expect(await actionsOf(customer)).toMatchObject([{ attempt: 1, state: "done", outcome: "paid" }]);
  });

  it("keeps what the bank said, and allows so many attempts a day", async () => {
    const { customer, invoice } = await scene.owing("pm_card_visa", "insufficient_funds");
    for (let click = 0; click < attemptsPerDay + 2; click += 1)
      await tryAgain(scene.door, keyOf(customer), confirmed(invoice));
    expect(payCalls(invoice)).toBe(attemptsPerDay);
    expect((await actionsOf(customer)).map(({ state, outcome }) => [state, outcome])).toEqual(
      Array.from({ length: attemptsPerDay }, () => ["failed", "declined"]),
    );
    expect((await readPayable(scene.door, keyOf(customer)))?.verdict).toEqual({ kind: "refused", why: "too_often" });
  });

  it("does not tell somebody to wait who has tried it themselves", async () => {
    const { customer, invoice } = await scene.owing("pm_card_visa", "processing_error");
    const advice = async () => (await readPayable(scene.door, keyOf(customer)))?.failure?.advice.en;
    expect(await advice()).toBe("You do not need to do anything.");
    await tryAgain(scene.door, keyOf(customer), confirmed(invoice));
    expect(await advice()).toBe("Please use another payment method.");
  });

  it("waits for a call that may still be under way", async () => {
    const { customer, invoice } = await scene.owing("pm_card_visa", "insufficient_funds");
    scene.bankSays(customer, "succeed");
    await planned(customer, invoice);
    await tryAgain(scene.door, keyOf(customer), confirmed(invoice));
    expect(payCalls(invoice)).toBe(0);
    expect((await readPayable(scene.door, keyOf(customer)))?.verdict).toEqual({ kind: "refused", why: "under_way" });
  });

  it("makes the call after a crash before it, under the same key", async () => {
    const { customer, invoice } = await scene.owing("pm_card_visa", "insufficient_funds");
    scene.bankSays(customer, "succeed");
    const key = await planned(customer, invoice);
    scene.passMs(10 * 60_000);
    await tryAgain(scene.door, keyOf(customer), confirmed(invoice));
    expect(await statusOf(invoice)).toBe("paid");
    expect(await actionsOf(customer)).toMatchObject([{ key, attempt: 1, state: "done", outcome: "paid" }]);
  });

  it("finds what happened after a crash behind the call", async () => {
    const { customer, invoice } = await scene.owing("pm_card_visa", "insufficient_funds");
    scene.bankSays(customer, "succeed");
    const before = await chargesOf(customer);
    const key = await planned(customer, invoice);
    await scene.client.post(`/v1/invoices/${invoice}/pay`, {}, key);
    scene.passMs(10 * 60_000);
    await tryAgain(scene.door, keyOf(customer), confirmed(invoice));
    expect(await chargesOf(customer)).toBe(before + 1);
    expect(await actionsOf(customer)).toMatchObject([{ key, state: "done", outcome: "paid" }]);
  });

  it("repeats nothing that Stripe may have forgotten", async () => {
    const { customer, invoice } = await scene.owing("pm_card_visa", "insufficient_funds");
    scene.bankSays(customer, "succeed");
    await planned(customer, invoice);
    scene.passMs(25 * 3_600_000);
    await tryAgain(scene.door, keyOf(customer), confirmed(invoice));
    expect(payCalls(invoice)).toBe(0);
    expect(await actionsOf(customer)).toMatchObject([{ state: "failed", outcome: "lost" }]);
    await tryAgain(scene.door, keyOf(customer), confirmed(invoice));
    expect(await statusOf(invoice)).toBe("paid");
    expect(await actionsOf(customer)).toMatchObject([{ attempt: 2, outcome: "paid" }, { attempt: 1 }]);
  });

  it.each(["reset-before", "reset-after"] as const)(
    "goes on with the same payment when no answer came (%s)",
    async (kind) => {
      const { customer, invoice } = await scene.owing("pm_card_visa", "insufficient_funds");
      scene.bankSays(customer, "succeed");
      const before = await chargesOf(customer);
      const fault = scene.sandbox.faults.add({ vendor: "stripe", kind, pathPattern: `${invoice}/pay$` });
      await tryAgain(scene.door, keyOf(customer), confirmed(invoice));
      expect(await actionsOf(customer)).toMatchObject([{ state: "unknown", outcome: null }]);
      scene.sandbox.faults.remove(fault.id);
      await tryAgain(scene.door, keyOf(customer), confirmed(invoice));
      expect(await actionsOf(customer)).toMatchObject([{ attempt: 1, state: "done", outcome: "paid" }]);
      expect(await chargesOf(customer)).toBe(before + 1);
    },
  );

  it("goes on with another payment when Stripe has kept a failure of its own as the answer, and collected nothing", async () => {
    const { customer, invoice } = await scene.owing("pm_card_visa", "insufficient_funds");
    scene.bankSays(customer, "succeed");
    const headers = { "idempotent-replayed": "true" };
    const broken = new Stripe.errors.StripeAPIError({ type: "api_error", statusCode: 500, headers });
    const stripe = { ...scene.client, post: () => Promise.reject(toStripeFailure(broken, "invoice")) };
    await tryAgain({ ...scene.door, stripe: () => stripe }, keyOf(customer), confirmed(invoice));
    expect(await actionsOf(customer)).toMatchObject([{ state: "failed", outcome: "lost" }]);

    await tryAgain(scene.door, keyOf(customer), confirmed(invoice));
    expect(await actionsOf(customer)).toMatchObject([{ attempt: 2, state: "done", outcome: "paid" }, { attempt: 1 }]);
    expect(payCalls(invoice)).toBe(1);
  });

  it("finds what was collected although Stripe has kept a failure of its own as the answer", async () => {
    const { customer, invoice } = await scene.owing("pm_card_visa", "insufficient_funds");
    scene.bankSays(customer, "succeed");
    const headers = { "idempotent-replayed": "true" };
    const broken = new Stripe.errors.StripeAPIError({ type: "api_error", statusCode: 500, headers });
    const post: typeof scene.client.post = async (...call) => {
      await scene.client.post(...call);
      throw toStripeFailure(broken, "invoice");
    };
    await tryAgain({ ...scene.door, stripe: () => ({ ...scene.client, post }) }, keyOf(customer), confirmed(invoice));
    expect(await actionsOf(customer)).toMatchObject([{ state: "done", outcome: "paid" }]);
  });

  it("takes the method that the customer has given since, where the old one cannot work", async () => {
    const { customer, invoice } = await scene.owing("pm_card_visa", "lost_card");
    const [subscription] = (await scene.stripe.subscriptions.list({ customer })).data;
    const old = (await scene.stripe.customers.listPaymentMethods(customer)).data[0]?.id ?? "";
    await scene.stripe.subscriptions.update(subscription?.id ?? "", { default_payment_method: old });
    const { id } = await scene.stripe.paymentMethods.attach("pm_card_mastercard", { customer });
    await scene.stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
    await tryAgain(scene.door, keyOf(customer), confirmed(invoice));
    expect(await statusOf(invoice)).toBe("paid");
    expect(await actionsOf(customer)).toMatchObject([{ paymentMethod: id, outcome: "paid" }]);
  });

  it("never touches another customer's invoice", async () => {
    const [one, other] = [
      await scene.owing("pm_card_visa", "insufficient_funds"),
      await scene.owing("pm_card_visa", "insufficient_funds"),
    ];
    scene.bankSays(other.customer, "succeed");
    await tryAgain(scene.door, keyOf(one.customer), confirmed(other.invoice));
    expect(await statusOf(other.invoice)).toBe("open");
    expect(await actionsOf(one.customer)).toEqual([]);
  });

  it("ends an action once", async () => {
    const { customer, invoice } = await scene.owing("pm_card_visa", "insufficient_funds");
    const key = await planned(customer, invoice);
    const at = new Date();
    await endAction(scene.database.pool, key, { state: "done", outcome: "paid", at });
    await endAction(scene.database.pool, key, { state: "failed", outcome: "lost", at });
    expect(await actionsOf(customer)).toMatchObject([{ state: "done", outcome: "paid" }]);
  });
});
