/** Answers what a customer would save under other plans: brings together what the answer follows from, and keeps the receipt. */
import type { SavingsReceipt, SavingsRequest } from "../../contract/savings.ts";
import { groupCopies, type CustomerCopies, addressedPayment } from "../billing/profile.ts";
import type { PricesById } from "../billing/savings/basket.ts";
import { computeSavings, refusedSavings, type SavingsQuestion } from "../billing/savings/compare.ts";
import { chooseSubscription } from "../billing/savings/present.ts";
import { shownReceipt, toReceipt } from "../billing/savings/receipt.ts";
import { isRefusal, refuse } from "../billing/savings/refusals.ts";
import { couponIdsOf } from "../billing/gaps.ts";
import { priceIn } from "../billing/price-in-currency.ts";
import { findCopies, listCustomerCopies } from "../billing/store.ts";
import type { Pool } from "../db/pool.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import type { ObjectCopyOf, UsageFacts } from "../model/stripe-object.ts";
import { getReceipt, saveReceipt, type StoredReceipt } from "../savings/store.ts";
import { confirmSavings, type SavingsSource } from "./confirm-savings.ts";
import { CustomerUnknown, findAsked } from "./explain-subject.ts";
import { completeUsage } from "./last-usage.ts";
import { findPlans, findPrices, priceIdsOf, type PlansVersion } from "./plans.ts";

/**
 * Answers, and keeps the receipt; the same inputs are the same receipt. Throws CustomerUnknown, CustomerAmbiguous,
 * PlansInvalid, and what Stripe answers when usage has to be read.
 */
export async function answerSavings(source: SavingsSource, request: SavingsRequest): Promise<SavingsReceipt> {
  const { pool } = source;
  const asked = await findAsked(pool, { name: request.customer, account: request.account });
  const plans = await findPlans(pool);
  const about = { ...asked, plansVersion: plans?.version ?? 0 };
  if (!plans) {
    return shown(await saveReceipt(pool, toReceipt(refusedSavings(refuse("no_plans")), about, null)));
  }
  const copies = await loadCopies(pool, asked);
  const subscription = chooseSubscription(copies.subscriptions, request.subscription);
  if (isRefusal(subscription)) {
    return shown(await saveReceipt(pool, toReceipt(refusedSavings(subscription), about, null)));
  }
  const question = await questionOf(source, { asked, copies, subscription, plans });
  const stored = await saveReceipt(pool, toReceipt(computeSavings(question), about, question));
  if (!(request.confirm ?? source.confirm)) return shown(stored);
  return shown(await confirmSavings(source, { stored, question, account: asked.account }));
}

/** A receipt that was given before. Throws ReceiptNotFound. */
export async function findReceipt(pool: Pool, id: string): Promise<SavingsReceipt> {
  return shown(await getReceipt(pool, id));
}

function shown({ body, createdAt, confirmation }: StoredReceipt): SavingsReceipt {
  return shownReceipt(body, { createdAt: createdAt.toISOString(), confirmation });
}

async function loadCopies(pool: Pool, { account, customerId }: CustomerKey): Promise<CustomerCopies> {
  const copies = (await listCustomerCopies(pool, account, [customerId])).get(customerId) ?? [];
  const grouped = groupCopies(customerId, copies);
  if (!grouped) throw new CustomerUnknown(customerId);
  return grouped;
}

type Asked = {
  readonly asked: CustomerKey;
  readonly copies: CustomerCopies;
  readonly subscription: ObjectCopyOf<"subscription">;
  readonly plans: PlansVersion;
};

async function questionOf(
  source: SavingsSource,
  { asked, copies, subscription, plans }: Asked,
): Promise<SavingsQuestion> {
  const { pool, nowMs } = source;
  const { customer } = copies;
  const nowS = Math.floor(nowMs() / 1000);
  const own = subscription.facts.items.flatMap(({ priceId }) => priceId ?? []);
  const prices = await findPrices(pool, asked.account, [...new Set([...priceIdsOf(plans.document), ...own])]);
  const productIds = [...prices.values()].flatMap(({ facts }) => facts.productId ?? []);
  const couponIds = couponIdsOf({ customer, subscriptions: [subscription] });
  const catalogue = groupCopies(customer.id, [
    customer,
    ...(await findCopies(pool, asked.account, [...new Set([...productIds, ...couponIds])])),
  ]);
  return {
    customer,
    subscription,
    coupons: catalogue?.coupons ?? [],
    products: catalogue?.products ?? [],
    prices,
    document: plans.document,
    readings: await readingsOf(source, { asked, copies, subscription, prices, nowS }),
    country: customer.facts.country ?? addressedPayment(copies, subscription)?.facts.country ?? null,
    nowS,
  };
}

type Metered = Omit<Asked, "plans"> & { readonly prices: PricesById; readonly nowS: number };

/** Usage of every meter that a plan in the subscription's currency could charge for. */
async function readingsOf(
  { stripe }: SavingsSource,
  { asked, copies, subscription, prices, nowS }: Metered,
): Promise<readonly UsageFacts[]> {
  const { currency, items } = subscription.facts;
  const known = copies.usages.map(({ facts }) => facts);
  const metered = [...prices.values()].filter(
    ({ facts }) => facts.metered && priceIn(facts, currency ?? "") !== undefined,
  );
  const meterIds = [...new Set(metered.flatMap(({ facts }) => facts.meterId ?? []))];
  const item = items.find((one) => one.metered) ?? items[0];
  const client = stripe(asked.account);
  if (!client || !item || meterIds.length === 0) return known;
  return completeUsage(client, { customerId: asked.customerId, meterIds, item, known, nowS });
}
