/** Exchange rates that the operator supplies, and what an amount is worth in the currency that reports are made in. */
import { Decimal } from "decimal.js";
import { dayOf, startOfDay } from "../lib/calendar.ts";
import { decimalsOf, isKnownCurrency, type Money } from "./money.ts";
import type { Unknown } from "./profile.ts";

/** What one unit of `currency` is worth in the reporting currency, from this day (UTC) on. */
export type Rate = { readonly date: string; readonly currency: string; readonly rate: string };

type DatedRate = { readonly fromS: number; readonly rate: Decimal };

/** The currency that reports are made in, lower case, and the rates into it. */
export type Reporting = { readonly currency: string; readonly rates: RateTable };

const dayS = 86_400;

/** Banks publish no rates on weekends and holidays; Easter is the longest gap. An older rate is none. */
const rateAgeMaxDays = 7;

/** Rates by currency and day. */
export class RateTable {
  readonly #byCurrency = new Map<string, DatedRate[]>();
  readonly #size: number;

  /** Dates are `yyyy-mm-dd`, currencies lower case, rates positive decimals: `parseRates` sees to it. */
  constructor(rates: readonly Rate[]) {
    this.#size = rates.length;
    for (const { date, currency, rate } of rates) {
      const dated = { fromS: startOfDay(date), rate: new Decimal(rate) };
      const known = this.#byCurrency.get(currency);
      if (known) known.push(dated);
      else this.#byCurrency.set(currency, [dated]);
    }
    for (const dated of this.#byCurrency.values()) dated.sort((a, b) => a.fromS - b.fromS);
  }

  /** The rate of that day, else the latest of the days before it. */
  find(currency: string, atS: number): Decimal | Unknown {
    const code = currency.toUpperCase();
    const dated = this.#byCurrency.get(currency);
    if (!dated) return { unknown: `There is no rate for ${code}.` };
    const found = dated.findLast(({ fromS }) => fromS <= atS);
    if (found && atS - found.fromS < rateAgeMaxDays * dayS) return found.rate;
    return { unknown: `There is no rate for ${code} of ${dayOf(atS)} or of the ${rateAgeMaxDays - 1} days before it.` };
  }

  /** All rates, to make the same table of in another thread. */
  list(): readonly Rate[] {
    return [...this.#byCurrency].flatMap(([currency, dated]) =>
      dated.map(({ fromS, rate }) => ({ date: dayOf(fromS), currency, rate: rate.toFixed() })),
    );
  }

  /** For the log: a table of rates is no line. */
  toJSON(): string {
    return this.#size === 1 ? "1 rate" : `${this.#size} rates`;
  }
}

/**
 * An amount in the reporting currency, at the rate of its own day, rounded half up to that currency's minor unit. What
 * cannot be converted is unknown, with the reason; it is never left out or counted one to one.
 */
export function convert(money: Money, { currency, rates }: Reporting, atS: number): Money | Unknown {
  if (money.currency === currency || money.amountMinor === 0) return { amountMinor: money.amountMinor, currency };
  const rate = rates.find(money.currency, atS);
  if (!(rate instanceof Decimal)) return rate;
  if (!isKnownCurrency(money.currency)) return { unknown: untoldDecimals(money.currency) };
  const shift = new Decimal(10).pow(decimalsOf(currency) - decimalsOf(money.currency));
  const amount = rate.times(money.amountMinor).times(shift).toDecimalPlaces(0, Decimal.ROUND_HALF_UP);
  if (amount.abs().gt(Number.MAX_SAFE_INTEGER)) return { unknown: "The amount is out of range." };
  return { amountMinor: amount.toNumber(), currency };
}

/** Why an amount in this currency cannot be shown in major units. */
export function untoldDecimals(currency: string): string {
  return `Stripe's table does not say how many decimals ${currency.toUpperCase()} has.`;
}
