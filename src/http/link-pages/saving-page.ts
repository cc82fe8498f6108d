/** The page that shows a customer what another plan would save them, line by line, as the receipt has it. */
import type { CandidatePlan, ComparedPeriod, SavingsReceipt } from "../../../contract/savings.ts";
import { moneyText } from "../../links/format.ts";
import type { LinkLanguage } from "../../links/language.ts";
import { savingRefusal } from "../../links/saving-words.ts";
import { fill, textsIn } from "../../links/texts.ts";
import type { SavingView } from "../../pipeline/links.ts";
import { confirmForm, plainPage, wayOn, type Page } from "./frame.ts";
import { html, type Markup } from "./html.ts";
import { breakEvenBlock, howBlock, periodBlock, type Compared, type Words } from "./saving-receipt.ts";

/** What is saved and what that rests on; or in words why nothing is said. `switchUrl` leads to the change of plans. */
export function savingPage({ receipt, verdict }: SavingView, language: LinkLanguage, switchUrl: string): Page {
  const found = recommendation(receipt);
  if (!found) return nothingPage(receipt, language);
  const { saving, switch: change } = textsIn(language);
  const words = { language, currency: receipt.currency ?? "" };
  const onward = verdict.kind === "allowed" ? wayOn(switchUrl, fill(change.title, { plan: found.plan.name })) : null;
  const body = html`${summary(receipt, found, words)}${onward}${found.periods.map((period) => periodBlock({ receipt, plan: found.plan.name, period }, words))}${breakEvenBlock(receipt, found.plan, words)}${howBlock(receipt, language)}`;
  return { title: fill(saving.title, { amount: lessText(found.leastYearMinor, words) }), body };
}

/** What is going to change, before Stripe's page on which it is confirmed. */
export function switchPage({ receipt, verdict }: SavingView, language: LinkLanguage, savingUrl: string): Page {
  const found = recommendation(receipt);
  const { switch: change, saving } = textsIn(language);
  if (verdict.kind === "refused" || !found) {
    const why = verdict.kind === "refused" ? verdict.why : "nothing_better";
    if (why === "nothing_better") return nothingPage(receipt, language);
    return {
      title: change.refusedTitle,
      body: html`<p>${change.refusals[why]}</p>
        ${wayOn(savingUrl, change.toSaving, "less")}`,
    };
  }
  const words = { language, currency: receipt.currency ?? "" };
  const body = html`<p>${fill(change.lead, { current: receipt.currentPlan?.name ?? "" })}</p>
    ${saved(found, words)}
    <p>${change.when}</p>
    ${confirmForm({ text: change.button })}${wayOn(savingUrl, change.toSaving, "less")}
    <p class="soft">${saving.taxes}</p>`;
  return { title: fill(change.title, { plan: found.plan.name }), body };
}

/** After Stripe's page. */
export function switchDonePage(language: LinkLanguage): Page {
  const { switch: change, closeWindow } = textsIn(language);
  return plainPage(change.doneTitle, change.done, closeWindow);
}

/** Stripe has no page for it. */
export function switchNowherePage(language: LinkLanguage): Page {
  const { switch: change } = textsIn(language);
  return plainPage(change.refusedTitle, change.nowhere);
}

type Found = { readonly plan: CandidatePlan; readonly periods: readonly Compared[]; readonly leastYearMinor: number };

/** The plan that the receipt recommends; what is promised is the smaller saving of its periods. */
function recommendation({ candidates, recommended }: SavingsReceipt): Found | null {
  const plan = candidates.find(({ planId }) => planId === recommended);
  const periods = plan?.periods.filter(isCompared) ?? [];
  if (!plan || periods.length === 0) return null;
  return { plan, periods, leastYearMinor: Math.max(...periods.map(({ difference }) => difference.yearMinor)) };
}

function isCompared(period: ComparedPeriod): period is Compared {
  return period.bill !== null && period.difference !== null;
}

function nothingPage({ refusal, outcome }: SavingsReceipt, language: LinkLanguage): Page {
  const { saving, refusedSaving } = textsIn(language);
  if (outcome === "refused") return plainPage(saving.unsaidTitle, refusedSaving[savingRefusal(refusal?.code ?? "")]);
  return plainPage(saving.noneTitle, saving.none);
}

function summary({ currentPlan }: SavingsReceipt, found: Found, words: Words): Markup {
  const { saving } = textsIn(words.language);
  const names = { plan: found.plan.name, current: currentPlan?.name ?? "" };
  return html`<p>${fill(saving.with, names)}</p>
    ${saved(found, words)}`;
}

function saved({ periods, leastYearMinor }: Found, words: Words): Markup {
  const { saving } = textsIn(words.language);
  const month = Math.max(...periods.map(({ difference }) => difference.monthMinor));
  const less = fill(saving.less, { month: lessText(month, words) });
  return html`<div class="sum"><strong>${lessText(leastYearMinor, words)}</strong>${less}</div>`;
}

/** Below zero is saved. */
function lessText(differenceMinor: number, { currency, language }: Words): string {
  return moneyText({ amountMinor: Math.abs(differenceMinor), currency }, language);
}
