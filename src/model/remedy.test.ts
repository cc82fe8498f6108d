/** The remedies that commands print are those of the reference page. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { remediedCodes, remedyOf } from "./remedy.ts";

const page = readFileSync(new URL("../../docs/reference/errors.md", import.meta.url), "utf8");

type Row = { readonly code: string; readonly kind: string; readonly remedy: string };

function rowsOf(text: string): readonly Row[] {
  const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| ([^|]*) \| [^|]* \| ([^|]*) \|$/gm)];
  return rows.map(([, code = "", kind = "", remedy = ""]) => ({ code, kind: kind.trim(), remedy: remedy.trim() }));
}

function section(title: string): string {
  return page.split(/^## /m).find((part) => part.startsWith(title)) ?? "";
}

describe("the remedy of a dead letter", () => {
  it.each(rowsOf(page).filter(({ code }) => remediedCodes.includes(code)))(
    "of $code is the page's",
    ({ code, remedy }) => {
      expect(remedyOf(code)).toBe(remedy);
    },
  );

  it("exists for everything that the page knows of calls and effects", () => {
    const rows = ["Calls to Stripe", "Calls to Intercom", "Effects"].flatMap((title) => rowsOf(section(title)));
    const fatal = rows.filter(({ kind }) => !kind.startsWith("invalid")).map(({ code }) => code);
    expect(fatal.length).toBeGreaterThan(15);
    expect(fatal.filter((code) => !remediedCodes.includes(code))).toEqual([]);
  });

  it("is kept for no code that the page does not have", () => {
    const known = new Set(rowsOf(page).map(({ code }) => code));
    expect(remediedCodes.filter((code) => !known.has(code))).toEqual([]);
  });

  it("of an unknown code points to the page", () => {
    expect(remedyOf("NEVER_HEARD_OF")).toContain("errors.md");
  });
});
