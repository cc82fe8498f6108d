/** Money: integer minor units and a currency, with Stripe's own table of decimals. */

/** An amount in a currency's minor unit (cents; yen for JPY). The currency is lower case, as Stripe writes it. */
export type Money = { readonly amountMinor: number; readonly currency: string };

/** Stripe: amounts in these currencies are whole units (docs.stripe.com/currencies). */
const zeroDecimals = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "));

/** Stripe: amounts in these currencies are thousandths. */
const threeDecimals = new Set("bhd jod kwd omr tnd".split(" "));

/**
 * How many decimals Stripe's amounts have in this currency. ISK and UGX are written with two although they have none,
 * which is why `Intl` must not be asked.
 */
export function decimalsOf(currency: string): 0 | 2 | 3 {
  const code = currency.toLowerCase();
  if (zeroDecimals.has(code)) return 0;
  return threeDecimals.has(code) ? 3 : 2;
}

/** Stripe: amounts in these currencies are hundredths (docs.stripe.com/currencies). */
const twoDecimals = new Set(
  `aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd btn bwp byn bzd cad cdf chf cny cop crc cve czk dkk dop
  dzd egp etb eur fjd fkp gbp gel ghs gip gmd gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl
  mad mdl mkd mmk mnt mop mro mru mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd
  scr sek sgd shp sle sll sos srd std szl thb tjs top try ttd twd tzs uah ugx usd uyu uzs wst xcd xcg yer zar zmw`.split(
    /\s+/,
  ),
);

/** Whether Stripe's table says how many decimals this currency has. What it does not say must not be shown as a number. */
export function isKnownCurrency(currency: string): boolean {
  const code = currency.toLowerCase();
  return twoDecimals.has(code) || zeroDecimals.has(code) || threeDecimals.has(code);
}

/** The amount of this many major units (12.34 → 1234 cents), to the nearest minor unit. */
export function fromMajor(major: number, currency: string): Money {
  return { amountMinor: Math.round(major * 10 ** decimalsOf(currency)), currency };
}

/** The amount in major units (1234 cents → 12.34), the nearest number that JSON can carry. */
export function toMajor({ amountMinor, currency }: Money): number {
  const decimals = decimalsOf(currency);
  const sign = amountMinor < 0 ? "-" : "";
  const digits = String(Math.abs(amountMinor)).padStart(decimals + 1, "0");
  if (decimals === 0) return amountMinor;
  const major = Number(`${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`);
  return major === 0 ? 0 : major;
}
