/** From what events did to the moments that the ledger is to tell Intercom of, and the commit of both at once. */
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
import { planOfMoment } from "./data-event.ts";

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
};

/**
 * What is older is not told any more: Stripe delivers for three days, but after one day a message about it would be
 * about what has passed. An effect waits as long for its contact.
 */
export const momentAgeMaxS = 24 * 3600;

/** Whether any moment is switched on; while none is, nothing needs to be looked at. */
export function tellsAny(source: MomentSource | undefined): source is MomentSource {
  return source !== undefined && source.switches().size > 0;
}

/** What happened, and the copies that are at hand. */
export type Happened = { readonly changes: readonly ObjectChange[]; readonly find: FindCopy };

/** The effects that these changes ask for. */
export async function planMoments(
  db: Queryable,
  source: MomentSource,
  { changes, find }: Happened,
): Promise<readonly EffectPlan[]> {
  const switches = source.switches();
  const isOn = ({ name }: Moment): boolean => switches.has(name);
  const telling = changes.filter((change) => momentsOf(change, find).some(isOn));
  if (telling.length === 0) return [];
  const findNamed = await withCatalogue(db, source.account, { changes: telling, find });
  const moments = telling.flatMap((change) => momentsOf(change, findNamed, source.planName?.())).filter(isOn);
  return plansOf(await withFirstPayments(db, source, { moments, find }), source, switches);
}

/** The effects that crossings ask for, entered in the transaction that keeps the crossings. Answers how many are new. */
export async function planCrossings(
  tx: Queryable,
  source: MomentSource,
  crossings: readonly KeptCrossing[],
): Promise<number> {
  const switches = source.switches();
  if (!switches.has("usage_crossed")) return 0;
  return planOnce(tx, plansOf(crossings.map(momentOfCrossing), source, switches));
}

/** Commits a batch together with what follows from it; without that in the one statement that it is. Answers as `commitBatch`. */
export function commitTogether(
  pool: Pool,
  batch: Batch,
  plans: readonly EffectPlan[],
): Promise<{ readonly stored: ReadonlySet<string>; readonly planned: number }> {
  if (plans.length === 0) return commitBatch(pool, batch).then((stored) => ({ stored, planned: 0 }));
  return singleTransaction(pool, async (tx) => {
    const stored = await commitBatch(tx, batch);
    return { stored, planned: await planOnce(tx, plans) };
  });
}

/** Plans are called by their products' names, which no event of a subscription shows. */
async function withCatalogue(db: Queryable, account: string, { changes, find }: Happened): Promise<FindCopy> {
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
  const oldestS = Math.floor(source.nowMs() / 1000) - momentAgeMaxS;
  return moments.flatMap((moment) => {
    const chosen = switches.get(moment.name);
    if (!chosen || moment.occurredAtS < Math.max(chosen.sinceS, oldestS)) return [];
    return [planOfMoment(moment, chosen, source)];
  });
}
