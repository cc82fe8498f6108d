/** How old things are at an instant, and how far off. */
import { describe, expect, it } from "vitest";
import { aProfile } from "../../test/support/builders.ts";
import { agesOf } from "./ages.ts";

const dayS = 86_400;
const nowS = 1_790_000_000;

describe("agesOf", () => {
  it("counts whole days, rounded down, at the given instant", () => {
    const profile = aProfile({
      createdS: nowS - 3 * dayS,
      firstPaymentAtS: nowS - 2 * dayS + 1,
      lastPaidAtS: nowS - 1,
    });
    expect(agesOf(profile, nowS)).toMatchObject({ tenureDays: 3, daysSinceFirstPayment: 1, daysSinceLastPayment: 0 });
    expect(agesOf(profile, nowS + dayS)).toMatchObject({ tenureDays: 4, daysSinceLastPayment: 1 });
  });

  it("is below zero for what has passed", () => {
    const profile = aProfile({
      card: { brand: "visa", expiresAtS: nowS - 1 },
      nextInvoice: { atS: nowS + dayS, amount: { unknown: "Usage." } },
    });
    expect(agesOf(profile, nowS)).toMatchObject({ daysToCardExpiry: -1, daysToNextInvoice: 1 });
  });

  it("is nothing where there is nothing to count from", () => {
    const profile = aProfile({ subscription: null, card: null, lastPaidAtS: null, nextInvoice: { unknown: "None." } });
    expect(agesOf(profile, nowS)).toMatchObject({
      daysSinceLastPayment: null,
      daysToPeriodEnd: null,
      daysToTrialEnd: null,
      daysToCancellation: null,
      daysToNextInvoice: null,
      daysToCardExpiry: null,
      daysInvoiceOpen: null,
    });
  });
});
