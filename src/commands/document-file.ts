/** Reads documents that people keep as files, YAML or JSON. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { messageOf } from "../model/error.ts";
import { CommandInvalid } from "./command-invalid.ts";

/** What stands in a file; `-` is the input. Throws CommandInvalid with the place of what is no YAML. */
export async function readDocumentFile(file: string): Promise<unknown> {
  return parseText(await readText(file), file);
}

/** The value of a text. Throws CommandInvalid with the first place that is no YAML; what follows mostly follows from it. */
export function parseText(text: string, file: string): unknown {
  const parsed = parseDocument(text, { prettyErrors: true });
  const [first] = parsed.errors;
  if (first)
    throw new CommandInvalid([
      `${file}: ${(first.message.split("\n")[0] ?? "").replace(/:$/, "")}.`,
      "Text with “: ”, “{” or “#” in it belongs in quotes, or in lines of its own below “|”.",
    ]);
  const value: unknown = parsed.toJS();
  return value;
}

/** The line on which a path such as `rules[2].steps[1]` stands, or as much of it as there is; null where that is unknown. */
export type LineOf = (path: string) => number | null;

/** The lines of a file; of the input, which was read already, none. */
export async function linesOfFile(file: string): Promise<LineOf> {
  return file === "-" ? () => null : linesOf(await readText(file));
}

/** The lines of a text. */
export function linesOf(text: string): LineOf {
  const lineCounter = new LineCounter();
  const { contents } = parseDocument(text, { lineCounter });
  return (path) => {
    let node: unknown = contents;
    let offset: number | undefined;
    for (const [part] of path.matchAll(/[^.[\]]+/g)) {
      const found = childOf(node, part);
      if (!found) break;
      node = found.node;
      offset = found.offset ?? offset;
    }
    return offset === undefined ? null : lineCounter.linePos(offset).line;
  };
}

type Child = { readonly node: unknown; readonly offset: number | undefined };

function childOf(node: unknown, part: string): Child | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(part)];
    return item === undefined ? undefined : { node: item, offset: offsetOf(item) };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part);
  return pair && { node: pair.value, offset: offsetOf(pair.key) };
}

function offsetOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file === "-" ? "/dev/stdin" : file, "utf8");
  } catch (error) {
    throw new CommandInvalid([`${file} cannot be read: ${reasonOf(error)}`]);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file.";
  if (code === "EISDIR") return "it is a folder.";
  if (code === "EACCES") return "you may not read it.";
  return messageOf(error);
}

/** The file that was named, else the usual one when it is there. */
export function usualFile(named: string | undefined, usual: string): string | undefined {
  return named ?? (existsSync(usual) ? usual : undefined);
}
