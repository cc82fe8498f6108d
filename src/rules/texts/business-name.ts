/** Station rules: how the business calls itself in a text. */
import type { RuleLanguage } from "../../../contract/rule.ts";

/** What a document says that names no business; see `business` in `contract/rule.ts`. */
const unnamed: Readonly<Record<RuleLanguage, string>> = { en: "our team", de: "unser Team" };

/** The business's name; one that was never given is put into the reader's language. */
export function businessNameIn(language: RuleLanguage, name: string): string {
  return name === unnamed.en ? unnamed[language] : name;
}
