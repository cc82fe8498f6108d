/**
 * Station billing: which of our copies each field of a profile rests on, beside buildProfile and buildPerson, whose rules
 * it follows. The law that a test holds: a profile built from a field's grounds alone says the same about that field.
 */
import type { ProfileField } from "../model/profile.ts";
import type { ObjectCopy, ObjectCopyOf } from "../model/stripe-object.ts";
import { invoiceInHand, isDetached, paymentMethodChain } from "./card.ts";
import { isForeign } from "./item-cost.ts";
import { attemptsOf, isPaid } from "./payments.ts";
import type { PersonCustomer } from "./person.ts";
import { addressedPayment } from "./profile.ts";
import { mainItem, primaryOf, type PrimaryPolicy } from "./subscription.ts";
import { debitGrounds, failureGrounds } from "./trouble.ts";

/** One of our copies, and the Stripe account that it is of. */
export type Ground = { readonly account: string; readonly copy: ObjectCopy };

/** The customers of a person, and the one that speaks for them. */
export type Person = {
  readonly customers: readonly PersonCustomer[];
  readonly primary: PersonCustomer;
  readonly policy?: PrimaryPolicy | undefined;
};

/** Answers the grounds of a field: what decides it first, then what was weighed; of many, what changed last before the rest. */
export type FindGrounds = (field: ProfileField) => readonly Ground[];

/** Answers the grounds of this person's profile; each field is worked out once. */
export function groundsFinder(person: Person): FindGrounds {
  const known = new Map<ProfileField, readonly Ground[]>();
  const speakers = speakersOf(person);
  let attempts: readonly ChargeGround[] | undefined;
  const charges = (): readonly ChargeGround[] => (attempts ??= chargesOf(speakers));
  return (field) => {
    const found = known.get(field) ?? distinct([...ownGrounds(field, speakers, charges), ...choiceOf(speakers)]);
    known.set(field, found);
    return found;
  };
}

/** The grounds of several fields together. */
export function jointGrounds(fields: readonly ProfileField[], groundsOf: FindGrounds): readonly Ground[] {
  const [only, ...others] = fields;
  if (only !== undefined && others.length === 0) return groundsOf(only);
  return distinct(fields.flatMap(groundsOf));
}

type Speaker = PersonCustomer & { readonly subscription: ObjectCopyOf<"subscription"> | null };

/** Who speaks comes first. */
function speakersOf({ customers, primary, policy }: Person): readonly [Speaker, ...Speaker[]] {
  const toSpeaker = (customer: PersonCustomer): Speaker => ({
    ...customer,
    subscription: primaryOf(customer.copies, policy),
  });
  return [toSpeaker(primary), ...customers.filter((one) => one !== primary).map(toSpeaker)];
}

function ownGrounds(
  field: ProfileField,
  speakers: readonly [Speaker, ...Speaker[]],
  charges: () => readonly ChargeGround[],
): readonly Ground[] {
  const [first] = speakers;
  const customers = speakers.map((one) => groundOf(one, one.copies.customer));
  switch (field) {
    case "customerId":
    case "metadata":
      return customers.slice(0, 1);
    case "livemode":
      return [];
    case "email":
    case "name":
    case "phone":
    case "address":
    case "createdS":
    case "delinquent":
      return customers;
    case "balance":
      return [...customers, ...speakers.filter(borrowsCurrency).flatMap(subscriptionsOf)];
    case "country":
      return [...customers, ...speakers.filter(namesNoCountry).flatMap(addressOf)];
    case "subscription":
      return [...subscriptionsOf(first), ...customers.slice(0, 1)];
    case "subscription.plan":
      return [...planOf(first), ...subscriptionsOf(first), ...customers.slice(0, 1)];
    case "card":
    case "paymentMethod":
      return [...cardOf(first), ...subscriptionsOf(first)];
    case "locale":
      return customers;
    case "statusDetail":
      return [
        ...subscriptionsOf(first).slice(0, 1),
        ...chargesOf([first]).slice(-1),
        ...firstPaidOf(first),
        ...subscriptionsOf(first),
        ...customers.slice(0, 1),
      ];
    case "addons":
      return [
        ...subscriptionsOf(first).slice(0, 1),
        ...productsOf(first),
        ...pricesOf(first),
        ...subscriptionsOf(first),
        ...customers.slice(0, 1),
      ];
    case "nextInvoice":
      return [...subscriptionsOf(first), ...termsOf(first), ...trialMethodsOf(first), ...customers.slice(0, 1)];
    case "subscriptions":
      return [...speakers.flatMap(subscriptionsOf), ...speakers.flatMap(catalogueOf), ...customers];
    case "subscriptionsCount":
      return [...speakers.flatMap(subscriptionsOf), ...customers];
    case "billingCredits":
      return [...speakers.flatMap((one) => one.copies.creditBalances.map((copy) => groundOf(one, copy))), ...customers];
    case "entitlements":
      return [...speakers.flatMap((one) => one.copies.entitlements.map((copy) => groundOf(one, copy))), ...customers];
    case "recurring":
      return [...speakers.flatMap(subscriptionsOf), ...speakers.flatMap(termsOf), ...customers];
    case "openInvoices":
      return [...speakers.flatMap(debtsOf), ...customers];
    case "paymentFailure":
      return [...troubleGrounds(failureGrounds, speakers), ...customers];
    case "debit":
      return [...troubleGrounds(debitGrounds, speakers), ...customers];
    case "usage":
      return [...speakers.flatMap(usageGrounds), ...customers];
    case "lastPaidAtS":
      return [...charges().filter(wasPaid).slice(-1), ...customers];
    case "lastPayment":
      return [...charges().slice(-1), ...customers];
    case "firstPaymentAtS":
      return [...charges().filter(wasPaid).slice(0, 1), ...customers];
    case "paymentCount":
    case "paymentsPerMonth":
      return [...latestFirst(charges().filter(wasPaid)), ...customers];
    case "totalPaid":
    case "averagePayment":
    case "totalPaidReporting":
      return [...latestFirst([...charges().filter(wasPaid), ...moneyBack(speakers)]), ...customers];
  }
}

