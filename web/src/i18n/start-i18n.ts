/** Loads the texts of one language and keeps page, numbers and stored choice in step with it. */
import i18next, { type i18n as I18n } from "i18next";
import { initReactI18next } from "react-i18next";
import { chooseLanguage, languageOf, localeOf, type Language } from "./language.ts";

const storageKey = "dunlin-language";

const texts = {
  en: () => import("./en.json"),
  de: () => import("./de.json"),
} as const;

/** An i18next that speaks the person's language. Only that language is downloaded. */
export async function startI18n(): Promise<I18n> {
  const language = chooseLanguage(readStored(), navigator.languages);
  const i18n = i18next.createInstance();
  i18n.on("languageChanged", (tag) => {
    document.documentElement.lang = tag;
  });
  await i18n.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: (await texts[language]()).default } },
    interpolation: { escapeValue: false },
    partialBundledLanguages: true,
  });
  writeNumbersLocally(i18n);
  return i18n;
}

/** Switches the language and remembers the choice. */
export async function switchLanguage(i18n: I18n, language: Language): Promise<void> {
  const { default: translation } = await texts[language]();
  i18n.addResourceBundle(language, "translation", translation);
  await i18n.changeLanguage(language);
  try {
    localStorage.setItem(storageKey, language);
  } catch {
    // Storage may be blocked; the choice then lasts until the page is left.
  }
}

function writeNumbersLocally(i18n: I18n): void {
  i18n.services.formatter?.add("number", (value: unknown, tag) =>
    typeof value === "number"
      ? new Intl.NumberFormat(localeOf(languageOf(tag ?? null) ?? "en", navigator.languages)).format(value)
      : String(value),
  );
}

function readStored(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}
