/**
 * Station billing: moments, the things that happen to a customer and that somebody may act on. What each one promises
 * stands in contract/moment.ts.
 *
 * Stripe sends several events about one thing, in any order, sometimes twice and sometimes only when it is over. So a
 * moment is told from what an event did to our copies, and known by the thing itself: a charge, a refund, a subscription.
 * What stays true for ever (a charge succeeded) is told from any event that shows it, however late; what may pass again (a
 * plan, a status) is told when our newest copy turns. Everything that is told twice has the same key, and whoever acts on
 * moments keeps the keys.
 */
import type { FindCopy } from "./customer-of.ts";
import { changeOf, turnOf, type ChangeOf, type ObjectChange } from "./moments/change.ts";
import { chargeMoments } from "./moments/charges.ts";
import { invoiceMoments } from "./moments/invoices.ts";
import { disputeMoments, refundMoments } from "./moments/money-back.ts";
import type { Moment } from "./moments/moment.ts";
import { defaultMethodMoments, renewalMoments } from "./moments/payment-methods.ts";
import { planMoments } from "./moments/plans.ts";
import { subscriptionMoments } from "./moments/subscriptions.ts";
import type { Catalogue } from "./subscription.ts";

/**
 * The moments that a change is. Never throws. `find` is asked for products and prices (`catalogueIdsNamedBy`), and for the
 * charge that a dispute is about; what it does not know is left out. `planName` says where a plan's name is looked for, as for attributes.
 */
export function momentsOf(change: ObjectChange, find: FindCopy, planName?: Catalogue["planName"]): readonly Moment[] {
  switch (change.shown.kind) {
    case "charge":
      return of(changeOf("charge", change), chargeMoments);
    case "refund":
      return of(changeOf("refund", change), refundMoments);
    case "dispute":
      return of(changeOf("dispute", change), (one) => disputeMoments(one, find));
    case "invoice":
      return of(changeOf("invoice", change), invoiceMoments);
    case "customer":
      return of(changeOf("customer", change), (one) => defaultMethodMoments(turnOf(one), "customer_default"));
    case "payment_method":
      return of(changeOf("payment_method", change), renewalMoments);
    case "subscription":
      return of(changeOf("subscription", change), (one) => {
        const catalogue = { ...catalogueOf(one, find), planName };
        return [
          ...subscriptionMoments(one, catalogue),
          ...planMoments(one, catalogue),
          ...defaultMethodMoments(turnOf(one), "subscription_default"),
        ];
      });
    default:
      return [];
  }
}

function of<C>(change: C | undefined, tell: (change: C) => readonly Moment[]): readonly Moment[] {
  return change === undefined ? [] : tell(change);
}

function catalogueOf(change: ChangeOf<"subscription">, find: FindCopy): Catalogue {
  const copies = catalogueIdsOf(change).map(find);
  return {
    products: copies.filter((copy) => copy?.kind === "product"),
    prices: copies.filter((copy) => copy?.kind === "price"),
  };
}

/** The products and prices that a change of a subscription speaks of: what they are called and what they cost. */
export function catalogueIdsNamedBy(change: ObjectChange): readonly string[] {
  const one = changeOf("subscription", change);
  return one ? catalogueIdsOf(one) : [];
}

function catalogueIdsOf(change: ChangeOf<"subscription">): readonly string[] {
  const { shown, stored, current } = change;
  const facts = [shown.facts, stored?.facts, current?.facts, turnOf(change)?.before];
  const ids = facts.flatMap((one) => one?.items.flatMap(({ productId, priceId }) => [productId, priceId]) ?? []);
  return [...new Set(ids.filter((id) => id !== null))];
}
