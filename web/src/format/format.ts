/** Numbers, durations, dates and money in the person's own way of writing, all from the browser's Intl. */

/** The formatters of one locale. */
export type Format = {
  readonly number: (value: number) => string;
  /** With as many decimals as the value came with, such as an amount without its currency. */
  readonly decimal: (value: number, decimals: number) => string;
  /** With the decimals that it has, such as a quantity or a limit. */
  readonly quantity: (value: number) => string;
  /** 0.74 → 74 % */
  readonly share: (value: number) => string;
  /** One decimal below ten: a rate of 0.4 is not nothing. */
  readonly rate: (perSecond: number) => string;
  /** In the unit that a person would choose: 212 ms, 1.4 sec, 3 min. */
  readonly duration: (ms: number) => string;
  /** The same with the unit in full, for use within a sentence. */
  readonly durationInWords: (ms: number) => string;
  /** How long ago, as seen from `now`, both as ISO instants; never in the future. */
  readonly ago: (at: string, now: string) => string;
  readonly secondsAgo: (seconds: number) => string;
  /** Date and time of an instant, for a tooltip or a value. */
  readonly moment: (at: Date) => string;
  /** A calendar day, the same one in every time zone. */
  readonly day: (at: Date) => string;
  /** With as many decimals as the currency has, or more where a price has a fraction of its smallest unit. */
  readonly money: (major: number, currency: string) => string;
  readonly list: (parts: readonly string[]) => string;
};

const minuteS = 60;
const hourS = 3_600;
const dayS = 86_400;

/** Makes the formatters of a locale such as `en-GB` once, because building an Intl object is slow. */
export function makeFormat(locale: string): Format {
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const exact = new Intl.NumberFormat(locale, { maximumFractionDigits: 12 });
  const oneDecimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const share = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "narrow" });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  const list = new Intl.ListFormat(locale, { type: "conjunction" });
  const inUnit = unitFormats(locale, "short");
  const inWords = unitFormats(locale, "long");
  const secondsAgo = (seconds: number): string => {
    if (seconds < minuteS) return relative.format(-Math.max(0, seconds), "second");
    if (seconds < hourS) return relative.format(-Math.floor(seconds / minuteS), "minute");
    if (seconds < dayS) return relative.format(-Math.floor(seconds / hourS), "hour");
    return relative.format(-Math.floor(seconds / dayS), "day");
  };
  return {
    number: (value) => whole.format(value),
    decimal: (value, decimals) =>
      new Intl.NumberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value),
    quantity: (value) => exact.format(value),
    share: (value) => share.format(value),
    rate: (perSecond) => (perSecond < 10 ? oneDecimal : whole).format(perSecond),
    duration: (ms) => durationText(ms, inUnit),
    durationInWords: (ms) => durationText(ms, inWords),
    ago: (at, now) => secondsAgo(Math.floor((Date.parse(now) - Date.parse(at)) / 1_000)),
    secondsAgo,
    moment: (at) => moment.format(at),
    day: (at) => day.format(at),
    money: (major, currency) =>
      new Intl.NumberFormat(locale, { style: "currency", currency, maximumFractionDigits: 20 }).format(major),
    list: (parts) => list.format(parts),
  };
}

type Unit = "millisecond" | "second" | "minute" | "hour" | "day";
type InUnit = (value: number, unit: Unit) => string;

function unitFormats(locale: string, unitDisplay: "short" | "long"): InUnit {
  const made = new Map<Unit, Intl.NumberFormat>();
  return (value, unit) => {
    const known =
      made.get(unit) ?? new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay, maximumFractionDigits: 1 });
    made.set(unit, known);
    return known.format(value);
  };
}

function durationText(ms: number, inUnit: InUnit): string {
  if (ms < 1_000) return inUnit(Math.round(ms), "millisecond");
  const seconds = ms / 1_000;
  if (seconds < 10) return inUnit(Math.round(seconds * 10) / 10, "second");
  if (seconds < minuteS) return inUnit(Math.round(seconds), "second");
  if (seconds < hourS) return inUnit(Math.round(seconds / minuteS), "minute");
  if (seconds < dayS) return inUnit(Math.round(seconds / hourS), "hour");
  return inUnit(Math.round(seconds / dayS), "day");
}
