/** What a schema has against a value, in words: for people who write documents, options and requests by hand. */
import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/** One issue as a clause, such as `a whole number is expected, not text`. What a schema says in its own words is left as it is. */
export function issueWords(issue: Issue, value: unknown): string {
  if (issue.code === "invalid_key") return `this name is not taken: ${issue.issues[0]?.message ?? issue.message}`;
  if (value === undefined && issue.path.length > 0) return "it is missing";
  if (value === null && issue.path.length === 0) return "it is empty";
  switch (issue.code) {
    case "invalid_type":
      return `${nounOf(issue.expected)} is expected, not ${kindOf(value)}`;
    case "invalid_value":
      return `it has to be ${listText(issue.values.map(String))}`;
    case "unrecognized_keys":
      return `there is no ${issue.keys.map((key) => `“${key}”`).join(", ")} here`;
    case "too_small":
    case "too_big":
      return isOwnWords(issue) ? issue.message : limitWords(issue);
    default:
      return issue.message.replace(/^Invalid input: /, "");
  }
}

const nouns: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object with named parts",
  record: "an object with named parts",
  null: "nothing",
};

function nounOf(type: string): string {
  return nouns[type] ?? type;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "number") return Number.isNaN(value) ? "something else" : "a number";
  return nounOf(typeof value);
}

function listText(words: readonly string[]): string {
  const last = words.at(-1) ?? "nothing";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

type Limit = Extract<Issue, { readonly code: "too_small" | "too_big" }>;

function isOwnWords({ message }: Limit): boolean {
  return !/^Too (small|big): /.test(message);
}

const counted: Readonly<Record<string, string>> = { string: " characters", array: " entries", set: " entries" };

function limitWords(issue: Limit): string {
  const unit = counted[issue.origin];
  if (issue.code === "too_big") {
    const most = `${String(issue.maximum)}${unit ?? ""}`;
    return issue.inclusive === false ? `it has to be less than ${most}` : `it has to be ${most} at most`;
  }
  const least = Number(issue.minimum);
  if (unit !== undefined && least === 1) return "it is empty";
  if (issue.inclusive === false) return `it has to be more than ${least}`;
  return `it has to be ${least}${unit ?? ""} at least`;
}
