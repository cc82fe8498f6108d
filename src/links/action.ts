/** Station links: what a customer did through a link that moves money, from plan to outcome. */
import type { CustomerKey } from "../model/customer-key.ts";
import type { Money } from "../model/money.ts";

/**
 * What became of a payment.
 * - paid · processing: on its way, as bank debits are for days
 * - needs_confirmation: the bank waits for the customer · declined: the bank said no · refused: Stripe did not try
 * - lost: the call never reached Stripe, or Stripe failed to carry it out
 */
export type ActionOutcome = "paid" | "processing" | "needs_confirmation" | "declined" | "refused" | "lost";

/**
 * | state   | from    | when                                                       |
 * | ---     | ---     | ---                                                        |
 * | planned |         | written before Stripe is called                            |
 * | done    | planned, unknown | the money is there or on its way                  |
 * | failed  | planned, unknown | it is not                                         |
 * | unknown | planned | no answer came; the same call is made again, with its key  |
 */
export type ActionState = "planned" | "done" | "failed" | "unknown";

export type ActionPlan = CustomerKey & {
  readonly key: string;
  /** The invoice. */
  readonly objectId: string;
  readonly attempt: number;
  readonly amount: Money;
  /** What the call names; null leaves the choice to Stripe. */
  readonly paymentMethod: string | null;
  readonly plannedAt: Date;
};

export type CustomerAction = ActionPlan & { readonly state: ActionState; readonly outcome: ActionOutcome | null };

export type ActionResult = {
  readonly state: Exclude<ActionState, "planned">;
  readonly outcome: ActionOutcome | null;
  readonly at: Date;
};

/** What was done about an object through links. */
export type OwnAttempts = {
  readonly isUnderWay: boolean;
  readonly attempts: number;
  readonly attemptsToday: number;
};

/** A call is over by then, with all that the client repeats. */
const callMaxMs = 120_000;
/** Stripe knows a key for 24 hours at least (docs.stripe.com/api/idempotent_requests); an hour is for clocks. */
const keyLifetimeMs = 23 * 3_600_000;

/**
 * What to make of an action that has not ended: wait for it, send the same call again, or only look at what Stripe shows,
 * since it may have forgotten the key.
 */
export function judgeOpenAction(
  { state, plannedAt }: CustomerAction,
  nowMs: number,
): "ended" | "wait" | "repeat" | "look" {
  if (state === "done" || state === "failed") return "ended";
  const ageMs = nowMs - plannedAt.getTime();
  if (state === "planned" && ageMs < callMaxMs) return "wait";
  return ageMs < keyLifetimeMs ? "repeat" : "look";
}

/** Whether its call may still reach Stripe, so that nothing seen there says that it did not. */
export function mayStillArrive({ plannedAt }: CustomerAction, nowMs: number): boolean {
  return nowMs - plannedAt.getTime() < callMaxMs;
}

const dayMs = 86_400_000;

/** How often an object was acted on, ever and within a day, and whether somebody is at it. */
export function attemptsOn(
  objectId: string | undefined,
  actions: readonly CustomerAction[],
  nowMs: number,
): OwnAttempts {
  const own = actions.filter((action) => action.objectId === objectId);
  return {
    isUnderWay: own.some((action) => judgeOpenAction(action, nowMs) === "wait"),
    attempts: Math.max(0, ...own.map(({ attempt }) => attempt)),
    attemptsToday: own.filter(({ plannedAt }) => plannedAt.getTime() > nowMs - dayMs).length,
  };
}

/** The key of a payment: another attempt is another one, the same attempt is never another. */
export function payKey(account: string, invoiceId: string, attempt: number): string {
  return `dunlin:pay:${account}:${invoiceId}:${attempt}`;
}

/** What an outcome says about the action. */
export function stateOf(outcome: ActionOutcome | null): ActionResult["state"] {
  if (outcome === null) return "unknown";
  return outcome === "paid" || outcome === "processing" ? "done" : "failed";
}
