/** From findings to the plan that people read, with calls and minutes. Pure. */
import type { BackfillGroup, BackfillPlan } from "../../../contract/backfill.ts";
import type { FindingGroup } from "./finding-rows.ts";
import type { IdentityReason } from "../../contacts/identity.ts";
import { isWhyNot, type Outcome } from "./judge.ts";

/** Intercom's budget as it was learned from its answers. */
export type Pace = {
  /** Calls in a slice of ten seconds. */
  readonly limit: number;
};

/** The share of a slice that the backfill lane may use; the rest is left to the workspace's other apps. */
const usableShare = 0.96;
const slicesPerMinute = 6;

export type PlanInputs = {
  readonly groups: readonly FindingGroup[];
  readonly nowMs: number;
  readonly pace: Pace;
  /** A sentence for a reason why a customer has no contact. */
  readonly hintOf: (reason: IdentityReason) => string;
};

/** Puts the plan together. */
export function planOf({ groups, nowMs, pace, hintOf }: PlanInputs): BackfillPlan {
  const of = (outcome: Outcome): readonly FindingGroup[] => groups.filter((group) => group.outcome === outcome);
  const shown = (outcome: Outcome): BackfillGroup[] => of(outcome).map((group) => toGroup(group, hintOf));
  const sum = (some: readonly FindingGroup[], take: (group: FindingGroup) => number): number =>
    some.reduce((total, group) => total + take(group), 0);
  const writes = sum(groups, (group) => group.writes);
  // Before a contact is made its user id is looked up once more: a merged contact is on no list.
  const lookUps = sum(of("created"), ({ reason, count }) => (reason === "user_id" ? count : 0));
  const calls = writes + lookUps;
  return {
    at: new Date(nowMs).toISOString(),
    customers: sum(groups, ({ count }) => count),
    linked: sum(of("linked"), ({ count }) => count),
    matched: shown("matched"),
    grouped: shown("grouped"),
    created: shown("created"),
    skipped: shown("skipped"),
    quarantined: shown("quarantined"),
    changes: writes - sum(of("created"), (group) => group.writes),
    calls,
    minutes: minutesFor(calls, pace),
  };
}

/** How long so many calls take at the learned budget, rounded up to a tenth of a minute. */
export function minutesFor(calls: number, { limit }: Pace): number {
  const perMinute = Math.max(1, limit * usableShare * slicesPerMinute);
  return Math.ceil((calls / perMinute) * 10) / 10;
}

const found: { readonly [reason: string]: string } = {
  user_id: "by the user id in Stripe's metadata",
  email: "by the e-mail",
  person: "as somebody decided",
};

function toGroup({ outcome, reason, count, examples }: FindingGroup, hintOf: PlanInputs["hintOf"]): BackfillGroup {
  return {
    reason,
    text: isWhyNot(reason) ? hintOf(reason) : (found[reason] ?? reason),
    count,
    examples: examples.map(({ customerId, target }) => ({
      customerId,
      label: null,
      contactId: outcome === "created" ? null : target,
    })),
  };
}