/** With several customers the choice of who speaks is a ground too: their standing, else who paid last. */
function choiceOf(speakers: readonly Speaker[]): readonly Ground[] {
  if (speakers.length === 1) return [];
  return speakers.flatMap((one) => [
    ...subscriptionsOf(one).slice(0, 1),
    ...chargesOf([one]).filter(wasPaid).slice(-1),
    groundOf(one, one.copies.customer),
  ]);
}

/** The primary subscription, then those that it was preferred to. */
function subscriptionsOf(speaker: Speaker): readonly Ground[] {
  const { subscription, copies } = speaker;
  if (!subscription) return [];
  const others = copies.subscriptions.filter(({ id }) => id !== subscription.id);
  return [groundOf(speaker, subscription), ...latestFirst(others.map((copy) => groundOf(speaker, copy)))];
}

function planOf(speaker: Speaker): readonly Ground[] {
  const { subscription, copies } = speaker;
  const productId = subscription && mainItem(subscription.facts, copies.prices)?.productId;
  const products = copies.products.filter(({ id }) => id === productId);
  const own = subscriptionsOf(speaker).slice(0, 1);
  return [...own, ...products.map((copy) => groundOf(speaker, copy)), ...pricesOf(speaker)];
}

/** What failed, or what the debit tells, over all of them. */
function troubleGrounds(find: typeof failureGrounds, speakers: readonly Speaker[]): readonly Ground[] {
  const charges = speakers.flatMap(({ copies }) => copies.charges);
  const disputes = speakers.flatMap(({ copies }) => copies.disputes);
  const mandates = speakers.flatMap(({ copies }) => copies.mandates);
  const accounts = new Map(
    speakers.flatMap(({ account, copies }) =>
      [...copies.charges, ...copies.disputes, ...copies.mandates].map((copy) => [copy.id, account]),
    ),
  );
  return find({ charges, disputes, mandates }).map((copy) => ({ account: accounts.get(copy.id) ?? "", copy }));
}

function productsOf(speaker: Speaker): readonly Ground[] {
  const named = new Set(speaker.subscription?.facts.items.map(({ productId }) => productId));
  return speaker.copies.products.filter(({ id }) => named.has(id)).map((copy) => groundOf(speaker, copy));
}

/** What decides how much is charged beside the items: prices and coupons. */
function termsOf(speaker: Speaker): readonly Ground[] {
  return [...pricesOf(speaker), ...speaker.copies.coupons.map((copy) => groundOf(speaker, copy))];
}

/** The products of all subscriptions, and the prices that decide which of them is the plan. */
function catalogueOf(speaker: Speaker): readonly Ground[] {
  return [...speaker.copies.products.map((copy) => groundOf(speaker, copy)), ...pricesOf(speaker)];
}

