/** What can happen in the make-believe company, and to whom. */
import type { PulseChange, PulseEvent, PulseWrite } from "../../contract/pulse.ts";

export type Plot = {
  readonly type: string;
  readonly state: PulseEvent["state"];
  readonly lane: PulseWrite["lane"];
  readonly changes: readonly PulseChange[];
  readonly writes: readonly PulseChange[];
};

type Person = { readonly id: string; readonly label: string };

export const customers: readonly [Person, ...Person[]] = [
  { id: "cus_Q1a8", label: "Lena Hartmann" },
  { id: "cus_Q2b7", label: "Nordlicht Energie eG" },
  { id: "cus_Q3c6", label: "Oliver Whitcombe" },
  { id: "cus_Q4d5", label: "Strandkorb & Söhne" },
  { id: "cus_Q5e4", label: "Priya Raman" },
  { id: "cus_Q6f3", label: "Kvitøy Kaffe AS" },
  { id: "cus_Q7g2", label: "Marta Kowalczyk" },
];

const change = (field: string, before: string | null, after: string | null): PulseChange => ({ field, before, after });

export const plots: readonly [Plot, ...Plot[]] = [
  {
    type: "invoice.payment_failed",
    state: "applied",
    lane: "urgent",
    changes: [change("attemptCount", "1", "2"), change("nextPaymentAttemptS", null, "1795212000")],
    writes: [
      change("stripe_status", "active", "past_due"),
      change("stripe_delinquent", "false", "true"),
      change("stripe_next_attempt_at", null, "1795212000"),
    ],
  },
  {
    type: "invoice.paid",
    state: "applied",
    lane: "calm",
    changes: [change("status", "open", "paid"), change("amountPaid", "0.00 EUR", "149.00 EUR")],
    writes: [
      change("stripe_status", "past_due", "active"),
      change("stripe_lifetime_value", "1490.00", "1639.00"),
      change("stripe_last_payment_at", "1792420000", "1795012000"),
      change("stripe_delinquent", "true", "false"),
      change("stripe_subscription_period_end", "1795012000", "1797604000"),
    ],
  },
  {
    type: "customer.subscription.updated",
    state: "applied",
    lane: "urgent",
    changes: [change("plan", "Flut Starter", "Flut Team"), change("mrr", "49.00 EUR", "149.00 EUR")],
    writes: [change("stripe_plan", "Flut Starter", "Flut Team"), change("stripe_mrr", "49.00 EUR", "149.00 EUR")],
  },
  {
    type: "customer.created",
    state: "applied",
    lane: "calm",
    changes: [change("email", null, "hallo@example.com")],
    writes: [change("stripe_customer_id", null, "cus_Q9z1"), change("stripe_created_at", null, "1795010000")],
  },
  { type: "charge.succeeded", state: "unchanged", lane: "calm", changes: [], writes: [] },
  { type: "payment_intent.succeeded", state: "unchanged", lane: "calm", changes: [], writes: [] },
  {
    type: "payment_method.automatically_updated",
    state: "applied",
    lane: "calm",
    changes: [change("expYear", "2026", "2030")],
    writes: [change("stripe_card_expires_at", "2026-11-30T00:00:00Z", "2030-11-30T00:00:00Z")],
  },
  { type: "charge.dispute.created", state: "waiting", lane: "urgent", changes: [], writes: [] },
  {
    type: "product.updated",
    state: "applied",
    lane: "calm",
    changes: [change("name", "Flut", "Flut Team")],
    writes: [],
  },
  { type: "billing_portal.session.created", state: "skipped", lane: "calm", changes: [], writes: [] },
  {
    type: "customer.subscription.deleted",
    state: "applied",
    lane: "urgent",
    changes: [change("status", "active", "canceled")],
    writes: [change("stripe_status", "active", "canceled"), change("stripe_mrr", "49.00 EUR", "0.00 EUR")],
  },
];
