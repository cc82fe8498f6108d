/** From what events did to what follows from it: data events that the ledger is to tell Intercom of, and rules that look at it. */
import { catalogueIdsNamedBy, momentsOf } from "../billing/moments.ts";
import type { ObjectChange } from "../billing/moments/change.ts";
import { momentOfCrossing } from "../billing/moments/crossings.ts";
import type { Moment } from "../billing/moments/moment.ts";
import { commitBatch, findCopies, listPaidBefore, type Batch } from "../billing/store.ts";
import type { FindCopy } from "../billing/customer-of.ts";
import type { Catalogue } from "../billing/subscription.ts";
import type { Pool, Queryable } from "../db/pool.ts";
import { singleTransaction } from "../db/transaction.ts";
import type { EffectPlan } from "../effects/effect.ts";
import { planOnce } from "../effects/store.ts";
import type { MomentSwitches } from "../model/moment-switch.ts";
import type { KeptCrossing } from "../model/usage.ts";
import type { StripeEvent } from "../model/stripe-event.ts";
import { insertMatches, type Match } from "../rules/store.ts";
import { planOfMoment } from "./data-event.ts";
import { eventMatches, momentMatches } from "./match-rules.ts";
import type { RulesNow } from "./rules-now.ts";

/** Whose moments are told, and which of them. */
export type MomentSource = {
  readonly account: string;
  readonly livemode: boolean;
  readonly switches: () => MomentSwitches;
  /** Where a plan's name is looked for; as usual without it. */
  readonly planName?: (() => Catalogue["planName"]) | undefined;
  /** Whether every payment of the past is known. */
  readonly isHistoryLoaded: () => Promise<boolean>;
  readonly nowMs: () => number;
  /** Rules that look at moments; none without it. */
  readonly rules?: (() => RulesNow) | undefined;
};

/** What follows from what happened. */
export type Consequences = {
  readonly effects: readonly EffectPlan[];
  readonly matches: readonly Match[];
};

export const noConsequences: Consequences = { effects: [], matches: [] };

/**
 * What is older is not told any more: Stripe delivers for three days, but after one day a message about it would be
 * about what has passed. An effect waits as long for its contact.
 */
export const momentAgeMaxS = 24 * 3600;

/** Whether anybody wants to know of moments or events; while nobody does, nothing needs to be looked at. */
export function tellsAny(source: MomentSource | undefined): source is MomentSource {
  if (!source) return false;
  const rules = source.rules?.();
  return source.switches().size > 0 || (rules !== undefined && rules.moments.size + rules.eventTypes.size > 0);
}

/** An event, and whom it is about. */
export type EventOfCustomer = { readonly event: StripeEvent; readonly customerId: string };

/** What happened, and the copies that are at hand. */
export type Happened = {
  readonly changes: readonly ObjectChange[];
  readonly find: FindCopy;
  /** For rules that go by the type of an event. */
  readonly events: readonly EventOfCustomer[];
};

/** What follows from these changes and events. */
export async function planMoments(
  db: Queryable,
  source: MomentSource,
  { changes, find, events }: Happened,
): Promise<Consequences> {
  const byType = matchesOfEvents(source, events);
  const switches = source.switches();
  const forRules = source.rules?.().moments;
  const isOn = ({ name }: Moment): boolean => switches.has(name) || forRules?.has(name) === true;
  const isAnyOn = switches.size + (forRules?.size ?? 0) > 0;
  const telling = isAnyOn ? changes.filter((change) => momentsOf(change, find).some(isOn)) : [];
  if (telling.length === 0) return { effects: [], matches: byType };
  const findNamed = await withCatalogue(db, source.account, { changes: telling, find });
  const moments = telling.flatMap((change) => momentsOf(change, findNamed, source.planName?.())).filter(isOn);
  const told = await withFirstPayments(db, source, { moments, find });
  return { effects: plansOf(told, source, switches), matches: [...byType, ...matchesOf(told, source)] };
}

