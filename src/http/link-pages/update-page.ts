/** The pages around Stripe's own on which a customer changes the payment method. */
import type { LinkLanguage } from "../../links/language.ts";
import { textsIn } from "../../links/texts.ts";
import { confirmForm, plainPage, wayOn, type Page } from "./frame.ts";
import { html } from "./html.ts";

/** Before: what is going to happen. */
export function updatePage(language: LinkLanguage): Page {
  const { title, lead, button } = textsIn(language).update;
  return {
    title,
    body: html`<p>${lead}</p>
      ${confirmForm({ text: button })}`,
  };
}

/** After; `payUrl` leads on where an invoice is open that can be paid now. */
export function updateDonePage(language: LinkLanguage, payUrl: string | null): Page {
  const { update, pay, closeWindow } = textsIn(language);
  const onward =
    payUrl === null
      ? html`<p class="soft">${closeWindow}</p>`
      : html`<p>${update.doneOpen}</p>
          ${wayOn(payUrl, pay.title)}`;
  return {
    title: update.doneTitle,
    body: html`<p>${update.done}</p>
      ${onward}`,
  };
}

/** Stripe has no page for it, and there is no invoice either. */
export function updateNowherePage(language: LinkLanguage): Page {
  const { title, nowhere } = textsIn(language).update;
  return plainPage(title, nowhere);
}
