/** Writes the texts of rules for one customer: in their language, with what is known, and with links of their own. */
import { ruleLanguages, type RuleLanguage, type RulesDocument, type RuleText } from "../../contract/rule.ts";
import type { SavingsReceipt } from "../../contract/savings.ts";
import { baseAttributes } from "../mapping/preset.ts";
import type { AttributeValue } from "../model/contact.ts";
import { fromMajor, type Money } from "../model/money.ts";
import type { Profile } from "../model/profile.ts";
import type { Trigger } from "../rules/run.ts";
import { variablesOf } from "../rules/texts/check.ts";
import { businessNameIn } from "../rules/texts/business-name.ts";
import { firstNameOf, isFamilyFirst, looksLikeAddress } from "../rules/texts/first-name.ts";
import { renderText, type LackingText, type TextChannel, type WrittenText } from "../rules/texts/render.ts";
import { linkPurposes, type TextFact, type TextFacts } from "../rules/texts/scope.ts";
import { ruleVocabulary, namedAges } from "./rule-vocabulary.ts";

export type LinkName = (typeof linkPurposes)[number];

/** What has to be fetched, and is only for texts that name it. */
export type TextSources = {
  /** A link for this customer; null when there can be none. */
  readonly link: (purpose: LinkName) => Promise<string | null>;
  /** What they would save; null when that cannot be said. */
  readonly saving: () => Promise<SavingFacts | null>;
};

/** A link that leads nowhere: whoever has a real one acts in the customer's name. */
export function exampleLink(purpose: LinkName): string {
  return `https://example.com/${purpose}`;
}

/** The same sources for what is only to be looked at: links are examples, where there could be real ones. */
export function withExampleLinks({ link, saving }: TextSources): TextSources {
  return { saving, link: async (purpose) => ((await link(purpose)) === null ? null : exampleLink(purpose)) };
}

/** What a customer would save under the plan that saves most. */
export type SavingFacts = {
  readonly per_month: Money;
  readonly per_year: Money;
  readonly plan: string;
  readonly current_plan?: string;
};

/** To whom, and about what. */
export type Telling = {
  readonly document: Pick<RulesDocument, "business" | "language" | "texts">;
  readonly profile: Profile;
  readonly trigger: Trigger;
  readonly nowS: number;
  readonly timeZone: string;
};

/** The language that a customer is written to: their own when there are texts in it, else the document's. */
export function languageOf(locale: string | null, fallback: RuleLanguage): RuleLanguage {
  const own = locale?.slice(0, 2).toLowerCase();
  return ruleLanguages.find((language) => language === own) ?? fallback;
}

/** How a text is written; teammates read the document's language, customers their own. */
export type Writing = {
  readonly channel: TextChannel;
  readonly sources: TextSources;
  readonly reader: "customer" | "teammate";
};

/** Writes a text by its name. Answers what is missing when a part of it is not known; then it is not to be sent. */
export async function writeText(
  telling: Telling,
  name: string,
  { sources, ...way }: Writing,
): Promise<WrittenText | LackingText> {
  const chosen = textFor(telling, name, way.reader);
  return chosen === null ? lacking(name) : render(telling, { ...chosen, ...way }, await fetched(chosen.text, sources));
}

/** Writes a text with these facts instead of what would have to be fetched. */
export function writeTextWith(
  telling: Telling,
  name: string,
  { facts, ...way }: Omit<Writing, "sources"> & { readonly facts: TextFacts },
): WrittenText | LackingText {
  const chosen = textFor(telling, name, way.reader);
  return chosen === null ? lacking(name) : render(telling, { ...chosen, ...way }, facts);
}

type Chosen = { readonly text: RuleText; readonly language: RuleLanguage };

function textFor({ document, profile }: Telling, name: string, reader: Writing["reader"]): Chosen | null {
  const wanted = reader === "customer" ? languageOf(profile.locale, document.language) : document.language;
  const texts = document.texts[name];
  const language = texts?.[wanted] ? wanted : document.language;
  const text = texts?.[language];
  return text ? { text, language } : null;
}

function lacking(name: string): LackingText {
  return { missing: [`the text “${name}”`] };
}

