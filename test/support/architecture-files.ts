/** Reads the repository for the architecture test, and makes a tree that tries every import direction. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { areas, isRootFile, isStation, type Area } from "./architecture-layers.ts";
import type { Files } from "./architecture-rules.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Whether the repository has this file or folder. */
export function isThere(path: string): boolean {
  return existsSync(join(root, path));
}

/** The sources of the server, the contract, the web UI and the sandbox. */
export function readSources(): Files {
  return readTexts(["src", "contract", "web", "sandbox"], /\.tsx?$/);
}

/** The pages that a reader of the repository meets. */
export function readPages(): Files {
  const top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"].filter(isThere);
  return new Map([...top.map((path) => [path, readText(path)] as const), ...readTexts(["docs"], /\.md$/)]);
}

function readTexts(folders: readonly string[], wanted: RegExp): Files {
  const paths = folders.filter(isThere).flatMap((folder) => filesBelow(join(root, folder)));
  return new Map(paths.filter((path) => wanted.test(path)).map((path) => [path, readText(path)]));
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ["node_modules", "dist"].includes(entry.name) ? [] : filesBelow(path);
    return [relative(root, path).replaceAll("\\", "/")];
  });
}

function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

const importers = areas.filter((area) => !["test", "bench", "scripts"].includes(area));

/**
 * A file for each part that imports one file of every part, one a line: all directions there are. Stations try once
 * as a deciding file, once as the store, once from a folder of their own.
 */
export function everyDirection(): Files {
  const targets = areas.map((area) => (isRootFile(area) ? fileOf(area, "") : fileOf(area, "target.ts")));
  const sources = importers.flatMap((area) => [
    fileOf(area, "planted.ts"),
    ...(isStation(area) ? [fileOf(area, "store.ts"), fileOf(area, "deep/planted.ts")] : []),
  ]);
  const leaves = targets.filter((path) => path.endsWith("target.ts")).map((path) => [path, "export {};\n"] as const);
  return new Map([...leaves, ...sources.map((path) => [path, importAll(path, targets)] as const)]);
}

function importAll(from: string, targets: readonly string[]): string {
  const lines = targets.filter((to) => to !== from).map((to) => `import "${specifierOf(from, to)}";\n`);
  return lines.join("");
}

function specifierOf(from: string, to: string): string {
  const path = posix.relative(dirname(from), to);
  return path.startsWith(".") ? path : `./${path}`;
}

function fileOf(area: Area, name: string): string {
  if (isRootFile(area)) return `src/${area}.ts`;
  return ["contract", "sandbox", "web", "test", "bench", "scripts"].includes(area)
    ? `${area}/${name}`
    : `src/${area}/${name}`;
}
