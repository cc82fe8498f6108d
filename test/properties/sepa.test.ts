/**
 * The clock of a SEPA debit against a calendar that is walked day by day, with the published closing days of TARGET and
 * the time zone data of the platform; and what is said of a debit, whatever order its events come in.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { debitPhase } from "../../src/billing/debits/clock.ts";
import { expectedAt } from "../../src/billing/debits/expected.ts";
import { timingOf } from "../../src/billing/debits/methods.ts";
import { foldEvents, snapshotOfEvent } from "../../src/billing/apply.ts";
import { buildProfile, groupCopies } from "../../src/billing/profile.ts";
import { useOf } from "../../src/events/catalogue.ts";
import type { Profile } from "../../src/model/profile.ts";
import type { StripeEvent } from "../../src/model/stripe-event.ts";
import type { ObjectCopy } from "../../src/model/stripe-object.ts";
import { anEvent } from "../support/builders.ts";

/** Good Friday and Easter Monday, as the ECB published them; the other four days have a date. */
const easter = new Set(
  `2025-04-18 2025-04-21 2026-04-03 2026-04-06 2027-03-26 2027-03-29 2028-04-14 2028-04-17 2029-03-30 2029-04-02
  2030-04-19 2030-04-22`.split(/\s+/),
);
const yearly = new Set(["01-01", "05-01", "12-25", "12-26"]);

const inBerlin = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Europe/Berlin",
  dateStyle: "short",
  timeStyle: "medium",
});

function isOpen(day: Date): boolean {
  const text = day.toISOString().slice(0, 10);
  return ![0, 6].includes(day.getUTCDay()) && !easter.has(text) && !yearly.has(text.slice(5));
}

function nextDay(day: Date): Date {
  return new Date(day.getTime() + 86_400_000);
}

/** The first open day on or after the day of submission (the next one from 10:30 on), and six open days more. */
function slowlyExpected(createdS: number): string {
  const [date = "", time = ""] = inBerlin.format(createdS * 1000).split(" ");
  let day = new Date(`${date}T00:00:00Z`);
  if (time >= "10:30:00") day = nextDay(day);
  while (!isOpen(day)) day = nextDay(day);
  for (let left = 6; left > 0;) {
    day = nextDay(day);
    if (isOpen(day)) left -= 1;
  }
  return day.toISOString();
}

const atS = (text: string): number => Date.parse(text) / 1000;
const sepa = timingOf("sepa_debit");
if (!sepa) throw new Error("SEPA has no timing.");

describe("a SEPA debit is expected as paid", () => {
  it("six open days of TARGET after its submission, at any second of five years", () => {
    const seconds = fc.integer({ min: atS("2025-01-01T00:00:00Z"), max: atS("2030-12-10T00:00:00Z") });
    // Around holidays, changes of the clock and the cut-off more often.
    const telling = fc
      .tuple(
        fc.constantFrom(...easter, "2026-01-01", "2026-05-01", "2027-12-24", "2028-12-26", "2026-03-29", "2026-10-25"),
        fc.integer({ min: -9, max: 1 }),
        fc.integer({ min: 0, max: 86_399 }),
      )
      .map(([day, days, second]) => atS(`${day}T00:00:00Z`) + days * 86_400 + second);
    const cutOff = fc
      .tuple(telling, fc.constantFrom(8, 9), fc.integer({ min: -2, max: 2 }))
      .map(([near, hour, off]) => near - (near % 86_400) + hour * 3600 + 1800 + off);
    fc.assert(
      fc.property(fc.oneof(seconds, telling, cutOff), (createdS) => {
        const expected = new Date(expectedAt(sepa, createdS, false) * 1000).toISOString();
        expect([createdS, expected]).toEqual([createdS, slowlyExpected(createdS)]);
      }),
      { numRuns: 5_000, seed: 6 },
    );
  });
});

const createdS = atS("2026-03-30T07:00:00Z"); // the Monday before Good Friday
const paidS = atS("2026-04-09T00:00:00Z");

function chargeOf(status: string, more: object = {}): object {
  return {
    id: "py_1",
    object: "charge",
    customer: "cus_1",
    amount: 4900,
    amount_captured: status === "succeeded" ? 4900 : 0,
    amount_refunded: 0,
    captured: status === "succeeded",
    created: createdS,
    currency: "eur",
    payment_intent: "pi_1",
    payment_method: "pm_1",
    payment_method_details: { type: "sepa_debit", sepa_debit: { last4: "3201" } },
    status,
    ...more,
  };
}

const pending = anEvent({ type: "charge.pending", createdS, object: { ...chargeOf("pending") } });
const succeeded = anEvent({ type: "charge.succeeded", createdS: paidS, object: { ...chargeOf("succeeded") } });

/** In whatever week after the payment: TARGET's eight weeks are the payer's, thirteen months those of the unauthorised. */
function disputed(day: string, reason: string): readonly StripeEvent[] {
  const whenS = atS(`${day}T09:00:00Z`);
  const dispute = {
    id: "dp_1",
    object: "dispute",
    amount: 4900,
    charge: "py_1",
    created: whenS,
    currency: "eur",
    reason,
  };
  return [
    anEvent({ type: "charge.dispute.created", createdS: whenS, object: { ...dispute, status: "needs_response" } }),
    anEvent({
      type: "charge.dispute.closed",
      createdS: whenS + 60,
      object: { ...dispute, status: "lost" },
      previous: { status: "needs_response" },
    }),
  ];
}

