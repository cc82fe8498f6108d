import i18next from "i18next";
import { describe, expect, it } from "vitest";
import de from "../../i18n/de.json";
import en from "../../i18n/en.json";
import { eventWords, toneOf } from "./event-words.ts";

const i18n = i18next.createInstance();
await i18n.init({ lng: "en", resources: { en: { translation: en }, de: { translation: de } } });

describe("eventWords", () => {
  it("says an event type in plain words", () => {
    expect(eventWords(i18n, "invoice.payment_failed")).toBe("Payment failed");
    expect(eventWords(i18n, "customer.created")).toBe("New customer");
  });

  it("makes an unknown type readable", () => {
    expect(eventWords(i18n, "billing.alert.triggered")).toBe("Billing alert triggered");
    expect(eventWords(i18n, "customer")).toBe("Customer");
  });
});

describe("toneOf", () => {
  it.each([
    ["invoice.payment_failed", "bad"],
    ["payment_intent.requires_action", "bad"],
    ["charge.dispute.funds_withdrawn", "bad"],
    ["customer.subscription.deleted", "bad"],
    ["invoice.paid", "good"],
    ["checkout.session.async_payment_succeeded", "good"],
    ["customer.subscription.created", "good"],
    ["customer.updated", "plain"],
    ["charge.dispute.closed", "plain"],
  ])("takes %s as %s news", (type, tone) => {
    expect(toneOf(type)).toBe(tone);
  });
});
