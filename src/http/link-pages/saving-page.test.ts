/** What a customer reads of a receipt. */
import { describe, expect, it } from "vitest";
import type { SavingsReceipt } from "../../../contract/savings.ts";
import {
  aQuestion,
  documents,
  lastReading,
  presentReading,
  seats,
  type Scene,
} from "../../../test/support/savings-scene.ts";
import { computeSavings } from "../../billing/savings/compare.ts";
import { shownReceipt, toReceipt } from "../../billing/savings/receipt.ts";
import type { SwitchVerdict } from "../../links/guards.ts";
import { framed } from "./frame.ts";
import { savingPage, switchPage } from "./saving-page.ts";

const little: Scene = { ...documents, readings: [lastReading("900"), presentReading("500")] };
const allowed: SwitchVerdict = { kind: "allowed", change: { id: "si_1", price: "block", quantity: 7 } };
const several: SwitchVerdict = { kind: "refused", why: "several_items" };
const to = "https://dunlin.example/l/other";

function receiptOf(scene: Scene): SavingsReceipt {
  const question = aQuestion(scene);
  const body = toReceipt(computeSavings(question), { account: "main", customerId: "cus_1", plansVersion: 1 }, question);
  return shownReceipt(body, { createdAt: "2026-11-22T09:00:00.000Z", confirmation: null });
}

function shown(page: Parameters<typeof framed>[0], language: "en" | "de" = "de"): string {
  return framed(page, { language, business: null }).replace(/<style>.*<\/style>/s, "");
}

function textOf(document: string): string {
  return document
    .replace(/<[^>]*>/g, " ")
    .replaceAll("\u00a0", " ")
    .replace(/\s+/g, " ");
}

describe("the page of a saving", () => {
  it("promises the smaller of the two savings, and shows both periods line by line", () => {
    const text = textOf(shown(savingPage({ receipt: receiptOf(little), verdict: several }, "de", to)));
    expect(text).toContain("Sie würden 180,00 € im Jahr sparen");
    expect(text).toContain("mit dem Tarif „Plan light“ statt „Plan team“");
    expect(text).toContain("Mit dem, was Sie im letzten Zeitraum genutzt haben");
    expect(text).toContain("Mit dem, worauf dieser Zeitraum hinausläuft");
    expect(text).toContain("180,00 € weniger im Jahr, das sind 15,00 € im Monat");
    expect(text).toContain("900, im Monat");
    expect(text).toContain("Unterschied im Jahr -186,00 €");
    expect(text).toMatch(/Beleg sav_\w+ vom 22\. November 2026/);
    expect(text).toMatch(/Mit 0 bis [\d.]+ Documents ist „Plan light“ günstiger/);
  });

  it("leads to the change only where Stripe's page can make it", () => {
    const receipt = receiptOf(seats);
    expect(shown(savingPage({ receipt, verdict: allowed }, "en", to))).toContain(`href="${to}"`);
    expect(shown(savingPage({ receipt, verdict: several }, "en", to))).not.toContain(`href="${to}"`);
  });

  it("sums up by the month what comes at another interval, and says no word that nobody has given", () => {
    const receipt = receiptOf(seats);
    const candidates = receipt.candidates.map((plan) => ({
      ...plan,
      breakEven: plan.breakEven && { ...plan.breakEven, name: "base" },
      periods: plan.periods.map((period) => ({
        ...period,
        bill: period.bill && {
          ...period.bill,
          lines: period.bill.lines.map((line) => ({ ...line, interval: "year" as const })),
        },
      })),
    }));
    const text = textOf(shown(savingPage({ receipt: { ...receipt, candidates }, verdict: several }, "en", to), "en"));
    expect(text).toContain("With what you have today");
    expect(text).toMatch(/Today: .*Each period .*Then: .*Which is, a month/);
    expect(text).not.toContain("base");
  });

  it("says so when no plan costs less", () => {
    const receipt = receiptOf({ ...seats, items: [{ priceId: "single", quantity: 2 }] });
    const refused = { kind: "refused", why: "nothing_better" } as const;
    for (const page of [savingPage, switchPage])
      expect(textOf(shown(page({ receipt, verdict: refused }, "en", to)))).toContain("Your plan is the right one");
  });

  it("keeps the operator's reasons from the customer", () => {
    const receipt = receiptOf({ ...seats, subscription: { collectionPaused: true } });
    const text = textOf(shown(savingPage({ receipt, verdict: several }, "de", to)));
    expect(text).toContain("Wir möchten nicht raten");
    expect(text).not.toContain("Einzug");
  });

  it("escapes names", () => {
    const plans = [
      { id: "single", name: "<b>Single & co</b>", prices: ["single"] },
      { id: "block", name: '<img src="x">', prices: ["block"] },
    ];
    const page = shown(savingPage({ receipt: receiptOf({ ...seats, plans }), verdict: allowed }, "en", to));
    expect(page).toContain("&lt;b&gt;Single &amp; co&lt;/b&gt;");
    expect(page).not.toMatch(/<b>Single|<img/);
  });
});

describe("the page of a change of plans", () => {
  it("says what changes and that nothing does before Stripe's page, behind a button", () => {
    const page = shown(switchPage({ receipt: receiptOf(seats), verdict: allowed }, "de", to));
    expect(textOf(page)).toContain("Zu „Plan block“ wechseln");
    expect(textOf(page)).toContain("252,00 € weniger im Jahr");
    expect(page).toContain('<form method="post">');
  });

  it("says who can make the change where Stripe's page cannot", () => {
    const page = shown(switchPage({ receipt: receiptOf(little), verdict: several }, "en", to));
    expect(page).not.toContain("<form");
    expect(textOf(page)).toContain("reply to our message");
  });
});
