/** Texts whose key is only known while the page runs, such as the plain words for a Stripe event type. */
import type { i18n as I18n } from "i18next";

/** The text at `path` in the language that is shown, `undefined` where there is none. */
export function findText(i18n: I18n, path: string): string | undefined {
  const found: unknown = i18n.getResource(i18n.language, "translation", path);
  return typeof found === "string" ? found : undefined;
}
