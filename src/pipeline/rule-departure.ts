/** Right before an effect of a rule leaves its reason is looked at once more: nothing is said about an invoice that was paid meanwhile. */
import { runOfKey } from "../effects/effect.ts";
import type { ClaimedEffect } from "../effects/turn.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import { findRun, type OpenRun } from "../rules/store.ts";
import type { CompiledRule } from "../rules/program.ts";
import { quietUntil } from "../rules/quiet-hours.ts";
import { momentValues, truthOf, valuesOfRun } from "../rules/run-values.ts";
import { timeZoneOf } from "../rules/time-zone.ts";
import { arbiterFactsOf } from "./rule-facts.ts";
import {
  beholdCustomer,
  isAboutAnother,
  withInvoices,
  type Beheld,
  type KnownNow,
  type RuleGround,
} from "./run-inputs.ts";
import type { RuleBook } from "./rules-in-force.ts";

export type DepartureGround = {
  readonly ground: RuleGround;
  readonly book: RuleBook;
  /** The clock that rules go by. */
  readonly nowMs: () => number;
};

/** It is not to be sent any more, or not before this second. */
export type Objection = { readonly withdraw: string } | { readonly holdUntilS: number; readonly why: string };

/** Whether a reason holds may be known again soon. */
const lookAgainS = 300;
const notTheirs = "It is about another customer, who has left the person.";
const notToBeSeen = "Its Stripe account is not connected, so that it is not known whether its reason still holds.";

/** What speaks against an effect that a rule has planned; null when nothing does, and for effects of nobody's rule. */
export async function objectionTo(
  { ground, book, nowMs }: DepartureGround,
  effect: ClaimedEffect,
): Promise<Objection | null> {
  const runId = runOfKey(effect.key);
  // What is taken back belongs to a run that has ended.
  if (runId === null || effect.effect.kind === "untag") return null;
  const run = await findRun(ground.contexts.main.pool, runId);
  if (!run) return null;
  if (isGivenUp(run)) return { withdraw: "Its run has ended." };
  await book.reach(run.version);
  if (standsStill(book, run.rule)) return { withdraw: "Its rule stands still." };
  return objectionAsOf(Math.floor(nowMs() / 1000), { ground, book, run, effect });
}

/** Of a run that has done all it had to, only what a person has asked for once more is still to leave. */
function isGivenUp({
  cancelWhy,
  endedHow,
}: Pick<OpenRun, "cancelWhy"> & { readonly endedHow: string | null }): boolean {
  return cancelWhy !== null || (endedHow !== null && endedHow !== "finished" && endedHow !== "stopped");
}

type About = Pick<DepartureGround, "ground" | "book"> & { readonly run: OpenRun; readonly effect: ClaimedEffect };

/** What speaks against it by what is known about the customer at this second. */
async function objectionAsOf(nowS: number, { ground, book, run, effect }: About): Promise<Objection | null> {
  const beheld = await beholdLeader(ground, run, nowS);
  if (beheld.kind === "unknown") return { withdraw: "Stripe knows no such customer." };
  if (beheld.kind !== "person") return { holdUntilS: nowS + lookAgainS, why: notToBeSeen };
  const rules = await book.version(run.version);
  const rule = rules.byName.get(run.rule);
  if (!rule) return null;
  const named = [run.invoiceId, run.trigger.objectId].filter((id) => id !== null);
  if (await isAboutAnother(ground, beheld.known, named)) return { withdraw: notTheirs };
  const known = await withInvoices(ground, beheld.known, run.invoiceId === null ? [] : [run.invoiceId]);
  return objectionNow(rule, run, { known, effect, timeZone: rules.document.timeZone });
}

/** Stopped by hand or by itself, paused in the document, a draft again, or gone from it. */
function standsStill({ current: { stops, rules } }: RuleBook, name: string): boolean {
  const mode = rules.byName.get(name)?.rule.mode ?? "draft";
  return stops.has(name) || mode === "paused" || mode === "draft";
}

/** Whoever has come to follow somebody since the effect was planned is looked at as a part of them. */
async function beholdLeader(ground: RuleGround, customer: CustomerKey, nowS: number): Promise<Beheld> {
  const beheld = await beholdCustomer(ground, customer, nowS);
  return beheld.kind === "follows" ? beholdCustomer(ground, beheld.leader, nowS) : beheld;
}

type Leaving = { readonly known: KnownNow; readonly effect: ClaimedEffect; readonly timeZone: string };

function objectionNow(rule: CompiledRule, run: OpenRun, leaving: Leaving): Objection | null {
  const { known, effect, timeZone } = leaving;
  if (run.state === null) return null;
  const values = valuesOfRun(known.facts, momentValues(run.trigger), { ...known, run: run.state });
  const reason = rule.while === null ? "true" : truthOf(rule.while, values);
  if (reason === "false") return { withdraw: "Its reason does not hold any more." };
  if (reason === "unknown")
    return { holdUntilS: known.nowS + lookAgainS, why: "It is not known whether its reason still holds." };
  if (effect.effect.kind !== "message") return null;
  if (effect.effect.channel === "email" && known.signals.unsubscribed) {
    return { withdraw: "The customer has unsubscribed from e-mails." };
  }
  return (rule.rule.dunning ? againstDunning(known, run) : null) ?? againstHour(rule, known, timeZone);
}

function againstHour({ quietHours }: CompiledRule, { facts, nowS }: KnownNow, timeZone: string): Objection | null {
  const quietS = quietHours === undefined ? null : quietUntil(nowS, quietHours, timeZoneOf(facts, timeZone));
  return quietS === null ? null : { holdUntilS: quietS, why: "It is in the customer's quiet hours." };
}

/** What may have changed since the arbiter let it speak. An invoice may be out of sight: of an account that is not connected any more. */
function againstDunning({ person, nowS }: KnownNow, { invoiceId }: OpenRun): Objection | null {
  const { invoice } = arbiterFactsOf(person, invoiceId);
  if (invoice === null)
    return invoiceId === null
      ? null
      : { holdUntilS: nowS + lookAgainS, why: "It is not known how its invoice stands." };
  if (invoice.isPaid) return { withdraw: "The invoice is paid." };
  if (invoice.isDisputed) return { withdraw: "The payment is disputed." };
  return invoice.isDebitProcessing ? { withdraw: "A debit is on its way." } : null;
}
