/** What was decided on rows that somebody else changed meanwhile is decided again. */
import { setTimeout as wait } from "node:timers/promises";
import { DatabaseConflict, isSerializationFailure } from "./failure.ts";

const spreadMs = 4;

/** Runs work that reads, decides and writes, and again when its write lost a race. Throws DatabaseConflict after the last loss. */
export async function decideAgain<Result>(attemptMax: number, work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isSerializationFailure(error)) throw error;
      if (attempt >= attemptMax) throw new DatabaseConflict(attempt, { cause: error });
      // Two who lose against each other at once would go on doing so in step.
      if (attempt > 1) await wait(Math.random() * spreadMs * attempt);
    }
  }
}
