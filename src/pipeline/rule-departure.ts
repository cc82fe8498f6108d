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
import { beholdCustomer, withInvoices, type Beheld, type KnownNow, type RuleGround } from "./run-inputs.ts";
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
  if (run.endedHow !== null || run.cancelWhy !== null) return { withdraw: "Its run has ended." };
  await book.reach(run.version);
  if (standsStill(book, run.rule)) return { withdraw: "Its rule stands still." };
  const beheld = await beholdLeader(ground, run, Math.floor(nowMs() / 1000));
  if (beheld.kind !== "person") return null;
  const rules = await book.version(run.version);
  const rule = rules.byName.get(run.rule);
  if (!rule) return null;
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

function objectionNow(rule: CompiledRule, run: OpenRun, { known, effect, timeZone }: Leaving): Objection | null {
  const { facts, signals, nowS } = known;
  if (run.state === null) return null;
  const values = valuesOfRun(facts, momentValues(run.trigger), { run: run.state, signals, nowS });
  const reason = rule.while === null ? "true" : truthOf(rule.while, values);
  if (reason === "false") return { withdraw: "Its reason does not hold any more." };
  if (reason === "unknown")
    return { holdUntilS: nowS + lookAgainS, why: "It is not known whether its reason still holds." };
  if (effect.effect.kind !== "message") return null;
  if (effect.effect.channel === "email" && signals.unsubscribed) {
    return { withdraw: "The customer has unsubscribed from e-mails." };
  }
  if (rule.rule.dunning) {
    const against = againstDunning(known, run);
    if (against !== null) return { withdraw: against };
  }
  const quietS = rule.quietHours === undefined ? null : quietUntil(nowS, rule.quietHours, timeZoneOf(facts, timeZone));
  return quietS === null ? null : { holdUntilS: quietS, why: "It is in the customer's quiet hours." };
}

/** What may have changed since the arbiter let it speak. */
function againstDunning({ person }: KnownNow, { invoiceId }: OpenRun): string | null {
  const { invoice } = arbiterFactsOf(person, invoiceId);
  if (invoice?.isPaid === true) return "The invoice is paid.";
  if (invoice?.isDisputed === true) return "The payment is disputed.";
  return invoice?.isDebitProcessing === true ? "A debit is on its way." : null;
}
