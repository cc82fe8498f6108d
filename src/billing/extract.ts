/** Takes from a Stripe object the facts that the profile needs. Field sources: Stripe API 2026-10-28.endive. */
import { isRecord } from "../lib/json.ts";
import type {
  AddressFacts,
  ChargeFacts,
  CouponFacts,
  CreditBalanceFacts,
  CurrencyOption,
  CustomerFacts,
  DiscountFacts,
  DisputeFacts,
  EntitlementsFacts,
  FactsByKind,
  InvoiceFacts,
  MandateFacts,
  StripeKind,
  PaymentIntentFacts,
  PaymentMethodFacts,
  PriceFacts,
  PriceTier,
  ProductFacts,
  RefundFacts,
  SubscriptionFacts,
  SubscriptionItemFacts,
} from "../model/stripe-object.ts";
import {
  decimalOf,
  entriesOf,
  flagOf,
  idOf,
  listOf,
  metadataOf,
  partOf,
  textOf,
  textsOf,
  wholeOf,
  type Raw,
} from "./read.ts";

/** The facts of an object of this kind. Never throws: what cannot be read is null. */
export function extractFacts<K extends StripeKind>(kind: K, raw: Raw): FactsByKind[K] {
  return extractors[kind](raw);
}

const extractors: { readonly [K in StripeKind]: (raw: Raw) => FactsByKind[K] } = {
  customer: customerFacts,
  subscription: subscriptionFacts,
  invoice: invoiceFacts,
  payment_intent: paymentIntentFacts,
  charge: chargeFacts,
  refund: refundFacts,
  dispute: disputeFacts,
  payment_method: paymentMethodFacts,
  product: productFacts,
  price: priceFacts,
  coupon: couponFacts,
  mandate: mandateFacts,
  credit_balance: creditBalanceFacts,
  entitlements: entitlementsFacts,
};

function customerFacts(raw: Raw): CustomerFacts {
  return {
    email: textOf(raw, "email"),
    name: textOf(raw, "name"),
    phone: textOf(raw, "phone"),
    createdS: wholeOf(raw, "created") ?? 0,
    currency: textOf(raw, "currency"),
    balanceMinor: wholeOf(raw, "balance") ?? 0,
    delinquent: flagOf(raw, "delinquent"),
    country: textOf(partOf(raw, "address"), "country"),
    defaultPaymentMethod: idOf(partOf(raw, "invoice_settings"), "default_payment_method"),
    defaultSource: idOf(raw, "default_source"),
    metadata: metadataOf(raw),
    address: addressFacts(partOf(raw, "address")),
    locale: textsOf(raw, "preferred_locales")[0] ?? null,
    discount: isRecord(raw["discount"]) ? discountFacts(raw["discount"]) : null,
  };
}

/** Null when nothing but the country is known. */
function addressFacts(raw: Raw): AddressFacts | null {
  const address = {
    line1: textOf(raw, "line1"),
    line2: textOf(raw, "line2"),
    postalCode: textOf(raw, "postal_code"),
    city: textOf(raw, "city"),
    state: textOf(raw, "state"),
  };
  return Object.values(address).every((part) => part === null) ? null : address;
}

function subscriptionFacts(raw: Raw): SubscriptionFacts {
  const status = textOf(raw, "status") ?? "unknown";
  return {
    status,
    createdS: wholeOf(raw, "created") ?? 0,
    startS: wholeOf(raw, "start_date"),
    currency: textOf(raw, "currency"),
    trialEndS: wholeOf(raw, "trial_end"),
    cancelAtS: wholeOf(raw, "cancel_at"),
    cancelAtPeriodEnd: flagOf(raw, "cancel_at_period_end"),
    canceledAtS: wholeOf(raw, "canceled_at"),
    endedAtS: wholeOf(raw, "ended_at"),
    collectionPaused: partOf(raw, "pause_collection")["behavior"] !== undefined,
    pausedReason: pausedReasonOf(raw),
    defaultPaymentMethod: idOf(raw, "default_payment_method"),
    defaultSource: idOf(raw, "default_source"),
    items: listOf(raw, "items").map((item) => itemFacts(item, raw)),
    ...(flagOf(partOf(raw, "items"), "has_more") ? { itemsCut: true } : {}),
    discounts: discountsOf(raw),
    taxed: isTaxed(raw),
    scheduled: idOf(raw, "schedule") !== null,
  };
}