/** What follows from crossings, entered in the transaction that keeps them. Answers how many effects are new. */
export async function planCrossings(
  tx: Queryable,
  source: MomentSource,
  crossings: readonly KeptCrossing[],
): Promise<number> {
  if (!tellsAny(source) || crossings.length === 0) return 0;
  const moments = crossings.map(momentOfCrossing);
  await insertMatches(tx, matchesOf(moments, source));
  return planOnce(tx, plansOf(moments, source, source.switches()));
}

/** What a commit came to. */
export type Committing = {
  readonly stored: ReadonlySet<string>;
  /** Effects that are new. */
  readonly planned: number;
  /** Rules that have something new to look at. */
  readonly matched: number;
};

/** Commits a batch together with what follows from it; without that in the one statement that it is. Answers as `commitBatch`. */
export function commitTogether(pool: Pool, batch: Batch, { effects, matches }: Consequences): Promise<Committing> {
  if (effects.length + matches.length === 0) {
    return commitBatch(pool, batch).then((stored) => ({ stored, planned: 0, matched: 0 }));
  }
  return singleTransaction(pool, async (tx) => {
    const stored = await commitBatch(tx, batch);
    const planned = await planOnce(tx, effects);
    return { stored, planned, matched: await insertMatches(tx, matches) };
  });
}

/** What is so old that it is not acted on any more. */
function isRecent({ occurredAtS }: { readonly occurredAtS: number }, { nowMs }: MomentSource): boolean {
  return occurredAtS >= Math.floor(nowMs() / 1000) - momentAgeMaxS;
}

function matchesOf(moments: readonly Moment[], source: MomentSource): readonly Match[] {
  const now = source.rules?.();
  if (!now) return [];
  const recent = moments.filter((moment) => isRecent(moment, source));
  return momentMatches(now, recent, { account: source.account, nowS: Math.floor(source.nowMs() / 1000) });
}

function matchesOfEvents(source: MomentSource, events: readonly EventOfCustomer[]): readonly Match[] {
  const now = source.rules?.();
  if (!now) return [];
  const nowS = Math.floor(source.nowMs() / 1000);
  return events
    .filter(({ event }) => isRecent({ occurredAtS: event.createdS }, source))
    .flatMap(({ event, customerId }) => eventMatches(now, event, { account: source.account, customerId, nowS }));
}

/** Plans are called by their products' names, which no event of a subscription shows. */
async function withCatalogue(
  db: Queryable,
  account: string,
  { changes, find }: Pick<Happened, "changes" | "find">,
): Promise<FindCopy> {
  const ids = [...new Set(changes.flatMap(catalogueIdsNamedBy))].filter((id) => find(id) === undefined);
  const copies = new Map((await findCopies(db, account, ids)).map((copy) => [copy.id, copy]));
  return (id) => find(id) ?? copies.get(id);
}

/** A payment is the first one when there is none before it; while history is missing, nobody can tell. */
async function withFirstPayments(
  db: Queryable,
  { account, isHistoryLoaded }: MomentSource,
  { moments, find }: { readonly moments: readonly Moment[]; readonly find: FindCopy },
): Promise<readonly Moment[]> {
  const candidates = moments.filter(isFirstPayment).toSorted((a, b) => a.occurredAtS - b.occurredAtS);
  if (candidates.length === 0) return moments;
  const others = moments.filter((moment) => !isFirstPayment(moment));
  if (!(await isHistoryLoaded())) return others;
  const earliest = [...new Map(candidates.toReversed().map((moment) => [moment.key, moment])).values()];
  const charges = earliest.map(({ customerId, objectId: chargeId, occurredAtS }) => {
    const charge = find(chargeId);
    return { customerId, chargeId, createdS: charge?.kind === "charge" ? charge.facts.createdS : occurredAtS };
  });
  const payers = await listPaidBefore(db, account, charges);
  return [...others, ...earliest.filter(({ customerId }) => !payers.has(customerId))];
}

function isFirstPayment({ name }: Moment): boolean {
  return name === "first_payment";
}

function plansOf(moments: readonly Moment[], source: MomentSource, switches: MomentSwitches): readonly EffectPlan[] {
  return moments.flatMap((moment) => {
    const chosen = switches.get(moment.name);
    if (!chosen || moment.occurredAtS < chosen.sinceS || !isRecent(moment, source)) return [];
    return [planOfMoment(moment, chosen, source)];
  });
}
