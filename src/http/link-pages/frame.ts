/** What all pages for customers have in common: no script, nothing from elsewhere, a few kB. */
import type { LinkLanguage } from "../../links/language.ts";
import { textsIn } from "../../links/texts.ts";
import { html, type Markup } from "./html.ts";
import { styleElement } from "./style.ts";

export type Page = { readonly title: string; readonly body: Markup };

/** How a page is addressed. */
export type PageContext = {
  readonly language: LinkLanguage;
  /** Who speaks; null shows nobody. */
  readonly business: string | null;
};

/** A complete document. */
export function framed({ title, body }: Page, { language, business }: PageContext): string {
  const { securedBy } = textsIn(language);
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <title>${business === null ? title : `${title} · ${business}`}</title>
        ${styleElement}
      </head>
      <body>
        <header>${business}</header>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
        <footer>${securedBy}</footer>
      </body>
    </html> `.text;
}

export type Button = { readonly text: string; readonly fields?: Readonly<Record<string, string | number>> };

/** What a customer confirms with: the address is the page's own. */
export function confirmForm({ text, fields = {} }: Button): Markup {
  const hidden = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  return html`<form method="post">${hidden}<button type="submit">${text}</button></form>`;
}

/** A way on that changes nothing; `less` for the second best. */
export function wayOn(url: string, text: string, weight: "more" | "less" = "more"): Markup {
  return html`<p class="${weight === "more" ? "go" : "go less"}"><a href="${url}">${text}</a></p>`;
}

/** A page that only says something. */
export function plainPage(title: string, ...paragraphs: readonly string[]): Page {
  return { title, body: html`${paragraphs.map((text) => html`<p>${text}</p>`)}` };
}
