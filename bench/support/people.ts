/** The customers of a measurement: every id follows from a number, so that all programs agree without talking. */
import type { Values } from "./template.ts";

export const monthS = 30 * 86_400;

/** The ids of customer `n` and of what belongs to them in their `round`-th period. */
export function valuesOf(n: number, round: number, joinedS: number): Values {
  return {
    customer: customerId(n),
    user: userId(n),
    method: `pm_bench${n}`,
    subscription: `sub_bench${n}`,
    item: `si_bench${n}`,
    invoice: `in_bench${n}r${round}`,
    intent: `pi_bench${n}r${round}`,
    charge: `ch_bench${n}r${round}`,
    retried: `ch_bench${n}r${round}b`,
    joined: joinedS,
    periodStart: joinedS + round * monthS,
    periodEnd: joinedS + (round + 1) * monthS,
  };
}

export function customerId(n: number): string {
  return `cus_bench${n}`;
}

/** The business's own id, which both vendors know. */
export function userId(n: number): string {
  return `user-${n}`;
}

/** Intercom's id of the contact with this user id. */
export function contactIdOf(user: string): string {
  return user.replace("user-", "").padStart(24, "0");
}
