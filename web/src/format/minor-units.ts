/** From an amount in a currency's smallest unit, as Stripe counts, to the amount that people write. */

/** Stripe: amounts in these currencies are whole units (docs.stripe.com/currencies). */
const zeroDecimals = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "));

/** Stripe: amounts in these currencies are thousandths. */
const threeDecimals = new Set("bhd jod kwd omr tnd".split(" "));

/** 1234 EUR → 12.34. By Stripe's table and not `Intl`'s: it writes ISK and UGX with two decimals although they have none. */
export function toMajor(amountMinor: number, currency: string): number {
  return amountMinor / 10 ** decimalsOf(currency);
}

function decimalsOf(currency: string): number {
  const code = currency.toLowerCase();
  if (zeroDecimals.has(code)) return 0;
  return threeDecimals.has(code) ? 3 : 2;
}
