/** Station billing: why nothing is said about a saving. Each reason has a code for programs and a sentence for people. */
import type { Refusal } from "../../../contract/savings.ts";

const sentences = {
  // About the customer: nothing can be compared.
  no_plans: {
    en: "There is no plans document yet; save one with `dunlin plans apply`.",
    de: "Es gibt noch kein Plandokument; `dunlin plans apply` speichert eines.",
  },
  no_subscription: {
    en: "The customer has no subscription that is billed.",
    de: "Der Kunde hat kein Abonnement, das abgerechnet wird.",
  },
  subscription_unknown: {
    en: "The customer has no billed subscription {subscription}.",
    de: "Der Kunde hat kein abgerechnetes Abonnement {subscription}.",
  },
  several_subscriptions: {
    en: "The customer has several subscriptions that are billed ({subscriptions}); name one of them.",
    de: "Der Kunde hat mehrere abgerechnete Abonnements ({subscriptions}); eines davon muss genannt werden.",
  },
  collection_paused: {
    en: "The collection of the subscription's invoices is paused.",
    de: "Der Einzug der Rechnungen des Abonnements ist ausgesetzt.",
  },
  subscription_ends: {
    en: "The subscription is going to end, so that nothing would be saved.",
    de: "Das Abonnement läuft aus, sodass nichts gespart würde.",
  },
  scheduled: {
    en: "A schedule, or the end of an item's own trial, may change the subscription.",
    de: "Ein Zeitplan oder das Ende der Probezeit eines einzelnen Postens kann das Abonnement ändern.",
  },
  copy_outdated: {
    en: "The subscription's period is over and its renewal is not known yet; ask again in a moment.",
    de: "Der Zeitraum des Abonnements ist vorbei und die Verlängerung noch nicht bekannt; bitte gleich noch einmal fragen.",
  },
  plan_unknown: {
    en: "The subscription's prices are no plan of the plans document.",
    de: "Die Preise des Abonnements sind kein Plan des Plandokuments.",
  },
  plan_ambiguous: {
    en: "The subscription's prices fit several plans: {plans}.",
    de: "Die Preise des Abonnements passen auf mehrere Pläne: {plans}.",
  },

  // About prices.
  price_unknown: {
    en: "The price {price} is not known.",
    de: "Der Preis {price} ist nicht bekannt.",
  },
  price_inactive: {
    en: "The price {price} is not active any more.",
    de: "Der Preis {price} ist nicht mehr aktiv.",
  },
  tiers_unknown: {
    en: "The tiers of the price {price} are not known.",
    de: "Die Staffeln des Preises {price} sind nicht bekannt.",
  },
  custom_amount: {
    en: "The customer chooses the amount of the price {price}.",
    de: "Den Betrag des Preises {price} bestimmt der Kunde selbst.",
  },
  price_unusable: {
    en: "The price {price} cannot be reckoned with: {detail}",
    de: "Mit dem Preis {price} lässt sich nicht rechnen ({detail})",
  },
  not_recurring: {
    en: "The price {price} is paid once and not at an interval that is known.",
    de: "Der Preis {price} wird nicht in einem bekannten Abstand abgerechnet.",
  },
  currencies_differ: {
    en: "The price {price} is in {other}, the subscription in {currency}, and no amount of the price in that is known.",
    de: "Der Preis {price} ist in {other}, das Abonnement in {currency}, und ein Betrag des Preises darin ist nicht bekannt.",
  },
  out_of_range: {
    en: "The amounts are out of range.",
    de: "Die Beträge liegen außerhalb dessen, was sich genau rechnen lässt.",
  },
  rounding_unknown: {
    en: "How Stripe rounds the amounts is not known. {detail}",
    de: "Wie Stripe die Beträge rundet, ist nicht bekannt. ({detail})",
  },
  tax_unknown: {
    en: "Tax is added or contained, and which of both is not known of the price {price}.",
    de: "Es fällt Steuer an, und ob der Preis {price} sie enthält, ist nicht bekannt.",
  },
  tax_differs: {
    en: "Some of the prices contain tax and others do not.",
    de: "Manche der Preise enthalten Steuer, andere nicht.",
  },

  // About quantities and usage.
  quantity_unknown: {
    en: "The plan needs a quantity of “{role}”, of which the subscription has none.",
    de: "Der Plan braucht eine Anzahl von „{role}“, die das Abonnement nicht hat.",
  },
  quantity_ambiguous: {
    en: "The subscription has several quantities of “{role}”.",
    de: "Das Abonnement hat mehrere Anzahlen von „{role}“.",
  },
  item_lost: {
    en: "The plan has nothing in place of “{role}” (price {price}).",
    de: "Der Plan hat nichts anstelle von „{role}“ (Preis {price}).",
  },
  usage_uncovered: {
    en: "The plan says nothing about the usage of the meter {meter}.",
    de: "Der Plan sagt nichts über die Nutzung des Zählers {meter}.",
  },
  meter_missing: {
    en: "The price {price} is metered and names no meter.",
    de: "Der Preis {price} ist nutzungsabhängig und nennt keinen Zähler.",
  },
  meter_shared: {
    en: "Several prices take the usage of the meter {meter}.",
    de: "Mehrere Preise rechnen die Nutzung des Zählers {meter} ab.",
  },
  usage_unknown: {
    en: "The usage of the meter {meter} in this period is not known.",
    de: "Die Nutzung des Zählers {meter} in diesem Zeitraum ist nicht bekannt.",
  },
  usage_not_settled: {
    en: "The usage of the meter {meter} was last read before the period had ended for good.",
    de: "Die Nutzung des Zählers {meter} wurde zuletzt gelesen, bevor der Zeitraum endgültig vorbei war.",
  },
  usage_too_early: {
    en: "Too little of the period has passed to project the usage of the meter {meter}.",
    de: "Vom Zeitraum ist noch zu wenig vergangen, um die Nutzung des Zählers {meter} hochzurechnen.",
  },
  usage_no_period: {
    en: "The subscription has no complete period yet.",
    de: "Das Abonnement hat noch keinen vollständigen Zeitraum.",
  },
  usage_short_period: {
    en: "The present period is a trial or otherwise not a whole one, so that its usage says little about the next.",
    de: "Der jetzige Zeitraum ist eine Probezeit oder sonst nicht vollständig, sodass seine Nutzung wenig über den nächsten sagt.",
  },
  usage_interval: {
    en: "Usage is billed at different intervals under the two plans.",
    de: "Die Nutzung wird unter den beiden Plänen in verschiedenen Abständen abgerechnet.",
  },

  // About discounts.
  discount_unknown: {
    en: "The terms of the discount {discount} are not known.",
    de: "Die Bedingungen des Rabatts {discount} sind nicht bekannt.",
  },
  discounts_unknown: {
    en: "Which discounts the customer has is not known; the next event or comparison renews the copy.",
    de: "Welche Rabatte der Kunde hat, ist nicht bekannt; das nächste Ereignis oder der nächste Abgleich erneuert die Kopie.",
  },
  discount_once: {
    en: "The discount {discount} is for one invoice, which may have been made already.",
    de: "Der Rabatt {discount} gilt für eine Rechnung, die es schon geben kann.",
  },
  discount_currency: {
    en: "The discount {discount} is an amount of another currency.",
    de: "Der Rabatt {discount} ist ein Betrag in einer anderen Währung.",
  },
  discount_intervals: {
    en: "The discount {discount} is an amount off each invoice, and the prices are billed at different intervals.",
    de: "Der Rabatt {discount} ist ein Betrag je Rechnung, und die Preise werden in verschiedenen Abständen abgerechnet.",
  },
  discount_on_item: {
    en: "An item has a discount of its own, and whether it would outlive the change is not known.",
    de: "Eine Position hat einen eigenen Rabatt, und ob er den Wechsel überdauert, ist nicht bekannt.",
  },

  // Rules of the plans document.
  not_from_plan: {
    en: "The plan is not for customers of the plan {plan}.",
    de: "Der Plan ist nicht für Kunden des Plans {plan}.",
  },
  country: {
    en: "The plan is not for customers from {country}.",
    de: "Der Plan ist nicht für Kunden aus {country}.",
  },
  country_unknown: {
    en: "The plan is for some countries only, and the customer's is not known.",
    de: "Den Plan gibt es nur in bestimmten Ländern, und das Land des Kunden ist nicht bekannt.",
  },

  // After Stripe was asked.
  stripe_disagrees: {
    en: "Stripe's preview of an invoice shows other amounts.",
    de: "Stripes Rechnungsvorschau zeigt andere Beträge.",
  },
} as const satisfies Readonly<Record<string, { readonly en: string; readonly de: string }>>;

export type RefusalCode = keyof typeof sentences;

/** Every code, for the reference page and its test. */
export const refusalCodes: readonly string[] = Object.keys(sentences);

/** The reason with what it is about filled in. */
export function refuse(code: RefusalCode, details: Readonly<Record<string, string>> = {}): Refusal {
  const { en, de } = sentences[code];
  const fill = (text: string): string => text.replace(/\{(\w+)\}/g, (_, name: string) => details[name] ?? "?");
  return { code, en: fill(en), de: fill(de) };
}

/** Whether it is a reason instead of an answer. */
export function isRefusal(value: object): value is Refusal {
  return "code" in value && "en" in value && "de" in value;
}
