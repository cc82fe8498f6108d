/** The import rules, read from the text of the files alone, so that they hold even if the linter looks away. */
import { posix } from "node:path";
import { areaOf, isDeciding, whyNot } from "./architecture-layers.ts";
import { importsOf, isMember, tokensOf, type Token } from "./architecture-scan.ts";

/** Path in the repository → text. */
export type Files = ReadonlyMap<string, string>;

/** One rule broken at one place, as a sentence that starts with `path:line`. */
export type Breach = string;

type Edge = { readonly from: string; readonly to: string; readonly line: number };

/** Every relative import that is there, with the file it leads to. */
export function edgesOf(files: Files): readonly Edge[] {
  return [...files].flatMap(([from, source]) =>
    importsOf(source)
      .filter(({ specifier }) => specifier.startsWith("."))
      .map(({ specifier, line }) => ({ from, to: posix.join(posix.dirname(from), specifier), line })),
  );
}

/** Imports that go up, sideways or out of their program. */
export function directionBreaches(files: Files): readonly Breach[] {
  return edgesOf(files).flatMap(({ from, to, line }) => {
    const reason = whyNot(from, to);
    return reason === undefined ? [] : [`${from}:${line} imports ${to}, but ${reason}`];
  });
}

/** Source files that stand in no part of the layout. */
export function layoutBreaches(files: Files): readonly Breach[] {
  return [...files.keys()]
    .filter((path) => areaOf(path) === undefined)
    .map((path) => `${path}:1 stands in a folder that the layout does not know`);
}

/** Each import circle once, types included. */
export function circleBreaches(files: Files): readonly Breach[] {
  const next = new Map<string, string[]>([...files.keys()].map((path) => [path, []]));
  for (const { from, to } of edgesOf(files)) next.get(from)?.push(to);
  const finished = new Set<string>();
  const breaches: Breach[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) breaches.push(`${file}:1 is in a circle: ${[...path.slice(start), file].join(" → ")}`);
    if (start >= 0 || finished.has(file)) return;
    for (const to of next.get(file) ?? []) visit(to, [...path, file]);
    finished.add(file);
  };
  for (const file of files.keys()) visit(file, []);
  return breaches;
}

const ioPackages: ReadonlySet<string> = new Set(["pg", "kysely", "undici", "fastify", "graphile-worker", "stripe"]);
const clocksAndIo: ReadonlySet<string> = new Set([
  "Date",
  "performance",
  "fetch",
  "process",
  "crypto",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
]);

/** A clock, chance or I/O in a file that only decides. */
export function decidingBreaches(files: Files): readonly Breach[] {
  return [...files].flatMap(([path, source]) => {
    if (!isDeciding(path)) return [];
    const modules = importsOf(source)
      .filter(({ specifier }) => specifier.startsWith("node:") || ioPackages.has(specifier))
      .map(({ specifier, line }) => `${path}:${line} imports ${specifier}, but a station's files do no I/O`);
    return [...modules, ...impureUses(path, tokensOf(source))];
  });
}

function impureUses(path: string, tokens: readonly Token[]): readonly Breach[] {
  return tokens.flatMap((token, index) => {
    const name = token.text;
    if (token.kind !== "word") return [];
    if (name === "random" && tokens[index - 2]?.text === "Math") return [`${path}:${token.line} draws Math.random`];
    if (!clocksAndIo.has(name) || !isUsed(tokens, index)) return [];
    return [`${path}:${token.line} uses ${name}, but a station's files have no clock and do no I/O`];
  });
}

/** Called, built or looked into; a type annotation or a property of the same name is none of these. */
function isUsed(tokens: readonly Token[], index: number): boolean {
  const isBuilt = tokens[index - 1]?.text === "new";
  const isGlobal = !isMember(tokens, index) || tokens[index - 2]?.text === "globalThis";
  return isBuilt || (isGlobal && [".", "("].includes(tokens[index + 1]?.text ?? ""));
}

/** `process.env` and its other names, read anywhere in src/ but in config.ts. */
export function environmentBreaches(files: Files): readonly Breach[] {
  return [...files].flatMap(([path, source]) => {
    if (!path.startsWith("src/") || path === "src/config.ts" || areaOf(path) === "test") return [];
    const tokens = tokensOf(source);
    return tokens.flatMap((token, index) => {
      const isRead = token.text === "env" && tokens[index - 2]?.text === "process";
      const isImported = token.text === "node:process" || token.text === "process";
      const namesEnv = isImported && token.kind === "string" && importsEnv(tokens, index);
      return isRead || namesEnv ? [`${path}:${token.line} reads the environment; only config.ts does`] : [];
    });
  });
}

/** Looks back from `"node:process"` to the start of its clause for the name `env`. */
function importsEnv(tokens: readonly Token[], index: number): boolean {
  const start = tokens.findLastIndex((token, at) => at < index && token.text === "import");
  return tokens.slice(start, index).some((token) => token.text === "env");
}
