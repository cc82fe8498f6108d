/**
 * What customers do through links that moves money: paying the invoice that is open.
 *
 * The action is written down before Stripe is called, and the call carries the action's key, so that neither a double click
 * nor a crash pays twice: whoever finds an action without an end makes the same call again, and Stripe answers as it did.
 */
import type { Log } from "./context.ts";
import { classifyFailure, type Signs } from "../billing/failures/classify.ts";
import { adviceOn, reasonTexts, type FailureReason } from "../billing/failures/reasons.ts";
import { extractFacts } from "../billing/extract.ts";
import type { Pool } from "../db/pool.ts";
import {
  attemptsOn,
  judgeOpenAction,
  mayStillArrive,
  payKey,
  stateOf,
  type ActionOutcome,
  type CustomerAction,
} from "../links/action.ts";
import { judgePayment, type PayGround, type PayVerdict } from "../links/guards.ts";
import { beginAction, endAction, listActions } from "../links/store.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import type { FailureClass, Localised } from "../model/payment-trouble.ts";
import type { ChargeFacts } from "../model/stripe-object.ts";
import type { StripeClient } from "../stripe/client.ts";
import {
  fetchIntent,
  fetchOrNull,
  fetchOwedInvoice,
  listOpenInvoices,
  type IntentReading,
  type OwedInvoice,
} from "../stripe/owed-invoices.ts";
import { payInvoice } from "../stripe/pay-invoice.ts";
import { StripeAccountGone } from "./context.ts";

export type ActionSource = {
  readonly pool: Pool;
  readonly nowMs: () => number;
  /** Undefined for an account that is not connected. */
  readonly stripe: (account: string) => StripeClient | undefined;
  readonly log: Pick<Log, "info" | "warn">;
};

/** What a customer can pay, as Stripe and our own actions show it now. */
export type Payable = {
  /** The oldest open one of those that Stripe collects, else the oldest. */
  readonly invoice: OwedInvoice | null;
  readonly verdict: PayVerdict;
  /** Why the last attempt failed, in words that a customer may read. */
  readonly failure: { readonly reason: Localised; readonly advice: Localised } | null;
  /** Newest first. */
  readonly actions: readonly CustomerAction[];
  /** How many attempts the invoice has had through links. */
  readonly attempts: number;
};

/** More than anybody can have: an invoice is tried a few times only. */
const actionsRead = 200;

/** The client of a customer's account. Throws StripeAccountGone. */
export function clientOf({ stripe }: Pick<ActionSource, "stripe">, { account }: CustomerKey): StripeClient {
  const client = stripe(account);
  if (!client) throw new StripeAccountGone(account);
  return client;
}

/**
 * Reads what a customer can pay; null for a customer that Stripe has no more. Throws StripeAccountGone and Stripe's failures.
 *
 * Our own actions are read before Stripe is asked: what ends in between has the next attempt's number, so that whoever judges
 * by an invoice from before cannot begin another.
 */
export async function readPayable(source: ActionSource, key: CustomerKey): Promise<Payable | null> {
  const stripe = clientOf(source, key);
  const actions = await listActions(source.pool, key, actionsRead);
  const [customer, invoices] = await Promise.all([
    fetchOrNull(stripe, `/v1/customers/${encodeURIComponent(key.customerId)}`),
    listOpenInvoices(stripe, key.customerId),
  ]);
  if (!customer || customer["deleted"] === true) return null;
  // What Stripe collects goes before what the customer is to transfer.
  const invoice = invoices.find(({ isAutomatic }) => isAutomatic) ?? invoices[0] ?? null;
  const own = attemptsOn(invoice?.id, actions, source.nowMs());
  if (!invoice) return { invoice, verdict: judgePayment({ invoice, own }), failure: null, actions, attempts: 0 };
  const [intent, subscription] = await Promise.all([
    invoice.intentId === null ? noIntent : fetchIntent(stripe, invoice.intentId),
    invoice.subscriptionId === null
      ? null
      : fetchOrNull(stripe, `/v1/subscriptions/${encodeURIComponent(invoice.subscriptionId)}`),
  ]);
  const attempt = attemptOf(intent, own);
  const shown = { ...invoice, ...attempt, ...methodsOf({ invoice, subscription, customer }) };
  const verdict = judgePayment({ invoice: shown, own });
  return { invoice, verdict, failure: attempt.words, actions, attempts: own.attempts };
}

const noIntent: IntentReading = { status: null, charge: null, errorCode: null, errorMethodId: null };

type Attempt = Pick<NonNullable<PayGround["invoice"]>, "intentStatus" | "isDisputed" | "failure" | "failedMethod"> & {
  readonly words: Payable["failure"];
};

/** How the last attempt went; one that made no charge is told by the error that the intent keeps. */
function attemptOf(reading: IntentReading, own: PayGround["own"]): Attempt {
  const facts = reading.charge ? extractFacts("charge", reading.charge) : null;
  const signs = signsOf(reading, facts);
  const [failure, reason] = signs ? classifyFailure(signs) : noMeaning;
  return {
    intentStatus: reading.status,
    isDisputed: facts?.disputed ?? false,
    failure,
    failedMethod: signs ? (reading.errorMethodId ?? facts?.paymentMethodId ?? null) : null,
    words: reason === null ? null : wordsOn(reason, own.attempts),
  };
}

