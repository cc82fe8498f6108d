/** Texts as Intercom keeps them: paragraphs of HTML. */

/** Wraps plain text into a paragraph, with its addresses as links; text that is HTML already stays as it is. */
export function htmlOf(text: string): string {
  const trimmed = text.trim();
  if (/^<[a-z]/i.test(trimmed)) return trimmed;
  const escaped = trimmed.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const linked = escaped.replaceAll(/https?:\/\/[^\s<]+/g, (url) => `<a href="${url}" target="_blank">${url}</a>`);
  return `<p>${linked.replaceAll("\n", "<br>")}</p>`;
}

/** The words of a text without its tags, as newer webhooks carry them. */
export function plainOf(html: string): string {
  return html
    .replaceAll(/<br\s*\/?>|<\/p>\s*<p>/gi, "\n")
    .replaceAll(/<[^>]+>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .trim();
}
