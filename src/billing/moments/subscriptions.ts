/** Station billing: the moments of a subscription's life: begun, on trial, behind, paused, ended. */
import type { MomentName } from "../../../contract/moment.ts";
import type { SubscriptionFacts } from "../../model/stripe-object.ts";
import type { Catalogue } from "../subscription.ts";
import { becameTrueAtS, isNews, turnOf, type ChangeOf, type Turn } from "./change.ts";
import { aMoment, type MaybeFacts, type Moment } from "./moment.ts";
import { planFacts } from "./plans.ts";

/** What a change of a subscription tells, beside what its plan tells. */
export function subscriptionMoments(change: ChangeOf<"subscription">, catalogue: Catalogue): readonly Moment[] {
  const { customerId } = change.shown;
  if (customerId === null) return [];
  const tell = { change, customerId, catalogue };
  return [...lifeMoments(tell), ...trialMoments(tell), ...turnMoments(tell)];
}

type Tell = {
  readonly change: ChangeOf<"subscription">;
  readonly customerId: string;
  readonly catalogue: Catalogue;
};

const runningStatuses = new Set(["trialing", "active", "past_due", "unpaid", "paused"]);
const behindStatuses = new Set(["past_due", "unpaid"]);
const goodStatuses = new Set(["trialing", "active"]);

/** Begun and not ended. */
export function isRunning({ status }: SubscriptionFacts): boolean {
  return runningStatuses.has(status);
}

function isOnTrial({ status }: SubscriptionFacts): boolean {
  return status === "trialing";
}

function hasEnded({ status }: SubscriptionFacts): boolean {
  return status === "canceled";
}

const dayS = 86_400;

function lifeMoments({ change, customerId, catalogue }: Tell): readonly Moment[] {
  const { id, facts } = change.shown;
  const moments: Moment[] = [];
  const plan = planFacts(change.shown, catalogue);
  if (isNews(change, isRunning)) {
    const occurredAtS = becameTrueAtS(change, { isTrue: isRunning, announcedBy: creations, ownS: facts.createdS });
    const told = { ...plan, status: facts.status };
    moments.push(aMoment({ name: "subscription_started", objectId: id, customerId, occurredAtS, facts: told }));
  }
  if (isNews(change, hasEnded)) {
    const announcedBy = ["customer.subscription.deleted"];
    const seenAtS = becameTrueAtS(change, { isTrue: hasEnded, announcedBy, ownS: change.shown.asOfS });
    const occurredAtS = facts.endedAtS ?? seenAtS;
    const days = Math.max(0, Math.floor((occurredAtS - (facts.startS ?? facts.createdS)) / dayS));
    moments.push(
      aMoment({ name: "subscription_ended", objectId: id, customerId, occurredAtS, facts: { ...plan, days } }),
    );
  }
  return moments;
}

const creations = ["customer.subscription.created"];

function trialMoments({ change, customerId, catalogue }: Tell): readonly Moment[] {
  const { event, shown, current } = change;
  const { id, facts } = shown;
  const { trialEndS } = facts;
  const plan = { ...planFacts(shown, catalogue), trial_end_date: trialEndS };
  const moments: Moment[] = [];
  if (isNews(change, isOnTrial)) {
    const occurredAtS = becameTrueAtS(change, { isTrue: isOnTrial, announcedBy: creations, ownS: facts.createdS });
    moments.push(aMoment({ name: "trial_started", objectId: id, customerId, occurredAtS, facts: plan }));
  }
  if (event.type === "customer.subscription.trial_will_end" && trialEndS !== null && current) {
    // It also comes when a trial is ended at once: then there is nothing to announce.
    const isStillAhead =
      isOnTrial(current.facts) && current.facts.trialEndS === trialEndS && trialEndS > event.createdS;
    const occurredAtS = event.createdS;
    if (isStillAhead) {
      moments.push(
        aMoment({ name: "trial_ending", objectId: id, by: [id, trialEndS], customerId, occurredAtS, facts: plan }),
      );
    }
  }
  const isOver = trialIsOver(shown.asOfS);
  if (trialEndS !== null && isNews(change, isOver)) {
    const told = { ...plan, status: facts.status };
    moments.push(
      aMoment({
        name: "trial_ended",
        objectId: id,
        by: [id, trialEndS],
        customerId,
        occurredAtS: trialEndS,
        facts: told,
      }),
    );
  }
  return moments;
}