/** To whoever has tried it themselves, waiting for Stripe's next attempt is no advice. */
function wordsOn(reason: FailureReason, ownAttempts: number): Payable["failure"] {
  return { reason: reasonTexts[reason].reason, advice: adviceOn(reason, ownAttempts === 0 ? 1 : 0) };
}

/** What tells why it failed; null when it did not. While the bank waits for the customer the charge is of an earlier attempt. */
function signsOf({ status, errorCode }: IntentReading, facts: ChargeFacts | null): Signs | null {
  if (facts?.status === "failed" && status !== "requires_action") return facts;
  return errorCode === null ? null : { methodType: null, failureCode: errorCode };
}

const noMeaning: readonly [FailureClass | null, null] = [null, null];

/** Which method Stripe would take (docs.stripe.com/billing/subscriptions/payment-methods-setting#payment-method-priority). */
function methodsOf({
  invoice,
  subscription,
  customer,
}: {
  readonly invoice: OwedInvoice;
  readonly subscription: Readonly<Record<string, unknown>> | null;
  readonly customer: Readonly<Record<string, unknown>>;
}): { readonly usualMethod: string | null; readonly customerMethod: string | null } {
  const own = subscription ? extractFacts("subscription", subscription) : null;
  const { defaultPaymentMethod: customerMethod, defaultSource } = extractFacts("customer", customer);
  return {
    usualMethod:
      invoice.paymentMethodId ?? own?.defaultPaymentMethod ?? own?.defaultSource ?? customerMethod ?? defaultSource,
    customerMethod,
  };
}

/** What the customer saw when they confirmed. */
export type Confirmed = { readonly invoiceId: string; readonly amountMinor: number };

/**
 * Pays, unless what was confirmed is no longer the case or a guard says no: then nothing happens, and the page that is shown
 * next says how it stands. Two at once are one payment. Throws StripeAccountGone and what Stripe answers to reading.
 */
export async function tryAgain(source: ActionSource, key: CustomerKey, confirmed: Confirmed): Promise<void> {
  const payable = await readPayable(source, key);
  if (!payable) return;
  const { invoice, verdict, actions, attempts } = payable;
  const isStill = invoice?.id === confirmed.invoiceId && invoice.remainingMinor === confirmed.amountMinor;
  const mayPay = isStill && verdict.kind === "allowed";
  const open = actions.filter((action) => ["repeat", "look"].includes(judgeOpenAction(action, source.nowMs())));
  for (const action of open) await settle(source, action, mayPay && action.objectId === confirmed.invoiceId);
  if (!mayPay || open.some(({ objectId }) => objectId === invoice.id)) return;
  const attempt = attempts + 1;
  const action = await beginAction(source.pool, {
    ...key,
    key: payKey(key.account, invoice.id, attempt),
    objectId: invoice.id,
    attempt,
    amount: { amountMinor: invoice.remainingMinor, currency: invoice.currency },
    paymentMethod: verdict.paymentMethod,
    plannedAt: new Date(source.nowMs()),
  });
  if (action) await perform(source, action);
}

/** An action that nobody knows the end of: the same call again when that is what the customer wants, else a look. */
async function settle(source: ActionSource, action: CustomerAction, isWanted: boolean): Promise<void> {
  if (isWanted && judgeOpenAction(action, source.nowMs()) === "repeat") return perform(source, action);
  const outcome = await readOutcome(source, action);
  if (outcome === "lost" && mayStillArrive(action, source.nowMs())) return;
  await end(source, action, outcome);
}

/** What became of a payment, as its invoice shows. */
async function readOutcome(source: ActionSource, action: CustomerAction): Promise<ActionOutcome> {
  const stripe = clientOf(source, action);
  const invoice = await fetchOwedInvoice(stripe, action.objectId);
  const intent = invoice?.intentId ? await fetchIntent(stripe, invoice.intentId) : noIntent;
  return outcomeShown(invoice, intent);
}

function outcomeShown(invoice: OwedInvoice | null, intent: IntentReading): ActionOutcome {
  if (invoice?.status === "paid") return "paid";
  return intent.status === "processing" ? "processing" : "lost";
}

async function perform(source: ActionSource, action: CustomerAction): Promise<void> {
  const answer = await payInvoice(clientOf(source, action), {
    invoiceId: action.objectId,
    paymentMethodId: action.paymentMethod,
    key: action.key,
  });
  const outcome = answer.kind === "over" ? await readOutcome(source, action) : answer.kind;
  await end(source, action, outcome === "unknown" ? null : outcome);
  if (!("code" in answer)) return;
  const { key, account, customerId } = action;
  source.log.warn({ action: key, account, customerId, code: answer.code }, "Stripe could not be asked to collect");
}

async function end(
  { pool, nowMs, log }: ActionSource,
  action: CustomerAction,
  outcome: ActionOutcome | null,
): Promise<void> {
  const { key, account, customerId } = action;
  await endAction(pool, key, { state: stateOf(outcome), outcome, at: new Date(nowMs()) });
  log.info({ action: key, account, customerId, outcome }, "a customer tried to pay through a link");
}
