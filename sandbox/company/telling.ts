/** A customer's history as dated steps, each driving the real state machines. */
import { setBehaviour } from "../stripe/billing/bank.ts";
import { openSubscription } from "../stripe/billing/opening.ts";
import { NO_BILLING_DETAILS } from "../stripe/objects/payment.ts";
import type { PaymentMethod } from "../stripe/objects/payment.ts";
import { NO_ADDRESS } from "../stripe/objects/shared.ts";
import { createCustomer, requireCustomer } from "../stripe/resources/customers.ts";
import { attach } from "../stripe/resources/payment-methods.ts";
import { updateCustomer } from "../stripe/resources/customers.ts";
import { makeCard, makeDebit } from "../stripe/resources/test-methods.ts";
import type { Scenarios } from "../stripe/scenarios/scenarios.ts";
import type { World } from "../stripe/world.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Invented } from "./people.ts";
import type { Story } from "./stories.ts";

const HOUR_S = 3600;
const DAY_S = 86_400;
const MONTH_S = 30.4 * DAY_S;

export type Step = { readonly at: number; readonly happen: () => void };

export type Telling = {
  readonly catalogue: Catalogue;
  readonly person: Invented;
  readonly story: Story;
  readonly scenarios: Scenarios;
  readonly now: number;
};

/** The steps of a story, oldest first. */
export function tell(world: World, telling: Telling): readonly Step[] {
  const { now } = telling;
  const begun = beginning(world, telling);
  let customerId = "";
  const later = (at: number, happen: (id: string) => void): Step => {
    const afterSignUp = Math.max(begun + HOUR_S, Math.round(at));
    return { at: Math.min(afterSignUp, now), happen: () => happen(customerId) };
  };
  const signUp: Step = {
    at: begun,
    happen: () => {
      customerId = joins(world, telling);
    },
  };
  return [signUp, ...usage(world, telling, { begun, later }), ...turns(world, telling, { later })].sort(
    (left, right) => left.at - right.at,
  );
}

type Times = { readonly begun: number; readonly later: (at: number, happen: (id: string) => void) => Step };

/** The sign-up lies so far back that the wanted number of payments fits in. */
function beginning(world: World, { story, now }: Telling): number {
  const { random } = world.kernel;
  const period = story.interval === "year" ? 12 * MONTH_S : MONTH_S;
  if (story.fate === "trial") return now - random.int(1, 11) * DAY_S;
  const share = story.fate === "past_due" || story.fate === "sepa_waiting" ? 0.07 : 0.15 + 0.7 * random.next();
  return Math.round(now - (story.payments - 1 + share) * period - random.int(0, 3) * HOUR_S);
}

function joins(world: World, { catalogue, person, story }: Telling): string {
  const customer = createCustomer(world, {
    name: person.name,
    email: person.email,
    address: { ...NO_ADDRESS, city: person.city, country: person.country },
    preferred_locales: [person.language],
    ...(story.hasUserId ? { metadata: { user_id: person.userId } } : {}),
  });
  const method = attach(world, methodFor(world, { person, story }).id, customer.id);
  updateCustomer(world, requireCustomer(world, customer.id), {
    invoice_settings: { default_payment_method: method.id },
  });
  const plan = { price: catalogue.planPrice(story.plan, story.interval, person.currency), quantity: story.seats };
  const extra = story.metered ? [{ price: catalogue.usagePrice(person.currency) }] : [];
  openSubscription(world, {
    customer: requireCustomer(world, customer.id),
    items: [plan, ...extra],
    ...(story.fate === "trial" ? { trialEnd: world.now() + 14 * DAY_S } : {}),
  });
  return customer.id;
}

function methodFor(world: World, { person, story }: Pick<Telling, "person" | "story">): PaymentMethod {
  const address = { ...NO_ADDRESS, city: person.city, country: person.country };
  const details = { ...NO_BILLING_DETAILS, name: person.name, email: person.email, address };
  if (story.method === "sepa_debit") return makeDebit(world, world.kernel.random.pick(IBANS), details);
  return makeCard(world, { token: world.kernel.random.pick(CARDS) }, details);
}

