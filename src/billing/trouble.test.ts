/** What a customer's charges and disputes say about failed payments and debits: golden cases, then laws. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aCopy } from "../../test/support/builders.ts";
import type { ChargeFacts, DisputeFacts, ObjectCopyOf } from "../model/stripe-object.ts";
import { debitGrounds, failureGrounds, troubleOf, type TroubleCopies } from "./trouble.ts";

type Charge = ObjectCopyOf<"charge">;
type Dispute = ObjectCopyOf<"dispute">;
type Mandate = ObjectCopyOf<"mandate">;

const atS = (text: string): number => Date.parse(text.length > 10 ? text : `${text}T08:00:00Z`) / 1000;
const textOf = (s: number | null | undefined): string | null =>
  typeof s === "number" ? new Date(s * 1000).toISOString().slice(0, 10) : null;

function charge(id: string, day: string, facts: Partial<ChargeFacts> = {}): Charge {
  return aCopy("charge", { createdS: atS(day), ...facts }, { id });
}

/** A SEPA debit by the payment method pm_iban. */
function debit(id: string, day: string, facts: Partial<ChargeFacts> = {}): Charge {
  return charge(id, day, { methodType: "sepa_debit", paymentMethodId: "pm_iban", ...facts });
}

function dispute(chargeId: string, day: string, facts: Partial<DisputeFacts> = {}): Dispute {
  return aCopy("dispute", { chargeId, createdS: atS(day), status: "lost", ...facts }, { id: `dp_${chargeId}` });
}

const of = (...copies: readonly (Charge | Dispute | Mandate)[]): TroubleCopies => ({
  charges: copies.filter((copy): copy is Charge => copy.kind === "charge"),
  disputes: copies.filter((copy): copy is Dispute => copy.kind === "dispute"),
  mandates: copies.filter((copy): copy is Mandate => copy.kind === "mandate"),
});

const declined = { status: "failed", failureCode: "card_declined" };
const returned = { status: "failed", failureCode: "insufficient_funds", networkDeclineCode: "AM04" };

