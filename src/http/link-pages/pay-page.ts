/** The page on which a customer pays an open invoice: what it is, why it did not work, and one button. */
import type { CustomerAction } from "../../links/action.ts";
import { dayText, moneyText } from "../../links/format.ts";
import type { PayRefusal } from "../../links/guards.ts";
import type { LinkLanguage } from "../../links/language.ts";
import { fill, textsIn } from "../../links/texts.ts";
import type { Payable } from "../../pipeline/customer-actions.ts";
import type { OwedInvoice } from "../../stripe/owed-invoices.ts";
import { confirmForm, wayOn, type Page } from "./frame.ts";
import { html, type Markup } from "./html.ts";

export type PayContext = {
  readonly language: LinkLanguage;
  readonly nowMs: number;
  /** Where the payment method is changed, and this page itself. */
  readonly updateUrl: string;
  readonly ownUrl: string;
};

/** For how long the page says how a click went. */
const freshMs = 3_600_000;

/** What the customer can pay, or why not and what else they can do. */
export function payPage(payable: Payable, context: PayContext): Page {
  const { pay } = textsIn(context.language);
  const { invoice, verdict, actions } = payable;
  const paid = justPaid(actions, context.nowMs);
  if (!invoice && paid)
    return {
      title: pay.paidTitle,
      body: html`<p>${paidText(pay.paid, paid, context)}</p>
        ${ending(context)}`,
    };
  if (verdict.kind === "refused") return refusedPage(payable, verdict.why, context);
  if (!invoice) return refusedPage(payable, "nothing_open", context);
  const amount = amountText(invoice, context.language);
  const fields = { invoice: invoice.id, amount: invoice.remainingMinor };
  const body = html`${paid ? html`<p>${paidText(pay.another, paid, context)}</p>` : null}${clickBlock(payable, context)}${invoiceBlock(invoice, context)}${whyBlock(payable, context)}${confirmForm({ text: fill(pay.button, { amount }), fields })}
    <p class="soft">${pay.charged}</p>
    ${wayOn(context.updateUrl, textsIn(context.language).update.title, "less")}`;
  return { title: pay.title, body };
}

type Remedy = "update" | "invoice" | "again";

/** What helps instead. */
const remedies: Readonly<Partial<Record<PayRefusal, Remedy>>> = {
  by_invoice: "invoice",
  needs_confirmation: "invoice",
  no_method: "update",
  not_curable: "update",
  too_often: "update",
  under_way: "again",
};

function refusedPage(payable: Payable, why: PayRefusal, context: PayContext): Page {
  const { pay } = textsIn(context.language);
  const remedy = remedies[why];
  const rest = remedy && payable.invoice ? remedyBlock(payable, remedy, context) : ending(context);
  return {
    title: pay.titles[why],
    body: html`<p>${pay.refusals[why]}</p>
      ${rest}`,
  };
}

/** What is owed, and the ways on: the one that helps first. */
function remedyBlock(payable: Payable, remedy: Remedy, context: PayContext): Markup {
  const { pay, update } = textsIn(context.language);
  const { invoice } = payable;
  const url = invoice?.hostedUrl ?? null;
  const owed = invoice ? invoiceBlock(invoice, context) : null;
  switch (remedy) {
    case "again":
      return html`${owed}${wayOn(context.ownUrl, pay.again)}`;
    case "invoice":
      return html`${owed}${url === null ? null : wayOn(url, pay.toInvoice)}`;
    case "update": {
      const toInvoice = url === null ? null : wayOn(url, pay.toInvoice, "less");
      return html`${clickBlock(payable, context)}${owed}${whyBlock(payable, context)}${wayOn(context.updateUrl, update.title)}${toInvoice}`;
    }
  }
}

function invoiceBlock(invoice: OwedInvoice, { language }: PayContext): Markup {
  const { pay } = textsIn(language);
  const date = dayText(invoice.createdS * 1000, language);
  const line = invoice.number === null ? date : fill(pay.invoiceOf, { number: invoice.number, date });
  return html`<div class="sum">
    ${pay.invoice}<strong>${amountText(invoice, language)}</strong><span class="soft">${line}</span>
  </div>`;
}

function whyBlock({ failure }: Payable, { language }: PayContext): Markup | null {
  if (!failure) return null;
  return html`<div class="note" role="note">
    <p><b>${textsIn(language).pay.last}</b></p>
    <p>${failure.reason[language]}</p>
  </div>`;
}

/** How the last click on this page went, where that is not to be seen from the invoice. */
function clickBlock({ invoice, actions }: Payable, { language, nowMs }: PayContext): Markup | null {
  const last = actions.find(({ objectId }) => objectId === invoice?.id);
  if (!last || !invoice) return null;
  const { pay } = textsIn(language);
  const isOpen = last.state === "unknown" || last.state === "planned";
  if (!isOpen && last.plannedAt.getTime() < nowMs - freshMs) return null;
  if (isOpen) return status(pay.unknown);
  if (last.outcome === "declined") return status(pay.declined);
  if (last.outcome !== "refused") return null;
  const toInvoice = invoice.hostedUrl === null ? null : wayOn(invoice.hostedUrl, pay.toInvoice, "less");
  return html`${status(pay.notStarted)}${toInvoice}`;
}

function status(text: string): Markup {
  return html`<div class="note" role="status"><p>${text}</p></div>`;
}

function justPaid(actions: readonly CustomerAction[], nowMs: number): CustomerAction | undefined {
  return actions.find(({ outcome, plannedAt }) => outcome === "paid" && plannedAt.getTime() > nowMs - freshMs);
}

function paidText(text: string, { amount }: CustomerAction, { language }: PayContext): string {
  return fill(text, { amount: moneyText(amount, language) });
}

function amountText({ remainingMinor, currency }: OwedInvoice, language: LinkLanguage): string {
  return moneyText({ amountMinor: remainingMinor, currency }, language);
}

function ending({ language }: PayContext): Markup {
  return html`<p class="soft">${textsIn(language).closeWindow}</p>`;
}
