/** Money on generated histories of all kinds of currencies: what comes out is the ledger, in whatever order events came. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anEvent } from "../../test/support/builders.ts";
import { useOf } from "../events/catalogue.ts";
import { parseRates } from "../model/rates-file.ts";
import { RateTable } from "../model/rates.ts";
import type { StripeEvent } from "../model/stripe-event.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import { foldEvents, snapshotOfEvent } from "./apply.ts";
import { buildProfile, groupCopies, type CustomerCopies } from "./profile.ts";

const startS = Date.UTC(2026, 7, 3) / 1000;

/** Minor units of one major unit, written out from docs.stripe.com/currencies. */
const minorPerMajor: Readonly<Record<string, number>> = {
  eur: 100,
  usd: 100,
  huf: 100,
  isk: 100,
  ugx: 100,
  jpy: 1,
  krw: 1,
  clp: 1,
  kwd: 1000,
  bhd: 1000,
};
const currencies = Object.keys(minorPerMajor);

/** One payment and what becomes of it; amounts in tens, since Stripe wants three decimals to end in 0. */
type Story = {
  readonly currency: string;
  readonly tens: number;
  readonly paid: boolean;
  readonly refunds: readonly number[];
  readonly dispute: "none" | "lost" | "won" | "under_review" | "warning_closed";
};

const someStory: fc.Arbitrary<Story> = fc.record({
  currency: fc.constantFrom(...currencies),
  tens: fc.integer({ min: 10, max: 100_000 }),
  paid: fc.boolean(),
  // Less than half of the smallest payment, so that refunds and a dispute over the rest never exceed it.
  refunds: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 2 }),
  dispute: fc.constantFrom("none", "lost", "won", "under_review", "warning_closed"),
});

type Told = { readonly events: readonly StripeEvent[]; readonly net: number; readonly currency: string };

/** The events of a story, each in a second of its own, and what is left of the payment by the ledger. */
function tell(story: Story, index: number): Told {
  const { currency, paid } = story;
  const amount = story.tens * 10;
  const id = `ch_${index}`;
  let atS = startS + index * 100;
  const tellOf = (type: string, object: object): StripeEvent =>
    anEvent({
      type,
      createdS: (atS += 1),
      object: { customer: "cus_1", currency, created: startS + index * 100, ...object },
    });
  const charge = (refunded: number): object => ({
    id,
    object: "charge",
    amount,
    captured: paid,
    amount_captured: paid ? amount : 0,
    amount_refunded: refunded,
    status: paid ? "succeeded" : "failed",
  });
  if (!paid) return { events: [tellOf("charge.failed", charge(0))], net: 0, currency };
  const succeeded = tellOf("charge.succeeded", charge(0));
  let refunded = 0;
  const refunds = story.refunds.flatMap((tens, place) => {
    refunded += tens * 10;
    const refund = { id: `re_${index}_${place}`, object: "refund", charge: id, amount: tens * 10, status: "succeeded" };
    return [tellOf("refund.created", refund), tellOf("charge.refunded", charge(refunded))];
  });
  const disputed = amount - refunded;
  const dispute = { id: `dp_${index}`, object: "dispute", charge: id, amount: disputed };
  const isInquiry = story.dispute === "warning_closed";
  const disputes =
    story.dispute === "none"
      ? []
      : [
          tellOf("charge.dispute.created", {
            ...dispute,
            status: isInquiry ? "warning_needs_response" : "needs_response",
          }),
          tellOf("charge.dispute.closed", { ...dispute, status: story.dispute }),
        ];
  const isGone = story.dispute === "lost" || story.dispute === "under_review";
  const events = [succeeded, ...refunds, ...disputes];
  return { events, net: amount - refunded - (isGone ? disputed : 0), currency };
}

