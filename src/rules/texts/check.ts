/** Station rules: what is wrong with a text, told when it is saved and not when a customer should get it. */
import type { RuleProblemCode } from "../../../contract/rule-problem.ts";
import type { RuleText } from "../../../contract/rule.ts";
import { didYouMean, nearest, whatThereIs } from "../../lib/nearest.ts";
import { markIn } from "./atoms.ts";
import { textFilters, type TextFilter } from "./filters.ts";
import { own } from "./own.ts";
import { parseText, textTags, type NameUse, type ParsedText } from "./liquid.ts";
import type { TextScope, TextType } from "./scope.ts";

/** The position counts characters from 1, in the part that is named. */
export type TextProblem = {
  readonly code: RuleProblemCode;
  readonly part: "subject" | "body";
  readonly problem: string;
  readonly position: number | null;
};

type Found = { readonly code: RuleProblemCode; readonly problem: string; readonly at: number | null };

/** Everything that a text may not have: unknown names, filters and tags, HTML, targets that are no address. Empty: it may be used. */
export function checkText(text: RuleText, scope: TextScope): readonly TextProblem[] {
  const parts = text.subject === undefined ? (["body"] as const) : (["subject", "body"] as const);
  return parts.flatMap((part) => {
    const source = text[part] ?? "";
    const found = [
      ...(part === "subject" ? subjectProblems(source) : bodyProblems(source, scope)),
      ...sourceProblems(source, scope),
    ];
    return found.map(({ code, problem, at }) => ({ code, part, problem, position: at === null ? null : at + 1 }));
  });
}

/** What a text names, such as `profile.plan` or `link.try_again`, each once and in order. None for a text that cannot be read. */
export function variablesOf(text: RuleText): readonly string[] {
  const names = [text.subject ?? "", text.body].flatMap((source) => {
    const parsed = parseText(source);
    return "problem" in parsed ? [] : parsed.uses.map(({ path }) => path.join("."));
  });
  return [...new Set(names)].toSorted();
}

function sourceProblems(source: string, scope: TextScope): readonly Found[] {
  const mark = markIn(source);
  const parsed = parseText(source);
  return [
    ...(mark === null ? [] : [markProblem(mark)]),
    ...htmlProblems(source),
    ...rangeProblems(source),
    ...("problem" in parsed ? [{ ...hinted(parsed.problem), at: parsed.at }] : nameProblems(parsed, scope)),
    ...("problem" in parsed ? [] : filterProblems(source, scope)),
  ];
}

function markProblem(at: number): Found {
  return { code: "TEXT_CHARACTER", problem: "the characters U+E000 and U+E001 are not taken", at };
}

/** Liquid's own words, with what to do about it. */
function hinted(problem: string): Omit<Found, "at"> {
  const filter = /^undefined filter: (.+)$/.exec(problem)?.[1];
  if (filter !== undefined) {
    const names = Object.keys(textFilters);
    return { code: "TEXT_FILTER", problem: `there is no filter “${filter}”${whatThereIs(filter, names)}` };
  }
  const tag = /^tag "?([^" ]+)"? not found$/.exec(problem)?.[1];
  const words = tag === undefined ? problem : `the tag “${tag}” is not taken; there are ${textTags.join(", ")}`;
  return { code: "TEXT_LIQUID", problem: words };
}

function nameProblems({ uses, assigns }: ParsedText, scope: TextScope): readonly Found[] {
  const shadows = assigns.filter((name) => Object.hasOwn(scope, name));
  const code = "TEXT_VARIABLE_UNKNOWN" as const;
  return [
    ...shadows.map((name) => ({ code, problem: `“${name}” has a meaning already; assign another name`, at: null })),
    ...uses.flatMap((use): readonly Found[] => {
      const problem = nameProblem(use, scope);
      return problem === null ? [] : [{ code, problem, at: use.at }];
    }),
  ];
}

function nameProblem({ path, isComputed }: NameUse, scope: TextScope): string | null {
  const name = path.join(".");
  if (isComputed) return `“${name}” is worked out; names have to be written down`;
  const [group = "", field, ...deeper] = path;
  const fields = own(scope, group);
  if (fields === undefined) return `there is no “${name}”${didYouMean(name, namesOf(scope))}`;
  if (field === undefined) return `“${group}” is a group; write one of its names, such as ${exampleOf(group, fields)}`;
  const type = typeIn(scope, path);
  if (type === null) return `there is no “${name}”${hintIn(group, [field, ...deeper].join("."), Object.keys(fields))}`;
  if (type === "map" && deeper.length === 0) return `“${name}” is a group; write one of its keys behind it`;
  return null;
}

/** The type of a name; null when there is no such name. */
function typeIn(scope: TextScope, [group = "", field = "", ...deeper]: readonly string[]): TextType | null {
  const type = own(own(scope, group), field) ?? null;
  if (deeper.length === 0) return type;
  return type === "map" && deeper.length === 1 ? "text" : null;
}

function hintIn(group: string, wanted: string, fields: readonly string[]): string {
  const near = nearest(wanted, fields);
  return near === undefined ? whatThereIs(wanted, fields) : `; did you mean “${group}.${near}”?`;
}

function namesOf(scope: TextScope): readonly string[] {
  return Object.entries(scope).flatMap(([group, fields]) => Object.keys(fields).map((field) => `${group}.${field}`));
}

