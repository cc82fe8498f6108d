/** Station billing: what a refusal means, from whichever code Stripe delivers. */
import type { ChargeFacts } from "../../model/stripe-object.ts";
import { isBankDebit } from "../debits/methods.ts";
import {
  adviceMeanings,
  cardCodes,
  cardNetworkCodes,
  hiddenCardCodes,
  vagueCardCodes,
  type Meaning,
} from "./card-codes.ts";
import { localCodes, plainRefusal } from "./local-codes.ts";
import {
  debitCodes,
  debitNetworkCodes,
  lateReturnReasons,
  unauthorisedReasons,
  vagueDebitCodes,
} from "./debit-codes.ts";

/** Everything that tells why an attempt failed. Copies from before these facts were taken lack some. */
export type Signs = Pick<
  ChargeFacts,
  "methodType" | "failureCode" | "declineCode" | "networkDeclineCode" | "adviceCode" | "blocked"
>;

type Code = string | null | undefined;

/** Class and reason of a failure. Never names a reason that Stripe asks to keep from the customer; never throws. */
export function classifyFailure(signs: Signs): Meaning {
  if (isBankDebit(signs.methodType)) return debitMeaning(signs);
  return signs.methodType === null || signs.methodType === "card" ? cardMeaning(signs) : localMeaning(signs);
}

/**
 * Why the money of a debit that counted as paid is gone. A bank's refusal comes as a dispute then
 * (docs.stripe.com/payments/sepa-debit); whatever is no reason of a bank is the payer's own.
 */
export function classifyTakenBack(reason: string | null): Meaning {
  if (reason !== null && unauthorisedReasons.has(reason)) return ["mandate_revoked", "mandate_missing"];
  return lookUp(lateReturnReasons, reason) ?? ["disputed", "taken_back"];
}

/** Whether such a dispute is a bank's refusal that came late. */
export function isLateReturn(reason: string | null): boolean {
  return lookUp(lateReturnReasons, reason) !== undefined;
}

/** Stripe's own code first; when it is vague or new, the bank's. */
function debitMeaning({ methodType, failureCode, declineCode, networkDeclineCode }: Signs): Meaning {
  const codes = [failureCode, declineCode];
  const exact = codes.find((code) => isExact(debitCodes, code, vagueDebitCodes));
  const vague = codes.find((code) => lookUp(debitCodes, code));
  return (
    lookUp(debitCodes, exact) ??
    lookUp(networkCodesOf(methodType), networkDeclineCode?.toUpperCase()) ??
    lookUp(debitCodes, vague) ?? ["unexplained", "debit_refused"]
  );
}

function networkCodesOf(methodType: string | null): Readonly<Record<string, Meaning>> {
  return methodType !== null && Object.hasOwn(debitNetworkCodes, methodType)
    ? (debitNetworkCodes[methodType] ?? {})
    : {};
}

/** Wallets and local methods: nothing is said of a card unless the code itself speaks of one. */
function localMeaning(signs: Signs): Meaning {
  const codes = [signs.declineCode, signs.failureCode];
  if (signs.blocked === true || codes.some(isHidden)) return ["hard", "payment_refused"];
  const own = codes.find((code) => lookUp(localCodes, code));
  if (own) return lookUp(localCodes, own) ?? plainRefusal;
  const [failureClass, reason] = cardMeaning(signs);
  return [failureClass, reason === "declined" || reason === "not_supported" ? "payment_refused" : reason];
}

function cardMeaning(signs: Signs): Meaning {
  const { failureCode, declineCode, networkDeclineCode, adviceCode } = signs;
  // `failure_code` is mostly a mere card_declined; the decline code says more (docs.stripe.com/declines/codes).
  const codes = [declineCode, failureCode];
  // Hidden before anything else is looked at: no other sign may give it away.
  if (signs.blocked === true || codes.some(isHidden)) return ["hard", "declined"];
  const exact = codes.find((code) => isExact(cardCodes, code, vagueCardCodes));
  const meaning = lookUp(cardCodes, exact) ?? lookUp(cardNetworkCodes, networkDeclineCode) ?? plainDecline;
  // Stripe's advice may turn a soft decline into more.
  return meaning[0] === "soft" ? (lookUp(adviceMeanings, adviceCode) ?? meaning) : meaning;
}

function isHidden(code: Code): boolean {
  return hiddenCardCodes.has(code ?? "");
}

const plainDecline: Meaning = ["soft", "declined"];

function isExact(table: Readonly<Record<string, Meaning>>, code: Code, vague: ReadonlySet<string>): boolean {
  return !vague.has(code ?? "") && lookUp(table, code) !== undefined;
}

/** Codes come from outside: only the table's own entries count. */
function lookUp(table: Readonly<Record<string, Meaning>>, code: Code): Meaning | undefined {
  return typeof code === "string" && Object.hasOwn(table, code) ? table[code] : undefined;
}
