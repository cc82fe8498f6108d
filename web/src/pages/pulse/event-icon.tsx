/** The sign of an event: what it is about, coloured by whether it is good or bad news. */
import {
  IconCreditCard,
  IconFileInvoice,
  IconPackage,
  IconReceiptRefund,
  IconRepeat,
  IconScale,
  IconShoppingCart,
  IconUser,
  type Icon,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { toneOf } from "./event-words.ts";
import classes from "./feeds.module.css";

/** The first prefix that fits wins, so the longer ones stand first. */
const icons: readonly (readonly [prefix: string, icon: Icon])[] = [
  ["customer.subscription", IconRepeat],
  ["customer", IconUser],
  ["invoice", IconFileInvoice],
  ["charge.dispute", IconScale],
  ["charge.refund", IconReceiptRefund],
  ["refund", IconReceiptRefund],
  ["checkout", IconShoppingCart],
  ["product", IconPackage],
  ["price", IconPackage],
];

/** Decoration: the words beside it say the same. */
export function EventIcon({ type }: { readonly type: string }): ReactNode {
  const Sign = icons.find(([prefix]) => type.startsWith(prefix))?.[1] ?? IconCreditCard;
  return (
    <span className={classes["icon"]} data-tone={toneOf(type)} aria-hidden="true">
      <Sign size={18} stroke={1.7} />
    </span>
  );
}