/** By Stripe's own reckoning, or by rates on the subscription or an item. */
function isTaxed(raw: Raw): boolean {
  const rates = [raw, ...listOf(raw, "items")].flatMap((part) => [
    ...entriesOf(part, "default_tax_rates"),
    ...entriesOf(part, "tax_rates"),
  ]);
  return rates.length > 0 || flagOf(partOf(raw, "automatic_tax"), "enabled");
}

/** Discounts are ids unless they were expanded (docs.stripe.com/api/subscriptions/object). */
function discountsOf(raw: Raw): readonly DiscountFacts[] {
  return entriesOf(raw, "discounts").flatMap((entry) => {
    if (isRecord(entry)) return [discountFacts(entry)];
    return typeof entry === "string" ? [{ id: entry, endS: null }] : [];
  });
}

/** The coupon stands in `source` since 2025-09-30, before that beside it; it is an id unless it was expanded. */
function discountFacts(raw: Raw): DiscountFacts {
  const couponId = idOf(partOf(raw, "source"), "coupon") ?? idOf(raw, "coupon");
  return { id: textOf(raw, "id") ?? "", endS: wholeOf(raw, "end"), couponId };
}

/** `applies_to` is there only when it was asked for; null for a coupon of all products, see stripe/objects.ts. */
function couponFacts(raw: Raw): CouponFacts {
  return {
    percentOff: decimalOf(raw, "percent_off"),
    amountOffMinor: wholeOf(raw, "amount_off"),
    currency: textOf(raw, "currency"),
    duration: textOf(raw, "duration") ?? "unknown",
    products: "applies_to" in raw ? textsOf(partOf(raw, "applies_to"), "products").toSorted() : null,
  };
}

function mandateFacts(raw: Raw): MandateFacts {
  return { status: textOf(raw, "status") ?? "unknown", paymentMethodId: idOf(raw, "payment_method") };
}

/** One entry per currency; empty ones are left out (docs.stripe.com/api/billing/credit-balance-summary). */
function creditBalanceFacts(raw: Raw): CreditBalanceFacts {
  const available = listOf(raw, "balances").flatMap((balance) => {
    const monetary = partOf(partOf(balance, "available_balance"), "monetary");
    const [amountMinor, currency] = [wholeOf(monetary, "value"), textOf(monetary, "currency")];
    return amountMinor !== null && amountMinor > 0 && currency !== null ? [{ amountMinor, currency }] : [];
  });
  return { available: available.toSorted((a, b) => (a.currency < b.currency ? -1 : 1)) };
}

function entitlementsFacts(raw: Raw): EntitlementsFacts {
  const features = listOf(raw, "entitlements").map((entitlement) => textOf(entitlement, "lookup_key"));
  return { features: [...new Set(features.filter((feature) => feature !== null))].toSorted() };
}

/** `status_details.paused.subscription.type`, since 2026-09-30. */
function pausedReasonOf(raw: Raw): string | null {
  const paused = partOf(partOf(raw, "status_details"), "paused");
  return textOf(partOf(paused, "subscription"), "type");
}

