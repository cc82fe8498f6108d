/** How commands print: checklists, and questions that do not show the answer. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { Check } from "../upkeep/check.ts";

const marks = { ok: "✓", warning: "!", failed: "✗" } as const;
const colours = { ok: "\u001B[32m", warning: "\u001B[33m", failed: "\u001B[31m" } as const;
const reset = "\u001B[0m";
const faintCode = "\u001B[2m";

function paint(text: string, code: string): string {
  return process.stdout.isTTY ? `${code}${text}${reset}` : text;
}

/** A text that stands back on a terminal; elsewhere as it is. */
export function faint(text: string): string {
  return paint(text, faintCode);
}

/** Prints one line. */
export function say(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** Prints lines. */
export function sayAll(lines: readonly string[]): void {
  for (const line of lines) say(line);
}

/** Prints checks as a list: what, how it stands, and what to do where something is missing. */
export function sayChecks(title: string, checks: readonly Check[]): void {
  const width = Math.max(0, ...checks.map(({ name }) => name.length));
  say();
  say(title);
  for (const { name, state, detail, remedy } of checks) {
    say(`  ${paint(marks[state], colours[state])} ${name.padEnd(width)}  ${detail}`);
    if (remedy !== undefined) say(`    ${" ".repeat(width)}${faint(`→ ${remedy}`)}`);
  }
}

/** Asks for a secret without showing it. Undefined when nobody is there to answer. */
export async function askSecret(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  process.stdout.write(`${question}: `);
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  const answer = await terminal.question("");
  terminal.close();
  process.stdout.write("\n");
  return answer.trim() === "" ? undefined : answer.trim();
}
