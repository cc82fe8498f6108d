/** What a customer would save under another plan, as a receipt that says what it rests on. */
import { z } from "zod";

/** `POST /api/savings`. */
export const savingsRequest = z.strictObject({
  /** A Stripe customer id, a contact id, an e-mail or your own user id. */
  customer: z.string().min(1).max(255),
  account: z.string().min(1).max(64).optional(),
  /** Which subscription, when the customer has several. */
  subscription: z.string().min(1).max(255).optional(),
  /** Asks Stripe for previews, to be sure. Left out, as DUNLIN_CONFIRM_SAVINGS says. */
  confirm: z.boolean().optional(),
});

/** Why something is not said, for programs and for people. */
export const refusal = z.object({ code: z.string(), en: z.string(), de: z.string() });

const minor = z.int();
const interval = z.object({ interval: z.string(), intervalCount: z.int() });
/** A decimal as text: usage and amounts per unit may have more digits than a number holds. */
const decimal = z.string();

export const billLine = interval.extend({
  priceId: z.string(),
  name: z.string(),
  /** quantity: what is licensed · usage: what a meter counted */
  kind: z.enum(["quantity", "usage"]),
  meterId: z.string().nullable(),
  units: decimal,
  amountMinor: minor,
  /** Of no plan: the same on both sides. */
  kept: z.boolean(),
});

/** What is billed together: all lines of one interval. */
export const billInvoice = interval.extend({
  subtotalMinor: minor,
  discounts: z.array(z.object({ id: z.string(), amountMinor: minor })),
  totalMinor: minor,
});

export const bill = z.object({
  lines: z.array(billLine),
  invoices: z.array(billInvoice),
  /** Of the period that is compared. */
  periodMinor: minor,
  /** A twelfth of a year. Discounts that end are not in it, nor in the year. */
  monthMinor: minor,
  yearMinor: minor,
  /** By how much a year may differ, since it is not documented where Stripe rounds a discount. */
  yearVariesMinor: minor,
});

export const usageTaken = z.object({
  meterId: z.string(),
  /** What is counted, in words. */
  name: z.string(),
  value: decimal,
  /** Of a projection: what it was projected from. */
  measured: decimal,
  periodStart: z.iso.datetime(),
  periodEnd: z.iso.datetime(),
  asOf: z.iso.datetime(),
  source: z.string(),
});

/** last: with the usage of the last complete period · projected: with what this period's usage comes to at its end */
export const savingsBasis = z.enum(["last", "projected"]);

export const currentPeriod = z.object({
  basis: savingsBasis,
  period: interval,
  usage: z.array(usageTaken),
  bill: bill.nullable(),
  refusal: refusal.nullable(),
});

export const difference = z.object({ periodMinor: minor, monthMinor: minor, yearMinor: minor });

export const comparedPeriod = z.object({
  basis: savingsBasis,
  bill: bill.nullable(),
  /** The other plan less the present one: below zero is saved. */
  difference: difference.nullable(),
  refusal: refusal.nullable(),
});

/** From which usage, or which quantity, the other plan costs less. */
export const breakEven = z.object({
  of: z.enum(["usage", "quantity"]),
  /** The meter's id, or what the quantity counts. */
  name: z.string(),
  /** Where it costs less; `to` is null when there is no end to it. Empty: nowhere. */
  cheaper: z.array(z.object({ from: z.int(), to: z.int().nullable() })),
  /** Nobody looked further. */
  searchedTo: z.int(),
});

export const candidatePlan = z.object({
  planId: z.string(),
  name: z.string(),
  /** not_eligible: a rule of the plans document rules it out */
  outcome: z.enum(["compared", "refused", "not_eligible"]),
  refusal: refusal.nullable(),
  periods: z.array(comparedPeriod),
  breakEven: breakEven.nullable(),
  /** In every period that could be compared, and by more than may vary. */
  cheaper: z.boolean(),
});

export const previewLine = z.object({
  priceId: z.string(),
  units: decimal.nullable(),
  oursMinor: minor.nullable(),
  stripeMinor: minor.nullable(),
});

/** One preview of Stripe's against our arithmetic, with the quantities that Stripe names. */
export const previewCheck = z.object({
  /** Null for the subscription as it is. */
  planId: z.string().nullable(),
  /** partly: every line that can be compared agrees, and some cannot */
  outcome: z.enum(["agrees", "partly", "differs"]),
  lines: z.array(previewLine),
  discountOursMinor: minor.nullable(),
  discountStripeMinor: minor.nullable(),
});

export const savingsConfirmation = z.object({
  askedAt: z.iso.datetime(),
  /** failed: Stripe gave no preview */
  outcome: z.enum(["agrees", "partly", "differs", "failed"]),
  checks: z.array(previewCheck),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});

/** Everything the figures follow from; the same inputs are the same receipt. */
export const savingsInputs = z.object({
  /** Of the arithmetic: another one is another receipt. */
  engine: z.int(),
  account: z.string(),
  customerId: z.string(),
  country: z.string().nullable(),
  plansVersion: z.int(),
  plans: z.array(z.unknown()),
  subscription: z
    .object({
      id: z.string(),
      status: z.string(),
      currency: z.string().nullable(),
      asOf: z.iso.datetime(),
      startedAt: z.iso.datetime().nullable(),
      trialEnd: z.iso.datetime().nullable(),
      taxed: z.boolean().nullable(),
      scheduled: z.boolean().nullable(),
      collectionPaused: z.boolean(),
      cancelAt: z.iso.datetime().nullable(),
      cancelAtPeriodEnd: z.boolean(),
      /** Its period had ended when it was asked, and the renewal was not known. */
      periodOver: z.boolean(),
      items: z.array(z.unknown()),
    })
    .nullable(),
  prices: z.array(z.object({ id: z.string(), terms: z.unknown() })),
  discounts: z.array(z.unknown()).nullable(),
  readings: z.array(z.unknown()),
});

/** `POST /api/savings` and `GET /api/savings/{id}`. */
export const savingsReceipt = z.object({
  id: z.string(),
  createdAt: z.iso.datetime(),
  account: z.string(),
  customerId: z.string(),
  subscriptionId: z.string().nullable(),
  currency: z.string().nullable(),
  currentPlan: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** refused: nothing can be said about any plan */
  outcome: z.enum(["compared", "refused"]),
  refusal: refusal.nullable(),
  current: z.array(currentPeriod),
  candidates: z.array(candidatePlan),
  /** The plan that saves most in a year; null when none saves. */
  recommended: z.string().nullable(),
  confirmation: savingsConfirmation.nullable(),
  inputs: savingsInputs,
});

export type SavingsRequest = z.output<typeof savingsRequest>;
export type Refusal = z.output<typeof refusal>;
export type Bill = z.output<typeof bill>;
export type BillLine = z.output<typeof billLine>;
export type BillInvoice = z.output<typeof billInvoice>;
export type UsageTaken = z.output<typeof usageTaken>;
export type SavingsBasis = z.output<typeof savingsBasis>;
export type CurrentPeriod = z.output<typeof currentPeriod>;
export type ComparedPeriod = z.output<typeof comparedPeriod>;
export type BreakEven = z.output<typeof breakEven>;
export type CandidatePlan = z.output<typeof candidatePlan>;
export type PreviewCheck = z.output<typeof previewCheck>;
export type SavingsConfirmation = z.output<typeof savingsConfirmation>;
export type SavingsInputs = z.output<typeof savingsInputs>;
export type SavingsReceipt = z.output<typeof savingsReceipt>;
/** What of a receipt never changes. */
export type SavingsBody = Omit<SavingsReceipt, "createdAt" | "confirmation">;
