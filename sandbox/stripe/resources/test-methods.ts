/** Stripe's test cards, test IBANs and the `pm_card_…` shortcuts, with how their banks behave. */
import { StripeError } from "../api/errors.ts";
import { setBehaviour } from "../billing/bank.ts";
import type { Behaviour, Card, PaymentMethod } from "../objects/payment.ts";
import { NO_BILLING_DETAILS } from "../objects/payment.ts";
import { NO_METADATA } from "../objects/shared.ts";
import type { BillingDetails } from "../objects/shared.ts";
import type { World } from "../world.ts";

type Manner = Partial<Omit<Behaviour, "id">>;
type TestCard = {
  readonly brand: string;
  readonly number: string;
  readonly manner?: Manner;
  readonly funding?: string;
};

const decline = (code: string): Manner => ({ outcome: "decline", code });
const refuse = (networkCode: string): Manner => ({ outcome: "decline", networkCode });

/** Tokens are `tok_…`, payment methods `pm_card_…` with the same ending. */
const TEST_CARDS: Readonly<Record<string, TestCard>> = {
  visa: { brand: "visa", number: "4242424242424242" },
  visa_debit: { brand: "visa", number: "4000056655665556", funding: "debit" },
  mastercard: { brand: "mastercard", number: "5555555555554444" },
  amex: { brand: "amex", number: "378282246310005" },
  jcb: { brand: "jcb", number: "3566002020360505" },
  chargeCustomerFail: { brand: "visa", number: "4000000000000341", manner: decline("generic_decline") },
  visa_chargeDeclined: { brand: "visa", number: "4000000000000002", manner: decline("generic_decline") },
  chargeDeclinedInsufficientFunds: { brand: "visa", number: "4000000000009995", manner: decline("insufficient_funds") },
  chargeDeclinedExpiredCard: { brand: "visa", number: "4000000000000069", manner: decline("expired_card") },
  chargeDeclinedLostCard: { brand: "visa", number: "4000000000009987", manner: decline("lost_card") },
  chargeDeclinedStolenCard: { brand: "visa", number: "4000000000009979", manner: decline("stolen_card") },
  authenticationRequired: { brand: "visa", number: "4000002760003184", manner: { outcome: "authenticate" } },
  createDispute: { brand: "visa", number: "4000000000000259", manner: { outcome: "dispute" } },
};

const TEST_IBANS: Readonly<Record<string, Manner>> = {
  AT861904300235473202: refuse("MS03"),
  AT051904300235473205: refuse("MS03"),
  AT981904300002222227: refuse("AM04"),
  AT591904300235473203: { outcome: "dispute" },
};

/** A new payment method for a shortcut such as `pm_card_visa`; undefined for any other id. */
export function testMethod(world: World, id: string): PaymentMethod | undefined {
  if (id === "pm_sepaDebit") return makeDebit(world, "DE89370400440532013000", NO_BILLING_DETAILS);
  const card = id.startsWith("pm_card_") ? TEST_CARDS[id.slice("pm_card_".length)] : undefined;
  return card === undefined
    ? undefined
    : store(world, card, { expiry: laterExpiry(world), details: NO_BILLING_DETAILS });
}

export type CardInput =
  | { readonly token: string }
  | { readonly number: string; readonly exp_month: number; readonly exp_year: number };

/** A card from a test token or a number; numbers that are not test cards are simply good. */
export function makeCard(world: World, input: CardInput, details: BillingDetails): PaymentMethod {
  if ("token" in input) {
    const card = TEST_CARDS[input.token.replace(/^tok_/, "")];
    if (card === undefined) throw StripeError.missing("token", input.token, "card[token]");
    return store(world, card, { expiry: laterExpiry(world), details });
  }
  const number = input.number.replaceAll(" ", "");
  const known = Object.values(TEST_CARDS).find((card) => card.number === number);
  const card = known ?? { brand: brandOf(number), number };
  return store(world, card, { expiry: { exp_month: input.exp_month, exp_year: input.exp_year }, details });
}

/** A SEPA debit with its mandate; an IBAN that is not a test one is simply good. */
export function makeDebit(world: World, iban: string, details: BillingDetails): PaymentMethod {
  const account = iban.replaceAll(" ", "").toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{10,30}$/.test(account)) {
    throw StripeError.invalid("The IBAN you provided is invalid.", "sepa_debit[iban]", "invalid_bank_account_iban");
  }
  const id = world.id("pm");
  setBehaviour(world, id, { ...TEST_IBANS[account], mandate: world.id("mandate") });
  return world.create(world.tables.paymentMethods, {
    ...common(world, id, details),
    sepa_debit: {
      bank_code: account.slice(4, 12),
      branch_code: "",
      country: account.slice(0, 2),
      fingerprint: fingerprint(account),
      generated_from: { charge: null, setup_attempt: null },
      last4: account.slice(-4),
    },
    type: "sepa_debit" as const,
  });
}

type Expiry = { readonly exp_month: number; readonly exp_year: number };

function store(
  world: World,
  card: TestCard,
  { expiry, details }: { readonly expiry: Expiry; readonly details: BillingDetails },
): PaymentMethod {
  const id = world.id("pm");
  if (card.manner !== undefined) setBehaviour(world, id, card.manner);
  return world.create(world.tables.paymentMethods, {
    ...common(world, id, details),
    card: cardOf(card, expiry),
    type: "card" as const,
  });
}

function cardOf(card: TestCard, expiry: Expiry): Card {
  return {
    brand: card.brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
    country: "DE",
    display_brand: card.brand === "amex" ? "american_express" : card.brand,
    ...expiry,
    fingerprint: fingerprint(card.number),
    funding: card.funding ?? "credit",
    generated_from: null,
    last4: card.number.slice(-4),
    networks: { available: [card.brand], preferred: null },
    regulated_status: "unregulated",
    three_d_secure_usage: { supported: true },
    wallet: null,
  };
}

function common(world: World, id: string, details: BillingDetails) {
  return {
    id,
    object: "payment_method" as const,
    allow_redisplay: "unspecified" as const,
    billing_details: details,
    created: world.now(),
    customer: null,
    customer_account: null,
    livemode: false as const,
    metadata: NO_METADATA,
  };
}

function laterExpiry(world: World): Expiry {
  return { exp_month: world.kernel.random.int(1, 12), exp_year: new Date(world.now() * 1000).getUTCFullYear() + 3 };
}

function brandOf(number: string): string {
  if (number.startsWith("5")) return "mastercard";
  return number.startsWith("3") ? "amex" : "visa";
}

/** The same card or account always has the same fingerprint. */
function fingerprint(number: string): string {
  let hash = 7;
  for (const char of number) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  return `Xt5${hash.toString(36).padStart(7, "0")}LmQ0pB`.slice(0, 16);
}