describe("a card that is refused", () => {
  it("is a failure with a reason, an advice and a day on which to try again", () => {
    const { paymentFailure, debit: none } = troubleOf(
      of(charge("ch_1", "2026-11-10", { ...declined, declineCode: "insufficient_funds" })),
    );
    expect(paymentFailure).toMatchObject({ class: "insufficient_funds", retriesLeft: 7, late: false });
    expect(paymentFailure?.reason.de).toBe("Das Konto war nicht ausreichend gedeckt.");
    expect(textOf(paymentFailure?.retryAtS)).toBe("2026-11-16"); // the 15th is a Sunday
    expect(none).toBeNull();
  });

  it("is none any more as soon as a later attempt is made, even one on its way", () => {
    const failed = charge("ch_1", "2026-11-10", declined);
    expect(troubleOf(of(failed, charge("ch_2", "2026-11-11"))).paymentFailure).toBeNull();
    expect(troubleOf(of(failed, debit("py_2", "2026-11-11", { status: "pending" }))).paymentFailure).toBeNull();
  });

  it("may be tried so many times and no more", () => {
    const attempts = Array.from({ length: 8 }, (_, index) =>
      charge(`ch_${index}`, `2026-11-1${index}`, { ...declined, paymentIntentId: "pi_1", paymentMethodId: "pm_1" }),
    );
    expect(troubleOf(of(...attempts.slice(0, 3))).paymentFailure?.retriesLeft).toBe(5);
    expect(troubleOf(of(...attempts)).paymentFailure).toMatchObject({ retriesLeft: 0, retryAtS: null });
  });

  it("does not tell the customer to wait when no attempt makes sense any more", () => {
    const technical = { status: "failed", failureCode: "generic_could_not_process", paymentIntentId: "pi_1" };
    const [first, second] = [debit("py_1", "2026-11-02", technical), debit("py_2", "2026-11-09", technical)];
    expect(troubleOf(of(first)).paymentFailure?.advice.de).toBe("Sie müssen nichts tun.");
    expect(troubleOf(of(first, second)).paymentFailure).toMatchObject({
      retriesLeft: 0,
      advice: { de: "Bitte verwenden Sie eine andere Zahlungsart." },
    });
  });

  it("has a budget of its own for each payment and each card", () => {
    const before = charge("ch_1", "2026-11-10", { ...declined, paymentIntentId: "pi_1", paymentMethodId: "pm_1" });
    const otherCard = charge("ch_2", "2026-11-11", { ...declined, paymentIntentId: "pi_1", paymentMethodId: "pm_2" });
    const otherPayment = charge("ch_3", "2026-11-12", {
      ...declined,
      paymentIntentId: "pi_2",
      paymentMethodId: "pm_1",
    });
    expect(troubleOf(of(before, otherCard)).paymentFailure?.retriesLeft).toBe(7);
    expect(troubleOf(of(before, otherPayment)).paymentFailure?.retriesLeft).toBe(7);
  });

  it.each(["stolen_card", "expired_card", "authentication_required"])("is not tried again after %s", (declineCode) => {
    const { paymentFailure } = troubleOf(of(charge("ch_1", "2026-11-10", { ...declined, declineCode })));
    expect(paymentFailure).toMatchObject({ retriesLeft: 0, retryAtS: null });
  });

  it("is not tried again against Stripe's advice", () => {
    const facts = { ...declined, declineCode: "insufficient_funds", adviceCode: "do_not_try_again" };
    expect(troubleOf(of(charge("ch_1", "2026-11-10", facts))).paymentFailure?.retriesLeft).toBe(0);
  });

  it("and charged back is a dispute and no failed payment", () => {
    expect(troubleOf(of(charge("ch_1", "2026-11-10"), dispute("ch_1", "2026-11-20")))).toEqual({
      paymentFailure: null,
      debit: null,
    });
  });

  it("is understood from copies that were stored before the codes were", () => {
    const {
      declineCode: _d,
      networkDeclineCode: _n,
      adviceCode: _a,
      blocked: _b,
      ...old
    } = charge("ch_1", "2026-11-10", {
      status: "failed",
      failureCode: "expired_card",
    }).facts;
    const copy = { ...charge("ch_1", "2026-11-10"), facts: old };
    expect(troubleOf(of(copy)).paymentFailure?.class).toBe("needs_new_details");
  });
});

