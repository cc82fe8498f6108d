/** What a customer who follows a link sees and can do: the link is judged first, then Stripe is asked. */
import { randomUUID } from "node:crypto";
import type { SavingsReceipt } from "../../contract/savings.ts";
import { extractFacts } from "../billing/extract.ts";
import { findCopies } from "../billing/store.ts";
import { judgeSwitch, type SwitchGround, type SwitchVerdict } from "../links/guards.ts";
import type { LinkLanguage } from "../links/language.ts";
import { linkUrl, readToken, type CustomerLink, type LinkPurpose } from "../links/link.ts";
import { findGeneration } from "../links/store.ts";
import { isRecord } from "../lib/json.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import { codeOf } from "../model/error.ts";
import { fetchOrNull, listOpenInvoices } from "../stripe/owed-invoices.ts";
import { createPortalSession, type PortalFlow } from "../stripe/portal.ts";
import type { SavingsSource } from "./confirm-savings.ts";
import { clientOf, type ActionSource } from "./customer-actions.ts";
import { LinksUnavailable, type LinkMaker } from "./make-link.ts";
import { answerSavings } from "./savings.ts";

export type LinksSource = LinkMaker &
  ActionSource & {
    readonly savings: SavingsSource;
    /** Who speaks to the customer; null when the operator has not said. */
    readonly businessName: () => Promise<string | null>;
  };

/**
 * A link that works, with what the customer prefers to read; or why it does not.
 * - forged: not made by us · ended: expired or revoked, or its customer is gone
 */
export type Opened =
  | { readonly kind: "open"; readonly link: CustomerLink; readonly locale: string | null }
  | { readonly kind: "forged" | "ended" };

/** For tokens that are none: they take the same time as others. */
const nobody: CustomerKey = { account: "main", customerId: "" };

/** Judges a token. Asks only the database. */
export async function openLink({ pool, settings, nowMs }: LinkMaker, token: string): Promise<Opened> {
  const link = settings && readToken(settings.secret, token);
  const key = link ?? nobody;
  const [generation, copies] = await Promise.all([
    findGeneration(pool, key),
    findCopies(pool, key.account, [key.customerId]),
  ]);
  if (!link) return { kind: "forged" };
  const customer = copies.find((copy) => copy.kind === "customer");
  const works = link.expiresS > nowMs() / 1000 && link.generation >= generation;
  if (!works || customer?.kind !== "customer" || customer.deleted) return { kind: "ended" };
  return { kind: "open", link, locale: customer.facts.locale ?? null };
}

/** Another link for the same customer, that ends when this one does. */
export function siblingUrl({ settings }: LinkMaker, link: CustomerLink, purpose: LinkPurpose): string {
  if (!settings) throw new LinksUnavailable();
  return linkUrl(settings, { ...link, purpose });
}

export type SavingView = { readonly receipt: SavingsReceipt; readonly verdict: SwitchVerdict };

/**
 * What the customer would save now, with its receipt, and whether Stripe's page can make the change. Throws CustomerUnknown,
 * PlansInvalid, StripeAccountGone and Stripe's failures.
 */
export async function readSaving(source: LinksSource, { account, customerId }: CustomerLink): Promise<SavingView> {
  const receipt = await answerSavings(source.savings, { customer: customerId, account });
  const { subscriptionId } = receipt;
  const newPrices = pricesOfRecommended(receipt);
  const shown =
    subscriptionId === null || newPrices.length === 0
      ? null
      : await fetchOrNull(
          clientOf(source, { account, customerId }),
          `/v1/subscriptions/${encodeURIComponent(subscriptionId)}`,
        );
  const verdict = judgeSwitch({
    subscription: shown && toSubscription(shown),
    knownPrices: (receipt.inputs.subscription?.items ?? []).map((item) =>
      isRecord(item) && typeof item["priceId"] === "string" ? item["priceId"] : "",
    ),
    newPrices,
  });
  return { receipt, verdict };
}

function toSubscription(raw: Readonly<Record<string, unknown>>): SwitchGround["subscription"] {
  const { status, cancelAtPeriodEnd, cancelAtS, items } = extractFacts("subscription", raw);
  return { status, isEnding: cancelAtPeriodEnd || cancelAtS !== null, items };
}

/** What the plan that saves most is billed by, without what stays as it is. */
function pricesOfRecommended({ candidates, recommended }: SavingsReceipt): SwitchGround["newPrices"] {
  const plan = candidates.find(({ planId }) => planId === recommended);
  const lines = plan?.periods.find(({ bill }) => bill !== null)?.bill?.lines ?? [];
  return lines
    .filter(({ kept }) => !kept)
    .map(({ priceId, kind, units }) => ({ priceId, quantity: kind === "quantity" ? Number(units) : null }));
}

/** Where the customer goes on; `nowhere` when Stripe has no page for it. */
export type Onward = { readonly kind: "onward"; readonly url: string } | { readonly kind: "nowhere" };

/**
 * The page on which the customer changes the payment method; in its absence that of an open invoice, on which another
 * method can be used once. Throws StripeAccountGone and Stripe's failures.
 */
export async function goToPaymentMethod(
  source: LinksSource,
  link: CustomerLink,
  language: LinkLanguage,
): Promise<Onward> {
  const url = await portalUrl(source, link, { language, flow: { type: "payment_method_update" } });
  if (url !== null) return { kind: "onward", url };
  const invoices = await listOpenInvoices(clientOf(source, link), link.customerId);
  const hosted = invoices.find(({ hostedUrl }) => hostedUrl !== null)?.hostedUrl;
  return hosted ? { kind: "onward", url: hosted } : { kind: "nowhere" };
}

/** The page on which the customer confirms the change of plans. Throws as `readSaving` does. */
export async function goToSwitch(source: LinksSource, link: CustomerLink, language: LinkLanguage): Promise<Onward> {
  const { receipt, verdict } = await readSaving(source, link);
  if (verdict.kind === "refused" || receipt.subscriptionId === null) return { kind: "nowhere" };
  const flow: PortalFlow = {
    type: "subscription_update_confirm",
    subscriptionId: receipt.subscriptionId,
    change: verdict.change,
  };
  const url = await portalUrl(source, link, { language, flow });
  return url === null ? { kind: "nowhere" } : { kind: "onward", url };
}

async function portalUrl(
  source: LinksSource,
  link: CustomerLink,
  { language, flow }: { readonly language: LinkLanguage; readonly flow: PortalFlow },
): Promise<string | null> {
  const own = siblingUrl(source, link, link.purpose);
  const answer = await createPortalSession(clientOf(source, link), {
    customerId: link.customerId,
    flow,
    locale: language,
    leaveUrl: own,
    doneUrl: `${own}/done`,
    key: `dunlin:portal:${randomUUID()}`,
  });
  if ("url" in answer) return answer.url;
  const { account, customerId } = link;
  source.log.warn(
    { account, customerId, code: codeOf(answer.problem) },
    `Stripe opened no page for a customer: ${answer.problem.message}`,
  );
  return null;
}
