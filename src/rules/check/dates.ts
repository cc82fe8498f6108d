/** Station rules: checks dates of the profile that a rule goes by. */
import { didYouMean } from "../../lib/nearest.ts";
import type { CheckedRule } from "./conditions.ts";
import { error, fine, type Problems } from "./problem.ts";

type MovedText = {
  readonly date: string;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
};

/** That there is such a date, and that it is moved in one direction only. */
export function checkDate({ date, before, after }: MovedText, path: string, { vocabulary }: CheckedRule): Problems {
  const { dates } = vocabulary;
  const unknown = dates.includes(date)
    ? fine
    : [error("RULE_DATE_UNKNOWN", `${path}.date`, unknownDate(date, vocabulary))];
  if (before === undefined || after === undefined) return unknown;
  return [...unknown, error("RULE_CONFLICT", path, "it is either before the date or after it; take one of them away")];
}

function unknownDate(date: string, { dates, profile }: CheckedRule["vocabulary"]): string {
  const field = date.replace(/^profile\./, "");
  if (field !== date && dates.includes(field)) return `write it without “profile.”: “${field}”`;
  const type = Object.hasOwn(profile, field) ? profile[field] : undefined;
  if (type !== undefined) return `“${date}” is no date; there are: ${dates.join(", ")}`;
  const hint = didYouMean(field, dates);
  return `the profile has no date “${date}”${hint === "" ? `; there are: ${dates.join(", ")}` : hint}`;
}