describe("a SEPA debit", () => {
  it("is pending, with the day on which it should count as paid, and no failure", () => {
    const { paymentFailure, debit: clock } = troubleOf(of(debit("py_1", "2026-03-31", { status: "pending" })));
    expect(paymentFailure).toBeNull();
    expect(clock).toMatchObject({ method: "sepa_debit", state: "pending", mandate: "unknown" });
    expect(textOf(clock?.expectedAtS)).toBe("2026-04-10"); // over Easter
  });

  it("settles, and its mandate is known to work", () => {
    expect(troubleOf(of(debit("py_1", "2026-11-10"))).debit).toMatchObject({
      state: "settled",
      expectedAtS: null,
      mandate: "usable",
    });
  });

  it("that a bank returns may be presented again at the next payday after its own date", () => {
    const trouble = troubleOf(of(debit("py_1", "2026-11-10", returned)));
    expect(trouble.debit).toMatchObject({ state: "returned", mandate: "unknown" });
    expect(trouble.paymentFailure).toMatchObject({ class: "insufficient_funds", retriesLeft: 2, late: false });
    expect(textOf(trouble.paymentFailure?.retryAtS)).toBe("2026-12-01");
  });

  it("that comes back after it counted as paid is returned late", () => {
    const trouble = troubleOf(
      of(debit("py_1", "2026-11-10"), dispute("py_1", "2026-11-25", { reason: "insufficient_funds" })),
    );
    expect(trouble.debit?.state).toBe("returned");
    expect(trouble.paymentFailure).toMatchObject({ class: "insufficient_funds", late: true, retriesLeft: 2 });
    expect(textOf(trouble.paymentFailure?.retryAtS)).toBe("2026-12-01");
  });

  it("disputed in week 7 is the latest news, although a younger debit has settled", () => {
    const first = debit("py_1", "2026-09-01");
    const second = debit("py_2", "2026-10-01");
    const trouble = troubleOf(of(first, second, dispute("py_1", "2026-10-20", { reason: "general" })));
    expect(trouble.debit).toMatchObject({ state: "disputed", submittedAtS: atS("2026-09-01"), mandate: "revoked" });
    expect(trouble.paymentFailure).toMatchObject({ class: "disputed", retriesLeft: 0, late: true });
  });

  it("is forgiven by the next one that settles", () => {
    const trouble = troubleOf(
      of(
        debit("py_1", "2026-09-01"),
        dispute("py_1", "2026-10-20", { reason: "general" }),
        debit("py_2", "2026-11-02"),
      ),
    );
    expect(trouble).toMatchObject({ paymentFailure: null, debit: { state: "settled", mandate: "usable" } });
  });

  it("whose dispute is won is settled", () => {
    const trouble = troubleOf(of(debit("py_1", "2026-09-01"), dispute("py_1", "2026-10-20", { status: "won" })));
    expect(trouble).toMatchObject({ paymentFailure: null, debit: { state: "settled", mandate: "usable" } });
  });

  it.each([
    ["debit_not_authorized", "MD01"],
    ["debit_authorization_not_match", "BE05"],
    [null, "MS02"],
  ])("that returns with %s / %s has no mandate any more", (failureCode, networkDeclineCode) => {
    const trouble = troubleOf(
      of(
        debit("py_1", "2026-10-01"),
        debit("py_2", "2026-11-02", { status: "failed", failureCode, networkDeclineCode }),
      ),
    );
    expect(trouble.paymentFailure).toMatchObject({ class: "mandate_revoked", retriesLeft: 0 });
    expect(trouble.debit?.mandate).toBe("revoked");
  });

  it("keeps a revoked mandate revoked while the next debit is on its way", () => {
    const failed = debit("py_1", "2026-10-01", { status: "failed", failureCode: "debit_not_authorized" });
    const next = debit("py_2", "2026-11-02", { status: "pending" });
    expect(troubleOf(of(failed, next)).debit).toMatchObject({ state: "pending", mandate: "revoked" });
  });

  it("by a new bank account has a mandate of its own", () => {
    const failed = debit("py_1", "2026-10-01", { status: "failed", failureCode: "debit_not_authorized" });
    const next = debit("py_2", "2026-11-02", { status: "pending", paymentMethodId: "pm_new" });
    expect(troubleOf(of(failed, next)).debit).toMatchObject({ state: "pending", mandate: "unknown" });
  });

  it("is still told of when a card was charged since", () => {
    expect(troubleOf(of(debit("py_1", "2026-10-01"), charge("ch_2", "2026-11-01"))).debit?.state).toBe("settled");
  });
});

describe("a Bacs debit", () => {
  it("takes longer the first time", () => {
    const bacs = { methodType: "bacs_debit", paymentMethodId: "pm_uk", status: "pending" };
    const first = charge("py_1", "2026-11-10", bacs);
    expect(textOf(troubleOf(of(first)).debit?.expectedAtS)).toBe("2026-11-18");
    expect(
      textOf(troubleOf(of(charge("py_0", "2026-10-10", { ...bacs, status: "succeeded" }), first)).debit?.expectedAtS),
    ).toBe("2026-11-13");
  });
});

const someDay = fc.integer({ min: 1, max: 28 }).map((day) => `2026-11-${String(day).padStart(2, "0")}`);
const someAttempts = fc
  .array(
    fc.record({
      day: someDay,
      status: fc.constantFrom("succeeded", "failed", "pending"),
      methodType: fc.constantFrom("card", "sepa_debit", "bacs_debit"),
      failureCode: fc.constantFrom(null, "insufficient_funds", "debit_not_authorized", "card_declined"),
      paymentIntentId: fc.constantFrom(null, "pi_1", "pi_2"),
      paymentMethodId: fc.constantFrom(null, "pm_1", "pm_2"),
      disputed: fc.option(fc.constantFrom("general", "insufficient_funds", "debit_not_authorized"), { nil: null }),
      disputeStatus: fc.constantFrom("lost", "won", "warning_closed"),
    }),
    { maxLength: 7 },
  )
  .map((all) =>
    all.flatMap(({ day, disputed, disputeStatus, ...facts }, index) => [
      charge(`ch_${index}`, day, facts),
      ...(disputed === null ? [] : [dispute(`ch_${index}`, day, { reason: disputed, status: disputeStatus })]),
    ]),
  );

