/** The formatters of the language that the page speaks. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { localeOf } from "../i18n/language.ts";
import { makeFormat, type Format } from "./format.ts";

/** Formatters in the browser's regional form of the current language. */
export function useFormat(): Format {
  const { i18n } = useTranslation();
  return useMemo(() => makeFormat(localeOf(i18n.language, navigator.languages)), [i18n.language]);
}
