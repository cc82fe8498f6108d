/**
 * Which charges tried to pay which invoice. They do not name it: one of the same customer, currency and amount is taken to be
 * for the newest invoice that was there and not paid yet.
 */
import type { ObjectCopy, ObjectCopyOf } from "../../model/stripe-object.ts";

/** What is known of the attempts to collect an invoice, in unix seconds. */
export type Attempts = {
  /** The earliest first. */
  readonly failedS: readonly number[];
  /** When a charge paid it; null when none did. */
  readonly paidS: number | null;
};

type Counting = { readonly failedS: number[]; paidS: number | null };
type Invoice = ObjectCopyOf<"invoice">;
type Charge = ObjectCopyOf<"charge">;
type Alike = { readonly invoices: Invoice[]; readonly charges: Charge[] };

/** The attempts to collect each of these invoices, by its id. */
export function attemptsOf(copies: readonly ObjectCopy[]): ReadonlyMap<string, Attempts> {
  const attempts = new Map<string, Counting>();
  for (const { invoices, charges } of alike(copies)) {
    for (const { id } of invoices) attempts.set(id, { failedS: [], paidS: null });
    const ahead = invoices.toSorted(byAge);
    const open: Invoice[] = [];
    for (const { facts } of charges.toSorted(byAge)) {
      while (ahead[0] && ahead[0].facts.createdS <= facts.createdS) open.push(...ahead.splice(0, 1));
      const isPayment = facts.status === "succeeded";
      const invoice = open.findLast(({ facts: { status } }) => !isPayment || status === "paid");
      const counted = invoice && attempts.get(invoice.id);
      if (!counted) continue;
      if (!isPayment) counted.failedS.push(facts.createdS);
      else {
        counted.paidS = facts.createdS;
        open.splice(open.indexOf(invoice), 1);
      }
    }
  }
  return attempts;
}

/** Invoices, and charges that failed or succeeded, which are of one customer, currency and amount. */
function alike(copies: readonly ObjectCopy[]): Iterable<Alike> {
  const groups = new Map<string, Alike>();
  const groupOf = ({ customerId }: ObjectCopy, { currency }: { readonly currency: string }, amount: number): Alike => {
    const key = `${customerId ?? ""} ${currency} ${amount}`;
    const group = groups.get(key) ?? { invoices: [], charges: [] };
    groups.set(key, group);
    return group;
  };
  for (const copy of copies) {
    if (copy.kind === "invoice" && copy.facts.status !== "draft") {
      const { status, amountPaidMinor, amountDueMinor } = copy.facts;
      groupOf(copy, copy.facts, status === "paid" ? amountPaidMinor : amountDueMinor).invoices.push(copy);
    } else if (copy.kind === "charge" && copy.facts.status !== "pending") {
      const { status, amountMinor, capturedMinor } = copy.facts;
      groupOf(copy, copy.facts, status === "failed" ? amountMinor : capturedMinor).charges.push(copy);
    }
  }
  return groups.values();
}

function byAge(a: Invoice | Charge, b: Invoice | Charge): number {
  return a.facts.createdS - b.facts.createdS;
}
