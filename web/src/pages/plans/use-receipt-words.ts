/** Amounts, quantities and intervals of a receipt in words. */
import { useTranslation } from "react-i18next";
import type { BreakEven, Refusal, SavingsReceipt } from "../../../../contract/savings.ts";
import { toMajor } from "../../format/minor-units.ts";
import { useFormat } from "../../format/use-format.ts";

type Interval = { readonly interval: string; readonly intervalCount: number };

export type ReceiptWords = {
  readonly money: (amountMinor: number) => string;
  /** `saves €120.00 a year`, or what it costs more. */
  readonly yearly: (differenceMinor: number) => string;
  readonly units: (units: string) => string;
  readonly every: (interval: Interval) => string;
  /** The reason in the language of the page. */
  readonly reason: (refusal: Refusal) => string;
  /** Where the other plan costs less. */
  readonly breakEven: (breakEven: BreakEven, name: string) => string;
};

const intervals = ["day", "week", "month", "year"] as const;

/** Functions that write the parts of this receipt. */
export function useReceiptWords({ currency }: Pick<SavingsReceipt, "currency">): ReceiptWords {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  // A receipt without a currency has no amounts.
  const code = currency ?? "eur";
  const money = (minor: number): string => format.money(toMajor(minor, code), code.toUpperCase());
  const span = (from: number, to: number | null, name: string): string => {
    if (to === null && from <= 1) return t("receipt.always");
    if (to === null) return t("receipt.fromOn", { from: format.number(from), name });
    if (from === 0) return t("receipt.upTo", { to: format.number(to), name });
    return t("receipt.between", { from: format.number(from), to: format.number(to), name });
  };
  return {
    money,
    yearly: (minor) => {
      if (minor === 0) return t("receipt.samePerYear");
      return t(minor < 0 ? "receipt.savesPerYear" : "receipt.costsPerYear", { amount: money(Math.abs(minor)) });
    },
    units: (units) => format.quantity(Number(units)),
    every: ({ interval, intervalCount }) => {
      const known = intervals.find((one) => one === interval);
      return known ? t(`interval.${known}`, { count: intervalCount }) : interval;
    },
    reason: ({ de, en }) => (i18n.language === "de" ? de : en),
    breakEven: ({ cheaper }, name) =>
      cheaper.length === 0
        ? t("receipt.neverCheaper")
        : format.list(cheaper.map(({ from, to }) => span(from, to, name))),
  };
}
