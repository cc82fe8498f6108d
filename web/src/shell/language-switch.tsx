/** Switches the language of the page. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { languages, type Language } from "../i18n/language.ts";
import { switchLanguage } from "../i18n/start-i18n.ts";
import classes from "./shell.module.css";

const order: readonly Language[] = ["en", "de"];

/** One button per language, each named in that language. */
export function LanguageSwitch(): ReactNode {
  const { t, i18n } = useTranslation();
  return (
    <div role="group" aria-label={t("shell.language")} className={classes["languages"]}>
      {order.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          title={languages[language]}
          aria-label={`${language.toUpperCase()}, ${languages[language]}`}
          aria-pressed={i18n.language === language}
          className={classes["language"]}
          onClick={() => void switchLanguage(i18n, language)}
        >
          {language.toUpperCase()}
        </button>
      ))}
    </div>
  );
}
