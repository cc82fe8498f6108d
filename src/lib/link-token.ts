/** Addresses of links for customers, found in any text: whoever has one is taken for the customer, so people are shown none. */

/** The folder of all links' addresses: short, since people see them. */
export const linkFolder = "/l/";

/** A link's folder and token, for JavaScript and PostgreSQL alike. The shortest token has 34 characters. */
export const linkPattern = `${linkFolder}[A-Za-z0-9_-]{34,}`;

/** What stands there instead. */
export const cutLink = `${linkFolder}…`;

/** The text with every link cut off behind its folder. */
export function withoutTokens(text: string): string {
  return text.replaceAll(new RegExp(linkPattern, "g"), cutLink);
}
