/** Asks before something is done that touches many. */
import { createInterface } from "node:readline/promises";
import { AppError } from "../model/error.ts";

/** Nobody said yes; nothing was done. */
export class NotConfirmed extends AppError {
  readonly code = "NOT_CONFIRMED";
  readonly kind = "invalid";
  constructor() {
    super("Nothing was done: nobody said yes. Where nobody is there to ask, give --yes.");
  }
}

/** Goes on after a yes, or without asking when `isSure`. Throws NotConfirmed. */
export async function confirm(question: string, isSure: boolean): Promise<void> {
  if (isSure) return;
  if (!process.stdin.isTTY) throw new NotConfirmed();
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new NotConfirmed();
}
