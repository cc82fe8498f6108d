/** Station rules: a text filled with a customer's facts, ready to be sent; or what it lacks. */
import { ruleLanguages, type RuleLanguage, type RuleText } from "../../../contract/rule.ts";
import { blocksOf, literalLine, type Block } from "./markdown.ts";
import { parseText, renderAtoms, type ParsedText } from "./liquid.ts";
import { htmlOf, lineOf, linesOf, missingIn, plainOf } from "./write.ts";
import type { TextFacts } from "./scope.ts";
import { cutWords, type Voice } from "./words.ts";

/**
 * - chat, email, note: HTML
 * - plain: lines without any, for conversations in the customer's name and descriptions of tickets
 * - title: one line, for titles of tickets
 */
export type TextChannel = "chat" | "email" | "note" | "plain" | "title";

export type TextOptions = Voice & { readonly channel: TextChannel };
export type WrittenText = { readonly subject: string | null; readonly body: string };
/** The names of what was not known where it had to be written. */
export type LackingText = { readonly missing: readonly string[] };

/** Intercom takes no longer subjects and titles. */
const lineMax = 255;

/**
 * The text in full; a subject only for e-mail. A value that is not known makes the whole text lacking, unless `default` stands behind it; what comes from
 * facts is literal, whatever it contains. Pure; throws on a text that `checkText` refuses.
 */
export function renderText(text: RuleText, facts: TextFacts, options: TextOptions): WrittenText | LackingText {
  const fill = (source: string): string => renderAtoms(parsedOf(source), facts, options);
  const hasSubject = options.channel === "email" && text.subject !== undefined;
  const subject = hasSubject ? literalLine(fill(text.subject ?? "")) : null;
  const blocks = blocksOf(fill(text.body));
  const missing = missingIn([...(subject ? [subject] : []), ...linesOf(blocks)]);
  if (missing.length > 0) return { missing };
  const written = { subject: subject && cutWords(lineOf(subject), lineMax), body: bodyOf(blocks, options.channel) };
  // Conditions may leave nothing over; Intercom takes no empty message, and nobody wants one.
  if (written.subject === "") return { missing: ["any word in the subject"] };
  return written.body === "" ? { missing: ["any word in the text"] } : written;
}

/** A text in every language that it is written in; `factsIn` gives the facts for a reader of that language. */
export function renderAll(
  texts: Readonly<Partial<Record<RuleLanguage, RuleText>>>,
  factsIn: (language: RuleLanguage) => TextFacts,
  options: Omit<TextOptions, "language">,
): Partial<Record<RuleLanguage, WrittenText | LackingText>> {
  return Object.fromEntries(
    ruleLanguages.flatMap((language) => {
      const text = texts[language];
      return text ? [[language, renderText(text, factsIn(language), { ...options, language })]] : [];
    }),
  );
}

function bodyOf(blocks: readonly Block[], channel: TextChannel): string {
  switch (channel) {
    case "chat":
    case "email":
    case "note":
      return htmlOf(blocks);
    case "plain":
      return plainOf(blocks);
    case "title":
      return cutWords(linesOf(blocks).map(lineOf).join(" "), lineMax);
  }
}

function parsedOf(source: string): ParsedText {
  const parsed = parseText(source);
  if ("problem" in parsed) throw new Error(`A text that cannot be read was to be written: ${parsed.problem}.`);
  return parsed;
}
