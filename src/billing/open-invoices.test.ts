/** What is open, and when it is late. */
import { describe, expect, it } from "vitest";
import { aCopy } from "../../test/support/builders.ts";
import type { ChargeFacts, InvoiceFacts } from "../model/stripe-object.ts";
import { openInvoicesOf, type Debtor } from "./open-invoices.ts";

function debtor(
  invoices: readonly Partial<InvoiceFacts>[],
  { status = "active", charge }: { readonly status?: string; readonly charge?: Partial<ChargeFacts> } = {},
): Debtor {
  return {
    invoices: invoices.map((facts, index) =>
      aCopy("invoice", { subscriptionId: "sub_1", ...facts }, { id: `in_${index}` }),
    ),
    subscriptions: [aCopy("subscription", { status }, { id: "sub_1" })],
    charges: charge ? [aCopy("charge", { status: "pending", ...charge })] : [],
  };
}

describe("open invoices", () => {
  it("are added up over all customers", () => {
    expect(openInvoicesOf([debtor([{}, { amountRemainingMinor: 250 }]), debtor([{}])]).total).toEqual({
      amountMinor: 2250,
      currency: "eur",
    });
  });

  it("of several currencies are not", () => {
    expect(openInvoicesOf([debtor([{}, { currency: "usd" }])]).total).toEqual({
      unknown: expect.stringContaining("several currencies"),
    });
  });

  it.each<Partial<InvoiceFacts>>([
    { status: "paid" },
    { status: "draft" },
    { amountRemainingMinor: 0 },
    { isToBeCollected: true },
  ])("do not include %j", (facts) => {
    expect(openInvoicesOf([debtor([{ ...facts, attemptCount: 1 }], { status: "past_due" })])).toEqual({
      total: null,
      pastDue: false,
      oldest: null,
    });
  });
});

describe("an open invoice", () => {
  const seenS = aCopy("invoice").asOfS;

  it.each<[string, Debtor, boolean]>([
    ["that was just made", debtor([{}]), false],
    ["after a failed attempt", debtor([{ attemptCount: 1 }]), true],
    ["while its debit is on its way", debtor([{ attemptCount: 1 }], { charge: {} }), false],
    ["while a debit of another amount is", debtor([{ attemptCount: 1 }], { charge: { amountMinor: 5 } }), true],
    ["while a debit of another currency is", debtor([{ attemptCount: 1 }], { charge: { currency: "usd" } }), true],
    ["while an older debit is", debtor([{ attemptCount: 1 }], { charge: { createdS: 1 } }), true],
    ["of a subscription that is past due", debtor([{}], { status: "past_due" }), true],
    ["of a subscription that is unpaid", debtor([{}], { status: "unpaid" }), true],
    ["seen before its due date", debtor([{ dueDateS: seenS + 1 }]), false],
    ["seen after its due date", debtor([{ dueDateS: seenS - 1 }]), true],
  ])("%s: late is %s", (_which, one, pastDue) => {
    expect(openInvoicesOf([one]).pastDue).toBe(pastDue);
  });
});