/** A subscription that ended during its trial never came to the trial's end. */
function trialIsOver(asOfS: number): (facts: SubscriptionFacts) => boolean {
  return ({ status, trialEndS, endedAtS }) =>
    trialEndS !== null &&
    trialEndS <= (endedAtS ?? asOfS) &&
    (runningStatuses.has(status) || status === "canceled") &&
    status !== "trialing";
}

/** How a running subscription moved from one standing to another. */
function turnMoments({ change, customerId, catalogue }: Tell): readonly Moment[] {
  const turn = turnOf(change);
  if (!turn || !isRunning(turn.after.facts)) return [];
  const { after } = turn;
  const { id, asOfS } = after;
  return standings
    .map((standing) => ({ ...standing, facts: standing.when(turn) }))
    .filter(({ facts }) => facts !== undefined)
    .map(({ name, facts, second }) => {
      const occurredAtS = second?.(after.facts) ?? asOfS;
      const told = { ...planFacts(after, catalogue), ...facts };
      return aMoment({ name, objectId: id, by: [id, occurredAtS], customerId, occurredAtS, facts: told });
    });
}

type Standing = {
  readonly name: MomentName;
  /** What there is to tell beside the plan; undefined when it did not happen. */
  readonly when: (turn: Turn<"subscription">) => MaybeFacts | undefined;
  /** The second that the subscription itself names. */
  readonly second?: (facts: SubscriptionFacts) => number | null;
};

const standings: readonly Standing[] = [
  {
    name: "subscription_past_due",
    when: ({ before, after: { facts } }) =>
      before && !behindStatuses.has(before.status) && behindStatuses.has(facts.status)
        ? { status: facts.status }
        : undefined,
  },
  {
    name: "subscription_recovered",
    when: ({ before, after: { facts } }) =>
      before && behindStatuses.has(before.status) && goodStatuses.has(facts.status) ? {} : undefined,
  },
  {
    name: "cancellation_scheduled",
    when: ({ before, after: { facts } }) =>
      isNewlyLeaving(before, facts) ? { cancel_date: leavesAtS(facts) } : undefined,
    second: ({ canceledAtS }) => canceledAtS,
  },
  {
    name: "cancellation_withdrawn",
    when: ({ before, after: { facts } }) => (before && isLeaving(before) && !isLeaving(facts) ? {} : undefined),
  },
  {
    name: "subscription_paused",
    when: ({ before, after: { facts } }) =>
      before && !isPaused(before) && isPaused(facts) ? { cause: causeOf(facts) } : undefined,
  },
  {
    name: "subscription_resumed",
    when: ({ before, after: { facts } }) => (before && isPaused(before) && !isPaused(facts) ? {} : undefined),
  },
];

/** When nobody knows what was before, the second of the request tells which one it is. */
function isNewlyLeaving(before: SubscriptionFacts | undefined, facts: SubscriptionFacts): boolean {
  return isLeaving(facts) && (before ? !isLeaving(before) : facts.canceledAtS !== null);
}

/** Two ways to say it (docs.stripe.com/billing/subscriptions/cancel). */
function isLeaving({ cancelAtS, cancelAtPeriodEnd }: SubscriptionFacts): boolean {
  return cancelAtS !== null || cancelAtPeriodEnd;
}

function leavesAtS(facts: SubscriptionFacts): number | null {
  const ends = facts.items.map(({ periodEndS }) => periodEndS).filter((end) => end !== null);
  return facts.cancelAtS ?? (ends.length === 0 ? null : Math.min(...ends));
}

/** Paused as a whole, or only its invoices are not collected. */
function isPaused({ status, collectionPaused }: SubscriptionFacts): boolean {
  return status === "paused" || collectionPaused;
}

const causes: Readonly<Record<string, string>> = {
  pause_requested: "requested",
  first_payment_failure: "payment_failed",
  final_payment_failure: "payment_failed",
  trial_end_without_payment_method: "trial_without_payment_method",
};

function causeOf({ status, pausedReason }: SubscriptionFacts): string | null {
  if (status !== "paused") return "collection_paused";
  return pausedReason !== null && Object.hasOwn(causes, pausedReason) ? (causes[pausedReason] ?? null) : null;
}
