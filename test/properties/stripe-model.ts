/** A small honest Stripe: actions change objects, and every change leaves the event that Stripe would send. */
import { isRecord } from "../../src/lib/json.ts";
import type { StripeEvent } from "../../src/model/stripe-event.ts";
import type { StripeKind } from "../../src/model/stripe-object.ts";
import { pinnedVersion } from "../support/builders.ts";
import type { Action } from "./stripe-actions.ts";
import { previousAttributes, priceOf, type Json } from "./stripe-json.ts";

/** An object as Stripe has it at one moment. */
export type Shown = {
  readonly kind: StripeKind;
  readonly customerId: string | null;
  readonly object: Json;
  readonly deleted: boolean;
};

/** Everything Stripe has at one moment. */
export type World = ReadonlyMap<string, Shown>;

/** What happened: every event with the step that caused it, and the world after each step. */
export type History = {
  readonly events: readonly { readonly event: StripeEvent; readonly step: number }[];
  readonly worlds: readonly World[];
  readonly seconds: readonly number[];
};

/** Lets the actions happen to customers who exist already. */
export function play(actions: readonly Action[], customers = 3): History {
  const stripe = new StripeModel();
  for (let who = 0; who < customers; who += 1) stripe.addCustomer(who);
  stripe.endStep();
  for (const action of actions) {
    stripe.pass(action.afterS);
    stripe.act(action);
    stripe.endStep();
  }
  return stripe.history();
}

const firstS = 1_790_000_000;
const statuses = ["active", "past_due", "unpaid", "paused", "trialing", "active"];

class StripeModel {
  #nowS = firstS;
  #step = 0;
  #minted = 0;
  #last: StripeEvent | undefined;
  readonly #objects = new Map<string, Shown>();
  readonly #events: { event: StripeEvent; step: number }[] = [];
  readonly #worlds: World[] = [];
  readonly #seconds: number[] = [];

  history(): History {
    return { events: this.#events, worlds: this.#worlds, seconds: this.#seconds };
  }

  pass(seconds: number): void {
    this.#nowS += seconds;
  }

  endStep(): void {
    this.#worlds.push(new Map(this.#objects));
    this.#seconds.push(this.#nowS);
    this.#step += 1;
  }

  addCustomer(who: number): void {
    const id = `cus_${who}`;
    const object = {
      object: "customer",
      email: `${who}@example.com`,
      name: null,
      balance: 0,
      delinquent: false,
      currency: "eur",
      metadata: {},
      invoice_settings: { default_payment_method: null },
    };
    this.#add("customer", { id, customerId: id, type: "customer.created", object });
  }

  act(action: Action): void {
    const customerId = `cus_${action.who}`;
    if (action.verb === "echo") return this.#echo();
    if (action.verb === "product") return this.#nameProduct(action);
    if (this.#objects.get(customerId)?.deleted !== false) return;
    this.#actOnCustomer(customerId, action);
    this.#actOnMethod(customerId, action);
    this.#actOnSubscription(customerId, action);
    this.#actOnCharge(customerId, action);
    this.#actOnInvoice(customerId, action);
  }

  /** Sometimes two events describe the same change. */
  #echo(): void {
    if (this.#last) this.#push({ ...this.#last, createdS: this.#last.createdS });
  }

  #nameProduct({ pick }: Action): void {
    const name = ["Pro", "Basic", "Team"][pick % 3];
    if (!this.#objects.has("prod_1"))
      this.#add("product", {
        id: "prod_1",
        customerId: null,
        type: "product.created",
        object: { object: "product", name },
      });
    else this.#change("prod_1", "product.updated", { name });
  }

