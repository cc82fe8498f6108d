/** A savings receipt as it is read: one plan beside today's, on one basis. */
import type {
  Refusal,
  Bill,
  BillInvoice,
  BillLine,
  CandidatePlan,
  ComparedPeriod,
  CurrentPeriod,
  SavingsBasis,
  SavingsReceipt,
} from "../../../../contract/savings.ts";

/** What is billed together, with its lines. */
export type BillPart = { readonly invoice: BillInvoice; readonly lines: readonly BillLine[] };

/** The parts of a bill, one for each interval. */
export function partsOf({ lines, invoices }: Bill): readonly BillPart[] {
  return invoices.map((invoice) => ({
    invoice,
    lines: lines.filter(
      ({ interval, intervalCount }) => interval === invoice.interval && intervalCount === invoice.intervalCount,
    ),
  }));
}

/** The bases that anything is said on, the last period first since it is certain. */
export function basesOf({ current }: SavingsReceipt): readonly SavingsBasis[] {
  return (["last", "projected"] as const).filter((basis) => current.some((period) => period.basis === basis));
}

/** The basis to begin with: the last period where it could be worked out, since nothing in it is guessed. */
export function firstBasis(receipt: SavingsReceipt): SavingsBasis {
  const sure = receipt.current.find(({ basis, bill }) => basis === "last" && bill !== null);
  const any = receipt.current.find(({ bill }) => bill !== null);
  return (sure ?? any ?? receipt.current[0])?.basis ?? "last";
}

export type ReceiptView = {
  readonly current: CurrentPeriod | null;
  readonly compared: ComparedPeriod | null;
};

/** Both sides of the comparison. */
export function viewOf(receipt: SavingsReceipt, candidate: CandidatePlan | null, basis: SavingsBasis): ReceiptView {
  return {
    current: receipt.current.find((period) => period.basis === basis) ?? null,
    compared: candidate?.periods.find((period) => period.basis === basis) ?? null,
  };
}

/** Plans in the order in which somebody looks for them: what saves most first, what cannot be said last. */
export function rankedCandidates(receipt: SavingsReceipt, basis: SavingsBasis): readonly CandidatePlan[] {
  const rank = (plan: CandidatePlan): number => {
    if (plan.planId === receipt.recommended) return Number.NEGATIVE_INFINITY;
    const yearMinor = plan.periods.find((period) => period.basis === basis)?.difference?.yearMinor;
    if (yearMinor !== undefined) return yearMinor;
    return plan.outcome === "not_eligible" ? Number.POSITIVE_INFINITY : Number.MAX_VALUE;
  };
  // Two infinities are as far apart as they are equal, so they are compared and not subtracted.
  return receipt.candidates.toSorted((a, b) =>
    rank(a) === rank(b) ? a.name.localeCompare(b.name) : rank(a) < rank(b) ? -1 : 1,
  );
}

/** Why nothing is said: about any plan, about this one, or on this basis. */
export function refusalOf(
  receipt: SavingsReceipt,
  candidate: CandidatePlan | null,
  { current, compared }: ReceiptView,
): Refusal | null {
  return receipt.refusal ?? candidate?.refusal ?? current?.refusal ?? compared?.refusal ?? null;
}
