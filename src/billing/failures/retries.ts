/**
 * Station billing: whether another attempt makes sense, as data.
 * Sources: Stripe advises at most eight attempts with a card (docs.stripe.com/declines/codes, Smart Retries); Nacha allows
 * two more presentations after R01 and R09; for SEPA another processor's rule of thumb stops at once when the account or
 * the mandate is the matter and allows one cautious attempt when no reason is given.
 */
import type { FailureClass } from "../../model/payment-trouble.ts";

export type RetryRule = {
  /** Attempts after the first, with the same payment method. */
  readonly retryMax: number;
  /** `payday`: when people are paid, the next 1st or 15th; a number: business days to wait. */
  readonly wait: "payday" | number;
};

/** A class that is not here is not tried again unless the customer does something. */
export const cardRetries: Readonly<Partial<Record<FailureClass, RetryRule>>> = {
  insufficient_funds: { retryMax: 7, wait: "payday" },
  soft: { retryMax: 7, wait: 2 },
};

export const debitRetries: Readonly<Partial<Record<FailureClass, RetryRule>>> = {
  insufficient_funds: { retryMax: 2, wait: "payday" },
  technical: { retryMax: 1, wait: 3 },
  unexplained: { retryMax: 1, wait: 5 },
};
