/** Texts as Intercom keeps them: paragraphs of HTML. */

/** Wraps plain text into a paragraph; text that is HTML already stays as it is. */
export function htmlOf(text: string): string {
  const trimmed = text.trim();
  return /^<[a-z]/i.test(trimmed) ? trimmed : `<p>${trimmed.replaceAll("\n", "<br>")}</p>`;
}

/** The words of a text without its tags, as newer webhooks carry them. */
export function plainOf(html: string): string {
  return html
    .replaceAll(/<br\s*\/?>|<\/p>\s*<p>/gi, "\n")
    .replaceAll(/<[^>]+>/g, "")
    .trim();
}