const CARDS = ["tok_visa", "tok_visa", "tok_mastercard", "tok_visa_debit", "tok_amex"];
/** Well-formed and nobody's. */
const IBANS = [
  "DE89370400440532013000",
  "FR1420041010050500013M02606",
  "ES9121000418450200051332",
  "AT611904300234573201",
];

/** Reports of usage along the way, some of them in the running period. */
function usage(world: World, { story, scenarios, now }: Telling, { begun, later }: Times): readonly Step[] {
  if (!story.metered) return [];
  const { random } = world.kernel;
  const count = Math.min(24, 2 * story.payments + 2);
  return Array.from({ length: count }, (_, index) => {
    const at = begun + ((index + 0.5) / count) * (now - begun);
    const value = random.int(120, 1400);
    return later(at, (id) => scenarios.reportUsage(id, value));
  });
}

/** What makes this customer's story special. */
function turns(world: World, { story, scenarios, now }: Telling, { later }: Pick<Times, "later">): readonly Step[] {
  const { random } = world.kernel;
  switch (story.fate) {
    case "past_due":
      return [later(beforeLastRenewal(now), (id) => loseCover(world, id))];
    case "canceled":
      return [later(now - random.int(2, 60) * DAY_S, (id) => endIfRunning(world, scenarios, id))];
    case "leaving":
      return [
        later(now - random.int(1, 4) * HOUR_S, (id) =>
          scenarios.cancelAtPeriodEnd(id, { portal: random.next() < 0.5 }),
        ),
      ];
    case "refunded":
      return [later(now - random.int(1, 30) * HOUR_S, (id) => refundIfPaid(world, scenarios, id))];
    case "disputed":
      return [later(now - random.int(1, 30) * HOUR_S, (id) => disputeIfPaid(world, scenarios, id))];
    case "credit":
      return [later(now - random.int(1, 30) * HOUR_S, (id) => scenarios.addCredit(id, 500 * random.int(1, 8)))];
    case "grew":
      return [later(now - random.int(2, 9) * HOUR_S, (id) => growIfPossible(scenarios, id))];
    case "steady":
    case "trial":
    case "sepa_waiting":
      return [];
  }
}

/** Well after the renewal before, so that only the latest one fails. */
function beforeLastRenewal(now: number): number {
  return now - 10 * DAY_S;
}

function loseCover(world: World, customerId: string): void {
  for (const method of world.tables.paymentMethods.find("customer", customerId)) {
    const code = world.kernel.random.pick(["insufficient_funds", "expired_card", "generic_decline"]);
    setBehaviour(
      world,
      method.id,
      method.type === "card" ? { outcome: "decline", code } : { outcome: "decline", networkCode: "AM04" },
    );
  }
}

function endIfRunning(world: World, scenarios: Scenarios, customerId: string): void {
  const running = world.tables.subscriptions.find("customer", customerId).some(({ status }) => status !== "canceled");
  if (running) scenarios.cancel(customerId, "too_expensive");
}

function refundIfPaid(world: World, scenarios: Scenarios, customerId: string): void {
  const paid = paidCharge(world, customerId);
  if (paid !== undefined)
    scenarios.refund(customerId, world.kernel.random.next() < 0.5 ? undefined : Math.ceil(paid.amount / 2));
}

function disputeIfPaid(world: World, scenarios: Scenarios, customerId: string): void {
  if (paidCharge(world, customerId) !== undefined) scenarios.dispute(customerId);
}

function paidCharge(world: World, customerId: string) {
  return world.tables.charges.find("customer", customerId).findLast(({ status }) => status === "succeeded");
}

/** The largest plan has nothing above it. */
function growIfPossible(scenarios: Scenarios, customerId: string): void {
  try {
    scenarios.upgrade(customerId);
  } catch {
    scenarios.addCredit(customerId, 500);
  }
}
