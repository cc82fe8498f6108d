/** Everyday life: now and then something happens to one of the company's customers, as it would by itself. */
import type { Random } from "../kernel/types.ts";
import { StripeError } from "../stripe/api/errors.ts";
import type { Customer } from "../stripe/objects/customer.ts";
import type { Subscription } from "../stripe/objects/subscription.ts";
import type { StripeVendor } from "../stripe/stripe.ts";
import { invent } from "./people.ts";

/** After this many happenings life becomes calm, so that a sandbox left alone for days does not drown. */
const LIVELY_HAPPENINGS = 240;
const CALM_MS = 60_000;

type Life = { readonly stripe: StripeVendor; readonly random: Random };

/** Begins everyday life; the returned function ends it. */
export function startBustle(life: Life, everyMs: number): () => void {
  let happened = 0;
  let timer = setTimeout(next, everyMs);
  function next(): void {
    somethingHappens(life);
    happened += 1;
    timer = setTimeout(next, happened < LIVELY_HAPPENINGS ? everyMs : Math.max(CALM_MS, everyMs));
  }
  return () => clearTimeout(timer);
}

/** One happening. What does not fit the chosen customer simply does not happen. */
export function somethingHappens(life: Life): void {
  const { stripe, random } = life;
  const customers = stripe.world.tables.customers.all();
  if (customers.length === 0) return;
  const customer = random.pick(customers);
  try {
    usageGrows(life);
    if (random.next() < 0.1) someoneBuys(life);
    else happensTo(life, customer);
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
  }
}

/** Whoever pays by use goes on using: a few documents more each time something happens anywhere. */
function usageGrows({ stripe, random }: Life): void {
  const metered = stripe.world.tables.subscriptions
    .all()
    .filter(({ status, items }) => status === "active" && items.data.some(({ price }) => price.recurring?.meter));
  if (metered.length > 0) stripe.scenarios.reportUsage(random.pick(metered).customer, random.int(5, 40));
}

/** Trouble is mostly cured, so that the company stays in good health. */
function happensTo({ stripe, random }: Life, { id }: Customer): void {
  const { scenarios, world } = stripe;
  const subscription = world.tables.subscriptions.find("customer", id).at(-1);
  switch (moodOf(subscription)) {
    case "behind":
      if (random.next() < 0.5) scenarios.replaceCard(id);
      scenarios.paymentSucceeds(id);
      return;
    case "leaving":
      scenarios.keep(id);
      return;
    case "trying":
      scenarios.reportUsage(id, random.int(5, 60));
      return;
    case "gone":
      return;
    case "content":
      random.pick(EVERYDAY)(stripe, id, random);
  }
}

type Mood = "behind" | "leaving" | "trying" | "gone" | "content";

function moodOf(subscription: Subscription | undefined): Mood {
  if (subscription === undefined) return "gone";
  if (subscription.status === "past_due" || subscription.status === "unpaid") return "behind";
  if (subscription.status === "trialing") return "trying";
  if (subscription.status !== "active") return "gone";
  return subscription.cancel_at === null ? "content" : "leaving";
}

type Happening = (stripe: StripeVendor, customerId: string, random: Random) => unknown;

const EVERYDAY: readonly Happening[] = [
  ({ scenarios }, id) => scenarios.renew(id),
  ({ scenarios }, id) => scenarios.renew(id),
  ({ scenarios }, id) => scenarios.renew(id),
  ({ scenarios }, id, random) => scenarios.reportUsage(id, random.int(20, 400)),
  ({ scenarios }, id, random) => scenarios.reportUsage(id, random.int(20, 400)),
  ({ scenarios }, id) => scenarios.upgrade(id),
  ({ scenarios }, id) => scenarios.upgrade(id),
  ({ scenarios }, id) => scenarios.downgrade(id),
  ({ scenarios }, id) => scenarios.paymentFails(id),
  ({ scenarios }, id) => scenarios.paymentFails(id, "expired_card"),
  ({ scenarios }, id) => scenarios.cancelAtPeriodEnd(id, { portal: true }),
  ({ scenarios }, id) => scenarios.addCredit(id, 500),
  ({ scenarios }, id) => scenarios.refund(id, 300),
];

function someoneBuys({ stripe, random }: Life): void {
  const person = invent(random, stripe.world.tables.customers.size + 1);
  const { name, email, userId } = person;
  stripe.scenarios.checkout({ name, email, userId, method: random.next() < 0.3 ? "sepa_debit" : "card" });
}
