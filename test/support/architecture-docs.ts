/** Holds the reference pages against the code: error codes, settings, and the paths that the prose names. */
import type { Breach, Files } from "./architecture-rules.ts";

const errorsPage = "docs/reference/errors.md";
const configPage = "docs/reference/config.md";

/** The code of whatever is not an `AppError`; no class carries it. */
const codeWithoutClass = "BUG";

/** Error classes without a code of their own, and codes that only one of code and page knows. */
export function errorCodeBreaches(files: Files): readonly Breach[] {
  const page = files.get(errorsPage);
  if (page === undefined) return [`${errorsPage}:1 is missing: it lists every error code with cause and remedy`];
  const classes = errorClassesOf(files);
  const known = new Set([codeWithoutClass, ...classes.flatMap(({ code }) => code ?? [])]);
  const listed = new Set(entriesOf(page));
  return [
    ...classes
      .filter(({ code, isAbstract }) => code === undefined && !isAbstract)
      .map(({ path, name }) => `${path}:1 ${name} has no line \`readonly code = "…"\``),
    ...[...known].filter((code) => !listed.has(code)).map((code) => `${errorsPage}:1 does not list ${code}`),
    ...[...listed]
      .filter((code) => !known.has(code))
      .map((code) => `${errorsPage}:1 lists ${code}, which no class has`),
  ];
}

type ErrorClass = {
  readonly path: string;
  readonly name: string;
  readonly parent: string;
  readonly isAbstract: boolean;
  readonly code: string | undefined;
};

/** The classes below `AppError`, however deep. */
function errorClassesOf(files: Files): readonly ErrorClass[] {
  const all = [...files].filter(([path]) => isSource(path)).flatMap(([path, source]) => classesOf(path, source));
  const family = new Set(["AppError"]);
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const one of all) if (family.has(one.parent)) family.add(one.name);
  }
  return all.filter(({ parent }) => family.has(parent));
}

function classesOf(path: string, source: string): readonly ErrorClass[] {
  const heads = [...source.matchAll(/^(?:export )?(abstract )?class (\w+)[^\n{]*? extends (\w+)/gm)];
  return heads.map((head, index) => {
    const body = source.slice(head.index, heads[index + 1]?.index ?? source.length);
    const code = /^\s+(?:override )?readonly code = "([A-Z][A-Z0-9_]*)"/m.exec(body)?.[1];
    return { path, name: head[2] ?? "", parent: head[3] ?? "", isAbstract: head[1] !== undefined, code };
  });
}

function isSource(path: string): boolean {
  return path.startsWith("src/") && path.endsWith(".ts") && !path.endsWith(".test.ts");
}

/** Settings that only one of config.ts and its page knows. Each setting is written as `{ env: "NAME", … }`. */
export function configKeyBreaches(files: Files): readonly Breach[] {
  const page = files.get(configPage);
  const source = files.get("src/config.ts");
  if (page === undefined) return [`${configPage}:1 is missing: it lists every setting with type, default and help`];
  if (source === undefined) return ["src/config.ts:1 is missing"];
  const known = new Set([...source.matchAll(/\benv: "([A-Z][A-Z0-9_]*)"/g)].flatMap((match) => match[1] ?? []));
  const listed = new Set(entriesOf(page));
  return [
    ...(known.size === 0 ? ['src/config.ts:1 names no setting as `env: "NAME"`'] : []),
    ...[...known].filter((key) => !listed.has(key)).map((key) => `${configPage}:1 does not list ${key}`),
    ...[...listed]
      .filter((key) => !known.has(key))
      .map((key) => `${configPage}:1 lists ${key}, which config.ts has not`),
  ];
}

/** What a reference page is about: the first thing of a heading or table row, when it is a constant in backticks. */
function entriesOf(page: string): readonly string[] {
  return [...page.matchAll(/^(?:#+ |\| *)`([A-Z][A-Z0-9_]*)`/gm)].flatMap((match) => match[1] ?? []);
}

const repositoryPath = /`((?:src|docs|bench|test|contract|web|sandbox|migrations|scripts)\/[\w./-]*)(?::\d+)?`/g;

/** Paths in backticks that are no longer there. Placeholders (`src/**`, `docs/adr/0001-….md`) are not paths. */
export function pathBreaches(pages: Files, exists: (path: string) => boolean): readonly Breach[] {
  return [...pages].flatMap(([page, text]) =>
    text.split("\n").flatMap((line, index) =>
      [...line.matchAll(repositoryPath)]
        .flatMap((match) => match[1] ?? [])
        .filter((path) => !exists(path))
        .map((path) => `${page}:${index + 1} names \`${path}\`, which is not there`),
    ),
  );
}