/** Prices that are needed to know what an item costs, since it does not say so itself. */
function pricesOf(speaker: Speaker): readonly Ground[] {
  const named = new Set(
    speaker.copies.subscriptions.flatMap(({ facts: { items, currency } }) =>
      items
        .filter((item) => item.unitAmount === null || item.divided || isForeign(item, currency))
        .map(({ priceId }) => priceId),
    ),
  );
  return speaker.copies.prices.filter(({ id }) => named.has(id)).map((copy) => groundOf(speaker, copy));
}

/** The readings, then the items that bill the meters, and what may state a limit. */
function usageGrounds(speaker: Speaker): readonly Ground[] {
  const { usages, subscriptions, prices, products } = speaker.copies;
  if (usages.length === 0) return [];
  const toGround = (copy: ObjectCopy): Ground => groundOf(speaker, copy);
  return [...latestFirst(usages.map(toGround)), ...[...subscriptions, ...prices, ...products].map(toGround)];
}

function firstPaidOf(speaker: Speaker): readonly Ground[] {
  return chargesOf([speaker]).filter(wasPaid).slice(0, 1);
}

/** Invoices, what changed last before the rest, the debits that may be on their way for them, and the subscriptions that they are for. */
function debtsOf(speaker: Speaker): readonly Ground[] {
  const { invoices, charges, subscriptions } = speaker.copies;
  const pending = charges.filter(({ facts }) => facts.status === "pending");
  const toGround = (copy: ObjectCopy): Ground => groundOf(speaker, copy);
  return [...latestFirst(invoices.map(toGround)), ...[...pending, ...subscriptions].map(toGround)];
}

/** The payment method in use, and who says that it is. */
function cardOf(speaker: Speaker): readonly Ground[] {
  const { subscription, copies } = speaker;
  const [methodId] = paymentMethodChain({ ...copies, subscription });
  const methods = copies.paymentMethods.filter(({ id }) => id === methodId);
  const invoice = invoiceInHand(subscription, copies.invoices);
  const grounds = [...methods, ...(invoice ? [invoice] : []), copies.customer, ...passedOver(speaker)];
  return grounds.map((copy) => groundOf(speaker, copy));
}

/** The payment methods that would be charged, had they not been detached. */
function passedOver({ subscription, copies }: Speaker): readonly ObjectCopyOf<"payment_method">[] {
  const detached = copies.paymentMethods.filter(isDetached);
  if (detached.length === 0) return [];
  const named = paymentMethodChain({ customer: copies.customer, subscription, invoices: copies.invoices });
  return detached.filter(({ id }) => named.includes(id));
}

/** Whether a trial ends with an invoice depends on whether there is something to charge. */
function trialMethodsOf(speaker: Speaker): readonly Ground[] {
  if (speaker.subscription?.facts.status !== "trialing") return [];
  return passedOver(speaker).map((copy) => groundOf(speaker, copy));
}

function borrowsCurrency({ copies }: Speaker): boolean {
  return copies.customer.facts.currency === null;
}

function namesNoCountry({ copies }: Speaker): boolean {
  return copies.customer.facts.country === null;
}

function addressOf(speaker: Speaker): readonly Ground[] {
  const payment = addressedPayment(speaker.copies, speaker.subscription);
  return [...(payment ? [groundOf(speaker, payment)] : []), ...subscriptionsOf(speaker)];
}

/** What took money back. */
function moneyBack(speakers: readonly Speaker[]): readonly Ground[] {
  return speakers.flatMap((one) => [...one.copies.refunds, ...one.copies.disputes].map((copy) => groundOf(one, copy)));
}

type ChargeGround = Ground & { readonly copy: ObjectCopyOf<"charge"> };

/** The attempts to pay of all of them, oldest first. */
function chargesOf(speakers: readonly Speaker[]): readonly ChargeGround[] {
  const accounts = new Map(speakers.flatMap(({ account, copies }) => copies.charges.map((copy) => [copy, account])));
  const attempts = attemptsOf(speakers.flatMap(({ copies }) => copies.charges));
  return attempts.map((copy) => ({ account: accounts.get(copy) ?? "", copy }));
}

function wasPaid({ copy }: ChargeGround): boolean {
  return isPaid(copy);
}

function groundOf({ account }: Pick<PersonCustomer, "account">, copy: ObjectCopy): Ground {
  return { account, copy };
}

/** What changed last before the rest. */
function latestFirst(grounds: readonly Ground[]): readonly Ground[] {
  return grounds.toSorted(({ copy: a }, { copy: b }) => b.asOfS - a.asOfS || (a.id < b.id ? -1 : 1));
}

function distinct(grounds: readonly Ground[]): readonly Ground[] {
  const seen = new Set<ObjectCopy>();
  return grounds.filter(({ copy }) => !seen.has(copy) && seen.add(copy));
}