/** Periods stand on the item since 2025-03-31; before that on the subscription. */
function itemFacts(item: Raw, subscription: Raw): SubscriptionItemFacts {
  const price = partOf(item, "price");
  const recurring = partOf(price, "recurring");
  return {
    id: textOf(item, "id") ?? "",
    priceId: idOf(item, "price"),
    productId: idOf(price, "product"),
    nickname: textOf(price, "nickname"),
    lookupKey: textOf(price, "lookup_key"),
    unitAmount: decimalOf(price, "unit_amount_decimal") ?? decimalOf(price, "unit_amount"),
    currency: textOf(price, "currency"),
    interval: textOf(recurring, "interval"),
    intervalCount: wholeOf(recurring, "interval_count") ?? 1,
    metered: recurring["usage_type"] === "metered",
    quantity: wholeOf(item, "quantity"),
    periodStartS: wholeOf(item, "current_period_start") ?? wholeOf(subscription, "current_period_start"),
    periodEndS: wholeOf(item, "current_period_end") ?? wholeOf(subscription, "current_period_end"),
    discounts: discountsOf(item),
    divided: isRecord(price["transform_quantity"]),
    ...(isRecord(item["current_trial"]) ? { inTrial: true } : {}),
  };
}

function invoiceFacts(raw: Raw): InvoiceFacts {
  const details = partOf(partOf(raw, "parent"), "subscription_details");
  return {
    status: textOf(raw, "status"),
    createdS: wholeOf(raw, "created") ?? 0,
    currency: textOf(raw, "currency") ?? "",
    amountDueMinor: wholeOf(raw, "amount_due") ?? 0,
    amountPaidMinor: wholeOf(raw, "amount_paid") ?? 0,
    amountRemainingMinor: wholeOf(raw, "amount_remaining") ?? 0,
    attemptCount: wholeOf(raw, "attempt_count") ?? 0,
    nextPaymentAttemptS: wholeOf(raw, "next_payment_attempt"),
    dueDateS: wholeOf(raw, "due_date"),
    isToBeCollected:
      flagOf(raw, "auto_advance") && !flagOf(raw, "attempted") && textOf(raw, "collection_method") !== "send_invoice",
    subscriptionId: idOf(details, "subscription"),
    defaultPaymentMethod: idOf(raw, "default_payment_method") ?? idOf(raw, "default_source"),
  };
}

function paymentIntentFacts(raw: Raw): PaymentIntentFacts {
  const error = partOf(raw, "last_payment_error");
  return {
    status: textOf(raw, "status") ?? "unknown",
    createdS: wholeOf(raw, "created") ?? 0,
    amountMinor: wholeOf(raw, "amount") ?? 0,
    currency: textOf(raw, "currency") ?? "",
    errorCode: textOf(error, "code"),
    declineCode: textOf(error, "decline_code"),
  };
}

function chargeFacts(raw: Raw): ChargeFacts {
  const amountMinor = wholeOf(raw, "amount") ?? 0;
  const captured = flagOf(raw, "captured") ? amountMinor : 0;
  const details = partOf(raw, "payment_method_details");
  return {
    status: textOf(raw, "status") ?? "unknown",
    createdS: wholeOf(raw, "created") ?? 0,
    currency: textOf(raw, "currency") ?? "",
    amountMinor,
    capturedMinor: wholeOf(raw, "amount_captured") ?? captured,
    refundedMinor: wholeOf(raw, "amount_refunded") ?? 0,
    disputed: flagOf(raw, "disputed"),
    paymentIntentId: idOf(raw, "payment_intent"),
    paymentMethodId: idOf(raw, "payment_method"),
    methodType: textOf(details, "type"),
    country: textOf(partOf(partOf(raw, "billing_details"), "address"), "country"),
    failureCode: textOf(raw, "failure_code"),
    ...refusalFacts(raw),
    debitDate: textOf(partOf(details, textOf(details, "type") ?? ""), "expected_debit_date"),
  };
}

/** `outcome` says something about payments that went well too, which nobody needs. */
function refusalFacts(raw: Raw): Pick<ChargeFacts, "declineCode" | "networkDeclineCode" | "adviceCode" | "blocked"> {
  const outcome = raw["status"] === "failed" ? partOf(raw, "outcome") : {};
  return {
    declineCode: textOf(outcome, "reason"),
    networkDeclineCode: textOf(outcome, "network_decline_code"),
    adviceCode: textOf(outcome, "advice_code"),
    blocked: outcome["type"] === "blocked",
  };
}

