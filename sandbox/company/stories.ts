/** Which life a customer leads: plan, payment method, how long, and what happens to them. */
import type { Random } from "../kernel/types.ts";
import type { Plan } from "./catalogue.ts";
import type { Invented } from "./people.ts";

export type Fate =
  | "steady"
  | "trial"
  | "past_due"
  | "canceled"
  | "leaving"
  | "refunded"
  | "disputed"
  | "credit"
  | "sepa_waiting"
  | "grew";

export type Story = {
  readonly fate: Fate;
  readonly plan: Plan;
  readonly interval: "month" | "year";
  readonly seats: number;
  readonly method: "card" | "sepa_debit";
  readonly metered: boolean;
  /** How many payments lie in the past. */
  readonly payments: number;
  readonly hasUserId: boolean;
  readonly contact: "user" | "email" | "ambiguous" | "none";
};

/** The first customers show every fate once, so that a small company has them all; the rest is left to chance. */
const FIRST_FATES: readonly Fate[] = [
  "steady",
  "past_due",
  "trial",
  "sepa_waiting",
  "canceled",
  "refunded",
  "leaving",
  "credit",
  "disputed",
  "grew",
  "past_due",
];

const AMBIGUOUS_NUMBER = 12;
const RARE_FATES: readonly Fate[] = ["refunded", "credit", "leaving", "grew", "disputed", "sepa_waiting"];

type Cast = { readonly number: number; readonly person: Invented; readonly paymentsMax: number };

/** Chooses a life for the n-th customer. */
export function storyFor(random: Random, { number, person, paymentsMax }: Cast): Story {
  const fate = FIRST_FATES[number - 1] ?? chooseFate(random);
  const dunning = fate === "past_due" || fate === "sepa_waiting";
  const interval = random.next() < 0.2 && !dunning ? "year" : "month";
  const longest = interval === "year" ? Math.min(2, paymentsMax) : paymentsMax;
  const hasUserId = number === AMBIGUOUS_NUMBER ? false : random.next() < 0.85;
  return {
    fate,
    plan: random.pick(["starter", "starter", "team", "team", "team", "business"] as const),
    interval,
    seats: random.next() < 0.3 ? random.int(2, 8) : 1,
    method: methodFor(random, person, fate),
    metered: interval === "month" && random.next() < 0.25,
    payments: Math.max(fate === "past_due" ? 2 : 1, random.int(1, Math.max(1, longest))),
    hasUserId,
    contact: contactFor(random, number, hasUserId),
  };
}

function chooseFate(random: Random): Fate {
  const dice = random.next();
  if (dice < 0.66) return "steady";
  if (dice < 0.74) return "trial";
  if (dice < 0.8) return "past_due";
  if (dice < 0.87) return "canceled";
  return random.pick(RARE_FATES);
}

/** SEPA debits are for euros. */
function methodFor(random: Random, person: Invented, fate: Fate): Story["method"] {
  if (person.currency !== "eur") return "card";
  if (fate === "sepa_waiting") return "sepa_debit";
  return fate !== "past_due" && random.next() < 0.4 ? "sepa_debit" : "card";
}

function contactFor(random: Random, number: number, hasUserId: boolean): Story["contact"] {
  if (number === AMBIGUOUS_NUMBER) return "ambiguous";
  if (random.next() < 0.1) return "none";
  return hasUserId ? "user" : "email";
}