function render(
  telling: Telling,
  { text, language, channel }: Chosen & Pick<Writing, "channel">,
  facts: TextFacts,
): WrittenText | LackingText {
  const { timeZone, nowS } = telling;
  return renderText(text, { ...textFactsOf(telling, language), ...facts }, { channel, language, timeZone, nowS });
}

async function fetched(text: RuleText, sources: TextSources): Promise<TextFacts> {
  const named = variablesOf(text);
  const links = linkPurposes.filter((purpose) => named.includes(`link.${purpose}`));
  const made = await Promise.all(links.map(async (purpose) => [purpose, await sources.link(purpose)] as const));
  const saving = named.some((one) => one.startsWith("saving.")) ? await sources.saving() : null;
  const known = made.flatMap(([purpose, url]): [string, string][] => (url === null ? [] : [[purpose, url]]));
  return { link: Object.fromEntries(known), saving: saving ?? {} };
}

/** What a text may name without anything being fetched. */
export function textFactsOf({ document, profile, trigger, nowS }: Telling, language: RuleLanguage): TextFacts {
  const { name, paymentFailure } = profile;
  const firstName = isFamilyFirst(profile) ? null : firstNameOf(name);
  const failure = paymentFailure && {
    reason: paymentFailure.reason[language],
    advice: paymentFailure.advice[language],
  };
  return {
    // Mail programs make links of what looks like an address.
    customer: {
      ...(name === null || looksLikeAddress(name) ? {} : { name }),
      ...(firstName === null ? {} : { first_name: firstName }),
    },
    business: { name: businessNameIn(language, document.business.name) },
    profile: { ...profileFacts(profile), metadata: profile.metadata },
    ages: namedAges(profile, nowS),
    moment: momentFacts(trigger),
    failure: failure ?? {},
  };
}

function profileFacts(profile: Profile): Readonly<Record<string, TextFact>> {
  const values = new Map(baseAttributes.map(({ key, value }) => [key, value(profile)]));
  const facts = baseAttributes.flatMap(({ key, type, currencyKey }): [string, TextFact][] => {
    const fact = factOf(values.get(key) ?? null, {
      isDate: type === "date",
      currency: currencyKey === undefined ? undefined : (values.get(currencyKey) ?? null),
    });
    return fact === null ? [] : [[key, fact]];
  });
  return Object.fromEntries(facts);
}

function factOf(
  value: AttributeValue,
  { isDate, currency }: { readonly isDate: boolean; readonly currency: AttributeValue | undefined },
): TextFact | null {
  if (currency !== undefined) {
    return typeof value === "number" && typeof currency === "string" ? fromMajor(value, currency.toLowerCase()) : null;
  }
  return isDate && typeof value === "number" ? { atS: value } : value;
}

/** An amount of a moment is written with its currency. */
function momentFacts({ kind, name, facts }: Trigger): Readonly<Record<string, TextFact>> {
  const types = kind === "moment" ? ruleVocabulary.moments[name] : undefined;
  const written = Object.entries(facts).map(([key, value]): [string, TextFact] => [
    key,
    types?.[key] === "date" && typeof value === "number" ? { atS: value } : value,
  ]);
  const { amount, currency } = facts;
  const isAmount = typeof amount === "number" && typeof currency === "string";
  return { ...Object.fromEntries(written), ...(isAmount ? { amount: fromMajor(amount, currency.toLowerCase()) } : {}) };
}

/** What a receipt says for a message: null unless a plan is recommended and the saving is known. */
export function savingOf({ candidates, recommended, currency, currentPlan }: SavingsReceipt): SavingFacts | null {
  const best = candidates.find(({ planId }) => planId === recommended);
  const difference = best?.periods.find((period) => period.difference !== null)?.difference;
  if (!best || !difference || currency === null) return null;
  const [monthMinor, yearMinor] = [Number(difference.monthMinor), Number(difference.yearMinor)];
  if (monthMinor >= 0 || yearMinor >= 0) return null;
  const saved = (minor: number): Money => ({ amountMinor: Math.floor(-minor), currency: currency.toLowerCase() });
  return {
    per_month: saved(monthMinor),
    per_year: saved(yearMinor),
    plan: best.name,
    ...(currentPlan === null ? {} : { current_plan: currentPlan.name }),
  };
}
