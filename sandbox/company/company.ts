/** Lapwing Analytics, the make-believe company: customers with a past, in Stripe and (mostly) in Intercom. */
import type { Random } from "../kernel/types.ts";
import { keepAppointment } from "../stripe/billing/time.ts";
import type { StripeVendor } from "../stripe/stripe.ts";
import type { World } from "../stripe/world.ts";
import { createCatalogue } from "./catalogue.ts";
import type { Catalogue } from "./catalogue.ts";
import { invent } from "./people.ts";
import type { Invented } from "./people.ts";
import { storyFor } from "./stories.ts";
import type { Story } from "./stories.ts";
import { tell } from "./telling.ts";

const DAY_S = 86_400;
const COMPANY_AGE_DAYS = 900;
const DEFAULT_PAYMENTS = 12;

type ContactSeed = { readonly external_id?: string; readonly email?: string; readonly name?: string };

export type CompanyOptions = {
  readonly stripe: Pick<StripeVendor, "world" | "scenarios">;
  readonly intercom: { seedContact(contact: ContactSeed): unknown };
  readonly customers: number;
  readonly paymentsPerCustomer?: number;
};

/** Makes the company up, without a single webhook. The same seed gives the same company; without customers there is none. */
export function seedCompany(options: CompanyOptions): void {
  if (options.customers === 0) return;
  const { world } = options.stripe;
  const now = world.now();
  const catalogue = world.inThePast(now - COMPANY_AGE_DAYS * DAY_S, () => createCatalogue(world));
  for (let number = 1; number <= options.customers; number += 1) {
    const person = invent(world.kernel.random, number);
    const story = storyFor(world.kernel.random, {
      number,
      person,
      paymentsMax: options.paymentsPerCustomer ?? DEFAULT_PAYMENTS,
    });
    live(world, catalogue, { options, person, story, now });
    introduce(options, { person, story, random: world.kernel.random });
  }
}

type Life = {
  readonly options: CompanyOptions;
  readonly person: Invented;
  readonly story: Story;
  readonly now: number;
};

/** Plays a customer's history through the real state machines, step by step up to now. */
function live(world: World, catalogue: Catalogue, { options, person, story, now }: Life): void {
  const steps = tell(world, { catalogue, person, story, scenarios: options.stripe.scenarios, now });
  for (const step of steps) {
    passTime(world, step.at);
    world.inThePast(step.at, step.happen);
  }
  passTime(world, now);
}

/** Does what is due until then. Others' appointments lie in the future, since each customer is told up to now. */
function passTime(world: World, until: number): void {
  for (let due = world.agenda.take(until); due !== undefined; due = world.agenda.take(until)) {
    const appointment = due;
    world.inThePast(appointment.at, () => keepAppointment(world, appointment));
  }
}

/** Most customers are known to Intercom by user id, some by e-mail only, some not at all, one by two contacts. */
function introduce(
  { intercom }: CompanyOptions,
  { person, story, random }: { readonly person: Invented; readonly story: Story; readonly random: Random },
): void {
  const { name, email, userId: external_id } = person;
  switch (story.contact) {
    case "user":
      intercom.seedContact({ external_id, email, name });
      return;
    case "email":
      intercom.seedContact({ email, name });
      return;
    case "ambiguous":
      intercom.seedContact({ external_id: `old_${random.hex(6)}`, email, name });
      intercom.seedContact({ external_id: `new_${random.hex(6)}`, email, name });
      return;
    case "none":
      return;
  }
}
