/** What was decided on rows that somebody else changed meanwhile is decided again. */
import { isSerializationFailure } from "./failure.ts";

/** Runs work that reads, decides and writes, and again when its write lost a race; the last loss is thrown as it is. */
export async function decideAgain<Result>(attemptMax: number, work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isSerializationFailure(error) || attempt >= attemptMax) throw error;
    }
  }
}
