/** A receipt of savings as text: the present plan, then every other plan with what it would cost and why. */
import type {
  Bill,
  BreakEven,
  CandidatePlan,
  CurrentPeriod,
  SavingsConfirmation,
  SavingsReceipt,
} from "../../contract/savings.ts";
import { decimalsOf } from "../model/money.ts";
import { counted, countText } from "./numbers.ts";
import { tableLines } from "./table.ts";
import { utcText } from "./times.ts";

/** The whole receipt. */
export function receiptLines(receipt: SavingsReceipt): readonly string[] {
  const { refusal, candidates, current, confirmation } = receipt;
  return [
    ...headLines(receipt),
    "",
    ...(refusal === null ? [] : [`✗ ${refusal.en}`]),
    ...(refusal === null ? current.flatMap((period) => [...sectionLines(period, receipt), ""]) : []),
    ...(refusal === null ? [...endingLines(receipt), ...breakEvenLines(receipt)] : []),
    ...silentLines(candidates),
    ...(refusal === null ? verdictLines(receipt) : []),
    ...confirmationLines(confirmation, receipt),
  ];
}

function headLines({
  id,
  customerId,
  account,
  subscriptionId,
  currentPlan,
  createdAt,
}: SavingsReceipt): readonly string[] {
  const who = [customerId, account === "main" ? null : `account ${account}`, subscriptionId];
  return [
    `Savings of ${who.filter((part) => part !== null).join(" · ")}`,
    `receipt ${id} · ${utcText(createdAt)}${currentPlan === null ? "" : ` · at present on ${currentPlan.name}`}`,
  ];
}

const titles = {
  last: "With the usage of the last period",
  projected: "With what this period comes to at its end",
} as const;

/** One basis: the present bill, then each other plan's. */
function sectionLines(
  period: CurrentPeriod,
  { candidates, current, currency, currentPlan }: SavingsReceipt,
): readonly string[] {
  const { basis, bill, refusal, usage } = period;
  const title = usage.length === 0 && current.length === 1 ? "With the present quantities" : titles[basis];
  if (bill === null) return [title, `  ✗ ${refusal?.en ?? ""}`];
  const money = (minor: number): string => amountText(minor, currency ?? "");
  const others = candidates.flatMap((candidate) => {
    const compared = candidate.periods.find((one) => one.basis === basis);
    if (candidate.outcome !== "compared" || !compared) return [];
    if (!compared.bill || !compared.difference)
      return ["", `  ${candidate.name}`, `    ✗ ${compared.refusal?.en ?? ""}`];
    const { yearMinor, monthMinor } = compared.difference;
    const verb = yearMinor < 0 ? "saves" : "costs";
    const more = yearMinor < 0 ? "" : " more";
    const gap = `${money(Math.abs(monthMinor))}${more} a month, ${money(Math.abs(yearMinor))}${more} a year`;
    const verdict = yearMinor === 0 ? "costs the same" : `${verb} ${gap}`;
    return ["", `  ${candidate.name}: ${verdict}`, ...billLines(compared.bill, { money, period: period.period })];
  });
  return [
    title,
    ...usage.map(({ name, value, measured, periodStart, periodEnd, asOf }) => {
      const days = `${periodStart.slice(0, 10)} to ${periodEnd.slice(0, 10)}`;
      const from = value === measured ? "" : `, projected from ${measured}`;
      return `  ${name}: ${value} (${days}${from}, as of ${utcText(asOf)})`;
    }),
    "",
    `  ${currentPlan?.name ?? "at present"} (at present)`,
    ...billLines(bill, { money, period: period.period }),
    ...others,
  ];
}

type BillText = { readonly money: (minor: number) => string; readonly period: CurrentPeriod["period"] };

/** Line items, discounts, and what it comes to. */
function billLines(bill: Bill, { money, period }: BillText): readonly string[] {
  const items = bill.lines.map((line) => [
    line.kept ? `${line.name} (as it is)` : line.name,
    `${line.units} ×`,
    intervalText(line),
    money(line.amountMinor),
  ]);
  const discounts = bill.invoices.flatMap((invoice) =>
    invoice.discounts
      .filter(({ amountMinor }) => amountMinor !== 0)
      .map(({ id, amountMinor }) => [`discount ${id}`, "", intervalText(invoice), money(-amountMinor)]),
  );
  const sums = [
    ...(isMonth(period) && bill.periodMinor === bill.monthMinor
      ? []
      : [["", "", "this period", money(bill.periodMinor)]]),
    ["", "", "a month", money(bill.monthMinor)],
    ["", "", "a year", money(bill.yearMinor)],
  ];
  return tableLines([...items, ...discounts, ...sums], { right: [1, 3] }).map((line) => `    ${line}`);
}

function isMonth({ interval, intervalCount }: CurrentPeriod["period"]): boolean {
  return interval === "month" && intervalCount === 1;
}

/** Where a month costs more than its period, a discount is about to end. */
function endingLines({ current }: SavingsReceipt): readonly string[] {
  const isEnding = current.some(({ bill, period }) => bill && isMonth(period) && bill.periodMinor < bill.monthMinor);
  return isEnding ? ["A discount that ends is taken off this period, and off no month and no year.", ""] : [];
}

function intervalText({
  interval,
  intervalCount,
}: {
  readonly interval: string;
  readonly intervalCount: number;
}): string {
  return intervalCount === 1 ? `per ${interval}` : `per ${intervalCount} ${interval}s`;
}

