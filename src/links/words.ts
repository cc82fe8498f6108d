/** Station links: what pages have to say, in whichever language. */
import type { PayRefusal, SwitchRefusal } from "./guards.ts";
import type { RefusalCode } from "./saving-words.ts";

/** `{…}` is filled in. */
export type Words = {
  readonly securedBy: string;
  readonly closeWindow: string;
  readonly update: {
    readonly title: string;
    readonly lead: string;
    readonly button: string;
    readonly nowhere: string;
    readonly doneTitle: string;
    readonly done: string;
    readonly doneOpen: string;
  };
  readonly pay: {
    readonly title: string;
    readonly invoice: string;
    readonly invoiceOf: string;
    readonly last: string;
    readonly button: string;
    readonly charged: string;
    readonly paidTitle: string;
    readonly paid: string;
    readonly another: string;
    readonly toInvoice: string;
    /** How the click before this page went. */
    readonly unknown: string;
    readonly declined: string;
    readonly notStarted: string;
    readonly again: string;
    readonly titles: Readonly<Record<PayRefusal, string>>;
    readonly refusals: Readonly<Record<PayRefusal, string>>;
  };
  readonly saving: {
    readonly title: string;
    /** What follows the amount of a year. */
    readonly less: string;
    readonly with: string;
    readonly none: string;
    readonly noneTitle: string;
    readonly unsaidTitle: string;
    /** `present`: where nothing is billed by use. */
    readonly basis: { readonly last: string; readonly projected: string; readonly present: string };
    readonly now: string;
    readonly instead: string;
    readonly sum: string;
    /** The sum of a bill whose lines come at other intervals than those of today. */
    readonly monthly: string;
    readonly discount: string;
    readonly difference: string;
    readonly cheaperBetween: string;
    readonly cheaperFrom: string;
    readonly breakEven: string;
    readonly how: string;
    readonly checked: string;
    readonly unchecked: string;
    readonly period: string;
    readonly receipt: string;
    readonly taxes: string;
    readonly each: Readonly<Record<"day" | "week" | "month" | "year", readonly [one: string, many: string]>>;
  };
  readonly switch: {
    readonly title: string;
    readonly lead: string;
    readonly button: string;
    readonly when: string;
    readonly refusals: Readonly<Record<SwitchRefusal, string>>;
    readonly refusedTitle: string;
    readonly doneTitle: string;
    readonly done: string;
    readonly toSaving: string;
    readonly nowhere: string;
  };
  readonly closed: { readonly title: string; readonly text: string };
  readonly busy: { readonly title: string; readonly text: string };
  readonly broken: { readonly title: string; readonly text: string };
  readonly refusedSaving: Readonly<Record<RefusalCode, string>>;
};