/** Our copies after these events, one after the other; what had to wait for its charge is taken up at the end. */
function copiesAfter(events: readonly StripeEvent[]): readonly ObjectCopy[] {
  const copies = new Map<string, ObjectCopy>();
  const bodies = new Map(events.map((event) => [event.id, snapshotOfEvent(event)]));
  const take = (event: StripeEvent): boolean => {
    const known = { find: (id: string) => copies.get(id), findSnapshot: (id: string) => bodies.get(id) };
    const folded = foldEvents([{ event, use: useOf(event.type) }], known);
    for (const copy of folded.copies) copies.set(copy.id, copy);
    return folded.outcomes[0]?.state === "waiting";
  };
  const waiting = events.filter(take);
  expect(waiting.filter(take)).toEqual([]);
  return [...copies.values()];
}

function customerIn(currency: string): StripeEvent {
  return anEvent({ type: "customer.created", object: { id: "cus_1", object: "customer", currency, created: startS } });
}

function copiesOf(currency: string, events: readonly StripeEvent[]): CustomerCopies {
  const grouped = groupCopies("cus_1", copiesAfter([customerIn(currency), ...events]));
  if (!grouped) throw new Error("The customer is always there.");
  return grouped;
}

const someHistory = fc.array(someStory, { minLength: 1, maxLength: 6 }).map((stories) => stories.map(tell));

/** Every currency at two of the other's major units, so that the expectation needs no rounding. */
const rates = new RateTable(parseRates(currencies.map((currency) => `2026-08-03,${currency},2`).join("\n")).rates);

describe("on any history", () => {
  it("the total is charges less refunds less lost and withdrawn disputes, in each currency by itself", () => {
    fc.assert(
      fc.property(someHistory, (told) => {
        const events = told.flatMap((one) => one.events);
        for (const currency of new Set(
          told.filter(({ events: [first] }) => first?.type === "charge.succeeded").map((one) => one.currency),
        )) {
          const { totalPaid } = buildProfile(copiesOf(currency, events), { livemode: false });
          const ledger = told.filter((one) => one.currency === currency).reduce((sum, { net }) => sum + net, 0);
          expect(totalPaid).toEqual({ currency, amountMinor: ledger });
        }
      }),
      { numRuns: 200 },
    );
  });

  it("the total in the reporting currency is the ledger of all currencies, converted", () => {
    fc.assert(
      fc.property(someHistory, (told) => {
        const events = told.flatMap((one) => one.events);
        const reporting = { currency: "eur", rates };
        const { totalPaidReporting } = buildProfile(copiesOf("eur", events), { livemode: false, reporting });
        const ledger = told.reduce(
          (sum, { net, currency }) => sum + (currency === "eur" ? net : (net / (minorPerMajor[currency] ?? 1)) * 200),
          0,
        );
        const hasPaid = events.some(({ type }) => type === "charge.succeeded");
        expect(totalPaidReporting).toEqual(hasPaid ? { currency: "eur", amountMinor: Math.round(ledger) } : null);
      }),
      { numRuns: 200 },
    );
  });

  it("the order of events never changes money", () => {
    const ordered = someHistory.chain((told) => {
      const events = told.flatMap((one) => one.events);
      return fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length }));
    });
    fc.assert(
      fc.property(ordered, ([events, shuffled]) => {
        const reporting = { currency: "eur", rates };
        const of = (some: readonly StripeEvent[]): unknown =>
          buildProfile(copiesOf("eur", some), { livemode: false, reporting });
        expect(of(shuffled)).toEqual(of(events));
      }),
      { numRuns: 200 },
    );
  });

  it("one payment without a rate leaves the whole unknown", () => {
    const [told] = [tell({ currency: "usd", tens: 50, paid: true, refunds: [], dispute: "none" }, 0)];
    const reporting = { currency: "eur", rates: new RateTable([]) };
    const { totalPaidReporting } = buildProfile(copiesOf("eur", told.events), { livemode: false, reporting });
    expect(totalPaidReporting).toEqual({ unknown: "There is no rate for USD." });
  });
});