describe("a mandate", () => {
  const mandate = (status: string, day: string, paymentMethodId = "pm_iban"): Mandate =>
    aCopy("mandate", { status, paymentMethodId }, { asOfS: atS(day) });
  const failed = debit("py_1", "2026-11-10", { ...returned });

  it("that Stripe calls inactive is revoked, and nothing is tried again by it", () => {
    const trouble = troubleOf(of(failed, mandate("inactive", "2026-11-11")));
    expect(trouble.debit?.mandate).toBe("revoked");
    expect(trouble.paymentFailure).toMatchObject({ class: "insufficient_funds", retriesLeft: 0, retryAtS: null });
  });

  it("that is active again after the last answer of a bank is usable", () => {
    const refused = debit("py_1", "2026-11-10", { status: "failed", failureCode: "debit_not_authorized" });
    expect(troubleOf(of(refused)).debit?.mandate).toBe("revoked");
    expect(troubleOf(of(refused, mandate("active", "2026-11-09"))).debit?.mandate).toBe("revoked");
    expect(troubleOf(of(refused, mandate("active", "2026-11-12"))).debit?.mandate).toBe("usable");
  });

  it("of another bank account says nothing", () => {
    expect(troubleOf(of(failed, mandate("inactive", "2026-11-11", "pm_other"))).debit?.mandate).toBe("unknown");
  });
});

describe("the day of the debit", () => {
  it.each([
    ["2026-11-16", Date.UTC(2026, 10, 16) / 1000],
    ["soon", null],
    ["2026-13-40", null],
    [null, null],
  ])("that Stripe announced as %s", (debitDate, debitDayS) => {
    expect(troubleOf(of(debit("py_1", "2026-11-10", { status: "pending", debitDate }))).debit?.debitDayS).toBe(
      debitDayS,
    );
  });
});

describe("whatever happens", () => {
  it("the order in which we learn of it changes nothing", () => {
    fc.assert(
      fc.property(
        someAttempts.chain((copies) =>
          fc.tuple(fc.constant(copies), fc.shuffledSubarray(copies, { minLength: copies.length })),
        ),
        ([copies, shuffled]) => {
          expect(troubleOf(of(...shuffled))).toEqual(troubleOf(of(...copies)));
        },
      ),
    );
  });

  it("the grounds alone say the same", () => {
    fc.assert(
      fc.property(someAttempts, (copies) => {
        const all = of(...copies);
        expect(troubleOf(of(...failureGrounds(all))).paymentFailure).toEqual(troubleOf(all).paymentFailure);
        expect(troubleOf(of(...debitGrounds(all))).debit).toEqual(troubleOf(all).debit);
      }),
    );
  });

  it("nobody is told of a failure while the latest attempt is on its way", () => {
    fc.assert(
      fc.property(someAttempts, (copies) => {
        const pending = debit("py_last", "2026-12-01", { status: "pending" });
        expect(troubleOf(of(...copies, pending)).paymentFailure).toBeNull();
      }),
    );
  });

  it("another attempt is proposed only after the failure, and never without a budget", () => {
    fc.assert(
      fc.property(someAttempts, (copies) => {
        const { paymentFailure } = troubleOf(of(...copies));
        if (!paymentFailure) return;
        expect(paymentFailure.retryAtS === null).toBe(paymentFailure.retriesLeft === 0);
        const [first] = failureGrounds(of(...copies));
        if (paymentFailure.retryAtS !== null && first?.kind === "charge") {
          expect(paymentFailure.retryAtS).toBeGreaterThan(first.facts.createdS);
        }
      }),
    );
  });
});
