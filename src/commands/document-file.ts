/** Reads documents that people keep as files, YAML or JSON. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { ConfigInvalid } from "../config.ts";
import { messageOf } from "../model/error.ts";

/** What stands in a file; `-` is the input. Throws ConfigInvalid with the place of what is no YAML. */
export async function readDocumentFile(file: string): Promise<unknown> {
  const text = await readFile(file === "-" ? "/dev/stdin" : file, "utf8").catch((error: unknown) => {
    throw new ConfigInvalid([`${file} cannot be read: ${messageOf(error)}`]);
  });
  const parsed = parseDocument(text, { prettyErrors: true });
  if (parsed.errors.length > 0)
    throw new ConfigInvalid(parsed.errors.map(({ message }) => `${file}: ${message.split("\n")[0] ?? ""}`));
  const value: unknown = parsed.toJS();
  return value;
}

/** The file that was named, else the usual one when it is there. */
export function usualFile(named: string | undefined, usual: string): string | undefined {
  return named ?? (existsSync(usual) ? usual : undefined);
}
