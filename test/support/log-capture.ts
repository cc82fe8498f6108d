/** The log of a server under test, kept in memory. */
import { Writable } from "node:stream";
import { pino, type Logger } from "pino";
import { z } from "zod";

const entry = z.looseObject({ level: z.string(), msg: z.string().optional() });
export type LogEntry = z.infer<typeof entry>;

export type LogCapture = {
  readonly log: Logger;
  /** What was logged so far, oldest first. */
  entries(): readonly LogEntry[];
};

/** A log that nobody watches. */
export function captureLog(): LogCapture {
  const lines: string[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString("utf8"));
      done();
    },
  });
  const log = pino({ level: "debug", base: null, formatters: { level: (label) => ({ level: label }) } }, sink);
  return { log, entries: () => lines.map((line) => entry.parse(JSON.parse(line))) };
}
