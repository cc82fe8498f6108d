/** Station billing: what a price is in the currency that somebody is billed in, which may be another than its own. */
import type { PriceFacts } from "../model/stripe-object.ts";

/** The price in this currency; undefined when it has no amounts in it, or when they are not known. */
export function priceIn(price: PriceFacts, currency: string): PriceFacts | undefined {
  if (price.currency === currency) return price;
  const option = price.currencyOptions?.[currency];
  return option && { ...price, ...option, currency };
}

/** Whether the price is known to have amounts in other currencies than its own. */
export function hasOtherCurrencies({ currencyOptions }: PriceFacts): boolean {
  return currencyOptions !== undefined && Object.keys(currencyOptions).length > 0;
}
