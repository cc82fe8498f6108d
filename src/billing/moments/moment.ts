/** Station billing: a moment, and the facts that tell of it. */
import type { MomentName } from "../../../contract/moment.ts";
import type { Money } from "../../model/money.ts";
import { toMajor } from "../../model/money.ts";

/** A page in Stripe's Dashboard. */
export type DashboardPage = { readonly page: string; readonly id: string };

/** Dates are whole seconds. A fact that is not known is left out. */
export type MomentFacts = Readonly<Record<string, string | number | boolean | Money | DashboardPage>>;

/** Something that happened to a customer, and that happens once. */
export type Moment = {
  readonly name: MomentName;
  /** From the thing itself: the same moment has the same key, however we heard of it. */
  readonly key: string;
  /** Stripe's customer. */
  readonly customerId: string;
  /** What it is about: the charge, the subscription, … */
  readonly objectId: string;
  readonly occurredAtS: number;
  readonly facts: MomentFacts;
};

/** Facts some of which may not be known. */
export type MaybeFacts = Readonly<Record<string, MomentFacts[string] | null | undefined>>;

type Thing = Omit<Moment, "key" | "facts"> & {
  /** What it is known by, unless by the object alone. */
  readonly by?: readonly (string | number)[];
  readonly facts: MaybeFacts;
};

/** Makes a moment of what is known about it. */
export function aMoment({ by, facts, ...moment }: Thing): Moment {
  const known = Object.entries(facts).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [[key, value] as const],
  );
  return { ...moment, key: [moment.name, ...(by ?? [moment.objectId])].join(":"), facts: Object.fromEntries(known) };
}

/** An amount in the three forms that a moment tells it in. */
export function amountFacts(money: Money): {
  readonly amount: number;
  readonly currency: string;
  readonly money: Money;
} {
  return { amount: toMajor(money), currency: money.currency.toUpperCase(), money };
}

/** A link to a page in Stripe's Dashboard. */
export function linkTo(page: string, id: string): { readonly stripe_link: DashboardPage } {
  return { stripe_link: { page, id } };
}
