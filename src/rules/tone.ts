/** Station rules: how a customer is spoken to about a payment that failed. */
import type { FailureClass } from "../model/payment-trouble.ts";

/**
 * - friendly: it may go well by itself; nobody has done anything wrong
 * - act_now: only the customer can cure it, with a card or a click
 * - bank: only the customer can cure it, with their bank account or its mandate
 * - person: no message goes out by itself; somebody has to look at it
 */
export type Tone = "friendly" | "act_now" | "bank" | "person";

const tones: Readonly<Record<FailureClass, Tone>> = {
  insufficient_funds: "friendly",
  soft: "friendly",
  technical: "friendly",
  unexplained: "friendly",
  hard: "act_now",
  needs_authentication: "act_now",
  needs_new_details: "act_now",
  account_closed: "bank",
  wrong_details: "bank",
  account_blocked: "bank",
  mandate_revoked: "bank",
  disputed: "person",
  stopped: "person",
};

/** The tone that fits why the payment failed. */
export function toneOf(failure: FailureClass): Tone {
  return tones[failure];
}
