/** The reference of texts says what texts can do: every filter with its promise and styles, every tag, every link. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { textFilters } from "./filters.ts";
import { textTags } from "./liquid.ts";
import { linkPurposes } from "./scope.ts";
import { dateStyles, dayStyles } from "./words.ts";

const page = readFileSync(new URL("../../../docs/reference/texts.md", import.meta.url), "utf8");

it.each(Object.entries(textFilters))("names the filter %s and what it does", (name, { help }) => {
  expect(page).toContain(`| \`${name}\` | ${help} |`);
});

it("names every tag, link and style", () => {
  for (const tag of textTags) expect(page).toMatch(new RegExp(`\\| .*\`${tag}\``));
  for (const purpose of linkPurposes) expect(page).toContain(`\`link.${purpose}\``);
  for (const style of [...dateStyles, ...dayStyles]) expect(page).toContain(`| \`"${style}"\``);
});

it("names no filter that there is not", () => {
  const named = [...page.matchAll(/^\| `(\w+)` \| [A-Z]/gm)].map(([, name]) => name);
  expect(named.filter((name) => name !== undefined && !Object.hasOwn(textFilters, name))).toEqual([]);
});
