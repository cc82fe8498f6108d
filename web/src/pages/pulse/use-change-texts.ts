/** A change as texts for the page. */
import { useTranslation } from "react-i18next";
import type { PulseChange } from "../../../../contract/pulse.ts";
import { readField } from "../../format/read-field.ts";
import { readValue } from "../../format/read-value.ts";
import { useFormat } from "../../format/use-format.ts";
import { findText } from "../../i18n/texts.ts";
import { readable } from "./event-words.ts";

/**
 * - plain: billing in plain words, for what Stripe told us
 * - exact: names and states as they stand on the contact, so that one finds them there
 */
export type Voice = "plain" | "exact";

type ChangeTexts = { readonly field: string; readonly before: string; readonly after: string };

/** A function that writes field and both values of a change for people. */
export function useChangeTexts(voice: Voice): (change: PulseChange) => ChangeTexts {
  const { t, i18n } = useTranslation();
  const format = useFormat();

  const fieldText = (field: string): string => {
    if (voice === "exact") return field;
    const { key, unit } = readField(field);
    const words = findText(i18n, `field.${key}`) ?? readable(key);
    // Without its currency the amount cannot be written as money.
    return unit === "minor" ? t("value.inMinorUnits", { field: words }) : words;
  };

  const valueText = (field: string, value: string | null): string => {
    const read = readValue(field, value);
    switch (read.kind) {
      case "empty":
        return t("feed.empty");
      case "flag":
        return t(read.on ? "value.yes" : "value.no");
      case "day":
        return format.day(read.at);
      case "moment":
        return format.moment(read.at);
      case "money":
        return format.money(read.major, read.currency);
      case "number":
        return format.decimal(read.value, read.decimals);
      case "text":
        return (voice === "plain" ? findText(i18n, `value.status.${read.text}`) : undefined) ?? read.text;
    }
  };

  return ({ field, before, after }) => ({
    field: fieldText(field),
    before: valueText(field, before),
    after: valueText(field, after),
  });
}