  #actOnCustomer(id: string, { verb, pick }: Action): void {
    if (verb === "rename") this.#change(id, "customer.updated", { name: ["Jane", "Jane D.", null][pick % 3] });
    if (verb === "email") this.#change(id, "customer.updated", { email: ["a@example.com", "b@example.com"][pick % 2] });
    if (verb === "balance") this.#change(id, "customer.updated", { balance: [0, -500, 500][pick % 3] });
    if (verb === "delinquent") this.#change(id, "customer.updated", { delinquent: pick % 2 === 0 });
    if (verb === "userId")
      this.#change(id, "customer.updated", {
        metadata: [{}, { user_id: "u1" }, { user_id: "u2", note: "x" }][pick % 3],
      });
    if (verb === "delete" && pick === 0) this.#deleteCustomer(id);
  }

  #deleteCustomer(id: string): void {
    for (const subscriptionId of this.#own("subscription", id)) this.#cancel(subscriptionId);
    this.#change(id, "customer.deleted", {}, { deleted: true });
  }

  #actOnMethod(customerId: string, { verb, pick }: Action): void {
    const methods = this.#own("payment_method", customerId).filter((id) => this.#field(id, "customer") !== null);
    const id = methods[pick % Math.max(1, methods.length)];
    if (verb === "attach") {
      const card = { brand: ["visa", "mastercard"][pick % 2], exp_month: 8, exp_year: 2027 };
      this.#add("payment_method", {
        id: this.#mint("pm"),
        customerId,
        type: "payment_method.attached",
        object: { object: "payment_method", type: "card", card, customer: customerId },
      });
    }
    if (verb === "choose")
      this.#change(customerId, "customer.updated", {
        invoice_settings: { default_payment_method: pick === 0 ? null : (id ?? null) },
      });
    if (id === undefined) return;
    if (verb === "expiry")
      this.#change(id, "payment_method.updated", {
        card: { brand: "visa", exp_month: 8, exp_year: 2027 + (pick % 2) },
      });
    if (verb === "detach") this.#change(id, "payment_method.detached", { customer: null });
  }

  #actOnSubscription(customerId: string, { verb, pick }: Action): void {
    if (verb === "subscribe") return this.#subscribe(customerId);
    const running = this.#own("subscription", customerId).filter((id) => this.#field(id, "status") !== "canceled");
    const id = running[pick % Math.max(1, running.length)];
    if (id === undefined) return;
    if (verb === "status") this.#change(id, "customer.subscription.updated", { status: statuses[pick] });
    if (verb === "quantity")
      this.#change(id, "customer.subscription.updated", { items: this.#items(id, { quantity: 1 + (pick % 2) }) });
    if (verb === "price")
      this.#change(id, "customer.subscription.updated", { items: this.#items(id, { price: priceOf(pick % 2) }) });
    if (verb === "discount")
      this.#change(id, "customer.subscription.updated", {
        discounts: [[], ["di_1"], ["di_2"], ["di_1", "di_2"]][pick % 4],
      });
    if (verb === "renew")
      this.#change(id, "customer.subscription.updated", {
        items: this.#items(id, { current_period_end: this.#nowS + 2_592_000 }),
      });
    if (verb === "cancelLater")
      this.#change(id, "customer.subscription.updated", { cancel_at_period_end: pick % 2 === 0 });
    if (verb === "remind") this.#tell(id, "customer.subscription.trial_will_end");
    if (verb === "cancel") this.#cancel(id);
  }

  #subscribe(customerId: string): void {
    const id = this.#mint("sub");
    const item = {
      id: `si_${id}`,
      quantity: 1,
      price: priceOf(0),
      current_period_start: this.#nowS,
      current_period_end: this.#nowS + 2_592_000,
    };
    const object = {
      object: "subscription",
      customer: customerId,
      status: "incomplete",
      created: this.#nowS,
      cancel_at: null,
      cancel_at_period_end: false,
      ended_at: null,
      discounts: [],
      items: { object: "list", has_more: false, data: [item] },
    };
    this.#add("subscription", { id, customerId, type: "customer.subscription.created", object });
  }

  /** The last snapshot of a subscription carries no former values. */
  #cancel(id: string): void {
    if (this.#field(id, "status") === "canceled") return;
    this.#change(
      id,
      "customer.subscription.deleted",
      { status: "canceled", canceled_at: this.#nowS, ended_at: this.#nowS },
      { silent: true },
    );
  }

  #items(id: string, change: Json): Json {
    const items = this.#field(id, "items");
    if (!isRecord(items) || !Array.isArray(items["data"])) throw new Error(`${id} has no items.`);
    return { ...items, data: items["data"].map((item: Json) => ({ ...item, ...change })) };
  }

  #actOnCharge(customerId: string, { verb, pick }: Action): void {
    if (verb === "charge") return this.#charge(customerId, pick);
    const charges = this.#own("charge", customerId);
    const id = charges[pick % Math.max(1, charges.length)];
    if (id === undefined) return;
    const status = this.#field(id, "status");
    if (verb === "settle" && status === "pending") {
      const paid = pick % 2 === 0;
      this.#change(
        id,
        paid ? "charge.succeeded" : "charge.failed",
        paid
          ? { status: "succeeded", captured: true, amount_captured: 1000 }
          : { status: "failed", failure_code: "insufficient_funds" },
        { silent: true },
      );
    }
    if (verb === "note") this.#change(id, "charge.updated", { balance_transaction: `txn_${pick % 2}` });
    if (status !== "succeeded") return;
    if (verb === "refund") this.#refund(customerId, id);
    if (verb === "failRefund") this.#failRefund(customerId, id);
    if (verb === "dispute" && this.#own("dispute", customerId).length === 0) {
      this.#add("dispute", {
        id: this.#mint("dp"),
        customerId,
        type: "charge.dispute.created",
        object: { object: "dispute", charge: id, amount: 1000, currency: "eur", status: "needs_response" },
      });
    }
    const [disputeId] = this.#own("dispute", customerId);
    if (verb === "closeDispute" && disputeId !== undefined && this.#field(disputeId, "status") === "needs_response") {
      this.#change(disputeId, "charge.dispute.closed", { status: pick % 2 === 0 ? "won" : "lost" }, { silent: true });
    }
  }

  #charge(customerId: string, pick: number): void {
    const status = ["succeeded", "pending", "failed"][pick % 3] ?? "succeeded";
    const paid = status === "succeeded";
    const object = {
      object: "charge",
      customer: customerId,
      created: this.#nowS,
      amount: 1000,
      currency: "eur",
      status,
      captured: paid,
      amount_captured: paid ? 1000 : 0,
      amount_refunded: 0,
      balance_transaction: null,
      failure_code: null,
    };
    this.#add("charge", { id: this.#mint("ch"), customerId, type: `charge.${status}`, object });
  }

  #refund(customerId: string, chargeId: string): void {
    const refunded = Number(this.#field(chargeId, "amount_refunded"));
    if (refunded >= 1000) return;
    this.#change(chargeId, "charge.refunded", { amount_refunded: refunded + 250 });
    const object = {
      object: "refund",
      charge: chargeId,
      amount: 250,
      currency: "eur",
      status: "succeeded",
      customer: customerId,
      created: this.#nowS,
    };
    this.#add("refund", { id: this.#mint("re"), customerId, type: "refund.created", object });
  }

  /** The charge falls back, which no event of its own tells. */
  #failRefund(customerId: string, chargeId: string): void {
    const id = this.#own("refund", customerId).find(
      (refund) => this.#field(refund, "charge") === chargeId && this.#field(refund, "status") === "succeeded",
    );
    if (id === undefined) return;
    this.#set(chargeId, { amount_refunded: Number(this.#field(chargeId, "amount_refunded")) - 250 });
    this.#change(id, "refund.failed", { status: "failed" });
  }

  #actOnInvoice(customerId: string, { verb, pick }: Action): void {
    const open = this.#own("invoice", customerId).filter((id) => this.#field(id, "status") === "open");
    const id = open[pick % Math.max(1, open.length)];
    if (verb === "invoice") {
      const object = {
        object: "invoice",
        customer: customerId,
        status: "open",
        currency: "eur",
        created: this.#nowS,
        amount_due: 1000,
        amount_paid: 0,
        amount_remaining: 1000,
        attempt_count: 0,
      };
      this.#add("invoice", { id: this.#mint("in"), customerId, type: "invoice.finalized", object });
    }
    if (verb === "pay" && id !== undefined) {
      this.#change(id, "invoice.updated", { status: "paid", amount_paid: 1000, amount_remaining: 0, attempt_count: 1 });
      this.#tell(id, "invoice.paid");
    }
  }

  #own(kind: StripeKind, customerId: string): readonly string[] {
    return [...this.#objects]
      .filter(([, shown]) => shown.kind === kind && shown.customerId === customerId)
      .map(([id]) => id);
  }

  #field(id: string, name: string): unknown {
    return this.#objects.get(id)?.object[name];
  }

  #mint(prefix: string): string {
    this.#minted += 1;
    return `${prefix}_${this.#minted}`;
  }

  #add(
    kind: StripeKind,
    { id, customerId, type, object }: { id: string; customerId: string | null; type: string; object: Json },
  ): void {
    this.#objects.set(id, { kind, customerId, deleted: false, object: { id, ...object } });
    this.#tell(id, type);
  }

  /** Objects are never changed in place, so that snapshots stay what they were. */
  #set(id: string, fields: Json): Json {
    const shown = this.#objects.get(id);
    if (!shown) throw new Error(`There is no ${id}.`);
    this.#objects.set(id, { ...shown, object: { ...shown.object, ...fields } });
    return shown.object;
  }

  #change(id: string, type: string, fields: Json, { silent = false, deleted = false } = {}): void {
    const before = this.#set(id, fields);
    const shown = this.#objects.get(id);
    if (!shown) return;
    const previous = previousAttributes(before, shown.object);
    if (previous === null && !deleted) return;
    if (deleted) this.#objects.set(id, { ...shown, deleted });
    this.#push({ type, object: shown.object, previous: silent || deleted ? null : previous, createdS: this.#nowS });
  }

  /** An event that shows the object as it is. */
  #tell(id: string, type: string): void {
    const shown = this.#objects.get(id);
    if (shown) this.#push({ type, object: shown.object, previous: null, createdS: this.#nowS });
  }

  #push(parts: Pick<StripeEvent, "type" | "object" | "previous" | "createdS">): void {
    const event = { ...parts, id: this.#mint("evt"), livemode: false, apiVersion: pinnedVersion };
    this.#last = event;
    this.#events.push({ event, step: this.#step });
  }
}
