/** The log: JSON lines for machines, short lines for somebody who watches a terminal. Secrets and payloads never get here. */
import { pino, type Logger } from "pino";
import { isRecord, parseJson } from "./json.ts";

export type LogSettings = { readonly level: string; readonly terminal: boolean };

const redacted = ["*.apiKey", "*.token", "*.secret", "req.headers", "err.config", "err.raw", "err.headers"];

/** A logger for the whole process. Errors are logged with their code and cause, never with request or response bodies. */
export function createLog({ level, terminal }: LogSettings): Logger {
  const options = {
    level,
    base: null,
    redact: { paths: redacted, censor: "…" },
    serializers: { err: describeError },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return terminal ? pino(options, { write: (line) => process.stdout.write(shorten(line)) }) : pino(options);
}

function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) };
  return { code: error.name, message: error.message, stack: error.stack, ...cause };
}

const colours: Readonly<Record<string, string>> = {
  error: "\u001B[31m",
  warn: "\u001B[33m",
  info: "\u001B[36m",
  debug: "\u001B[90m",
};

/** `12:00:01 info  a contact was … customerId=cus_1` */
function shorten(line: string): string {
  const entry = parseJson(line);
  if (!isRecord(entry)) return line;
  const { time, level, msg, err, ...rest } = entry;
  const facts = Object.entries(rest).map(
    ([key, value]) => ` \u001B[90m${key}=${isRecord(value) ? JSON.stringify(value) : String(value)}\u001B[0m`,
  );
  const stack = isRecord(err) ? `\n  ${String(err["stack"] ?? err["message"])}` : "";
  const name = String(level);
  return `\u001B[90m${String(time).slice(11, 19)}\u001B[0m ${colours[name] ?? ""}${name.padEnd(5)}\u001B[0m ${String(msg)}${facts.join("")}${stack}\n`;
}
