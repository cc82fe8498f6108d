/** The parts of a receipt that a customer can follow: what is billed today, what would be, and from where on it is less. */
import type {
  Bill,
  BillLine,
  BreakEven,
  CandidatePlan,
  ComparedPeriod,
  SavingsReceipt,
} from "../../../contract/savings.ts";
import { dayText, moneyText, numberText } from "../../links/format.ts";
import type { LinkLanguage } from "../../links/language.ts";
import { fill, textsIn } from "../../links/texts.ts";
import { html, type Markup } from "./html.ts";

export type Words = { readonly language: LinkLanguage; readonly currency: string };

/** A period in which the other plan could be compared. */
export type Compared = ComparedPeriod & {
  readonly bill: Bill;
  readonly difference: NonNullable<ComparedPeriod["difference"]>;
};

type Period = { readonly receipt: SavingsReceipt; readonly plan: string; readonly period: Compared };

/** Both bills of one period, line by line, and what a year would differ by. */
export function periodBlock({ receipt, plan, period }: Period, words: Words): Markup {
  const { basis, bill, difference } = period;
  const { saving } = textsIn(words.language);
  const now = receipt.current.find((period) => period.basis === basis);
  const usage = (now?.usage ?? []).map(
    ({ name, value, periodStart, periodEnd }) =>
      html`<p class="soft">
        ${numberText(value, words.language)} ${name},
        ${fill(saving.period, { from: dayText(Date.parse(periodStart), words.language), to: dayText(Date.parse(periodEnd), words.language) })}
      </p>`,
  );
  const title = saving.basis[usage.length > 0 ? basis : "present"];
  const today = now?.bill ?? null;
  const captions = { now: `${saving.now}: ${receipt.currentPlan?.name ?? ""}`, instead: `${saving.instead}: ${plan}` };
  return html`<h2>${title}</h2>
    ${usage}
    <div class="scroll" tabindex="0" role="region" aria-label="${title}">
      ${today && billTable(captions.now, { bill: today, today }, words)}${billTable(captions.instead, { bill, today }, words)}
      <table>
        <tfoot>
          <tr>
            <th scope="row">${saving.difference}</th>
            <td>${money(difference.yearMinor, words)}</td>
          </tr>
        </tfoot>
      </table>
    </div>`;
}

function billTable(
  caption: string,
  { bill, today }: { readonly bill: Bill; readonly today: Bill | null },
  words: Words,
): Markup {
  const { saving } = textsIn(words.language);
  const sum = isAsOften(bill, today)
    ? { label: saving.sum, minor: bill.periodMinor }
    : { label: saving.monthly, minor: bill.monthMinor };
  const discountMinor = bill.invoices
    .flatMap(({ discounts }) => discounts)
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const rows = bill.lines.map(
    (line) =>
      html`<tr>
        <th scope="row">${line.name}<br /><span class="soft">${unitsText(line, words)}</span></th>
        <td>${money(line.amountMinor, words)}</td>
      </tr>`,
  );
  const discount =
    discountMinor === 0
      ? null
      : html`<tr>
          <th scope="row">${saving.discount}</th>
          <td>${money(-Math.abs(discountMinor), words)}</td>
        </tr>`;
  return html`<table>
    <caption>
      ${caption}
    </caption>
    <tbody>
      ${rows}${discount}
    </tbody>
    <tfoot>
      <tr>
        <th scope="row">${sum.label}</th>
        <td>${money(sum.minor, words)}</td>
      </tr>
    </tfoot>
  </table>`;
}

/** Whether each line comes as often as one of today's. */
function isAsOften({ lines }: Bill, today: Bill | null): boolean {
  const known = new Set(today?.lines.map(({ interval, intervalCount }) => `${intervalCount} ${interval}`));
  return today === null || lines.every(({ interval, intervalCount }) => known.has(`${intervalCount} ${interval}`));
}

/** 3 ×, a month; of usage 900, a month. */
function unitsText({ kind, units, interval, intervalCount }: BillLine, words: Words): string {
  const count = numberText(units, words.language);
  return `${count}${kind === "quantity" ? " ×" : ""}, ${intervalText({ interval, intervalCount }, words)}`;
}

function intervalText(
  { interval, intervalCount }: Pick<BillLine, "interval" | "intervalCount">,
  { language }: Words,
): string {
  const { each } = textsIn(language).saving;
  const known = interval === "day" || interval === "week" || interval === "month" || interval === "year";
  if (!known) return interval;
  const [one, many] = each[interval];
  return intervalCount === 1 ? one : fill(many, { count: intervalCount });
}

/** What the quantity of a price counts of which nobody has said it; a customer would not know the word. */
const unnamedQuantity = "base";

/** From where to where the other plan costs less, in the customer's words for what is counted. */
export function breakEvenBlock(
  { current }: SavingsReceipt,
  { name: plan, breakEven }: CandidatePlan,
  { language }: Words,
): Markup | null {
  if (!breakEven || breakEven.cheaper.length === 0 || breakEven.name === unnamedQuantity) return null;
  const { saving } = textsIn(language);
  const ranges = breakEven.cheaper.map((range) => rangeText(range, language)).join(", ");
  const counted = current.flatMap(({ usage }) => usage).find(({ meterId }) => meterId === breakEven.name);
  return html`<p>${fill(saving.breakEven, { plan, ranges, name: counted?.name ?? breakEven.name })}</p>`;
}

function rangeText({ from, to }: BreakEven["cheaper"][number], language: LinkLanguage): string {
  const { saving } = textsIn(language);
  const [low, high] = [from, to].map((bound) => numberText(String(bound ?? 0), language));
  return to === null
    ? fill(saving.cheaperFrom, { from: low ?? "" })
    : fill(saving.cheaperBetween, { from: low ?? "", to: high ?? "" });
}

/** What the figures rest on, and the name that one can ask by. */
export function howBlock({ id, createdAt, confirmation }: SavingsReceipt, language: LinkLanguage): Markup {
  const { saving } = textsIn(language);
  const checked = confirmation?.outcome === "agrees" ? saving.checked : saving.unchecked;
  return html`<details>
    <summary>${saving.how}</summary>
    <p>${checked}</p>
    <p>${saving.taxes}</p>
    <p class="soft">${fill(saving.receipt, { id, date: dayText(Date.parse(createdAt), language) })}</p>
  </details>`;
}

function money(amountMinor: number, { currency, language }: Words): string {
  return moneyText({ amountMinor, currency }, language);
}
