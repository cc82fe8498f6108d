/** Station rules: our own HTML turned back into words, as a model is given them and as its answer is compared with them. */

/** Texts with links as `[label](address)` and lists with `- `; the addresses are those that our HTML links to. */
export type BaseText = { readonly words: string; readonly addresses: readonly string[] };

/** Reads HTML that `renderText` wrote. */
export function readBase(html: string): BaseText {
  const addresses = [...html.matchAll(/<a href="([^"]*)">/g)].map(([, url = ""]) => decoded(url));
  const words = html
    .replaceAll(/<a href="([^"]*)">(.*?)<\/a>/g, "[$2]($1)")
    .replaceAll(/<br>/g, "\n")
    .replaceAll(/<li>/g, "- ")
    .replaceAll(/<\/li>/g, "\n")
    .replaceAll(/<\/(?:p|ul|ol)>/g, "\n\n")
    .replaceAll(/<[^<>]*>/g, "")
    .replaceAll(/\n{3,}/g, "\n\n");
  return { words: decoded(words).trim(), addresses: [...new Set(addresses)] };
}

const entities: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };

function decoded(html: string): string {
  return html.replaceAll(/&(?:amp|lt|gt|quot);/g, (entity) => entities[entity] ?? entity);
}