function refundFacts(raw: Raw): RefundFacts {
  return {
    status: textOf(raw, "status"),
    createdS: wholeOf(raw, "created") ?? 0,
    amountMinor: wholeOf(raw, "amount") ?? 0,
    currency: textOf(raw, "currency") ?? "",
    chargeId: idOf(raw, "charge"),
  };
}

function disputeFacts(raw: Raw): DisputeFacts {
  return {
    status: textOf(raw, "status") ?? "unknown",
    createdS: wholeOf(raw, "created") ?? 0,
    amountMinor: wholeOf(raw, "amount") ?? 0,
    currency: textOf(raw, "currency") ?? "",
    chargeId: idOf(raw, "charge"),
    reason: textOf(raw, "reason"),
  };
}

function paymentMethodFacts(raw: Raw): PaymentMethodFacts {
  const card = partOf(raw, "card");
  return {
    attached: idOf(raw, "customer") !== null,
    type: textOf(raw, "type") ?? "unknown",
    brand: textOf(card, "brand"),
    expMonth: wholeOf(card, "exp_month"),
    expYear: wholeOf(card, "exp_year"),
    country: textOf(partOf(partOf(raw, "billing_details"), "address"), "country"),
  };
}

function productFacts(raw: Raw): ProductFacts {
  return { name: textOf(raw, "name"), metadata: metadataOf(raw) };
}

/** `tiers` and `currency_options` are there only when they were expanded (docs.stripe.com/api/prices/object). */
function priceFacts(raw: Raw): PriceFacts {
  const recurring = partOf(raw, "recurring");
  return {
    productId: idOf(raw, "product"),
    active: flagOf(raw, "active"),
    currency: textOf(raw, "currency"),
    unitAmount: decimalOf(raw, "unit_amount_decimal") ?? decimalOf(raw, "unit_amount"),
    interval: textOf(recurring, "interval"),
    intervalCount: wholeOf(recurring, "interval_count") ?? 1,
    metered: recurring["usage_type"] === "metered",
    meterId: textOf(recurring, "meter"),
    billingScheme: textOf(raw, "billing_scheme") ?? "per_unit",
    tiersMode: textOf(raw, "tiers_mode"),
    tiers: tiersOf(raw),
    nickname: textOf(raw, "nickname"),
    lookupKey: textOf(raw, "lookup_key"),
    transformQuantity: transformOf(partOf(raw, "transform_quantity")),
    taxBehavior: textOf(raw, "tax_behavior"),
    ...(isRecord(raw["currency_options"]) ? { currencyOptions: currencyOptionsOf(raw) } : {}),
  };
}

/** The price's own currency is among the options, and said already. */
function currencyOptionsOf(raw: Raw): Readonly<Record<string, CurrencyOption>> {
  const others = Object.entries(partOf(raw, "currency_options")).filter(([currency]) => currency !== raw["currency"]);
  return Object.fromEntries(others.flatMap(([key, option]) => (isRecord(option) ? [[key, optionFacts(option)]] : [])));
}

function optionFacts(raw: Raw): CurrencyOption {
  return {
    unitAmount: decimalOf(raw, "unit_amount_decimal") ?? decimalOf(raw, "unit_amount"),
    tiers: tiersOf(raw),
    taxBehavior: textOf(raw, "tax_behavior"),
  };
}

function tiersOf(raw: Raw): readonly PriceTier[] | null {
  return Array.isArray(raw["tiers"]) ? listOf(raw, "tiers").map(tierFacts) : null;
}

function tierFacts(tier: Raw): PriceTier {
  return {
    upTo: wholeOf(tier, "up_to"),
    unitAmount: decimalOf(tier, "unit_amount_decimal") ?? decimalOf(tier, "unit_amount"),
    flatAmount: decimalOf(tier, "flat_amount_decimal") ?? decimalOf(tier, "flat_amount"),
  };
}

function transformOf(raw: Raw): PriceFacts["transformQuantity"] {
  const divideBy = wholeOf(raw, "divide_by");
  return divideBy === null ? null : { divideBy, roundUp: raw["round"] === "up" };
}