function failedWith(failure: object): StripeEvent {
  return anEvent({ type: "charge.failed", createdS: paidS, object: { ...chargeOf("failed", failure) } });
}

/** What is known after these events, whatever had to wait for another one being taken up at the end. */
function profileAfter(events: readonly StripeEvent[]): Profile {
  const copies = new Map<string, ObjectCopy>();
  const bodies = new Map(events.map((event) => [event.id, snapshotOfEvent(event)]));
  const take = (event: StripeEvent): boolean => {
    const known = { find: (id: string) => copies.get(id), findSnapshot: (id: string) => bodies.get(id) };
    const folded = foldEvents([{ event, use: useOf(event.type) }], known);
    for (const copy of folded.copies) copies.set(copy.id, copy);
    return folded.outcomes[0]?.state === "waiting";
  };
  events.filter(take).filter(take);
  const grouped = groupCopies("cus_1", [...copies.values()]);
  if (!grouped) throw new Error("The customer is always there.");
  return buildProfile(grouped, { livemode: false });
}

const customer = anEvent({ type: "customer.created", object: { id: "cus_1", object: "customer", currency: "eur" } });

type Case = readonly [
  name: string,
  events: readonly StripeEvent[],
  debit: object,
  failure: object | null,
  paidMinor: number | null,
];

const outcome = (raw: string | null, reason: string | null = null): object => ({
  outcome: { type: "issuer_declined", network_decline_code: raw, reason },
});
const funds = { class: "insufficient_funds", late: false };

const cases: readonly Case[] = [
  ["on its way", [pending], { state: "pending", mandate: "unknown" }, null, null],
  ["paid", [pending, succeeded], { state: "settled", mandate: "usable" }, null, 4900],
  ...[
    { failure_code: "insufficient_funds", ...outcome("AM04") },
    { failure_code: "insufficient_funds" },
    { failure_code: "generic_could_not_process", ...outcome("AM04") },
    { failure_code: "refer_to_customer", ...outcome("am04") },
    { failure_code: null, ...outcome("AM04") },
    { failure_code: "payment_intent_payment_attempt_failed", ...outcome("AM04") },
    { failure_code: null, ...outcome(null, "insufficient_funds") },
  ].map((failure): Case => [
    `returned for lack of money, as ${JSON.stringify(failure)}`,
    [pending, failedWith(failure)],
    { state: "returned" },
    funds,
    null,
  ]),
  [
    "returned after it counted as paid",
    [pending, succeeded, ...disputed("2026-04-14", "insufficient_funds")],
    { state: "returned" },
    { class: "insufficient_funds", late: true },
    0,
  ],
  [
    "disputed in the seventh week",
    [pending, succeeded, ...disputed("2026-05-27", "general")],
    { state: "disputed", mandate: "revoked" },
    { class: "disputed", late: true, retriesLeft: 0, retryAtS: null },
    0,
  ],
  [
    "disputed as unauthorised after a year",
    [pending, succeeded, ...disputed("2027-04-20", "debit_not_authorized")],
    { state: "disputed", mandate: "revoked" },
    { class: "mandate_revoked", retriesLeft: 0, retryAtS: null },
    0,
  ],
  [
    "returned, the mandate being revoked",
    [pending, failedWith({ failure_code: "debit_not_authorized", ...outcome("MD01") })],
    { state: "returned", mandate: "revoked" },
    { class: "mandate_revoked", retriesLeft: 0, retryAtS: null },
    null,
  ],
];

describe("of a SEPA debit", () => {
  it.each(cases)(
    "that is %s the profile says so, in whatever order it heard",
    (_, events, debit, failure, paidMinor) => {
      const orders = fc.shuffledSubarray([customer, ...events], { minLength: events.length + 1 });
      fc.assert(
        fc.property(orders, (order) => {
          const { paymentFailure, debit: found, totalPaid, lastPayment } = profileAfter(order);
          expect(found).toMatchObject(debit);
          expect(paymentFailure).toEqual(failure && expect.objectContaining(failure));
          expect(totalPaid?.amountMinor ?? null).toBe(paidMinor);
          expect(lastPayment?.atS).toBe(createdS);
        }),
        { numRuns: 40, seed: 6 },
      );
    },
  );

  it("nothing is held against the customer before Easter has passed", () => {
    const { debit } = profileAfter([customer, pending]);
    if (!debit) throw new Error("There is a debit.");
    const phases = ["2026-03-30T08:00:00Z", "2026-04-06T12:00:00Z", "2026-04-09T00:00:00Z", "2026-04-10T00:00:01Z"];
    expect(debit.expectedAtS).toBe(paidS);
    expect(phases.map((now) => debitPhase(debit, atS(now)))).toEqual(["pending", "pending", "pending", "overdue"]);
  });

  it("the eight weeks end the day after they are over, and not before", () => {
    const { debit } = profileAfter([customer, pending, succeeded]);
    if (!debit) throw new Error("There is a debit.");
    const eightWeeksS = paidS + 56 * 86_400;
    expect(debitPhase(debit, eightWeeksS)).toBe("settled");
    expect(debitPhase(debit, eightWeeksS + 86_400)).toBe("final");
  });
});
