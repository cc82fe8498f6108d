/** The reference of the profile lists each field that there is, and no other. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

it("docs/reference/profile.md lists every field of the profile, and no other", () => {
  const [, type = ""] = /export type Profile = \{\n(.*?)\n\};/s.exec(read("profile.ts")) ?? [];
  const fields = [...type.matchAll(/^ {2}readonly (\w+)/gm)].map(([, field]) => field ?? "");
  const rows = read("../../docs/reference/profile.md").match(/^\| `.*$/gm) ?? [];
  const listed = rows.flatMap((row) => [...(row.split(" | ")[0] ?? "").matchAll(/`(\w+)`/g)].map(([, field]) => field));

  expect(fields.length).toBeGreaterThan(20);
  expect(new Set(listed)).toEqual(new Set(fields));
  expect(listed).toHaveLength(fields.length);
});
