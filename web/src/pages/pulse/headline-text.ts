/** The headline as a sentence. */
import type { TFunction } from "i18next";
import type { Format } from "../../format/format.ts";
import type { Headline, Vendor } from "./headline.ts";

/** Writes the headline in the language of `t`, with numbers as `format` writes them. */
export function headlineText(headline: Headline, t: TFunction, format: Format): string {
  const named = (vendors: readonly Vendor[]): string => format.list(vendors.map((vendor) => t(`vendor.${vendor}`)));
  const kept = (waiting: number): string =>
    waiting > 0 ? t("count.updatesKept", { count: waiting }) : t("headline.pausedNothingWaits");
  switch (headline.kind) {
    case "flowing":
      return t("headline.flowing", {
        events: t("count.events", { count: headline.events }),
        writes: t("count.written", { count: headline.writes }),
      });
    case "catchingUp":
      return t("headline.catchingUp", {
        customers: t("count.customers", { count: headline.waiting }),
        age: format.durationInWords(headline.oldestMs),
      });
    case "paused":
      return `${t("headline.paused", { vendors: named(headline.vendors), count: headline.vendors.length })} ${kept(headline.waiting)}`;
    case "partlyPaused":
      return `${t("headline.partlyPaused")} ${kept(headline.waiting)}`;
    case "connecting":
      return t("headline.connecting", { vendors: named(headline.vendors) });
    case "unconnected":
    case "empty":
    case "quiet":
      return t(`headline.${headline.kind}`);
  }
}
