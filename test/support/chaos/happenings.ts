/** What happens to a company's customers in a storm: contradicting things in a row, so that every order matters. */
import { somethingHappens } from "../../../sandbox/company/bustle.ts";
import type { Random } from "../../../sandbox/kernel/types.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { StripeError } from "../../../sandbox/stripe/api/errors.ts";

/** How many events Stripe has listed so far. */
export function countEvents({ stripe }: Sandbox): number {
  return stripe.world.tables.events.size;
}

/** Makes things happen until Stripe has this many events more; at least one thing. */
export function makeEvents(sandbox: Sandbox, random: Random, count: number): void {
  const target = countEvents(sandbox) + count;
  do {
    if (random.next() < 0.3) upAndDown(sandbox, random);
    else somethingHappens({ stripe: sandbox.stripe, random });
  } while (countEvents(sandbox) < target);
}

/** Several steps of one customer within one second, which is the smallest time that Stripe tells. */
function upAndDown({ stripe }: Sandbox, random: Random): void {
  const { scenarios, world } = stripe;
  const { id } = random.pick(world.tables.customers.all());
  const steps: readonly (() => unknown)[] = [
    () => scenarios.paymentFails(id),
    () => scenarios.paymentSucceeds(id),
    () => scenarios.addCredit(id, 100 * random.int(1, 9)),
    () => scenarios.upgrade(id),
    () => scenarios.downgrade(id),
    () => scenarios.cancelAtPeriodEnd(id),
    () => scenarios.keep(id),
    () => scenarios.updateCustomer(id, { name: `Renamed ${random.token(6)}` }),
    () => scenarios.replaceCard(id),
    () => scenarios.refund(id, 50),
    () => scenarios.dispute(id),
  ];
  for (let count = random.int(2, 5); count > 0; count -= 1) happen(random.pick(steps));
}

/** Not every step is possible for everybody: the largest plan has nothing above it. */
function happen(step: () => unknown): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
  }
}
