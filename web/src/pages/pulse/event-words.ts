/** A Stripe event type as a person would say it, and whether it is good or bad news. */
import type { i18n as I18n } from "i18next";
import { findText } from "../../i18n/texts.ts";

/** Plain words for an event type; a type without a text of its own is at least made readable. */
export function eventWords(i18n: I18n, type: string): string {
  return findText(i18n, `eventType.${type}`) ?? readable(type);
}

/** `billing.alert.triggered` → `Billing alert triggered`. */
export function readable(name: string): string {
  const words = name.replaceAll(/[._]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export type EventTone = "good" | "bad" | "plain";

const bad = /failed|dispute\.(?:created|funds_withdrawn)|uncollectible|overdue|action_required|requires_action/;
const ended = new Set(["customer.deleted", "customer.subscription.deleted", "customer.subscription.paused"]);
const good = /(?:^|[._])(?:paid|succeeded|resumed|completed|reinstated)$/;
const begun = new Set(["customer.created", "customer.subscription.created"]);

/** Money or a customer won, lost, or neither. */
export function toneOf(type: string): EventTone {
  if (bad.test(type) || ended.has(type)) return "bad";
  return good.test(type) || begun.has(type) ? "good" : "plain";
}