function breakEvenLines({ candidates, currentPlan, current }: SavingsReceipt): readonly string[] {
  const names = new Map(current.flatMap(({ usage }) => usage.map(({ meterId, name }) => [meterId, name] as const)));
  const present = currentPlan?.name ?? "the present plan";
  const lines = candidates.flatMap(({ name, breakEven, outcome }) =>
    breakEven === null || outcome !== "compared" ? [] : [`  ${breakEvenText(breakEven, names, { name, present })}`],
  );
  return lines.length === 0 ? [] : ["Break-even", ...lines, ""];
}

/** Packages make many small ranges; the first of them say enough. */
const rangesMax = 3;

/** What a quantity counts of which nobody has said it. */
const unnamedQuantity = "base";

type Compared = { readonly name: string; readonly present: string };

/** In the words of the page that customers see. */
function breakEvenText(
  { name: what, cheaper, searchedTo }: BreakEven,
  names: ReadonlyMap<string, string>,
  { name, present }: Compared,
): string {
  const lookedAt = ` (looked at up to ${countText(searchedTo)})`;
  if (cheaper.length === 0) return `${name} nowhere costs less than ${present}${lookedAt}.`;
  const open = cheaper.map((range) => (range.to === searchedTo ? { ...range, to: null } : range));
  const ranges = open.slice(0, rangesMax).map(rangeText);
  const more = cheaper.length > rangesMax ? `, and in ${cheaper.length - rangesMax} more ranges` : "";
  const bound = cheaper.some(({ to }) => to === searchedTo) ? lookedAt : "";
  const units = what === unnamedQuantity ? "" : ` ${names.get(what) ?? what}`;
  return `With ${units === "" ? "a quantity of " : ""}${ranges.join(", ")}${units}${more}${bound}, ${name} costs less than ${present}.`;
}

function rangeText({ from, to }: BreakEven["cheaper"][number]): string {
  if (to === null) return `${countText(from)} and more`;
  return from === to ? countText(from) : `${countText(from)} to ${countText(to)}`;
}

/** Plans about which nothing is said, and why; those in other currencies are nobody's news. */
function silentLines(candidates: readonly CandidatePlan[]): readonly string[] {
  const silent = candidates.filter(({ outcome }) => outcome !== "compared");
  const foreign = silent.filter(({ refusal }) => refusal?.code === "currencies_differ");
  const lines = silent
    .filter((candidate) => !foreign.includes(candidate))
    .map(({ name, refusal, outcome }) => `${outcome === "refused" ? "✗" : "–"} ${name}: ${refusal?.en ?? ""}`);
  const others = foreign.length === 0 ? [] : [`– ${counted(foreign.length, "plan")} in other currencies`];
  return silent.length === 0 ? [] : [...lines, ...others, ""];
}

function verdictLines({ recommended, candidates }: SavingsReceipt): readonly string[] {
  const best = candidates.find(({ planId }) => planId === recommended);
  if (!best) return [doubtText(candidates)];
  return [`✓ ${best.name} costs less in every period that was compared.`];
}

/** Of a plan that would have cost less before, nothing more is said as long as the present period is not known. */
function doubtText(candidates: readonly CandidatePlan[]): string {
  const isOpen = candidates.some(
    ({ periods }) =>
      periods.some(({ difference }) => difference !== null && difference.yearMinor < 0) &&
      periods.some(({ difference }) => difference === null),
  );
  return isOpen
    ? "No plan is recommended yet: what this period comes to is not known."
    : "No other plan surely costs less.";
}

function confirmationLines(
  said: SavingsConfirmation | null,
  { candidates, currency }: SavingsReceipt,
): readonly string[] {
  if (said === null) return [];
  const nameOf = (planId: string | null): string =>
    planId === null ? "the present plan" : (candidates.find((one) => one.planId === planId)?.name ?? planId);
  const money = (minor: number | null): string => (minor === null ? "–" : amountText(minor, currency ?? ""));
  const moment = utcText(said.askedAt);
  switch (said.outcome) {
    case "failed":
      return [`! Stripe could not be asked (${moment}): ${said.error?.message ?? ""}`];
    case "agrees":
      return [`✓ Stripe's previews show the same amounts (${moment}).`];
    case "partly":
      return [`✓ Stripe's previews show the same amounts as far as they show them (${moment}).`];
    case "differs":
      return [
        `✗ Stripe's previews show other amounts (${moment}):`,
        ...said.checks.flatMap((check) =>
          check.lines
            .filter(({ oursMinor, stripeMinor }) => oursMinor !== stripeMinor)
            .map(({ priceId, units, oursMinor, stripeMinor }) => {
              const amounts = `Stripe ${money(stripeMinor)}, we ${money(oursMinor)}`;
              return `  ${nameOf(check.planId)}, ${priceId}, ${units ?? "?"} units: ${amounts}`;
            }),
        ),
        ...said.checks
          .filter((check) => check.outcome === "differs" && check.discountOursMinor !== check.discountStripeMinor)
          .map((check) => {
            const amounts = `Stripe ${money(check.discountStripeMinor)}, we ${money(check.discountOursMinor)}`;
            return `  ${nameOf(check.planId)}, discounts: ${amounts}`;
          }),
      ];
  }
}

/** `1,234.50 EUR`, with the decimals that Stripe writes. */
export function amountText(minor: number, currency: string): string {
  const decimals = decimalsOf(currency);
  const digits = String(Math.abs(minor)).padStart(decimals + 1, "0");
  const whole = countText(Number(digits.slice(0, digits.length - decimals)));
  const rest = decimals === 0 ? "" : `.${digits.slice(-decimals)}`;
  return `${minor < 0 ? "−" : ""}${whole}${rest} ${currency.toUpperCase()}`;
}