function exampleOf(group: string, fields: Readonly<Record<string, TextType>>): string {
  const [first = "…"] = Object.keys(fields);
  return `${group}.${first}`;
}

const typeWords: Readonly<Record<TextType, string>> = {
  text: "text",
  number: "a number",
  flag: "yes or no",
  date: "a date",
  money: "an amount",
  link: "a link",
  map: "a group",
};

/** A name with the filters behind it, wherever it stands. */
const filtered = /([a-z_]+(?:\.\w+)+)((?:\s*\|\s*\w+(?:\s*:\s*(?:"[^"]*"|'[^']*'|[\w.]+))?)+)/g;
const filterPattern = /\|\s*(\w+)(?:\s*:\s*["']([^"']*)["'])?/g;

/** Whether filters take what they are given, as far as a name stands before them. */
function filterProblems(source: string, scope: TextScope): readonly Found[] {
  const liquid = [...source.matchAll(/\{\{.*?\}\}|\{%.*?%\}/gs)];
  return liquid.flatMap(({ 0: code, index }) =>
    [...code.matchAll(filtered)].flatMap((match): Found[] => {
      const [, name = "", chain = ""] = match;
      const problem = chainProblem(name, chain, typeIn(scope, name.split(".")));
      return problem === null ? [] : [{ code: "TEXT_FILTER", problem, at: index + match.index }];
    }),
  );
}

/** The first filter of a chain that does not take what it is given; `type` is that of the name before it. */
function chainProblem(name: string, chain: string, type: TextType | null): string | null {
  let [given, subject] = [type, `“${name}”`];
  for (const [, filterName = "", style] of chain.matchAll(filterPattern)) {
    const filter = own(textFilters, filterName);
    if (filter === undefined || given === null) return null;
    const refused = takeProblem(filter, given);
    if (refused !== null) return `${subject} is ${typeWords[given]}, and ${filterName} ${refused}`;
    const unknown = styleProblem(filter, style);
    if (unknown !== null) return `${filterName} ${unknown}`;
    if (filter.gives !== "same") [given, subject] = [filter.gives ?? "text", `what ${filterName} makes of “${name}”`];
  }
  return null;
}

function takeProblem({ takes }: TextFilter, given: TextType): string | null {
  return takes.includes(given) ? null : `takes ${takes.map((each) => typeWords[each]).join(" or ")}`;
}

function styleProblem({ styles }: TextFilter, style: string | undefined): string | null {
  if (style === undefined || styles === undefined || styles.includes(style)) return null;
  return `knows no “${style}”, but ${styles.join(", ")}`;
}

/** Raw HTML: whoever writes it expects it to work, and it would come out as letters. */
function htmlProblems(source: string): readonly Found[] {
  const words = source.replaceAll(/\{\{.*?\}\}|\{%.*?%\}/gs, (liquid) => " ".repeat(liquid.length));
  const tag = /<[a-z/!][^>\n]*>?/i.exec(words);
  const entity = /&(?:#\d+|#x[\da-f]+|[a-z]{2,}\d*);/i.exec(words);
  return [
    ...(tag
      ? [
          {
            code: "TEXT_HTML" as const,
            problem: `HTML such as “${tag[0].slice(0, 30)}” is not taken; write **bold**, *italic*, [label](https://…) or lists with “- ”`,
            at: tag.index,
          },
        ]
      : []),
    ...(entity
      ? [
          {
            code: "TEXT_HTML" as const,
            problem: `“${entity[0]}” would be seen as it is; write the character itself`,
            at: entity.index,
          },
        ]
      : []),
  ];
}

/** Nothing in a text is counted through, and a range in it would only be long. */
function rangeProblems(source: string): readonly Found[] {
  const range = /\{[{%][^}]*?\(\s*[\w.]+\s*\.\.\s*[\w.]+\s*\)/.exec(source);
  return range ? [{ code: "TEXT_LIQUID", problem: "ranges such as (1..3) are not taken", at: range.index }] : [];
}

function subjectProblems(source: string): readonly Found[] {
  const at = source.search(/[\r\n]/);
  return at === -1 ? [] : [{ code: "TEXT_LINES", problem: "a subject is one line", at }];
}

/** Targets of links: an address that is written down in full, or a link of ours. */
function bodyProblems(source: string, scope: TextScope): readonly Found[] {
  const links = [...source.matchAll(/\]\(((?:\{\{[^}]*\}\}|[^)\n])*)\)/g)].flatMap((match): Found[] =>
    isTarget(match[1] ?? "", scope)
      ? []
      : [{ code: "TEXT_LINK", problem: targetProblem(match[1] ?? ""), at: match.index + 2 }],
  );
  const open = [...source.matchAll(/(?<!\]\()https?:\/\/[^\s()]*?\{\{/g)].map(({ index }) => ({
    code: "TEXT_LINK" as const,
    problem: "an address that is written down cannot hold a value; write {{ link.… }} for an address of ours",
    at: index,
  }));
  return [...links, ...open];
}

function isTarget(target: string, scope: TextScope): boolean {
  const name = /^\{\{-?\s*([a-z_]+\.\w+)\s*-?\}\}$/.exec(target)?.[1];
  if (name !== undefined) return typeIn(scope, name.split(".")) === "link";
  return /^https?:\/\/[^\s()<>"\\{}]+$/.test(target);
}

function targetProblem(target: string): string {
  return `“${target.slice(0, 60)}” is no target; write an address with https:// in full, or {{ link.… }}`;
}
